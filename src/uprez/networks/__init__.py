"""Generators as torch modules, built from the architecture that a recipe or a model card names."""

from collections.abc import Callable, Mapping

from uprez.errors import ModelError
from uprez.networks.generator import Generator
from uprez.networks.prosr import ProSR
from uprez.networks.residual import ResidualNetwork

FAMILIES: dict[str, Callable[..., Generator]] = {"residual": ResidualNetwork, "prosr": ProSR}
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
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:  # torch refuses sizes by all of these
        raise ModelError(f"network family {family!r}: {' '.join(str(error).split())}") from None


def fuse(network: Generator) -> Generator:
    """The inference form: the same mapping with every re-parameterised convolution merged into one plain 3x3
    convolution.
    """
    return network.fused().eval().requires_grad_(False)
