"""ProSR, the network that the talk began from."""

import pytest
import torch

from uprez.errors import ModelError
from uprez.networks import build, fuse
from uprez.networks.prosr import ProSR

SMALL = {"family": "prosr", "features": 8, "growth": 4, "levels": [[2, 2], [2], [1]]}
COMPRESSED = {**SMALL, "residual": 0.0}


def parameters_for_rgb(scale: int) -> int:
    """What the network would have with three channels in and out, as published, instead of four."""
    network = ProSR(scale=scale)
    head, tail = network.head.weight, network.tail.weight
    return sum(p.numel() for p in fuse(network).parameters()) - head[:, 0].numel() - tail[0].numel() - 1


@pytest.mark.parametrize(("scale", "millions"), [(4, 13.4), (8, 15.5)])
def test_the_large_network_has_as_many_parameters_as_published(scale: int, millions: float) -> None:
    assert parameters_for_rgb(scale) / 1e6 == pytest.approx(millions, abs=0.05)


@pytest.mark.parametrize("architecture", [SMALL, COMPRESSED], ids=["residual", "compressed"])
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_each_level_doubles_the_size(architecture: dict[str, object], scale: int) -> None:
    with torch.no_grad():
        assert build({**architecture, "scale": scale})(torch.rand(2, 4, 5, 7)).shape == (2, 4, 5 * scale, 7 * scale)


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("architecture", [SMALL, COMPRESSED], ids=["residual", "compressed"])
def test_no_output_pixel_looks_further_than_the_halo(architecture: dict[str, object], scale: int) -> None:
    torch.manual_seed(2)
    network = build({**architecture, "scale": scale}).double()
    x = torch.rand(1, 4, 41, 41, dtype=torch.float64)
    y = x.clone()
    y[..., 20, 20] += 1
    with torch.no_grad():
        moved = (network(x) - network(y)).abs().amax(dim=(0, 1)).nonzero()
    reach = (moved.div(scale, rounding_mode="floor") - 20).abs().max()
    assert network.halo - 1 <= reach <= network.halo


def test_a_fresh_network_starts_near_the_interpolation() -> None:
    torch.manual_seed(0)
    with torch.no_grad():
        assert build({"family": "prosr"})(torch.rand(1, 4, 16, 16)).abs().max() < 0.1


def test_what_it_has_learnt_goes_on_from_the_weights_that_ship() -> None:
    first, second = build(SMALL), build(SMALL)
    second.absorb(fuse(first).state_dict())
    x = torch.rand(1, 4, 6, 6)
    assert torch.equal(second(x), first(x))
    with pytest.raises(ModelError, match="do not fit"):
        build({**SMALL, "growth": 6}).absorb(fuse(first).state_dict())


def test_smaller_scales_are_learned_by_the_levels_that_make_them() -> None:
    network = build({**SMALL, "scale": 8})
    x = torch.rand(1, 4, 5, 7)
    assert network.scales == (2, 4, 8)
    assert [network(x, scale).shape[2:] for scale in network.scales] == [(10, 14), (20, 28), (40, 56)]
    network(x, 4).square().mean().backward()
    learned = {name.split(".")[1] for name, p in network.named_parameters() if "levels" in name and p.grad is not None}
    assert learned == {"0", "1"}


def test_a_level_comes_in_little_by_little() -> None:
    torch.manual_seed(4)
    network = build({**SMALL, "scale": 4})
    x = torch.rand(1, 4, 6, 6)
    with torch.no_grad():
        none, half, whole = (network(x, 4, share) for share in (0.0, 0.5, 1.0))
        below = torch.nn.functional.interpolate(network(x, 2), scale_factor=2, mode="bilinear")
        assert torch.equal(network(x), whole)
        assert torch.equal(network(x, 2, 0.5), network(x, 2))  # there is nothing below the first level
    assert torch.equal(none, below)
    torch.testing.assert_close(half, (none + whole) / 2)


def test_what_smaller_scales_alone_need_does_not_ship() -> None:
    network = build({**SMALL, "scale": 8})
    shipped = fuse(network).state_dict()
    assert set(network.state_dict()) - set(shipped) == {
        f"tails_below.{k}.{n}" for k in (0, 1) for n in ("weight", "bias")
    }
    other = build({**SMALL, "scale": 8})
    other.absorb(shipped)
    x = torch.rand(1, 4, 6, 6)
    assert torch.equal(other(x), network(x))


def test_more_doublings_than_it_has_levels_are_refused() -> None:
    with pytest.raises(ModelError, match="1 doublings can't give scale 4"):
        build({**SMALL, "levels": [[2]], "scale": 4})
