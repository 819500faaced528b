"""Job bundles: what openjd accepts and runs, with the same bytes as without a farm."""

import json
import re
import shlex
import shutil
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.farm.jobs import contents, processes, run, wait_for, write_sequence
from tests.training.pairs import write_pairs
from uprez.models.registry import BUNDLED


def bundled(tmp_path: Path, *words: object) -> Path:
    """A bundle's folder, whose template openjd has accepted."""
    made = run("farm", "bundle", "--to", tmp_path / "job", *words, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    checked = run("check", tmp_path / "job/template.json", program="openjd")
    assert checked.returncode == 0, checked.stdout
    return tmp_path / "job"


def openjd_run(job: Path, step: str, *more: object) -> tuple[int, str]:
    values = f"file://{job / 'parameters.json'}"
    ended = run("run", job / "template.json", "--step", step, "-p", values, *more, program="openjd")
    return ended.returncode, ended.stdout + ended.stderr


def template_of(job: Path) -> Any:
    return json.loads((job / "template.json").read_text())


def tasks_told(text: str, name: str) -> list[str]:
    return re.findall(rf"{name}\(.*?\) = (\S+)", text)


def test_a_sequence_is_upscaled_in_chunks_to_the_same_bytes(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 17))
    assert run("upscale", shot, "-o", tmp_path / "plain", "--threads", 1).returncode == 0
    job = bundled(tmp_path, "--chunk", 7, "upscale", shot, "-o", "farm", "--threads", 1)
    code, text = openjd_run(job, "Upscale")
    assert code == 0, text
    assert tasks_told(text, "Frame") == ["1-6", "7-11", "12-16"]  # OpenJD evens them out
    assert contents(tmp_path / "farm") == contents(tmp_path / "plain")


def test_a_chunk_whose_process_is_killed_is_done_again(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 13), height=120, width=160)
    assert run("upscale", shot, "-o", tmp_path / "plain", "--threads", 1).returncode == 0
    job = bundled(tmp_path, "--chunk", 6, "upscale", shot, "-o", "farm", "--threads", 1)

    def kill_the_second_chunk() -> None:
        wait_for(lambda: (tmp_path / "farm/shot.0008.exr").exists())
        for process in processes("upscale", "7-12"):
            if "task" not in process.cmdline():
                process.kill()

    killer = Thread(target=kill_the_second_chunk)
    killer.start()
    code, text = openjd_run(job, "Upscale")
    killer.join()
    assert code == 0, text
    assert "openjd_status: attempt 2 of 3, after: killed by signal 9" in text
    assert contents(tmp_path / "farm") == contents(tmp_path / "plain")


def test_a_chunk_that_fails_says_why_and_fails_its_task(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 3))
    (tmp_path / "lr/shot.0002.exr").write_bytes(b"\x76\x2f\x31\x01 cut short")
    job = bundled(tmp_path, "--attempts", 2, "upscale", shot, "-o", "farm")
    code, text = openjd_run(job, "Upscale")
    assert code != 0
    assert re.search(r"openjd_fail: .*shot\.0002\.exr", text)
    assert list(contents(tmp_path / "farm")) == ["shot.0001.exr"]


def test_paths_are_mapped_to_where_a_machine_sees_them(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "here/lr", range(1, 3))
    job = bundled(tmp_path, "upscale", shot, "-o", tmp_path / "here/out")
    (tmp_path / "here").rename(tmp_path / "there")
    rules = {
        "version": "pathmapping-1.0",
        "path_mapping_rules": [
            {
                "source_path_format": "POSIX",
                "source_path": str(tmp_path / "here"),
                "destination_path": str(tmp_path / "there"),
            }
        ],
    }
    code, text = openjd_run(job, "Upscale", "--path-mapping-rules", json.dumps(rules))
    assert code == 0, text
    assert set(contents(tmp_path / "there/out")) == {"shot.0001.exr", "shot.0002.exr"}


def test_frames_that_are_missing_are_not_handed_out(tmp_path: Path) -> None:
    write_sequence(tmp_path / "lr", range(1, 4))
    shot = write_sequence(tmp_path / "lr", range(8, 10))
    job = bundled(tmp_path, "upscale", shot, "-o", "out")
    assert "1-3,8-9" in [each.get("default") for each in template_of(job)["parameterDefinitions"]]


def test_frames_are_shared_out_as_the_command_reads_them_in_both_views(tmp_path: Path) -> None:
    """A farm maps the folder that holds the views, and gets the range in its own grammar."""
    job = bundled(tmp_path, "upscale", "new/%V/shot.####.exr", "-o", "out/%V", "--frames", "1 3 5-9x2")
    assert "1-9:2" in [each.get("default") for each in template_of(job)["parameterDefinitions"]]
    values = json.loads((job / "parameters.json").read_text())
    assert (values["Sources"], values["Results"]) == (str(tmp_path / "new"), str(tmp_path / "out"))


