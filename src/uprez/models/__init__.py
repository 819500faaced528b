"""Models by name: a card and a function from LR pixels to HR pixels; classical methods stand here as models too."""

from uprez.models.card import Card, Input, load_card, save_card
from uprez.models.model import Model
from uprez.models.registry import DEFAULT_MODEL, load_model, model_names
from uprez.models.tiling import plan_tiles, upscale_tiled

__all__ = [
    "DEFAULT_MODEL",
    "Card",
    "Input",
    "Model",
    "load_card",
    "load_model",
    "model_names",
    "plan_tiles",
    "save_card",
    "upscale_tiled",
]
