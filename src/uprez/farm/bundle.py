"""Job bundles of Open Job Description (2023-09), as openjd and AWS Deadline Cloud take them.

A bundle is a folder: `template.json` is the job, whatever the farm; `parameter_values.json` and `asset_references.json`
are what Deadline Cloud's client reads beside it, `parameters.json` what `openjd run` does. Paths stand in PATH
parameters alone, so that a farm maps them to where its machines see them.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from uprez.errors import UsageError
from uprez.files.whole import whole_file

LONGEST_VALUE = 1024
"""Characters of a parameter's value, and values of a task parameter (Template Schemas 2023-09)."""
DataFlow = Literal["IN", "OUT"]
_NOTICE_SECONDS = 60
"""From being told to stop until being killed: enough for what is being written."""
_LONGEST_NAME = 128
_LONGEST_DESCRIPTION = 2048
"""Characters (Template Schemas 2023-09, sections 1.1 and 7.3); of the name fewer, since farms show it in a column."""


@dataclass(frozen=True, kw_only=True)
class PathArgument:
    """A path on the command line. A pattern (`shot.####.exr`) is no path that can be mapped: its folder is."""

    name: str
    """Of the parameter: like "Sources"."""
    folder: Path
    """Absolute; or the file itself where `rest` is empty and `is_file`."""
    rest: str = ""
    """What follows below the folder, as it is."""
    flow: DataFlow = "IN"
    is_file: bool = False


Argument = str | PathArgument | tuple[str | PathArgument, ...]
"""A tuple's parts stand together as one word."""


@dataclass(frozen=True, kw_only=True)
class Chunks:
    """Whole numbers shared out in chunks, each handed to the command as a range after `option`."""

    name: str
    """Of the task parameter and, in the plural, of the job's: like "Frame"."""
    option: str
    numbers: str
    """A range: 1-60."""
    count: int
    """Of a chunk."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Values of which each task gets one, after `option`."""

    name: str
    option: str
    values: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command, run once or for every combination of its `choices` and `chunks`."""

    name: str
    arguments: Sequence[Argument]
    chunks: Chunks | None = None
    choices: Choices | None = None
    after: str = ""
    """The step that must be done before."""


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a machine must have."""

    cpus: int = 1
    memory_bytes: int = 0
    gpu: bool = False


@dataclass(frozen=True, kw_only=True)
class JobBundle:
    """A job."""

    name: str
    description: str
    steps: Sequence[Step]
    needs: Needs = field(default_factory=Needs)
    attempts: int = 3
    """How often a task is begun until it counts as failed."""


def write_bundle(bundle: JobBundle, folder: Path) -> list[Path]:
    """Write a bundle's files into `folder`, which is made; returns their paths, the template's first.

    Raises UsageError for text that a template can't hold, FrameError where the disk does not take a file.
    """
    paths = _paths(bundle)
    values = {path.name: str(path.folder) for path in paths}
    retries = {"deadline:maxRetriesPerTask": bundle.attempts - 1}  # where a machine goes with all its attempts
    files = {
        "template.json": template(bundle),
        "parameters.json": values,
        "parameter_values.json": {
            "parameterValues": [{"name": name, "value": value} for name, value in (values | retries).items()]
        },
        "asset_references.json": {"assetReferences": _assets(paths)},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: the bundle can't go there: {error.strerror}") from None
    for name, content in files.items():
        with whole_file(folder / name) as part:
            part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return [folder / name for name in files]


def template(bundle: JobBundle) -> dict[str, Any]:
    """The job template. Raises UsageError for text that it can't hold."""
    chunked = any(step.chunks for step in bundle.steps)
    return {
        "specificationVersion": "jobtemplate-2023-09",
        **({"extensions": ["TASK_CHUNKING"]} if chunked else {}),
        "name": _plain(bundle.name)[:_LONGEST_NAME],
        "description": _plain(bundle.description)[:_LONGEST_DESCRIPTION],
        "parameterDefinitions": [
            *(_path_parameter(path) for path in _paths(bundle)),
            *(parameter for step in bundle.steps if step.chunks for parameter in _chunk_parameters(step.chunks)),
            {
                "name": "Attempts",
                "type": "INT",
                "default": bundle.attempts,
                "minValue": 1,
                "description": "How often a task is begun until it counts as failed; what it finished is kept.",
            },
        ],
        "steps": [_step(step, bundle.needs) for step in bundle.steps],
    }


def _paths(bundle: JobBundle) -> list[PathArgument]:
    """Each parameter once."""
    words = [each for step in bundle.steps for each in step.arguments]
    parts = [part for word in words for part in (word if isinstance(word, tuple) else (word,))]
    paths = [part for part in parts if isinstance(part, PathArgument)]
    return list({path.name: path for path in paths}.values())


def _path_parameter(path: PathArgument) -> dict[str, Any]:
    return {
        "name": path.name,
        "type": "PATH",
        "objectType": "FILE" if path.is_file else "DIRECTORY",
        "dataFlow": path.flow,
    }


def _chunk_parameters(chunks: Chunks) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{chunks.name}s",
            "type": "STRING",
            "default": chunks.numbers,
            "description": "A range: 1-10, or 1,3,7-20:2.",
        },
        {"name": f"{chunks.name}sPerTask", "type": "INT", "default": chunks.count, "minValue": 1},
    ]


