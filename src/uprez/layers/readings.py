"""Readings: what a name says, and the rows of the table that say it."""

from collections.abc import Sequence
from dataclasses import dataclass

from uprez.layers.tokens import ways_of
from uprez.layers.vocabulary import Role, Row, index

DATA: frozenset[Role] = frozenset(
    {"normal", "depth", "position", "velocity", "motion", "motion_share", "uv", "id", "matte", "number"}
)
"""Roles of numbers that are no light."""
LIGHT: frozenset[Role] = frozenset({"light", "lobe", "raw", "albedo", "colour"})
"""Roles of colour that is not the finished picture."""


@dataclass(frozen=True)
class Reading:
    """What a name says.

    role: "" where it says nothing. row: the row of the table that said it. lamp: the name that users typed behind a
    declared prefix, in lower case, "" for none. terms: for lights and lobes, words of the way of light, {"diffuse",
    "direct"}: of two layers with one lamp, the one whose terms are fewer holds the other.
    """

    role: Role | str = ""
    row: Row | None = None
    lamp: str = ""
    terms: frozenset[str] = frozenset()

    @property
    def told(self) -> str:
        """Why, for people."""
        if self.row is None:
            return ""
        return f"name: {self.row.told}" + (f", {self.row.unit}" if self.row.unit else "")


UNREAD = Reading()


def exact(key: str, renderer: str) -> Row | None:
    found = index().exact.get(key, ())
    if not found and len(key) > 2:
        found = index().exact.get(key.rstrip("0123456789"), ())
    return choose(found, renderer)


def choose(found: Sequence[Row], renderer: str) -> Row | None:
    """Of rows of one name, that of the renderer, or the meaning that most have."""
    if not found:
        return None
    own = [row for row in found if row.renderer == renderer]
    if own:
        return own[0]
    means = [row.means for row in found]
    return max(found, key=lambda row: (means.count(row.means), -found.index(row)))


def reading_of(row: Row, step: str, lamp: str = "") -> Reading:
    return Reading(row.means, row, lamp, ways_of(step) if row.means in ("light", "lobe", "raw") else frozenset())