def test_frames_that_are_asked_for_need_not_be_rendered_yet(tmp_path: Path) -> None:
    job = bundled(tmp_path, "upscale", "lr/shot.####.exr", "-o", "out", "--frames", "1001-1100")
    assert "1001-1100" in [each.get("default") for each in template_of(job)["parameterDefinitions"]]


def test_stills_are_one_task(tmp_path: Path) -> None:
    write_sequence(tmp_path, range(1, 2))
    (tmp_path / "shot.0001.exr").rename(tmp_path / "poster.exr")
    job = bundled(tmp_path, "upscale", "poster.exr", "-o", "out", "--quality", "best")
    assert "parameterSpace" not in template_of(job)["steps"][0]
    code, text = openjd_run(job, "Upscale")
    assert code == 0, text
    assert "poster.exr" in contents(tmp_path / "out")


def test_a_machine_has_what_the_command_asks_for(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 2))
    job = bundled(tmp_path, "upscale", shot, "-o", "out", "--threads", 8, "--memory", "6G", "--device", "cuda")
    assert template_of(job)["steps"][0]["hostRequirements"]["amounts"] == [
        {"name": "amount.worker.vcpu", "min": 8},
        {"name": "amount.worker.memory", "min": 6144},
        {"name": "amount.worker.gpu", "min": 1},
    ]


def test_deadline_is_told_of_inputs_outputs_and_retries(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 2))
    (tmp_path / "rules.toml").write_text("")
    job = bundled(tmp_path, "--attempts", 4, "upscale", shot, "-o", "out", "--rules", "rules.toml")
    assets = json.loads((job / "asset_references.json").read_text())["assetReferences"]
    assert assets == {
        "inputs": {"filenames": [str(tmp_path / "rules.toml")], "directories": [str(tmp_path / "lr")]},
        "outputs": {"directories": [str(tmp_path / "out")]},
    }
    values = json.loads((job / "parameter_values.json").read_text())["parameterValues"]
    assert {"name": "Rules", "value": str(tmp_path / "rules.toml")} in values
    assert {"name": "deadline:maxRetriesPerTask", "value": 3} in values


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["upscale", "lr/shot.####.exr"], "--output"),
        (["upscale", "lr/{{Param.X}}.####.exr", "-o", "out", "--frames", "1-2"], "can't stand in a job template"),
        (["upscale", "nothing.####.exr", "-o", "out"], "no frame is named like this"),
        (["upscale", "lr/shot.####.exr", "lr/odd.####.exr", "-o", "out"], "make a bundle of each"),
        (["upscale", "lr", "-o", "out"], "make a bundle of each"),
        (["upscale", "lr/shot.####.exr", "-o", "one.exr"], "would be the result of both"),
        (["upscale", "new/shot.####.exr", "-o", "one.exr", "--frames", "1-2"], "would be the result of both"),
        (["upscale", "lr/shot.####.exr", "-o", "out", "--model", "nonsense"], "no model 'nonsense'"),
        (["upscale", "lr/shot.####.exr", "-o", "out", "--rules", "no.toml"], "no.toml"),
        (["evaluate", "lr", "--part", "1/2"], "leave it out"),
        (["models"], "can't be shared out"),
        (["nonsense"], "is no command"),
    ],
)
def test_what_makes_no_job_is_told_in_a_line(tmp_path: Path, words: list[str], told: str) -> None:
    write_sequence(tmp_path / "lr", range(1, 4))
    (tmp_path / "lr/odd.0009.exr").write_bytes((tmp_path / "lr/shot.0001.exr").read_bytes())
    ended = run("farm", "bundle", "--to", "job", *words, cwd=tmp_path)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "job").exists()


RENDERER = """
import sys
import numpy as np, OpenEXR
scene, output, width, frame = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
y, x = np.mgrid[:1024, :1024] / 1024
fine = sum(np.sin((40 + frame) * k * x) * np.cos(31 * y * k) for k in range(1, 5)) / 8 + 0.6
plane = fine.reshape(width, 1024 // width, width, 1024 // width).mean((1, 3)).astype(np.float16)
OpenEXR.File({}, {"R": plane, "G": plane, "B": plane, "A": np.ones_like(plane)}).write(output)
"""


