"""Pixels through the OpenEXR library's codecs, a band of chunks at a time.

The library's Python module reads and writes whole files only and loses attributes. So the container is ours
(`header`, `chunks`, `serialise`) and the library sees a *band file*: a plain single-part EXR in memory that holds just
the wanted rows of chunks. Memory stays bounded whatever the frame's size, and nothing but samples passes through it.
"""

import contextlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.errors import FrameError
from uprez.frames.exr.chunks import ChunkTable, chunk_grid, chunk_head, locate_chunks
from uprez.frames.exr.header import COMPRESSIONS, ReadBytes, parse_header
from uprez.frames.exr.lossy import HALF_MAX, brightest, coded_by_cosines, dwa_level
from uprez.frames.exr.serialise import header_bytes
from uprez.frames.types import FrameHeader, Part, Window

Plane = NDArray[Any]
BAND_BYTES = 16 << 20  # samples handed to the library at once: enough chunks for every thread, little enough for caches
LOWERED, LOWERED_MUCH = 0.97, 0.7  # at a time, where DWA would bring back infinities; after six times
MILD_LOSS = 500.0  # a level of DWA beyond which values far from the largest half come back infinite, too
MOST_THREADS = 8  # each reserves address space, which the decode worker has little of


class DecodeError(Exception):
    """What the library says of chunks that it can't decode."""


def thread_count() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_THREADS)


@cache
def _library() -> ModuleType:
    import OpenEXR

    # The DWA codec picks its arithmetic for this CPU when it is first used, without a lock: of two threads that come at
    # once the second may compute otherwise (OpenEXR 3.5, internal_dwa.c, initializeFuncs). So one goes first, alone.
    OpenEXR.set_global_thread_count(0)
    header = {"compression": OpenEXR.DWAA_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, {"R": np.zeros((8, 8), np.float16)}).write(io.BytesIO())
    OpenEXR.set_global_thread_count(thread_count())
    return OpenEXR


def warm_up() -> None:
    """Load the library now rather than with the first frame."""
    _library()


