import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uprez.errors import ModelError, WriteError
from uprez.models import Card, Input, load_card, save_card
from uprez.models.card import CARD_FILE

SHA = "0123456789abcdef" * 4
CARD = Card(
    name="film-x2-psnr",
    kind="network",
    inputs=(
        Input(name="beauty", channels=("R", "G", "B", "A")),
        Input(name="normal", channels=("X", "Y", "Z"), encoding="none", grid="hr"),
    ),
    halo=23,
    features=48,
    down_kernel=(0.07, 0.43, 0.43, 0.07),
    down_kernels={"box": [0.0, 0.5, 0.5, 0.0], "gauss-2": [0.11, 0.39, 0.39, 0.11]},
    pixel_filters=("box", "gauss-2"),
    architecture={"family": "residual", "blocks": 10},
    training={"pairs": 300, "recipe_sha256": SHA, "looks": ["toys", "hair"], "spp": {"lr": 64, "hr": 64}},
    held_out=("volumes", "clean"),
    figures={"PSNR gain on clean, dB": 2.9},
    network_sha256=SHA,
    weights_sha256=SHA,
)
SMALLEST = 'name = "a"\nkind = "classical"\nhalo = 2\n'


def test_a_card_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    """Every field, nested tables and inputs included, and no temporary file is left."""
    save_card(CARD, tmp_path)
    loaded = load_card(tmp_path)
    assert loaded == Card(**{**vars(CARD), "training": {**CARD.training, "looks": ["toys", "hair"]}})
    assert [path.name for path in tmp_path.iterdir()] == [CARD_FILE]


@given(text=st.text(st.characters(exclude_categories=["Cs"])), number=st.floats(allow_nan=False))
@settings(deadline=None)
def test_any_text_and_number_survives_the_file(
    tmp_path_factory: pytest.TempPathFactory, text: str, number: float
) -> None:
    """Quotes, control characters and other scripts, as values and as keys; infinities."""
    folder = tmp_path_factory.mktemp("card")
    card = Card(name="a", kind="classical", halo=0, licence=text, training={text: text}, figures={"x": number})
    save_card(card, folder)
    assert load_card(folder) == card