def test_a_shot_is_rendered_in_chunks_of_its_frames(tmp_path: Path) -> None:
    (tmp_path / "renderer.py").write_text(RENDERER)
    (tmp_path / "shot.scene").write_text("")
    template = f"{shlex.quote(sys.executable)} {tmp_path / 'renderer.py'} {{scene}} {{output}} {{width}} {{frame}}"
    options = ["--renderer", "command", "--command", template, "--size", "128", "--aovs", "none", "-o", "pairs"]
    job = bundled(tmp_path, "--chunk", 2, "render", "shots", "shot.scene", *options, "--frames", "1-4")
    code, text = openjd_run(job, "Render")
    assert code == 0, text
    assert tasks_told(text, "Frame") == ["1,2", "3,4"]
    assert "openjd_progress: 50.0" in text
    rows = [json.loads(line) for line in (tmp_path / "pairs/manifest.jsonl").read_text().splitlines()]
    assert sorted(row["frame"] for row in rows) == [1, 2, 3, 4]


def test_the_demo_show_is_rendered_look_by_look(tmp_path: Path) -> None:
    job = bundled(tmp_path, "render", "demo", "--looks", "toys,credits", "--seeds", "0-19", "-o", "pairs")
    looks, seeds = template_of(job)["steps"][0]["parameterSpace"]["taskParameterDefinitions"]
    assert (looks["name"], looks["range"], seeds["name"]) == ("Look", ["toys", "credits"], "Seed")


def test_pairs_are_judged_in_parts_and_reported_at_once(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    write_pairs(tmp_path / "pairs", looks=("a", "b"), count=2, side=60)
    words = ["evaluate", "pairs", "--models", "bicubic,nearest"]
    whole = run(*words, "-o", "whole", "--json", cwd=tmp_path)
    job = bundled(tmp_path, "--chunk", 2, *words)
    code, text = openjd_run(job, "Report", "--run-dependencies")
    assert code == 0, text
    assert tasks_told(text, "Part") == ["1/2", "2/2"]
    assert (tmp_path / "report/index.html").exists()
    assert not (tmp_path / "report/figures.jsonl").exists()  # there was nothing left for the report to measure
    again = run(*words, "--json", cwd=tmp_path)
    told = [json.loads(one.stdout) for one in (whole, again)]
    for one in told:
        for method in one["methods"].values():
            method.pop("core_seconds", None)
    assert told[0]["methods"] == told[1]["methods"]


def test_all_tasks_of_a_shot_look_for_its_window_in_one_frame(tmp_path: Path) -> None:
    (tmp_path / "shot.blend").touch()
    words = ("render", "shots", "shot.blend", "--frames", "1001-1004", "-o", "pairs")
    job = bundled(tmp_path, *words, "--window", "512")
    args = template_of(job)["steps"][0]["script"]["actions"]["onRun"]["args"]
    assert args[args.index("--meter-frame") + 1] == "1001"


def test_a_render_goes_where_it_goes_without_a_farm(tmp_path: Path) -> None:
    job = bundled(tmp_path, "render", "demo", "--looks", "toys", "--seeds", "0-3")
    assert json.loads((job / "parameters.json").read_text()) == {"Results": str(tmp_path / "pairs")}


def test_a_model_of_ones_own_is_a_path_that_maps(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    write_pairs(tmp_path / "pairs", looks=("a",), count=1, side=60)
    shutil.copytree(BUNDLED / "film-x2-fast", tmp_path / "mine")
    job = bundled(tmp_path, "evaluate", "pairs", "--models", "mine,bicubic", "-o", "report")
    assert json.loads((job / "parameters.json").read_text())["Model"] == str(tmp_path / "mine")
    assert "{{Param.Model}},bicubic" in template_of(job)["steps"][0]["script"]["actions"]["onRun"]["args"]
    code, text = openjd_run(job, "Measure")
    assert code == 0, text


def test_a_network_in_a_file_goes_with_its_folder(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a",), count=1, side=60)
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets/net.onnx").touch()
    job = bundled(tmp_path, "evaluate", "pairs", "--models", "nets/net.onnx,bicubic", "-o", "report")
    assert json.loads((job / "parameters.json").read_text())["Model"] == str(tmp_path / "nets")
    words = template_of(job)["steps"][0]["script"]["actions"]["onRun"]["args"]
    assert "{{Param.Model}}/net.onnx,bicubic" in words


def test_long_ranges_stay_short(tmp_path: Path) -> None:
    job = bundled(tmp_path, "upscale", "lr/shot.####.exr", "-o", "out", "--frames", "1-3999:2")
    assert "1-3999:2" in [each.get("default") for each in template_of(job)["parameterDefinitions"]]


def test_a_version_behind_the_number_is_no_other_sequence(tmp_path: Path) -> None:
    write_sequence(tmp_path / "lr", range(1, 4))
    for path in (tmp_path / "lr").iterdir():
        path.rename(path.with_suffix(".v2.exr"))
    job = bundled(tmp_path, "upscale", "lr", "-o", "out")
    assert "1-3" in [each.get("default") for each in template_of(job)["parameterDefinitions"]]
