"""What the benchmark scripts share: where the measured frames are, running the command, printing a table, writing
JSON.
"""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
SHARED = Path(os.environ.get("UPREZ_SHARED", REPOSITORY.parent / "shared"))
"""Pairs, measuring set and EXR corpus, which are not part of the repository."""
RESULTS = Path(__file__).parent / "results"


def upscale(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `uprez upscale` in a process of its own, as a user does."""
    command = [sys.executable, "-m", "uprez", "upscale", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise SystemExit(f"{' '.join(command)}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def table(rows: Iterable[Sequence[object]], header: Sequence[str]) -> str:
    """A Markdown table; numbers to the right."""
    cells = [list(header), *([_text(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = [
        "| " + " | ".join(_pad(v, w, i) for i, (v, w) in enumerate(zip(row, widths, strict=True))) + " |"
        for row in cells
    ]
    rule = "|" + "|".join(" " + "-" * w + (": " if i else "  ") for i, w in enumerate(widths)) + "|"
    return "\n".join([lines[0], rule.replace("  |", " |"), *lines[1:]])


def report(name: str, figures: dict[str, Any], text: str) -> None:
    """Print the text and keep both beside the scripts, as results/<name>.{json,md}."""
    RESULTS.mkdir(exist_ok=True)
    facts = {"machine": machine(), "versions": versions(), **figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")
    (RESULTS / f"{name}.md").write_text(text + "\n")
    print(text)


def machine() -> str:
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    model = names[0].partition(":")[2].strip() if names else platform.processor()
    return f"{model}, {len(os.sched_getaffinity(0))} cores, {platform.system()}"


def versions() -> dict[str, str]:
    packages = ("uprez", "numpy", "openvino", "OpenEXR", "OpenImageIO", "torch")
    found = {name: _version(name) for name in packages}
    return {"python": platform.python_version(), **{name: value for name, value in found.items() if value}}


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _text(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _pad(value: str, width: int, column: int) -> str:
    return value.rjust(width) if column else value.ljust(width)
