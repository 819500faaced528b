"""A study as data: which values of a recipe are searched, and over what."""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from uprez.errors import RecipeError
from uprez.files.toml import load_toml
from uprez.training.recipe import Recipe, read_recipe, recipe_from

SAMPLERS = ("tpe", "nsga2")
_KEYS = {"recipe", "sampler", "seed", "search"}

Value = float | int | str | bool


class Range(NamedTuple):
    """Numbers from `least` to `most`, both included; whole ones where both are."""

    least: float
    most: float
    log: bool = False
    """Whether orders of magnitude are equally likely, rather than values."""


Searched = Range | tuple[Value, ...]
"""A range of numbers, or a choice."""


@dataclass(frozen=True)
class Study:
    """What `uprez tune` searches: a TOML file."""

    recipe: Recipe
    """What all trials have in common."""
    search: Mapping[str, Searched]
    """By the key's path in the recipe; a stage is named: "stage.gan.losses.feature"."""
    sampler: str = "tpe"
    """How values are chosen: "tpe" (Bergstra et al. 2011) needs few trials, "nsga2" (Deb et al. 2002) suits many."""
    seed: int = 1

    def recipe_with(self, values: Mapping[str, Value]) -> Recipe:
        """The recipe with these values at their keys. Raises RecipeError for a key or value that it does not take."""
        changed = copy.deepcopy(self.recipe.to_dict())
        for path, value in values.items():
            table, key = _place(changed, path)
            table[key] = value
        return recipe_from(changed)


def read_study(path: Path) -> Study:
    """Read and check a study file. Raises RecipeError, naming the file, for anything that makes no sense in it."""
    values = load_toml(path, RecipeError)
    try:
        if unknown := values.keys() - _KEYS:
            raise RecipeError(f"unknown key {min(unknown)!r}; known: {', '.join(sorted(_KEYS))}")
        if not isinstance(values.get("recipe"), str):
            raise RecipeError('recipe = "FILE" is missing: what the trials have in common')
        if values.get("sampler", "tpe") not in SAMPLERS:
            raise RecipeError(f"sampler must be {' or '.join(SAMPLERS)}, got {values['sampler']!r}")
        if not isinstance(values.get("seed", 1), int):
            raise RecipeError(f"seed must be int, got {values['seed']!r}")
        searched = values.get("search")
        if not isinstance(searched, Mapping) or not searched:
            raise RecipeError("the table [search] is missing: keys of the recipe and what they may be")
        search = {key: _searched(key, told) for key, told in searched.items()}
        study = Study(
            read_recipe(path.parent / values["recipe"]), search, values.get("sampler", "tpe"), values.get("seed", 1)
        )
        for key, space in search.items():
            for value in (space.least, space.most) if isinstance(space, Range) else space:
                study.recipe_with({key: value})
    except RecipeError as error:
        raise RecipeError(str(error) if str(error).startswith(str(path.parent)) else f"{path}: {error}") from None
    return study


def _searched(key: str, told: object) -> Searched:
    if isinstance(told, list) and len(told) > 1:
        return tuple(told)
    if not isinstance(told, Mapping) or not {"from", "to"} <= told.keys() <= {"from", "to", "log"}:
        raise RecipeError(f'search."{key}" must be a list of choices or {{ from = 1e-4, to = 1e-2, log = true }}')
    least, most, log = told["from"], told["to"], told.get("log", False)
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in (least, most))
    if not numbers or not isinstance(log, bool) or not -math.inf < least < most < math.inf or (log and least <= 0):
        raise RecipeError(f'search."{key}": from must be below to, and above 0 with log = true')
    return Range(least, most, log)


def _place(recipe: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """The table that a path's last key stands in, and that key."""
    *tables, key = path.split(".")
    if tables[:1] == ["stage"]:
        named = {stage["name"]: stage for stage in recipe["stage"]}
        if len(tables) < 2 or tables[1] not in named:
            raise RecipeError(f"{path!r} must name one of the recipe's stages: stage.{', stage.'.join(named)}")
        recipe, tables = named[tables[1]], tables[2:]
    for table in tables:
        if not isinstance(recipe.get(table), dict):
            raise RecipeError(f"{path!r} is no key of the recipe")
        recipe = recipe[table]
    return recipe, key
