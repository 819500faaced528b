"""Steps whose matrices are orthogonal, beside AdamW's."""

import pytest
import torch
from torch import Tensor, nn

from uprez.training.optimisers import RMS, Muon, optimiser_for, orthogonal

BETAS = (0.9, 0.999)


@pytest.mark.parametrize("shape", [(2, 24, 24), (1, 20, 90), (3, 90, 20)])
def test_orthogonal_matrices_have_singular_values_near_1(shape: tuple[int, int, int]) -> None:
    found = torch.linalg.svdvals(orthogonal(torch.randn(shape, generator=torch.Generator().manual_seed(1))))
    assert found.min() > 0.3
    assert found.max() < 1.3


def test_they_keep_the_directions_of_the_matrix_and_are_none_where_it_is_zero() -> None:
    u, _ = torch.linalg.qr(torch.randn(20, 20, generator=torch.Generator().manual_seed(2)))
    weak_and_strong = u @ torch.diag(torch.linspace(0.1, 1, 20)) @ u.T
    turned = orthogonal(weak_and_strong[None])[0]
    torch.testing.assert_close(turned @ turned.T, torch.eye(20), atol=0.5, rtol=0)
    assert (turned.diagonal() > 0).all()
    assert not orthogonal(torch.zeros(1, 20, 30)).any()


def test_a_step_of_a_kernel_is_as_large_as_the_rate_says_whatever_the_gradient() -> None:
    for size in (1e-6, 1e3):
        kernel = nn.Parameter(torch.zeros(48, 48, 3, 3))
        kernel.grad = size * torch.randn(kernel.shape, generator=torch.Generator().manual_seed(3))
        Muon([kernel], lr=1e-3, betas=BETAS).step()
        assert kernel.detach().square().mean().sqrt() == pytest.approx(RMS * 1e-3, rel=0.2)


@pytest.mark.parametrize("shape", [(48,), (8, 48, 3, 3), (48, 1, 3, 3)])
def test_biases_and_narrow_matrices_learn_as_by_adamw(shape: tuple[int, ...]) -> None:
    ours, theirs = (nn.Parameter(torch.ones(shape)) for _ in range(2))
    muon = Muon([ours], lr=1e-2, betas=BETAS)
    adamw = torch.optim.AdamW([theirs], lr=1e-2, betas=BETAS, weight_decay=0.0)
    random = torch.Generator().manual_seed(4)
    for _ in range(5):
        ours.grad = torch.randn(shape, generator=random)
        theirs.grad = ours.grad.clone()
        muon.step()
        adamw.step()
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("kind", ["muon", "adamw"])
def test_both_find_what_a_convolution_did(kind: str) -> None:
    torch.manual_seed(5)
    truth, network = (nn.Conv2d(20, 20, 3) for _ in range(2))
    optimiser = optimiser_for(network, kind, 3e-3, BETAS)

    def error() -> Tensor:
        x = torch.randn(8, 20, 8, 8)
        return (network(x) - truth(x)).square().mean()

    before = error().item()
    for _ in range(150):
        optimiser.zero_grad()
        error().backward()
        optimiser.step()
    assert error() < before / 20