def _step(step: Step, needs: Needs) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    arguments = ["farm", "task", "--attempts", "{{Param.Attempts}}", *map(_argument, step.arguments)]
    if step.choices:
        parameters.append(
            {"name": step.choices.name, "type": "STRING", "range": list(map(_plain, step.choices.values))}
        )
        arguments += [step.choices.option, f"{{{{Task.Param.{step.choices.name}}}}}"]
    if step.chunks:
        name = step.chunks.name
        chunk = {"defaultTaskCount": f"{{{{Param.{name}sPerTask}}}}", "rangeConstraint": "NONCONTIGUOUS"}
        parameters.append(
            {"name": name, "type": "CHUNK[INT]", "range": f"{{{{Param.{name}s}}}}", "chunks": chunk},
        )
        arguments += [step.chunks.option, f"{{{{Task.Param.{name}}}}}"]
    return {
        "name": step.name,
        **({"dependencies": [{"dependsOn": step.after}]} if step.after else {}),
        **({"parameterSpace": {"taskParameterDefinitions": parameters}} if parameters else {}),
        "hostRequirements": {"amounts": _amounts(needs)},
        "script": {
            "actions": {
                "onRun": {
                    "command": "uprez",
                    "args": arguments,
                    "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": _NOTICE_SECONDS},
                }
            }
        },
    }


def _amounts(needs: Needs) -> list[dict[str, Any]]:
    wanted = {
        "amount.worker.vcpu": needs.cpus,
        "amount.worker.memory": math.ceil(needs.memory_bytes / 2**20),  # MiB
        "amount.worker.gpu": int(needs.gpu),
    }
    return [{"name": name, "min": least} for name, least in wanted.items() if least]


def _argument(argument: Argument) -> str:
    if isinstance(argument, tuple):
        return "".join(map(_argument, argument))
    if isinstance(argument, str):
        return _plain(argument)
    place = f"{{{{Param.{argument.name}}}}}"
    return f"{place}/{_plain(argument.rest)}" if argument.rest else place


def _plain(text: str) -> str:
    """Text as it is. Raises UsageError where a template would take it for something else, or not at all."""
    if "{{" in text or not text.isprintable():
        raise UsageError(f"{text!r} can't stand in a job template; use a name without braces and control characters")
    return text


def _assets(paths: Sequence[PathArgument]) -> dict[str, Any]:
    def places(flow: DataFlow, *, files: bool) -> list[str]:
        return sorted({str(path.folder) for path in paths if path.flow == flow and path.is_file == files})

    return {
        "inputs": {"filenames": places("IN", files=True), "directories": places("IN", files=False)},
        "outputs": {"directories": places("OUT", files=False)},
    }


def as_range(numbers: Iterable[int]) -> str:
    """Numbers as a farm takes them: 1-10,12, or 1-9:2. Raises UsageError where a template can't hold so many pieces."""
    ordered = sorted(numbers)
    steps = {after - before for before, after in pairwise(ordered)}
    if len(ordered) > 2 and len(steps) == 1 and steps != {1}:
        return f"{ordered[0]}-{ordered[-1]}:{steps.pop()}"
    runs: list[list[int]] = []
    for number in ordered:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    text = ",".join("-".join(map(str, run)) for run in runs)
    if len(text) > LONGEST_VALUE:
        raise UsageError(
            f"frames in {len(runs)} pieces are more than a job can list; make bundles of some with --frames"
        )
    return text
