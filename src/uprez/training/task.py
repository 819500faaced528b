"""The network that a recipe is about."""

from torch import nn

from uprez.errors import ModelError
from uprez.networks import build
from uprez.networks.features import GuideNetwork
from uprez.training.recipe import Recipe


def build_for(recipe: Recipe) -> nn.Module:
    """It in its training form, with fresh weights. Raises ModelError for an unknown family or size."""
    if recipe.task == "upscale":
        return build({**recipe.network, "scale": recipe.scale})
    try:
        return GuideNetwork(**recipe.network)
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise ModelError(f"the network of guides: {' '.join(str(error).split())}") from None
