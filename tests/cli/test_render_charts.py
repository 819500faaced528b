"""`uprez render charts`."""

import json
from pathlib import Path

import numpy as np

from tests.cli.conftest import Run
from uprez.dataset.pairs import find_pairs, read_frames

SIDE = 64


def test_the_command_makes_a_pair_for_each_filter_and_keeps_what_is_there(uprez: Run, tmp_path: Path) -> None:
    options = ("render", "charts", "-o", "pairs", "--seeds", "0-1", "--side", str(SIDE), "--filters", "box,lanczos-3")
    first, again = uprez(*options, "--json"), uprez(*options, "--json")
    assert first.returncode == again.returncode == 0
    assert json.loads(first.stdout)["rendered"] == 4
    assert json.loads(again.stdout)["kept"] == 4
    pairs = list(read_frames(find_pairs([tmp_path / "pairs"])))
    assert {pair.filter for pair, _, _ in pairs} == {"box", "lanczos-3"}
    for pair, lr, hr in pairs:
        assert hr.shape == (SIDE, SIDE, 4)
        if pair.filter == "box":
            means = hr.reshape(SIDE // 2, 2, SIDE // 2, 2, 4).mean((1, 3))
            np.testing.assert_allclose(lr, means, rtol=5e-3, atol=1e-4)


def test_an_odd_side_is_refused(uprez: Run) -> None:
    done = uprez("render", "charts", "--side", "65")
    assert done.returncode == 2
    assert done.stderr == "error: --side: 65 is odd, and LR is half of it\n"
