"""FrameWriter: a header and bands of rows to an EXR file that appears whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from uprez.errors import FrameError
from uprez.files.whole import whole_file
from uprez.frames.exr.attributes import MalformedError
from uprez.frames.exr.chunks import chunk_grid, chunk_head
from uprez.frames.exr.codec import band_rows, encode
from uprez.frames.exr.serialise import header_bytes
from uprez.frames.halves import halves
from uprez.frames.types import Channel, FrameHeader, Part

Plane = NDArray[Any]
BUFFER_BYTES = 1 << 20


class FrameWriter:
    """Writes an EXR under a temporary name beside `path` and renames it when it is complete; a context manager.

    Parts, channels, types, windows, compression and its level, line order, tiling and attributes become what `header`
    says; tiles are written as one level whatever their mode, and nothing is added that the header does not hold, so the
    same input gives the same bytes. Memory is bounded by the bands that are passed. Leaving by an exception, or with
    rows missing (FrameError), leaves no file behind and keeps what `path` held before.
    """

    def __init__(self, path: Path, header: FrameHeader) -> None:
        """Raises FrameError for a header that no EXR can hold."""
        self.path = path
        multipart = header.multipart or len(header.parts) > 1
        try:
            self._parts = [_PartRows(part, number if multipart else None) for number, part in enumerate(header.parts)]
        except MalformedError as error:
            raise FrameError(path, f"no such EXR can be written: {error}") from None
        counts = tuple(len(rows.offsets) for rows in self._parts)
        self._head = header_bytes(FrameHeader(path, header.parts, multipart, header.long_names), counts)
        self._stack = ExitStack()
        self._position = 0
        self.lowered: dict[str, int] = {}
        """How many samples of a channel had to be lowered, since DWA would have brought them back infinite."""

    def band_multiple(self, part: int) -> int:
        """Rows that are compressed together: bands of a multiple of it are not copied on their way."""
        return self._parts[part].grid.lines

    def write(self, part: int, y0: int, planes: Mapping[str, Plane]) -> None:
        """The next rows of a part, top to bottom; y0 counts from the top of its data window.

        planes: every channel of the part as (rows, width). Float arrays for half channels are rounded to nearest,
        finite values beyond ±65504 become that; infinities and NaN stay. Half arrays pass as they are. uint channels
        take unsigned integers. Raises FrameError when the disk does not take them, ValueError for rows or channels that
        do not fit the part.
        """
        rows = self._parts[part]
        ready = rows.take(y0, planes)
        with self._writing():
            for row, band in ready:
                for chunk_row, column, data in encode(self.path, rows.part, band, self.lowered):
                    self._append(rows, row + chunk_row, column, data)

    def __enter__(self) -> Self:
        if os.path.isdir(self.path):  # unlike Path.is_dir, never an OSError: a name too long fails below, in one line
            raise FrameError(self.path, "is a folder")
        temporary = self._stack.enter_context(whole_file(self.path, FrameError))
        with self._closing_on_error(), self._writing():
            self._file: IO[bytes] = self._stack.enter_context(temporary.open("w+b", buffering=BUFFER_BYTES))
            for rows in self._parts:
                if rows.part.line_order == "decreasing_y":
                    rows.spool = self._stack.enter_context(tempfile.TemporaryFile(dir=self.path.parent))
            self._put(self._head)
            self._put(bytes(8 * sum(len(rows.offsets) for rows in self._parts)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._closing_on_error(), self._writing():
            self._finish()
        self._stack.close()

    def _finish(self) -> None:
        for rows in self._parts:
            if rows.accepted < rows.grid.height:
                name = "" if rows.part.name is None else f" of part {rows.part.name!r}"
                raise FrameError(self.path, f"only {rows.accepted} of {rows.grid.height} rows{name} were written")
            for head, data in rows.spooled():
                self._put_chunk(rows, *head, data)
        self._file.seek(len(self._head))
        for rows in self._parts:
            self._file.write(rows.offsets.tobytes())
        self._file.flush()
        size = os.fstat(self._file.fileno()).st_size
        if size != self._position or not all(rows.offsets.all() for rows in self._parts):
            raise FrameError(self.path, f"came out {size} bytes long instead of {self._position}")

    def _append(self, rows: "_PartRows", row: int, column: int, data: memoryview) -> None:
        if rows.spool is None:
            self._put_chunk(rows, row, column, data)
        else:
            rows.to_spool(row, column, data)

    def _put_chunk(self, rows: "_PartRows", row: int, column: int, data: memoryview | bytes) -> None:
        rows.offsets[row * rows.grid.columns + column] = self._position
        self._put(chunk_head(rows.part, rows.number, row, column, len(data)))
        self._put(data)

    def _put(self, data: memoryview | bytes) -> None:
        self._position += self._file.write(data)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FrameError(self.path, f"can't be written: {error.strerror or error}", "check the disk") from error

    @contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._stack.__exit__(*sys.exc_info())
            raise


class _PartRows:
    """The rows of one part on their way into chunks, and where its chunks went."""

    def __init__(self, part: Part, number: int | None) -> None:
        self.part = part
        self.number = number
        self.grid = chunk_grid(part)
        self.offsets = np.zeros(self.grid.rows * self.grid.columns, "<u8")
        self.accepted = 0
        self.spool: IO[bytes] | None = None
        self._waiting: dict[str, Plane] = {}
        self._spooled: list[tuple[int, int, int, int]] = []

    def take(self, y0: int, planes: Mapping[str, Plane]) -> list[tuple[int, dict[str, Plane]]]:
        """Accept rows; return whole rows of chunks as (row of chunks, planes) in bands, keep the rest for later."""
        count = self._checked_rows(y0, planes)
        first = self.accepted - self._waiting_rows()
        stored = {channel.name: _stored(channel, planes[channel.name]) for channel in self.part.channels}
        if self._waiting:
            stored = {name: np.concatenate([self._waiting[name], plane]) for name, plane in stored.items()}
        self.accepted += count
        last = self.accepted == self.grid.height
        whole = self.accepted - first if last else (self.accepted - first) // self.grid.lines * self.grid.lines
        step = band_rows(self.part) * self.grid.lines
        ready = [
            (
                (first + top) // self.grid.lines,
                {name: plane[top : min(top + step, whole)] for name, plane in stored.items()},
            )
            for top in range(0, whole, step)
        ]
        # Copied: what the caller does with its arrays after `write` must not change the frame.
        rest = {name: plane[whole:].copy() for name, plane in stored.items()}
        self._waiting = rest if first + whole < self.accepted else {}
        return ready

    def to_spool(self, row: int, column: int, data: memoryview) -> None:
        assert self.spool is not None
        self._spooled.append((row, column, self.spool.tell(), len(data)))
        self.spool.write(data)

    def spooled(self) -> Iterator[tuple[tuple[int, int], bytes]]:
        """What went to the spool, bottom row first: decreasing_y promises that order in the file."""
        for row, column, offset, size in sorted(self._spooled, key=lambda place: (-place[0], place[1])):
            assert self.spool is not None
            self.spool.seek(offset)
            yield (row, column), self.spool.read(size)

    def _waiting_rows(self) -> int:
        return len(next(iter(self._waiting.values()))) if self._waiting else 0

    def _checked_rows(self, y0: int, planes: Mapping[str, Plane]) -> int:
        if y0 != self.accepted:
            raise ValueError(f"row {y0} comes where row {self.accepted} is next")
        if set(planes) != {channel.name for channel in self.part.channels}:
            raise ValueError(
                f"channels {sorted(planes)} for a part of {[channel.name for channel in self.part.channels]}"
            )
        (shape, *others) = {plane.shape for plane in planes.values()}
        if others or len(shape) != 2 or shape[1] != self.grid.width or not 0 < shape[0] <= self.grid.height - y0:
            raise ValueError(
                f"planes of {[shape, *others]} for rows {y0} to {self.grid.height}, {self.grid.width} wide"
            )
        return int(shape[0])


def _stored(channel: Channel, plane: Plane) -> Plane:
    if channel.type == "uint":
        if not np.can_cast(plane.dtype, channel.dtype, "safe"):
            raise ValueError(f"channel {channel.name!r} takes uint, not {plane.dtype}")
    elif plane.dtype.kind != "f":
        raise ValueError(f"channel {channel.name!r} takes floats, not {plane.dtype}")
    elif channel.type == "half" and plane.dtype != channel.dtype:
        return halves(plane)
    return plane.astype(channel.dtype, copy=False)
