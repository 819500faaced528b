"""What `uprez render demo` says before it renders."""

import os

from uprez.cli.render_start import demo_start
from uprez.renderers.demo import demo_tasks, look_changes
from uprez.renderers.plan import PairSettings


def lines(settings: PairSettings, device: str = "cpu") -> list[str]:
    names = ["credits", "toys"]
    tasks = demo_tasks(names, range(2), length=1, size=None, window=(256, 256), assets=None, folder=None)
    return demo_start(tasks, settings, look_changes(names), device)


def test_it_says_how_many_pairs_how_long_and_what_looks_change() -> None:
    amount, changes = lines(PairSettings())
    assert amount.startswith("4 pairs of 4 shots: roughly ")
    assert f" on {os.cpu_count()} cores; the first pair that is done gives a better estimate" in amount
    assert changes == (
        "some looks change the settings: credits (4 times the samples and no denoiser);"
        " --no-denoise renders all with --samples as it is"
    )


def test_of_truths_and_of_other_devices_it_says_only_how_many() -> None:
    assert lines(PairSettings(truth=45.0))[0] == "4 pairs of 4 shots"
    assert lines(PairSettings(), device="cuda")[0] == "4 pairs of 4 shots"


def test_what_is_rendered_without_a_denoiser_is_changed_by_no_look() -> None:
    assert len(lines(PairSettings(denoise=False))) == 1