def test_what_the_file_leaves_out_has_its_default(tmp_path: Path) -> None:
    """Name, kind and halo are all that is needed."""
    (tmp_path / CARD_FILE).write_text(SMALLEST)
    assert load_card(tmp_path) == Card(name="a", kind="classical", halo=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(SMALLEST + "scal = 2\n", "unknown key 'scal'; did you mean 'scale'?", id="unknown key"),
        pytest.param(
            SMALLEST + '[[inputs]]\nname = "a"\nchannel = ["R"]\n',
            "did you mean 'channels'?",
            id="unknown key of an input",
        ),
        pytest.param('name = "a"\nkind = "classical"\n', "halo is missing", id="missing key"),
        pytest.param(
            SMALLEST + '[[inputs]]\nname = "a"\n', "an input needs a name and channels", id="input without channels"
        ),
        pytest.param(SMALLEST + "scale = 2.0\n", "scale must be a whole number", id="wrong type"),
        pytest.param(SMALLEST + "scale = true\n", "scale must be a whole number", id="boolean for a number"),
        pytest.param(SMALLEST + "scale = 0\n", "scale must be 1 to 8, got 0", id="scale out of range"),
        pytest.param(SMALLEST + "inputs = 3\n", "inputs must be a list of tables", id="inputs no tables"),
        pytest.param(SMALLEST + "inputs = []\n", "at least one input", id="no inputs"),
        pytest.param(
            SMALLEST.replace("classical", "magic"), "kind must be one of classical, network", id="unknown kind"
        ),
        pytest.param(SMALLEST + "down_kernel = [0.5, 0.4]\n", "sum to 1", id="kernel that loses light"),
        pytest.param(SMALLEST + "down_kernel = [0.2, 0.6, 0.2]\n", "as many taps as scale", id="kernel off centre"),
        pytest.param(SMALLEST + "pixel_filters = [3]\n", "pixel_filters must be a list of strings", id="wrong filters"),
        pytest.param(SMALLEST + "[down_kernels]\nbox = [0.5, 0.4]\n", "box: must have as many taps", id="wrong table"),
        pytest.param(SMALLEST + '[down_kernels]\nbox = ["a", "b"]\n', "box: must have as many taps", id="text"),
        pytest.param(SMALLEST + "[down_kernels]\nbox = 1\n", "box: must have as many taps", id="table of numbers"),
        pytest.param(SMALLEST + "down_kernels = 1\n", "down_kernels must be a table", id="no table of kernels"),
        pytest.param(SMALLEST + "held_out = [3]\n", "held_out must be a list of strings", id="wrong entries"),
        pytest.param(
            SMALLEST.replace("classical", "network"), "features must be 1 to 65536", id="network without features"
        ),
        pytest.param(
            SMALLEST.replace("classical", "network") + "features = 8\n",
            "64 hexadecimal digits",
            id="network without hash",
        ),
        pytest.param(
            SMALLEST + 'weights_sha256 = "0"\n', "weights_sha256 must be 64 hexadecimal digits", id="hash cut short"
        ),
        pytest.param("name = ", "not valid TOML", id="not TOML"),
        pytest.param("\x00\x01", "not valid TOML", id="garbage"),
        pytest.param("a = " + "[" * 5000, "nested too deeply", id="nested beyond reason"),
        pytest.param("a" + ".a" * 2000 + " = 1", "nested too deeply", id="a key of thousands of parts"),
        pytest.param(SMALLEST + f"scale = {'9' * 5000}\n", "not valid TOML", id="a number beyond reason"),
        pytest.param(SMALLEST + "down_kernel = [1e308, 1e308]\n", "each from -1 to 1", id="kernel beyond reason"),
        pytest.param(SMALLEST + "down_kernel = [3.0, -2.0]\n", "each from -1 to 1", id="kernel that sharpens"),
        pytest.param(SMALLEST + f"down_kernel = [1{'0' * 400}, 0]\n", "each from -1 to 1", id="huge kernel"),
        pytest.param(SMALLEST + "[figures]\na = 2020-01-01\n", "figures must be a table of text", id="a date"),
        pytest.param("#" * (1 << 20) + "\n", "larger than", id="too large"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused_by_one_line_with_its_path(
    tmp_path: Path, text: str, message: str
) -> None:
    """What is wrong, and in which file."""
    (tmp_path / CARD_FILE).write_text(text)
    with pytest.raises(ModelError) as caught:
        load_card(tmp_path)
    assert message in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_card_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """Bytes that are no text are no card."""
    (tmp_path / CARD_FILE).write_bytes(b"name = '\xff'")
    with pytest.raises(ModelError, match="not valid TOML"):
        load_card(tmp_path)


def test_a_folder_without_a_card_is_no_model(tmp_path: Path) -> None:
    """The message names the folder and what it lacks."""
    with pytest.raises(ModelError, match=r"not a model folder: no card\.toml"):
        load_card(tmp_path)


def test_a_card_that_is_a_folder_or_a_destination_that_is_gone_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / CARD_FILE).mkdir()
    with pytest.raises(ModelError, match="not a file"):
        load_card(tmp_path)
    with pytest.raises(WriteError, match="can't be written"):
        save_card(CARD, tmp_path / "gone")


def test_a_card_that_is_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / CARD_FILE)
    with pytest.raises(ModelError, match="not a file"):
        load_card(tmp_path)


def test_the_fingerprint_changes_with_what_changes_pixels_and_with_nothing_else() -> None:
    card = Card(name="x", kind="network", halo=1, features=1, network_sha256="0" * 64, down_kernel=(0.5, 0.5))
    changed = [
        {"network_sha256": "1" * 64},
        {"weights_sha256": "1" * 64},
        {"down_kernel": (0.1, 0.4, 0.4, 0.1)},
    ]
    assert len({replace(card, **change).fingerprint for change in [{}, *changed]}) == 4
    assert replace(card, figures={"dB": 3}, licence="other").fingerprint == card.fingerprint
    assert Card(name="bicubic", kind="classical", halo=2).fingerprint == ""
