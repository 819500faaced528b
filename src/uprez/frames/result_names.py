"""What the results of frames are called, so that none shares a file with another, or with a source."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from uprez.errors import UsageError
from uprez.frames.image_results import ENCODINGS
from uprez.frames.numbering import number_in, pattern_in
from uprez.frames.sequences import PREVIEW_ENDING, SourceFrame
from uprez.frames.views import expand_views, for_view

RESULT_EXTENSIONS: Final = (".exr", *ENCODINGS)
_OTHER_FILES: Final = frozenset(
    (".gif", ".webp", ".bmp", ".tga", ".psd", ".psb", ".jp2", ".jxl", ".avif", ".heic", ".svg", ".pdf", ".cin", ".pfm")
    + (".pic", ".sgi", ".rla", ".iff", ".mp4", ".mov", ".avi", ".mkv", ".webm", ".mxf", ".zip", ".json", ".txt", ".csv")
)
"""What files of other kinds end in: no folder is meant by such a name."""


def result_path(source: SourceFrame, output: str) -> Path:
    """Where the result of `source` goes: into the folder `output` as its own name and .exr, or where `output` says.

    output: a folder (there or not yet), `name.####.exr` with any padding that sources may have (a lone # keeps the
    source's), or a file name that ends in one of `RESULT_EXTENSIONS`; `%V` and `%v` in it stand for the source's view.
    A subframe keeps its digits. UsageError where a still has no number for a pattern, where a source has no view for
    %V, or where an extension can't be written: a name that ends like a file of another kind is no folder, unless it is
    there or ends with a slash.
    """
    if not output:
        raise UsageError("-o names no folder, pattern or file")
    output = for_view(output, source.view)
    path = Path(output)
    pattern = None if os.path.isdir(path) else pattern_in(path.name)
    if pattern is None:
        is_folder = output.endswith("/") or os.path.isdir(path)
        if not is_folder and path.suffix.lower() in _OTHER_FILES:
            known = ", ".join(RESULT_EXTENSIONS)
            raise UsageError(f"{output}: results end in one of {known}; for a folder of that name write {output}/")
        named = path.suffix.lower() in RESULT_EXTENSIONS and not is_folder
        return path if named else path / f"{source.path.stem}.exr"
    if pattern.range:
        raise UsageError(f"{output}: results keep their frame numbers; leave out the range {pattern.range}")
    if Path(pattern.rest).suffix.lower() not in RESULT_EXTENSIONS and pattern.rest.lower() not in RESULT_EXTENSIONS:
        raise UsageError(f"{output}: results end in one of {', '.join(RESULT_EXTENSIONS)}")
    if source.frame is None:
        raise UsageError(f"{source.path} has no frame number for {output}; name a folder or one file with -o")
    return path.with_name(pattern.name(source.frame, source.subframe, _own_width(source)))


def _own_width(source: SourceFrame) -> int:
    """Digits of the source's own number."""
    own = number_in(source.path.name, subframe=bool(source.subframe))
    return len(own.digits) if own else 1


def preview_path(result: Path) -> Path:
    """Where a result's preview goes: beside it, under its name."""
    return result.with_suffix(PREVIEW_ENDING)


def result_paths(
    sources: Sequence[SourceFrame], output: str, *, folders: Sequence[str] = (), previews: bool = False
) -> list[Path]:
    """`result_path` of each. UsageError where two results would share a file, one would overwrite a source, or lie in
    one of `folders`, whose files are all sources, when the same command is repeated; with `previews` their
    `preview_path` must be as free.
    """
    paths = [result_path(source, output) for source in sources]
    given = {os.path.realpath(folder) for folder in _seen(folders) if os.path.isdir(folder)}
    if mixed := next((path for path in paths if os.path.realpath(path.parent) in given), None):
        raise UsageError(f"{mixed}: results would lie among the sources in {mixed.parent}; name another folder with -o")
    inputs = {os.path.realpath(source.path): source.path for source in sources}
    taken: dict[str, Path] = {}
    for source, path in zip(sources, paths, strict=True):
        _claim(path, "result", source.path, inputs, taken)
        if previews:
            _claim(preview_path(path), "preview", source.path, inputs, taken)
    return paths


def _seen(folders: Sequence[str]) -> list[str]:
    """The folders, `%V` filled in; those of views that are still to be rendered are none."""
    found: list[str] = []
    for folder in folders:
        with suppress(UsageError):
            found += [name for name, _ in expand_views(folder)]
    return found


def _claim(path: Path, what: str, source: Path, inputs: Mapping[str, Path], taken: dict[str, Path]) -> None:
    """Note in `taken` that `path` is made from `source`. inputs: the sources by their real names."""
    real = os.path.realpath(path)
    if real in inputs:
        raise UsageError(f"{path}: the {what} would overwrite the source {inputs[real]}; name another folder with -o")
    if real in taken:
        raise UsageError(
            f"{path}: would be the {what} of both {taken[real]} and {source}; name a folder or pattern with -o"
        )
    taken[real] = source
