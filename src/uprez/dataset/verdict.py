"""Verdicts of the coherence check as manifests hold them, and checking a whole folder again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.dataset import manifest
from uprez.dataset.coherence import check
from uprez.dataset.guides import read_guides
from uprez.dataset.pairs import read_rgba
from uprez.encoding import repair_nonfinite
from uprez.errors import UprezError, UsageError
from uprez.frames import DecodePool
from uprez.models.down_kernel import filter_down_kernel, fit_down_kernel
from uprez.pixel_filters import pixel_filter

_TAPS = 12
_FIT_PAIRS, _FIT_SIDE = 40, 256
"""So many pairs of a renderer, and LR pixels along the middle of each, are enough for its taps."""


@dataclass(frozen=True)
class Rechecked:
    """One pair of a folder after its check. damaged: why it could not be checked; it is no longer in the manifest then,
    unless it is `kept`: its files are elsewhere and out of reach, or it is no pair that could be checked.
    """

    row: manifest.Row
    changed: bool
    damaged: str = ""
    kept: bool = False


def verdict_of(
    lr: Path,
    hr: Path,
    pool: DecodePool,
    scale: int | None = None,
    *,
    denoised: bool = True,
    kernel: tuple[float, ...] | None = None,
) -> dict[str, Any]:
    """Figures, verdict and reason of the coherence check of two files, as they stand in a manifest. scale: that of
    their sizes where None. denoised: whether they were or may have been. kernel: their down-kernel where it is known.

    Raises FrameError where one can't be read, UsageError where they are no pair.
    """
    guides, small, large = read_guides(lr, hr, pool), read_rgba(lr, pool), read_rgba(hr, pool)
    times = scale or scale_of(small, large)
    found = check(small, large, scale=times, guides=guides, denoised=denoised, down_kernel=kernel)
    return {
        "coherent": found.coherent,
        "usable": found.usable,
        "reason": found.reason,
        "psnr": round(found.psnr, 3),
        "shift": [round(offset, 4) for offset in found.shift],
        "exposure": round(found.exposure, 5),
        "noise": round(found.noise, 6),
        "failed": [list(window) for window in found.failed],
    }


@cache
def known_kernel(lr_filter: str, hr_filter: str) -> tuple[float, ...] | None:
    """The down-kernel of a pair of pixel filters at twice the size; None where they are not known. With fewer taps the
    rings that sharp filters leave would count as a shift.
    """
    try:
        return filter_down_kernel(pixel_filter(lr_filter), pixel_filter(hr_filter), taps=_TAPS)
    except UsageError:  # none was chosen, or it is one of a studio's own
        return None


def scale_of(lr: NDArray[np.generic], hr: NDArray[np.generic]) -> int:
    """How many times LR's size HR is, as far as that is a whole number."""
    return max(1, round(hr.shape[0] / lr.shape[0]))


def recheck(folder: Path, report: Callable[[Rechecked], None]) -> dict[str, tuple[float, ...]]:
    """Check every pair of a folder again and write its manifest anew, without lines that can't be read and pairs that
    are damaged. What others add or change meanwhile stays as they wrote it.

    Returns the down-kernel of each renderer, pixel filter where one was chosen, and scale that is not 2, fitted by
    least squares on its coherent pairs. Raises UsageError where the folder has no manifest, FrameError where it can't
    be written.
    """
    checked: dict[manifest.Key, tuple[manifest.Row, manifest.Row | None]] = {}
    fits: dict[tuple[str, str, int], list[tuple[NDArray[np.floating], NDArray[np.floating]]]] = {}
    with DecodePool() as pool:
        for key, row in manifest.read_manifest(folder).by_key().items():
            try:
                lr, hr = manifest.paths_of(folder, row)
                for path in row.get("more", {}).values():
                    read_rgba(folder / path, pool)
                kernel = known_kernel(*manifest.filters_of(row))
                verdict = verdict_of(lr, hr, pool, denoised=row.get("denoised", True), kernel=kernel)
            except UprezError as error:
                kept = isinstance(error, UsageError) or _is_out_of_reach(row)
                checked[key] = row, row if kept else None
                report(Rechecked(row, not kept, str(error), kept))
                continue
            checked[key] = row, {**row, "coherence": verdict}
            report(Rechecked({**row, "coherence": verdict}, verdict != row.get("coherence")))
            if verdict["coherent"]:
                small, large = (read_rgba(path, pool) for path in (lr, hr))
                scale = scale_of(small, large)
                alike = fits.setdefault((str(row.get("renderer", "unknown")), key[-1], scale), [])
                if len(alike) < _FIT_PAIRS:
                    alike.append((_middle(small, 1), _middle(large, scale)))

    def merged(rows: Iterable[manifest.Row]) -> Iterator[manifest.Row]:
        for row in rows:
            before, after = checked.get(manifest.key_of(row), (None, None))
            if row != before:
                yield row
            elif after is not None:
                yield after

    manifest.update(folder, merged)
    return {
        renderer + (f", {filters}" if filters else "") + ("" if scale == 2 else f" at {scale}x"): fit_down_kernel(
            alike, scale=scale
        )
        for (renderer, filters, scale), alike in sorted(fits.items())
    }


def _is_out_of_reach(row: manifest.Row) -> bool:
    """Whether a file outside of the folder is not there: a server that is not mounted, say."""
    named = (Path(str(row.get(tag, ""))) for tag in ("lr", "hr"))
    return any(path.is_absolute() and not path.exists() for path in named)


def _middle(frame: NDArray[np.float16], scale: int) -> NDArray[np.float32]:
    """Of a frame, finite."""
    height, width = (min(length, scale * _FIT_SIDE) for length in frame.shape[:2])
    y, x = ((length - cut) // 2 // scale * scale for length, cut in zip(frame.shape[:2], (height, width), strict=True))
    cut = frame[y : y + height, x : x + width].astype(np.float32)
    return cut if np.isfinite(cut).all() else repair_nonfinite(cut)[0]
