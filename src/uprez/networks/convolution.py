"""A 3x3 convolution that is several linear branches while it learns and one plain convolution afterwards."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class ReparameterisedConv(nn.Module):
    """3x3 + 1x1 + (1x1 widening, then 3x3) branches, all linear, merged into one kernel (Ding et al. 2021, RepVGG;
    Zhang et al. 2021, ECB).

    The branches are merged in weight space *before* the convolution runs, so that training costs one convolution, too.
    Biases live in the merged kernel only: a bias inside the widening branch would not commute with zero padding.
    """

    def __init__(self, inputs: int, outputs: int, *, widening: int = 2, gain: float = 1.0) -> None:
        super().__init__()
        middle = widening * outputs
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 3, 3))
        self.point = nn.Parameter(torch.empty(outputs, inputs))
        self.widen = nn.Parameter(torch.empty(middle, inputs))
        self.narrow = nn.Parameter(torch.empty(outputs, middle, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        # He et al. 2015 for the sum of the branches: each carries its share of the variance.
        nn.init.normal_(self.weight, std=gain * (1.0 / (9 * inputs)) ** 0.5)
        nn.init.normal_(self.point, std=gain * (0.5 / inputs) ** 0.5)
        nn.init.normal_(self.widen, std=(1.0 / inputs) ** 0.5)
        nn.init.normal_(self.narrow, std=gain * (0.5 / (9 * middle)) ** 0.5)

    def kernel(self) -> Tensor:
        """The merged kernel, (outputs, inputs, 3, 3)."""
        wide = torch.einsum("omyx,mi->oiyx", self.narrow, self.widen)
        return self.weight + wide + functional.pad(self.point[:, :, None, None], (1, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.kernel(), self.bias, padding=1)

    def fused(self) -> nn.Conv2d:
        """A plain convolution with the merged kernel."""
        outputs, inputs = self.point.shape
        plain = nn.Conv2d(inputs, outputs, 3, padding=1)
        with torch.no_grad():
            plain.weight.copy_(self.kernel())
            plain.bias.copy_(self.bias)  # type: ignore[union-attr]
        return plain

    @torch.no_grad()
    def absorb(self, weight: Tensor, bias: Tensor) -> None:
        """Become a plain convolution's equal: its kernel in the 3x3 branch, the others at zero but free to learn."""
        self.weight.copy_(weight)
        self.bias.copy_(bias)
        self.point.zero_()
        self.narrow.zero_()
