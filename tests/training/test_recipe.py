"""Recipes are checked once, when read, and say what is wrong with them."""

from pathlib import Path

import pytest

from uprez.errors import RecipeError
from uprez.training.recipe import read_recipe, recipe_from

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_that_ships_reads(path: Path) -> None:
    assert read_recipe(path).name == path.stem


def test_a_recipe_survives_the_way_through_plain_values() -> None:
    recipe = recipe_from({"name": "x", "data": {"held_out_looks": ["city"]}})
    assert recipe_from(recipe.to_dict()) == recipe


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            'name = "x"\n[psnr]\nlearn_rate = 1',
            "unknown key 'psnr.learn_rate'; did you mean 'learning_rate'",
            id="typo",
        ),
        pytest.param('name = "x"\n[psnr]\nsteps = "many"', "psnr.steps must be int, got 'many'", id="wrong type"),
        pytest.param('name = "x"\n[psnr]\nloss = "l3"', "psnr.loss must be l1, huber or mse", id="unknown loss"),
        pytest.param('name = "x"\n[data]\npatch = 4', "data.patch must be at least 16", id="patch too small"),
        pytest.param("[psnr]\nsteps = 3", "name is missing", id="no name"),
        pytest.param("name = ", "not valid TOML", id="not TOML"),
        pytest.param('name = "x"\n[data]\nheld_out_looks = 5', "must be a list of strings", id="no list"),
        pytest.param('name = "x"\nnetwork = 5', "network must be a table", id="no table"),
        pytest.param('name = "x"\nseed = 99999999999', "seed must lie between", id="a seed beyond reason"),
        pytest.param('name = "x"\n[psnr]\nlearning_rate = nan', "learning_rate must be float", id="not a number"),
        pytest.param('name = "x"\n[psnr]\nlearning_rate = 0.0', r"learning_rate must lie in \(0, 1\)", id="no rate"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_file(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=problem) as caught:
        read_recipe(path)
    assert str(path) in str(caught.value)


def test_a_missing_recipe_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="No such file"):
        read_recipe(tmp_path / "none.toml")
