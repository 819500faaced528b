"""The names that renderers and compositors give to layers, as rows: one TOML file a renderer in `names/`.

    renderer = "Arnold"
    source = "title and address of the list"

    [[rows]]
    means = "lobe"
    names = ["diffuse", "diffuse_direct_*"]

Case and separators of a name count nothing: `diffuse_direct` is Diffuse Direct and diffusedirect. `X_*` is X, a
separator and a name that users typed (a lamp's); `X*` is the same where a capital or a digit separates, too, `X#` where
only a digit does; `*_X` has the typed name first. `whole`: these words mean this only where they are all of a name.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

Role = Literal[
    "beauty",
    "picture",
    "light",
    "lobe",
    "raw",
    "albedo",
    "colour",
    "normal",
    "depth",
    "position",
    "velocity",
    "motion",
    "motion_share",
    "uv",
    "id",
    "matte",
    "number",
]
"""What a name means. beauty: the finished picture, picture: probably. light: what some lamps give to it. lobe: what
one way of light to the camera gives. raw: light that is still to be multiplied by a colour. albedo: that colour. motion
counts pixels, motion_share parts of the frame.
"""
ROLES: tuple[Role, ...] = get_args(Role)

FOLDER = Path(__file__).with_name("names")
ANY = "any"
"""The renderer of rows that belong to none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One name of one renderer. source: the title and address of the list that has it."""

    name: str
    means: Role
    renderer: str
    unit: str
    source: str
    whole: bool = False

    @property
    def told(self) -> str:
        """For people: `Arnold RGBA_*`."""
        return f"{'' if self.renderer == ANY else self.renderer + ' '}{self.name}"


@dataclass(frozen=True)
class Index:
    """Rows by their name without case and separators.

    exact: names without a wildcard. before: `X_*`, `X*` and `X#` by X. after: `*_X` by X.
    """

    exact: Mapping[str, tuple[Row, ...]]
    before: Mapping[str, tuple[Row, ...]]
    after: Mapping[str, tuple[Row, ...]]


def squash(name: str) -> str:
    """Letters and digits of a name alone, without case: `Diffuse Direct` and `diffuse_direct` are diffusedirect."""
    return re.sub(r"[\W_]", "", name).casefold()


@dataclass(frozen=True)
class Lexicon:
    """The words of `words.toml`, which says what they are. unlike, ways, endings: each word with what it tells."""

    wrappers: frozenset[str]
    coded: frozenset[str]
    qualifiers: frozenset[str]
    around: frozenset[str]
    anywhere: frozenset[str]
    same: frozenset[str]
    closing: frozenset[str]
    no_lamps: frozenset[str]
    short: frozenset[str]
    denoised: frozenset[str]
    fillers: frozenset[str]
    unlike: Mapping[str, Role]
    ways: Mapping[str, str]
    endings: Mapping[str, Role]


@cache
def lexicon() -> Lexicon:
    """The words, read once."""
    said = tomllib.loads(FOLDER.with_name("words.toml").read_text("utf-8"))
    tables: dict[str, Any] = {
        key: {word: told for told, words in value.items() for word in words.split()}
        if isinstance(value, dict)
        else frozenset(value.split())
        for key, value in said.items()
    }
    tables["around"] |= tables["qualifiers"]
    return Lexicon(**tables)


@cache
def rows() -> tuple[Row, ...]:
    """Every row: the renderers' in the order of their files, then those of no renderer."""
    files = sorted(FOLDER.glob("*.toml"), key=lambda file: (file.stem == "common", file.stem))
    return tuple(row for file in files for row in _rows_of(file))


def _rows_of(file: Path) -> Iterator[Row]:
    said = tomllib.loads(file.read_text("utf-8"))
    for group in said["rows"]:
        source, unit, whole = group.get("source", said["source"]), group.get("unit", ""), group.get("whole", False)
        for name in group["names"]:
            yield Row(name, cast(Role, group["means"]), said["renderer"], unit, source, whole)


@cache
def index() -> Index:
    """The rows, to look names up."""
    exact: dict[str, tuple[Row, ...]] = {}
    before: dict[str, tuple[Row, ...]] = {}
    after: dict[str, tuple[Row, ...]] = {}
    for row in rows():
        table = before if row.name[-1] in "*#" else after if row.name.startswith("*") else exact
        key = squash(row.name)
        table[key] = (*table.get(key, ()), row)
    return Index(exact, before, after)
