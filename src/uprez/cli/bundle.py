"""A command line of uprez as a job for a farm: which of its words are paths, and what is shared out in tasks."""

import math
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer
import typer.main

from uprez.cli.values import parse_memory
from uprez.errors import UsageError
from uprez.farm.bundle import LONGEST_VALUE, Argument, Choices, Chunks, JobBundle, Needs, PathArgument, Step, as_range
from uprez.frames.ranges import parse_range
from uprez.frames.result_names import RESULT_EXTENSIONS, result_paths
from uprez.frames.sequences import SourceFrame, expand_sources, series_name
from uprez.frames.views import has_view
from uprez.layers.rules import read_rules
from uprez.models.registry import DEFAULT_MODEL, model_card, model_names

_NOT_FOR_TASKS = {"frames", "seeds", "looks", "part", "as_json", "quiet"}
"""Options that a task gets otherwise, or that would keep its progress from being told."""
_GPUS = ("cuda", "optix", "hip", "oneapi", "metal")


def job_bundle(app: typer.Typer, words: Sequence[str], *, name: str, count: int, attempts: int) -> JobBundle:
    """The bundle of a command line. app: the commands; words: like upscale shot.####.exr -o out. count: frames, or
    pairs, of a task.

    Raises UsageError, or what the command itself raises, for words that it does not take.
    """
    command, context = _parsed(app, words)
    if command not in _MAKERS:
        raise UsageError(f"{command!r} can't be shared out; bundles are made of {', '.join(_MAKERS)}")
    line = _Line(context)
    steps = _MAKERS[command](line, command.split(), count)
    return JobBundle(
        name=name or shlex.join(words),
        description=f"uprez {shlex.join(words)}",
        steps=steps,
        needs=_needs(context.params),
        attempts=attempts,
    )


def _parsed(app: typer.Typer, words: Sequence[str]) -> tuple[str, Any]:
    """The command's name ("render demo"), and typer's context with its parameters."""
    command: Any = typer.main.get_command(app)
    names: list[str] = []
    rest = list(words)
    while rest and hasattr(command, "commands") and rest[0] in command.commands:
        command = command.commands[rest[0]]
        names.append(rest.pop(0))
    if hasattr(command, "commands"):
        raise UsageError(f"{' '.join(words)!r} is no command that can be bundled, like: upscale shot.####.exr -o out")
    return " ".join(names), command.make_context(" ".join(["uprez", *names]), rest)


class _Line:
    """The words of a parsed command line, paths made absolute and named."""

    def __init__(self, context: Any) -> None:
        self.params: dict[str, Any] = context.params
        self._given = [
            parameter
            for parameter in context.command.params
            if context.get_parameter_source(parameter.name).name == "COMMANDLINE"
        ]
        self._names: dict[tuple[str, Path], str] = {}

    def words(self, paths: dict[str, "_Place"], *, output: bool = False) -> list[Argument]:
        """Everything that was given but for what tasks get otherwise. paths: of parameters that are paths. output: also
        the usual output where none was given, which would lie in a folder that a farm takes away.
        """
        words: list[Argument] = []
        for parameter in self._given:
            if parameter.name in _NOT_FOR_TASKS:
                continue
            value = self.params[parameter.name]
            options = [max(parameter.opts, key=len)] if parameter.param_type_name == "option" else []
            if getattr(parameter, "is_flag", False):
                words += options
                continue
            place = paths.get(parameter.name)
            for each in value if isinstance(value, list | tuple) else [value]:
                words += [*options, str(each) if place is None else place(self, str(each))]
        if output and "--output" not in words:
            words += ["--output", paths["output"](self, str(self.params["output"]))]
        return words

    def name(self, what: str, folder: Path) -> str:
        """Of the parameter for a folder: Sources, Sources2 for another one."""
        if (what, folder) not in self._names:
            before = sum(known == what for known, _ in self._names)
            self._names[what, folder] = what if not before else f"{what}{before + 1}"
        return self._names[what, folder]


_Place = Callable[[_Line, str], Argument]


def _source(line: _Line, text: str) -> PathArgument:
    path = Path(text).absolute()
    folder, rest = (path, "") if path.is_dir() else _before_view(path.parent, path.name)
    return PathArgument(name=line.name("Sources", folder), folder=folder, rest=rest)


def _result(line: _Line, text: str) -> PathArgument:
    path = Path(text).absolute()
    is_name = not path.is_dir() and path.suffix.lower() in RESULT_EXTENSIONS
    folder, rest = _before_view(path.parent, path.name) if is_name else _before_view(path, "")
    return PathArgument(name=line.name("Results", folder), folder=folder, rest=rest, flow="OUT")


def _before_view(folder: Path, rest: str) -> tuple[Path, str]:
    """The folder that is there for every view, and what stands behind it."""
    while has_view(str(folder)):
        folder, rest = folder.parent, str(Path(folder.name, rest))
    return folder, rest


def _folder(what: str) -> _Place:
    return lambda line, text: PathArgument(name=line.name(what, Path(text).absolute()), folder=Path(text).absolute())


def _file(what: str) -> _Place:
    return lambda line, text: PathArgument(
        name=line.name(what, Path(text).absolute()), folder=Path(text).absolute(), is_file=True
    )


def _model(line: _Line, text: str) -> Argument:
    """A bundled model's name, or the folder of one or of an ONNX file, whose card lies beside it."""
    path = Path(text).absolute()
    if text in model_names() or not path.exists():
        return text
    folder, rest = (path, "") if path.is_dir() else (path.parent, path.name)
    return PathArgument(name=line.name("Model", folder), folder=folder, rest=rest)


def _program(line: _Line, text: str) -> str:
    """What runs is the machine's own, at the same place on each."""
    return str(Path(text).absolute()) if Path(text).name != text else text


