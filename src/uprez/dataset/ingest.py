"""Finished frames at two sizes, matched into pairs: what a studio has already rendered."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uprez.dataset import manifest
from uprez.dataset.verdict import known_kernel, verdict_of
from uprez.errors import UprezError, UsageError
from uprez.frames import DecodePool, open_frame
from uprez.frames.sequences import expand_sources
from uprez.frames.spelling import composed
from uprez.layers.picture import find_picture

_SIZE_WORD = re.compile(r"(?i)(?<![a-z0-9])(lr|hr|[1248]k|uhd|hd|\d{3,5}x\d{3,5}|(?:540|720|1080|2160)p?)(?![a-z0-9])")
"""Parts of a name that say its size, which differ between the two frames of a pair."""
Report = Callable[["Ingested"], None]

SCALE = 2


@dataclass(frozen=True)
class Ingested:
    """What became of one pair of frames. reason: why it was not added; empty where it was."""

    lr: Path
    hr: Path
    reason: str


@dataclass(frozen=True)
class Matches:
    """Frames that belong together, by their key; and those of either side that found no partner."""

    pairs: Mapping[tuple[str, int], tuple[Path, Path]]
    alone: tuple[Path, ...]


def match(lr: Sequence[str], hr: Sequence[str]) -> Matches:
    """Match the frames of folders, patterns or files: by frame number and name, without the words that say a size.

    Where no names agree, the frame number alone decides. Raises UsageError where nothing matches, or where two frames
    of a side have the same key.
    """
    alike = len(lr) == len(hr) == 1
    sides = [_keyed(sources) for sources in (lr, hr)]
    if alike and not set(sides[0]) & set(sides[1]):
        sides = [_by_number(side) for side in sides]
    common = sorted(set(sides[0]) & set(sides[1]))
    alone = tuple(path for side in sides for key, path in side.items() if key not in common)
    if not common:
        raise UsageError(f"no frame of {', '.join(lr)} matches one of {', '.join(hr)} by number and name")
    return Matches({key: (sides[0][key], sides[1][key]) for key in common}, alone)


def _keyed(sources: Sequence[str]) -> dict[tuple[str, int], Path]:
    keyed: dict[tuple[str, int], Path] = {}
    for source in expand_sources(sources).frames:
        stem = composed(source.path.stem)
        if source.frame is not None:
            stem = re.sub(rf"0*{abs(source.frame)}$", "", stem)
        key = _SIZE_WORD.sub("", stem).strip("._- "), source.frame or 0
        if key in keyed:
            raise UsageError(f"{source.path}: stands for the same frame as {keyed[key]}; name fewer, or give a pattern")
        keyed[key] = source.path
    return keyed


def _by_number(side: Mapping[tuple[str, int], Path]) -> dict[tuple[str, int], Path]:
    numbers = {number for _, number in side}
    return {("", number): path for (_, number), path in side.items()} if len(numbers) == len(side) else dict(side)


def ingest(
    matches: Matches,
    *,
    out: Path,
    show: str,
    look: str,
    shot: str = "",
    filters: tuple[str, str] = ("", ""),
    report: Report,
) -> tuple[int, int]:
    """Check each pair and add the usable ones to the manifest of `out`, which names the files where they are.

    shot: what the shot is called, where its frames' names don't say so; names that tell frames of one number apart come
    after it. filters: the pixel filters of LR and HR, where they are known. Returns how many were added, and how many
    were there already: their rows follow the files. A pair that is there from other files is refused. Raises UsageError
    where the folder can't be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: can't be made: {error.strerror}") from None
    known = manifest.read_manifest(out).by_key()
    several = len({name for name, _ in matches.pairs}) > 1
    added = kept = 0
    with DecodePool() as pool:
        for (name, number), (lr, hr) in matches.pairs.items():
            called = "_".join(filter(None, (shot, name if several or not shot else ""))) or look
            row = {"show": show, "shot": called, "look": look, "frame": number, "element": "whole"}
            row |= manifest.filter_entries(*filters)
            there = known.get(manifest.key_of(row))
            try:
                reason, facts = _checked(lr, hr, pool, filters)
                if there is not None and (there["lr"], there["hr"]) != (str(lr.resolve()), str(hr.resolve())):
                    reason = f"{show}/{called}, frame {number}, is there already, from {there['lr']}; give it a --shot"
                elif there is not None or not reason:
                    row |= facts
                    if row != there:  # also one that is refused now: its old verdict must not stand
                        manifest.add_row(out, row)
                    added, kept = added + (there is None), kept + (there is not None and not reason)
            except UprezError as error:
                reason = str(error)
            report(Ingested(lr, hr, reason))
    return added, kept


def _checked(lr: Path, hr: Path, pool: DecodePool, filters: tuple[str, str]) -> tuple[str, manifest.Row]:
    """Why the pair is refused, or its part of a row."""
    windows = []
    for path in (lr, hr):
        with open_frame(path, pool=pool) as reader:
            picture = find_picture(reader)
            windows.append((picture.data, picture.display))
    (lr_data, _), (hr_data, hr_display) = windows
    if lr_data.scaled(SCALE) != hr_data:
        sizes = f"{lr_data.width}x{lr_data.height} and {hr_data.width}x{hr_data.height}"
        raise UsageError(f"the data windows do not match at twice the size ({sizes})")
    verdict = verdict_of(lr, hr, pool, SCALE, kernel=known_kernel(*filters))
    row = {
        "lr": str(lr.resolve()),
        "hr": str(hr.resolve()),
        "size": [hr_display.width, hr_display.height],
        "renderer": "unknown",
        "coherence": verdict,
    }
    return ("" if verdict["usable"] else verdict["reason"]), row
