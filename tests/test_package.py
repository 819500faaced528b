"""The package as a whole: what it imports, what it claims, and that its pages show what exists."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main

import uprez
from tests.conftest import SLOW
from uprez.cli.main import app

HEAVY = ("torch", "OpenImageIO", "OpenEXR", "PyOpenColorIO", "openvino", "onnx", "fileseq")
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/upscale.md",
    "docs/design.md",
    "docs/dataset.md",
    "docs/evaluate.md",
    "docs/export.md",
    "docs/farm.md",
    "docs/layers.md",
    "docs/models.md",
    "docs/training.md",
    "docs/render.md",
    "docs/scale.md",
    "examples/README.md",
)


def shell_lines(page: str) -> list[str]:
    """The lines of a page's shell blocks, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def shown_commands(page: str) -> list[list[str]]:
    """Every `uprez …` that a page shows in a shell block or an indented one, as words."""
    lines = shell_lines(page) + re.findall(r"^ {4}(uprez .*)", page, re.MULTILINE)
    steps = [step for line in lines for step in re.split(r"&&|;|\|", line)]
    words = [shlex.split(step, comments=True) for step in steps]
    return [line[1:] for line in words if line and Path(line[0]).name == "uprez"]


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["upscale", "--help"], ["train", "--help"]], ids=" ".join
)
def test_help_and_version_load_no_image_library_and_no_runtime(arguments: list[str]) -> None:
    """A person who asks for help gets it at once, and on a machine where a library is broken too."""
    script = (
        f"import sys; from uprez.cli import main; main({arguments}); print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_importing_the_package_loads_nothing_but_itself() -> None:
    """`import uprez` costs nothing; `uprez.upscale` brings what it needs when it is first asked for."""
    script = "import sys; import uprez; print(sorted(m for m in sys.modules if m.startswith('uprez') or m == 'numpy'))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['uprez']"


def test_what_the_package_offers_is_listed_before_it_is_loaded() -> None:
    """Completion in a notebook and `dir` go by this."""
    script = "import uprez; print(set(uprez.__all__) <= set(dir(uprez)), 'upscale' in vars(uprez))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True False"


def test_upscaling_never_loads_torch_unless_its_device_is_asked_for() -> None:
    """The core install has no torch."""
    script = "import sys; import uprez; uprez.upscale; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_newest_version_in_the_changelog_is_the_package_version(root: Path) -> None:
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[0] == uprez.__version__


def test_the_readme_sets_everything_up_in_two_lines_and_ci_runs_the_second(root: Path) -> None:
    """The first makes an environment, installs and upscales the example; the second passes the tests."""
    upscale, test = shell_lines((root / "README.md").read_text(encoding="utf-8"))[:2]
    assert "venv" in upscale
    assert "uprez upscale" in upscale
    assert "--preview" in upscale
    assert test in (root / ".ci" / "run").read_text(encoding="utf-8")


def test_the_python_of_the_readme_runs(root: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {"array": np.full((12, 10, 4), 0.5, np.float32)}
    exec(block, names)
    assert names["result"].shape == (24, 20, 4)


def known_options(commands: dict[str, Any], words: list[str], page: str) -> set[str]:
    """Of the commands that a line names: a group's, its command's, and of the one that `farm bundle` is given."""
    known: set[str] = set()
    command, among = None, commands
    for number, word in enumerate(words):
        if word not in among:
            continue
        command = among[word]
        known |= {text for parameter in command.params for text in parameter.opts + parameter.secondary_opts}
        among = getattr(command, "commands", commands if words[:2] == ["farm", "bundle"] else {})
        if hasattr(command, "commands") and number + 1 < len(words):
            following = words[number + 1]
            assert following in among or following.startswith("-"), f"{page} shows: uprez … {following}"
    return known


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_that_a_page_shows_exists(root: Path, page: str) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name, *arguments in shown_commands((root / page).read_text(encoding="utf-8")):
        assert name in commands, f"{page} shows: uprez {name}"
        shown = {word.partition("=")[0] for word in arguments if word.startswith("-")}
        known = known_options(commands, [name, *arguments], page)
        assert shown <= known | {"--help"}, f"{page} shows: uprez {name} {' '.join(sorted(shown - known))}"


def test_the_user_guide_names_every_option_of_upscale(root: Path) -> None:
    """An option that only `--help` knows is an option that nobody finds."""
    guide = (root / "docs" / "upscale.md").read_text(encoding="utf-8")
    parameters = typer.main.get_command(app).commands["upscale"].params  # type: ignore[attr-defined]
    options = {text for p in parameters for text in p.opts + p.secondary_opts if text.startswith("--")} - {"--help"}
    assert not {option for option in options if option not in guide}


@pytest.mark.parametrize("name", ["render", "pairs"])
def test_the_guide_to_rendering_names_every_option(root: Path, name: str) -> None:
    guide = (root / "docs" / "render.md").read_text(encoding="utf-8")
    group = typer.main.get_command(app).commands[name].commands  # type: ignore[attr-defined]
    parameters = [p for command in group.values() for p in command.params if not getattr(p, "hidden", False)]
    options = {text for p in parameters for text in p.opts + p.secondary_opts if text.startswith("--")} - {"--help"}
    assert not {option for option in options if option not in guide}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_of_the_project_leads_somewhere(root: Path, page: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", (root / page).read_text(encoding="utf-8"))
    files = [target for target in targets if "://" not in target]
    missing = [target for target in files if not ((root / page).parent / target).exists()]
    assert not missing


def test_the_container_and_the_conda_environment_install_as_the_readme_does(root: Path) -> None:
    """A Python that the package takes, under the project's constraints, of files that are there and that git knows."""
    container = (root / "Containerfile").read_text(encoding="utf-8")
    environment = (root / "environment.yml").read_text(encoding="utf-8")
    package = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pythons = re.findall(r"^FROM python:([\d.]+)-slim$", container, re.MULTILINE)
    pythons += re.findall(r"^  - python=([\d.]+)$", environment, re.MULTILINE)
    assert len(pythons) == 2
    for python in pythons:
        assert f"Programming Language :: Python :: {python}" in package["classifiers"]
    copied = [word for line in re.findall(r"^COPY (.*) \S+$", container, re.MULTILINE) for word in line.split()]
    assert {"pyproject.toml", "constraints.txt", package["readme"], *package["license-files"], "src"} <= set(copied)
    assert all((root / name).exists() for name in copied)
    assert 'pip install --no-cache-dir -c constraints.txt ".${EXTRAS}"' in container
    assert "      - -c constraints.txt\n      - .\n" in environment
    extras = re.findall(r"\[([a-z,]+)\]", container + environment)
    assert extras
    assert {name for each in extras for name in each.split(",")} <= set(package["optional-dependencies"])


def test_files_of_slow_tests_are_there(root: Path) -> None:
    assert [name for name in SLOW if not (root / "tests" / name).is_file()] == []
