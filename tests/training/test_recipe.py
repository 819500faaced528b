"""Recipes are checked once, when read, and say what is wrong with them."""

from pathlib import Path

import pytest

from uprez.errors import RecipeError
from uprez.training.recipe import read_recipe, recipe_from
from uprez.training.study import read_study

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_and_study_that_ships_reads(path: Path) -> None:
    if path.stem.startswith("tune-"):
        assert read_study(path).search
    else:
        assert path.stem.startswith(read_recipe(path).name)


def test_a_recipe_survives_the_way_through_plain_values() -> None:
    stages = [{"name": "psnr", "steps": 5}, {"name": "gan", "losses": {"gan": 0.1}}]
    recipe = recipe_from({"name": "x", "data": {"held_out_looks": ["city"]}, "stage": stages})
    assert recipe_from(recipe.to_dict()) == recipe


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            'name = "x"\n[[stage]]\nlearn_rate = 1',
            "unknown key 'stage.learn_rate'; did you mean 'learning_rate'",
            id="typo",
        ),
        pytest.param('name = "x"\n[[stage]]\nsteps = "many"', "stage.steps must be int, got 'many'", id="wrong type"),
        pytest.param(
            'name = "x"\n[[stage]]\nlosses = {measure = "l3"}',
            "measure must be l1, l2 or charbonnier",
            id="unknown loss",
        ),
        pytest.param(
            'name = "x"\n[[stage]]\n[stage.losses]\ngam = 1.0',
            "unknown key 'stage.losses.gam'; did you mean 'gan'",
            id="typo inside",
        ),
        pytest.param('name = "x"\n[stage]\nsteps = 3', r"\[\[stage\]\], in double brackets", id="one stage as a table"),
        pytest.param('name = "x"\n[[stage]]\n[[stage]]', "two stages have the same name", id="a name twice"),
        pytest.param('name = "x"\n[[stage]]\nname = "best"', "is a checkpoint's", id="a name that is taken"),
        pytest.param('name = "x"\n[[stage]]\nminibatch = 5\naccumulate = 2', "must be a multiple", id="uneven parts"),
        pytest.param('name = "x"\n[data]\npatch = 4', "data.patch must be at least 16", id="patch too small"),
        pytest.param("[[stage]]\nsteps = 3", "name is missing", id="no name"),
        pytest.param("name = ", "not valid TOML", id="not TOML"),
        pytest.param('name = "x"\n[data]\nheld_out_looks = 5', "must be a list of strings", id="no list"),
        pytest.param('name = "x"\nnetwork = 5', "network must be a table", id="no table"),
        pytest.param('name = "x"\nseed = 99999999999', "seed must lie between", id="a seed beyond reason"),
        pytest.param('name = "x"\n[[stage]]\nlearning_rate = nan', "learning_rate must be float", id="not a number"),
        pytest.param(
            'name = "x"\n[[stage]]\nconsistency_from = -1\nlosses = {drift = 1.0}',
            "losses.drift needs consistency_from at 0 or more",
            id="a term that is never there",
        ),
        pytest.param('name = "x"\n[[stage]]\nlearning_rate = 0.0', r"learning_rate must lie in \(0, 1\)", id="no rate"),
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