def band_rows(part: Part) -> int:
    """Rows of chunks that make a band of about `BAND_BYTES`, and never fewer chunks than threads."""
    grid = chunk_grid(part)
    return max(1, BAND_BYTES // grid.row_bytes, thread_count() // grid.columns)


def band_file(part: Part, table: ChunkTable, rows: range, read: ReadBytes) -> bytes:
    """The bytes of a band file, `rows` of chunks copied as they are. OSError where the file has shrunk."""
    grid = table.grid
    height = min(rows.stop * grid.lines, grid.height) - rows.start * grid.lines
    alone = _band_part(part, height)
    places = list(product(range(len(rows)), range(grid.columns)))
    header = header_bytes(FrameHeader(Path("band"), (alone,)), (len(places),))
    pieces = []
    offsets = np.empty(len(places), "<u8")
    at = len(header) + 8 * len(places)
    for index, (row, column) in enumerate(places):
        chunk = (rows.start + row) * grid.columns + column
        size = int(table.sizes[chunk])
        pieces += [chunk_head(alone, None, row, column, size), read(int(table.offsets[chunk]), size)]
        if len(pieces[-1]) != size:
            raise OSError("it became shorter while it was read")
        offsets[index] = at
        at += len(pieces[-2]) + size
    return b"".join([header, offsets.tobytes(), *pieces])


def _band_part(part: Part, height: int) -> Part:
    window = Window(0, 0, part.data_window.width - 1, height - 1)
    tiling = replace(part.tiling, mode="one") if part.tiling is not None else None
    return Part(None, None, part.channels, window, window, 1.0, part.compression, "increasing_y", tiling, attributes={})


def decode(band: bytes, names: Sequence[str]) -> list[Plane]:
    """The channels `names` of a band file, each (height, width) in its stored type. DecodeError, or death, if not."""
    warnings = io.StringIO()
    # The library prints why it dropped a part and then reports success: fewer parts are the only sign of it.
    with contextlib.redirect_stdout(warnings):
        try:
            parts = _library().File(io.BytesIO(band), separate_channels=True).parts
        except Exception as error:
            raise DecodeError(str(error) or type(error).__name__) from error
    if len(parts) != 1:
        raise DecodeError(warnings.getvalue().rpartition(" - ")[2].strip() or "the library gave no pixels")
    found = parts[0].channels
    if missing := [name for name in names if name not in found]:
        raise DecodeError(f"the library gave no channel {missing[0]!r}")
    return [found[name].pixels for name in names]


def encode(
    path: Path, part: Part, planes: Mapping[str, Plane], lowered: dict[str, int] | None = None
) -> Iterator[tuple[int, int, memoryview]]:
    """Compresses whole rows of chunks, the first of which begins the planes: (row, column, bytes) of each chunk.

    planes: every channel of the part as (height, width) in its stored type. FrameError, naming `path`, otherwise. What
    is finite is decoded as finite: DWA can bring back infinities for values near the largest half, which are lowered
    then until it does not; how many is added to `lowered`, by channel.
    """
    library = _library()
    header: dict[str, object] = {
        "compression": library.Compression(COMPRESSIONS.index(part.compression)),
        "type": library.tiledimage if part.tiling else library.scanlineimage,
    }
    if part.tiling is not None:
        header["tiles"] = _tile_description(library, part)
    level = part.attributes.get("dwaCompressionLevel")
    if level is not None and level.type == "float":
        header["dwaCompressionLevel"] = float(np.frombuffer(level.data, "<f4")[0])

    def compressed(some: Mapping[str, Plane]) -> bytes:
        channels = {
            channel.name: library.Channel(np.ascontiguousarray(some[channel.name]), 1, 1, channel.p_linear)
            for channel in part.channels
        }
        return _written(library.File(header, channels))

    try:
        band = compressed(planes)
        watched = _near_the_largest_half(part, planes)
        limit = HALF_MAX
        while watched and limit > 1 and not _is_finite(band, watched):
            limit *= LOWERED if limit > HALF_MAX * LOWERED**6 else LOWERED_MUCH
            band = compressed({**planes, **{name: np.clip(planes[name], -limit, limit) for name in watched}})
    except (RuntimeError, ValueError, TypeError, DecodeError) as error:
        raise FrameError(path, f"can't be compressed as {part.compression}: {error}") from error
    if lowered is not None and limit < HALF_MAX:
        for name in watched:
            lowered[name] = lowered.get(name, 0) + int(np.count_nonzero(np.abs(planes[name]) > limit))
    return _chunks(path, band)


def _near_the_largest_half(part: Part, planes: Mapping[str, Plane]) -> list[str]:
    """The channels that are so bright that DWA, with its level of loss, may bring back infinities for them."""
    names = [channel.name for channel in part.channels if coded_by_cosines(part, channel)]
    least = brightest(part, part.channel(names[0])) / 2 if names else 0
    with np.errstate(invalid="ignore"):
        return [name for name in names if np.abs(planes[name]).max(initial=0) > least or dwa_level(part) > MILD_LOSS]


def _is_finite(band: bytes, names: Sequence[str]) -> bool:
    return all(np.isfinite(plane).all() for plane in decode(band, names))


def _tile_description(library: ModuleType, part: Part) -> object:
    assert part.tiling is not None
    description = library.TileDescription()
    description.xSize, description.ySize = part.tiling.width, part.tiling.height
    return description


def _written(file: Any) -> bytes:
    if not hasattr(os, "memfd_create"):
        stream = io.BytesIO()
        file.write(stream)
        return stream.getvalue()
    # A stream needs the GIL for each chunk, a file name does not: beside busy threads that is three times as fast.
    descriptor = os.memfd_create("uprez-band")
    try:
        file.write(f"/proc/self/fd/{descriptor}")
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    finally:
        os.close(descriptor)


def _chunks(path: Path, band: bytes) -> Iterator[tuple[int, int, memoryview]]:
    def read(offset: int, count: int) -> bytes:
        return band[offset : offset + count]

    parsed = parse_header(path, read, len(band))
    (table,) = locate_chunks(parsed, read, len(band))
    view = memoryview(band)
    for index, (row, column) in enumerate(product(range(table.grid.rows), range(table.grid.columns))):
        start = int(table.offsets[index])
        yield row, column, view[start : start + int(table.sizes[index])]
