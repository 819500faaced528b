"""Writes the tables of docs/layers.md anew from the table of names that uprez reads.

    python docs/make_layers.py

What stands above the line `<!-- tables -->` is written by hand and kept.
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from uprez.layers.vocabulary import ANY, ROLES, Row, rows

PAGE = Path(__file__).with_name("layers.md")
MARK = "<!-- tables -->\n"
MEANINGS = {
    "beauty": "the beauty",
    "picture": "the beauty, where none of the names above is there; else colour",
    "light": "light group",
    "lobe": "way of light",
    "raw": "light without its colour",
    "albedo": "colour without light",
    "colour": "other colour",
    "normal": "normals",
    "depth": "depth",
    "position": "position",
    "velocity": "velocity",
    "motion": "motion",
    "motion_share": "motion, coded",
    "uv": "surface coordinates",
    "id": "ids",
    "matte": "matte",
    "number": "numbers",
}
RULES = {
    **dict.fromkeys(("beauty", "picture"), "beauty"),
    **dict.fromkeys(("light", "lobe"), "beauty_part or color"),
    "raw": "beauty_part or generic",
    **dict.fromkeys(("albedo", "colour"), "color"),
    **dict.fromkeys(("depth", "position", "velocity", "motion_share", "uv"), "depth"),
    "normal": "normal",
    "motion": "motion",
    "id": "id",
    "matte": "matte",
    "number": "generic",
}


def tables() -> str:
    """A section a renderer, in order of their names, each with the sources of its rows; those of no renderer last."""
    renderers = sorted({row.renderer for row in rows()}, key=lambda name: (name == ANY, name.lower()))
    return "".join(_section(renderer, [row for row in rows() if row.renderer == renderer]) for renderer in renderers)


def _section(renderer: str, own: list[Row]) -> str:
    title = "In no renderer's list" if renderer == ANY else renderer
    lines = [f"### {title}", "", "| names | what it is | rule |", "|---|---|---|"]
    by_meaning = sorted(own, key=lambda row: (ROLES.index(row.means), row.unit, row.whole))
    for (means, unit, whole), group in groupby(by_meaning, key=lambda row: (row.means, row.unit, row.whole)):
        told = MEANINGS[means] + (f": {unit}" if unit else "") + ("; as the whole name alone" if whole else "")
        lines.append(f"| {_names(group)} | {told} | {RULES[means]} |")
    sources = dict.fromkeys(row.source for row in own)
    return "\n".join([*lines, "", *(f"From: {_linked(source)}" + "  " for source in sources)]).rstrip() + "\n\n"


def _names(group: Iterable[Row]) -> str:
    return ", ".join(f"`{row.name}`" for row in group)


def _linked(source: str) -> str:
    title, _, address = source.partition(": http")
    return f"[{title}](http{address})" if address else title


def page() -> str:
    """The whole page: what is written by hand, and the tables."""
    by_hand, mark, _ = PAGE.read_text("utf-8").partition(MARK)
    return by_hand + mark + "\n" + tables().rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
