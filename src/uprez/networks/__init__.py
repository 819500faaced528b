"""Generators as torch modules, built from the architecture that a recipe or a model card names."""

from collections.abc import Callable, Mapping

from torch import Tensor

from uprez.errors import ModelError
from uprez.networks.convolution import ReparameterisedConv
from uprez.networks.generator import Generator
from uprez.networks.residual import ResidualBlock, ResidualNetwork

FAMILIES: dict[str, Callable[..., Generator]] = {"residual": ResidualNetwork}
"""Every generator family by name. A family takes its sizes by keyword and maps (N, C, H, W) to the residual (N, 4,
sH, sW).
"""


def build(architecture: Mapping[str, object]) -> Generator:
    """The network in its training form, with fresh weights. `architecture`: `family` and the sizes of that family.

    Raises ModelError for an unknown family or size.
    """
    sizes = dict(architecture)
    family = sizes.pop("family", None)
    if family not in FAMILIES:
        raise ModelError(f"unknown network family {family!r}; known: {', '.join(sorted(FAMILIES))}")
    try:
        return FAMILIES[str(family)](**sizes)
    except (TypeError, ValueError, RuntimeError) as error:  # torch refuses a negative size by the last of these
        raise ModelError(f"network family {family!r}: {' '.join(str(error).split())}") from None


def fuse(network: Generator) -> Generator:
    """The inference form: the same mapping with every re-parameterised convolution merged into one plain 3x3
    convolution.
    """
    return network.fused().eval().requires_grad_(False)


def absorb(network: Generator, plain: Mapping[str, Tensor]) -> None:
    """Load the inference form's weights (a state_dict of `fuse(...)`) into a network in training form.

    The network may have more residual blocks than the weights: those begin as the identity, so that it grows without
    changing what it computes (Chen et al. 2016, Net2Net). Raises ModelError where the weights do not fit.
    """
    modules = dict(network.named_modules())
    grown = [
        name
        for name, module in modules.items()
        if isinstance(module, ResidualBlock) and not any(key.startswith(f"{name}.") for key in plain)
    ]
    convolutions = {
        name: module
        for name, module in modules.items()
        if isinstance(module, ReparameterisedConv) and name.rpartition(".")[0] not in grown
    }
    expected = {
        f"{name}.{kind}": m.get_parameter(kind) for name, m in convolutions.items() for kind in ("weight", "bias")
    }
    if {name: value.shape for name, value in plain.items()} != {name: v.shape for name, v in expected.items()}:
        raise ModelError("the weights do not fit the network's architecture")
    for name, convolution in convolutions.items():
        convolution.absorb(plain[f"{name}.weight"], plain[f"{name}.bias"])
    for name in grown:
        network.get_submodule(name).vanish()  # type: ignore[operator]  # a ResidualBlock, as chosen above
