"""Models that stay loaded between calls."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models.networks import model_folder
from tests.processes import in_a_fresh_process
from uprez.errors import ModelError
from uprez.models.cache import MOST_MODELS, forget_models, kept_model
from uprez.models.card import NETWORK_FILE
from uprez.models.model import Model


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    forget_models()
    yield
    forget_models()


def test_a_model_is_loaded_once(tiny_model: Path) -> None:
    assert kept_model(tiny_model) is kept_model(str(tiny_model))
    assert kept_model("tvi") is kept_model("tvi")


def test_one_folder_is_one_model_however_it_is_written(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tiny_model.parent)
    assert kept_model("tiny") is kept_model(tiny_model)


def test_another_setting_is_another_model(tiny_model: Path) -> None:
    assert kept_model(tiny_model) is not kept_model(tiny_model, quality="best")
    assert kept_model(tiny_model) is not kept_model(tiny_model, device="cpu")
    assert kept_model("film-x2", sharpness=0.5) is not kept_model("film-x2", sharpness=0.25)


def test_a_model_whose_files_have_changed_is_loaded_again(tiny_model: Path, tmp_path: Path) -> None:
    before = kept_model(tiny_model)
    other = model_folder(tmp_path / "other", seed=1)
    for file in other.iterdir():
        shutil.copyfile(file, tiny_model / file.name)
    after = kept_model(tiny_model)
    assert after.card.network_sha256 != before.card.network_sha256


def test_a_name_that_has_come_to_mean_another_folder_is_another_model(tmp_path: Path) -> None:
    for seed in (0, 1):
        model_folder(tmp_path / str(seed), seed=seed)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "0")
    before = kept_model(link)
    link.unlink()
    link.symlink_to(tmp_path / "1")
    assert kept_model(link).card.network_sha256 != before.card.network_sha256


def test_a_model_that_is_damaged_after_it_was_loaded_is_refused(tiny_model: Path) -> None:
    kept_model(tiny_model)
    (tiny_model / NETWORK_FILE).write_bytes(b"no network")
    with pytest.raises(ModelError):
        kept_model(tiny_model)


def test_only_the_latest_few_are_kept(tmp_path: Path) -> None:
    folders = [model_folder(tmp_path / str(seed), seed=seed) for seed in range(MOST_MODELS + 1)]
    first = kept_model(folders[0])
    for folder in folders[1:]:
        kept_model(folder)
    last = kept_model(folders[-1])
    assert kept_model(folders[-1]) is last
    assert kept_model(folders[0]) is not first


def test_threads_that_ask_at_once_get_one_model(tiny_model: Path) -> None:
    got: list[Model] = []
    threads = [threading.Thread(target=lambda: got.append(kept_model(tiny_model))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(model) for model in got}) == 1
    assert len(got) == 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_loads_its_own(tmp_path: Path) -> None:
    """A runtime's threads are not there in a fork: a model of the parent's would wait for them for ever."""
    in_a_fresh_process(_fork_with_a_model)


def _fork_with_a_model() -> None:
    kept = kept_model("bicubic")
    child = os.fork()
    if child == 0:
        os._exit(0 if kept_model("bicubic") is not kept else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
