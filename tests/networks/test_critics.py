"""Critics: images in, a map of verdicts out."""

import pytest
import torch

from uprez.errors import ModelError
from uprez.networks.critics import build_critic, looks_at


@pytest.mark.parametrize("inputs", [3, 4])
def test_the_unet_judges_every_pixel(inputs: int) -> None:
    critic = build_critic("unet", inputs=inputs, features=4)
    assert critic(torch.rand(2, inputs, 24, 32)).shape == (2, 1, 24, 32)


@pytest.mark.parametrize("inputs", [3, 4])
def test_the_patch_critic_judges_places(inputs: int) -> None:
    critic = build_critic("patch", inputs=inputs, features=4)
    count, channels, height, width = critic(torch.rand(2, inputs, 64, 96)).shape
    assert (count, channels) == (2, 1)
    assert 1 < height < width < 96


@pytest.mark.parametrize("family", ["patch", "unet"])
def test_verdicts_can_not_change_faster_than_the_image_does(family: str) -> None:
    """What spectral norm is for: images of norm 1 apart get verdicts that are not far apart, whatever is learnt."""
    torch.manual_seed(1)
    critic = build_critic(family, inputs=3, features=8)
    with torch.no_grad():
        for name, parameter in critic.named_parameters():
            if "original" in name:  # the weights under a spectral norm
                parameter.mul_(50)
        image = torch.rand(1, 3, 64, 64)
        for _ in range(30):  # the norm is found step by step
            critic(image)
        critic.eval()
        step = torch.randn_like(image)
        step /= step.norm()
        assert (critic(image + step) - critic(image)).norm() < 100


def test_a_critic_of_four_sees_alpha_beside_the_composite() -> None:
    image, composite = torch.rand(1, 4, 8, 8), torch.rand(1, 3, 8, 8)
    assert looks_at(image, composite, 3) is composite
    seen = looks_at(image, composite, 4)
    assert torch.equal(seen[:, :3], composite)
    assert torch.equal(seen[:, 3:], image[:, 3:])


def test_an_unknown_critic_is_named_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="unknown critic 'vgg'; known: patch, unet"):
        build_critic("vgg", inputs=3, features=8)
