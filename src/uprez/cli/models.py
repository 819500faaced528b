"""`uprez models`: what there is to upscale with."""

from dataclasses import asdict
from typing import Annotated

import typer

from uprez.cli.console import out, out_json


def models(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME|FOLDER]", help="Show this model's card.", show_default=False)
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, one list with an entry a card, on stdout.")
    ] = False,
) -> None:
    """List the models, or show one model's card."""
    from uprez.files.toml import dump_toml
    from uprez.models import DEFAULT_MODEL, load_model, model_names

    names = model_names() if name is None else [name]
    cards = [load_model(each, device="cpu").card for each in names]
    if as_json:
        out_json([asdict(card) for card in cards])
    elif name is not None:
        out(dump_toml(asdict(cards[0])).rstrip())
    else:
        width = max(len(card.name) for card in cards)
        for card in cards:
            default = "  (default)" if card.name == DEFAULT_MODEL else ""
            out(f"{card.name:{width}}  x{card.scale}  {card.kind}{default}")