def _models(line: _Line, text: str) -> Argument:
    """Names and folders with commas, each perhaps with a colon and its sharpness behind."""
    words: list[str | PathArgument] = []
    for number, name in enumerate(text.split(",")):
        folder, colon, setting = name.strip().partition(":")
        place = _model(line, folder)
        assert not isinstance(place, tuple)
        words += ["," * bool(number), place, colon + setting]
    return tuple(word for word in words if word)


def _upscale(line: _Line, command: Sequence[str], count: int) -> list[Step]:
    model_card(
        line.params["model"] or DEFAULT_MODEL, sharpness=line.params["sharpness"], quality=line.params["quality"]
    )
    if line.params["rules"]:
        read_rules(Path(line.params["rules"]))
    places: dict[str, _Place] = {"sources": _source, "output": _result, "model": _model, "rules": _file("Rules")}
    words = [*command, *line.words(places)]
    numbers = _frame_numbers(line.params["sources"], line.params["frames"])
    _refuse_clashes(line.params, numbers)
    chunks = Chunks(name="Frame", option="--frames", numbers=as_range(numbers), count=count) if numbers else None
    return [Step(name="Upscale", arguments=words, chunks=chunks)]


def _frame_numbers(sources: Sequence[str], asked: str | None) -> frozenset[int]:
    """Of the frames to share out; none for stills, which one task does. Frames that are asked for need not be there
    yet: another job may render them first.
    """
    if asked is not None and not any(Path(source).exists() for source in sources):
        return parse_range(asked, "--frames")
    series: dict[str, set[int | None]] = {}
    for frame in expand_sources(sources, asked).frames:
        series.setdefault(series_name(frame), set()).add(frame.frame)
    first, *rest = series.items()
    for name, numbers in rest:
        if numbers != first[1]:
            raise UsageError(f"{name} has other frames than {first[0]}; make a bundle of each")
    return frozenset(number for number in first[1] if number is not None)


def _refuse_clashes(params: dict[str, Any], numbers: frozenset[int]) -> None:
    """Raises UsageError for results that would share a file, or lie among the sources, as upscaling does."""
    sources = params["sources"]
    if numbers and not any(Path(source).exists() for source in sources):
        folder, view = Path(sources[0]).parent, "view" if has_view(sources[0]) else ""
        frames = tuple(SourceFrame(folder / f"{number:04d}.exr", number, view=view) for number in numbers)
    else:
        frames = expand_sources(sources, params["frames"]).frames
    result_paths(frames, params["output"], folders=sources, previews=params["preview"])


def _render_demo(line: _Line, command: Sequence[str], count: int) -> list[Step]:
    from uprez.renderers import demo
    from uprez.renderers.shots import parse_frames

    more, looks = line.params["more_looks"], line.params["looks"]
    places: dict[str, _Place] = {"output": _result, "assets": _folder("Assets"), "more_looks": _folder("Looks")}
    words = line.words(places | {"blender": _program}, output=True)
    names = demo.choose_looks(looks.split(",") if looks else [], Path(more) if more else None)
    seeds = as_range(parse_frames(line.params["seeds"], "--seeds", least=0))
    return [
        Step(
            name="Render",
            arguments=[*command, *words],
            choices=Choices(name="Look", option="--looks", values=names),
            chunks=Chunks(name="Seed", option="--seeds", numbers=seeds, count=count),
        )
    ]


def _render_shots(line: _Line, command: Sequence[str], count: int) -> list[Step]:
    from uprez.renderers.shots import parse_frames

    places: dict[str, _Place] = {"output": _result, "scenes": _file("Scene"), "blender": _program, "prman": _program}
    words = line.words(places, output=True)
    lists = [scene for scene in line.params["scenes"] if Path(scene).suffix == ".toml"]
    chunks = None
    if not lists and not line.params["sample"]:
        frames = parse_frames(line.params["frames"], "--frames")
        chunks = Chunks(name="Frame", option="--frames", numbers=as_range(frames), count=count)
        if line.params["window"] and line.params["meter_frame"] is None:
            words += ["--meter-frame", str(frames[0])]  # one window for all tasks
    elif line.params["frames"] != "1":
        words += ["--frames", line.params["frames"]]
    return [Step(name="Render", arguments=[*command, *words], chunks=chunks)]


def _evaluate(line: _Line, command: Sequence[str], count: int) -> list[Step]:
    from uprez.evaluation.pairs import pairs_of

    if line.params["part"]:
        raise UsageError("--part is what tasks get; leave it out")
    places: dict[str, _Place] = {"pairs": _folder("Pairs"), "output": _result, "models": _models}
    words = [*command, *line.words(places, output=True)]
    pairs = sum(len(pairs_of(Path(folder))) for folder in line.params["pairs"])
    parts = min(LONGEST_VALUE, max(1, math.ceil(pairs / count)))
    shares = Choices(name="Part", option="--part", values=[f"{part}/{parts}" for part in range(1, parts + 1)])
    return [
        Step(name="Measure", arguments=words, choices=shares),
        Step(name="Report", arguments=words, after="Measure"),
    ]


def _needs(params: dict[str, Any]) -> Needs:
    from uprez.upscaling.job import DEFAULT_MEMORY

    memory = params.get("memory")
    return Needs(
        cpus=(params.get("threads") or 1) * (params.get("jobs") or 1),
        memory_bytes=parse_memory(memory) if memory else DEFAULT_MEMORY,
        gpu=params.get("device") in _GPUS,
    )


_MAKERS: dict[str, Callable[[_Line, Sequence[str], int], list[Step]]] = {
    "upscale": _upscale,
    "render demo": _render_demo,
    "render shots": _render_shots,
    "evaluate": _evaluate,
}
