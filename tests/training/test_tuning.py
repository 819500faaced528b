"""Studies: trials of a recipe with other values, gone on with wherever they stopped."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from tests.training.pairs import write_pairs
from tests.training.recipes import TINY
from uprez.errors import RecipeError, UsageError
from uprez.training.recipe import read_recipe
from uprez.training.study import Range, read_study
from uprez.training.trial import Finished, Means
from uprez.training.tuning import open_study, tune
from uprez.training.tuning_page import write_page

RECIPE = (
    'name = "tiny"'
    + TINY
    + """validation_share = 0.3
[[stage]]
steps = 4
minibatch = 2
warmup = 1
validate_every = 2
"""
)
STUDY = """
recipe = "tiny.toml"
[search]
"stage.psnr.losses.drift" = { from = 0.1, to = 10.0, log = true }
"stage.psnr.losses.measure" = ["l1", "charbonnier"]
"""
CPU = Means(device="cpu")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tuned") / "pairs"
    write_pairs(folder, looks=("a", "b"), count=3, side=24)
    return folder


def study_file(folder: Path, text: str = STUDY, recipe: str = RECIPE) -> Path:
    (folder / "tiny.toml").write_text(recipe)
    path = folder / "study.toml"
    path.write_text(text)
    return path


def test_a_study_ends_with_the_trials_that_no_other_beats(tmp_path: Path, pairs: Path) -> None:
    heard: list[Finished] = []
    best = tune(study_file(tmp_path), pairs=[pairs], out=tmp_path / "out", trials=4, means=CPU, report=heard.append)
    assert [each.over for each in heard] == [1, 2, 3, 4]
    scores = [each.score for each in heard if each.score is not None]
    beaten = [mine for mine in scores if any(o != mine and o[0] <= mine[0] and o[1] <= mine[1] for o in scores)]
    assert [each.score for each in best] == sorted(set(scores) - set(beaten))
    for each in best:
        recipe = read_recipe(each.folder / "recipe.toml")
        assert recipe.stage[0].losses.drift == each.values["stage.psnr.losses.drift"]
        assert recipe.stage[0].losses.measure == each.values["stage.psnr.losses.measure"]
        assert (each.folder / "model" / "card.toml").exists()


def test_the_page_stands_alone(tmp_path: Path, pairs: Path) -> None:
    best = tune(study_file(tmp_path), pairs=[pairs], out=tmp_path / "out", trials=4, means=CPU)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # a user would see them
        page = write_page(open_study(tmp_path / "out"), best, tmp_path / "out").read_text()
    for objective in ("blur", "artifacts"):
        assert f"What matters for {objective}" in page
    assert "<script src" not in page
    assert page.count('class="plotly-graph-div"') == 3  # the front, and importances for either objective
    for each in best:
        assert f"trials/{each.folder.name}/recipe.toml" in page


def test_a_study_goes_on_and_repeats_nothing(tmp_path: Path, pairs: Path) -> None:
    heard: list[Finished] = []
    for trials in (1, 3):
        tune(study_file(tmp_path), pairs=[pairs], out=tmp_path / "out", trials=trials, means=CPU, report=heard.append)
    assert [each.number for each in heard] == [0, 1, 2]


def test_a_trial_whose_process_was_killed_goes_on_where_it_stood(tmp_path: Path, pairs: Path) -> None:
    path = study_file(tmp_path, recipe=RECIPE.replace("steps = 4", "steps = 100000"))
    command = [sys.executable, "-m", "uprez", "tune", path, "--pairs", pairs, "-o", tmp_path / "out", "--device", "cpu"]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stats = tmp_path / "out" / "trials" / "0000" / "stats.jsonl"
    try:
        for _ in range(600):
            if stats.exists() and stats.read_text().count("\n") > 1:
                break
            time.sleep(0.1)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    stood = json.loads(stats.read_text().splitlines()[-1])["step"]
    tune(path, pairs=[pairs], out=tmp_path / "out", trials=1, time_limit=1, means=CPU)
    steps = [json.loads(line)["step"] for line in stats.read_text().splitlines()]
    assert steps == sorted(set(steps))
    assert steps[-1] > stood
    assert [folder.name for folder in (tmp_path / "out" / "trials").iterdir()] == ["0000"]


def test_a_trial_that_diverges_is_told_and_the_others_go_on(tmp_path: Path, pairs: Path) -> None:
    recipe = RECIPE.replace("steps = 4\n", "steps = 400\nlearning_rate = 0.9\nclip = 1e30\n")
    path = study_file(tmp_path, recipe=recipe.replace("validate_every = 2", "validate_every = 50"))
    heard: list[Finished] = []
    best = tune(path, pairs=[pairs], out=tmp_path / "out", trials=2, means=CPU, report=heard.append)
    assert {each.outcome for each in heard} == {"diverged"}
    assert best == []


def test_values_that_do_not_go_together_are_told_and_the_others_go_on(tmp_path: Path, pairs: Path) -> None:
    search = '"stage.psnr.minibatch" = [4, 6]\n"stage.psnr.accumulate" = [1, 4]\n'
    path = study_file(tmp_path, f'recipe = "tiny.toml"\n[search]\n{search}', RECIPE.replace("batch = 2", "batch = 4"))
    heard: list[Finished] = []
    tune(path, pairs=[pairs], out=tmp_path / "out", trials=8, means=CPU, report=heard.append)
    refused = [each for each in heard if each.outcome != "complete"]
    assert {tuple(each.values.values()) for each in refused} == {(6, 4)}
    assert refused[0].outcome.startswith("refused: stage.minibatch must be a multiple of stage.accumulate")


def test_two_that_begin_together_draw_other_values(tmp_path: Path, pairs: Path) -> None:
    path, drawn = study_file(tmp_path), []
    for _ in range(2):
        tune(path, pairs=[pairs], out=tmp_path / "out", trials=0, means=CPU)  # opened, and nothing done
    for _ in range(2):
        heard: list[Finished] = []
        tune(path, pairs=[pairs], out=tmp_path / "out", trials=1 + len(drawn), means=CPU, report=heard.append)
        drawn.append(heard[0].values)
    assert drawn[0] != drawn[1]


def test_a_folder_belongs_to_one_study(tmp_path: Path, pairs: Path) -> None:
    tune(study_file(tmp_path), pairs=[pairs], out=tmp_path / "out", trials=1, means=CPU)
    other = study_file(tmp_path, STUDY.replace("10.0", "20.0"))
    with pytest.raises(RecipeError, match="begun with another study"):
        tune(other, pairs=[pairs], out=tmp_path / "out", trials=1, means=CPU)


def test_pairs_that_leave_none_to_judge_by_are_refused(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a",), count=1, side=24)
    path = study_file(tmp_path, recipe=RECIPE.replace("0.3", "0.001"))
    with pytest.raises(UsageError, match="no pairs to validate on"):
        tune(path, pairs=[tmp_path / "pairs"], out=tmp_path / "out", trials=1, means=CPU)


def test_a_study_is_read(tmp_path: Path) -> None:
    study = read_study(study_file(tmp_path))
    assert study.search["stage.psnr.losses.drift"] == Range(0.1, 10.0, log=True)
    assert study.recipe_with({"stage.psnr.learning_rate": 0.01, "data.patch": 32}).data.patch == 32


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('recipe = "tiny.toml"', "", "is missing"),
        ("[search]", "[searched]", "unknown key 'searched'"),
        ("stage.psnr.losses.drift", "stage.gan.losses.drift", "must name one of the recipe's stages: stage.psnr"),
        ("stage.psnr.losses.drift", "stage.psnr.losses.drifft", "did you mean 'drift'"),
        ("stage.psnr.losses.drift", "nothing.at.all", "no key of the recipe"),
        ("from = 0.1", "from = 20.0", "from must be below to"),
        ("from = 0.1", "from = 0.0", "above 0 with log"),
        ('["l1", "charbonnier"]', '["l1", "l3"]', "losses.measure must be"),
        ('["l1", "charbonnier"]', '"l1"', "must be a list of choices"),
    ],
)
def test_a_study_that_makes_no_sense_is_refused_in_a_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(RecipeError, match=problem) as raised:
        read_study(study_file(tmp_path, STUDY.replace(old, new)))
    assert str(tmp_path / "study.toml") in str(raised.value)
    assert "\n" not in str(raised.value)
