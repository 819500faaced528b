"""open_frame: any frame file, by its content, as a header and rows of samples."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from uprez.errors import FrameError
from uprez.frames.closing import Closing
from uprez.frames.exr.chunks import chunk_grid, locate_chunks
from uprez.frames.exr.codec import band_file, band_rows
from uprez.frames.exr.header import MAGIC, parse_header
from uprez.frames.pool import Answer, DecodePool
from uprez.frames.spelling import as_spelled
from uprez.frames.types import FrameHeader

Plane = NDArray[Any]


def open_frame(path: Path, *, pool: DecodePool) -> "FrameReader":
    """Open an EXR, or an image of another format that OpenImageIO reads, told apart by content whatever the name.

    A name in another spelling of Unicode than the file's is found. An EXR is opened in this process without decoding
    anything: its header and the place of every chunk are checked against the file. An image is decoded whole by the
    pool's worker, as scene-linear channels (see `images`).

    Raises FrameError for what can't be opened, is malformed or cut short; DeclinedError (a FrameError) for a sound EXR
    that uprez does not upscale: deep, subsampled, luminance/chroma.
    """
    with _reading(path):
        path = as_spelled(path)
        if not path.exists():
            raise FrameError(path, "there is no such file")
        if not path.is_file():
            raise FrameError(path, "is a folder" if path.is_dir() else "is not a file")
        source = _Bytes(path)
        try:
            if source.size == 0:
                raise FrameError(path, "is empty")
            return _ExrReader(source, pool) if source.read(0, 4) == MAGIC else _ImageReader(path, pool)
        except BaseException:
            source.close()
            raise


class FrameReader(Closing):
    """An open frame; use it as a context manager. Rows are counted from the top of a part's data window."""

    header: FrameHeader
    kind: Literal["exr", "image"]

    def band_multiple(self, part: int) -> int:
        """Rows compressed together: bands that begin and end at multiples of it decode nothing twice."""
        return chunk_grid(self.header.parts[part]).lines

    def read(self, part: int, y0: int, y1: int, channels: Sequence[str] | None = None) -> dict[str, Plane]:
        """Rows [y0, y1) of the named channels (default: all), each (y1 - y0, width) in its stored type.

        Of mip- and rip-maps the full-size level is read. Raises FrameError where the file can't be decoded, KeyError
        for a channel and ValueError for rows that are not there.
        """
        height = self.header.parts[part].data_window.height
        if not 0 <= y0 < y1 <= height:
            raise ValueError(f"rows {y0} to {y1} of a part that is {height} rows high")
        names = [channel.name for channel in self.header.parts[part].channels] if channels is None else list(channels)
        for name in names:
            self.header.parts[part].channel(name)
        return self._read(part, y0, y1, names)

    def close(self) -> None:
        """Release the file; safe to call twice."""

    def _read(self, part: int, y0: int, y1: int, names: list[str]) -> dict[str, Plane]:
        raise NotImplementedError


class _Bytes:
    """A file by offset, safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("rb", buffering=0)
        self._turn = threading.Lock()
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, offset: int, count: int) -> bytes:
        with self._turn:
            self._file.seek(offset)
            return self._file.read(count)

    def close(self) -> None:
        self._file.close()


class _ExrReader(FrameReader):
    kind = "exr"

    def __init__(self, source: _Bytes, pool: DecodePool) -> None:
        self._source = source
        self._pool = pool
        parsed = parse_header(source.path, source.read, source.size)
        self.header = parsed.header
        self._tables = locate_chunks(parsed, source.read, source.size)

    def close(self) -> None:
        self._source.close()

    def _read(self, part: int, y0: int, y1: int, names: list[str]) -> dict[str, Plane]:
        what = self.header.parts[part]
        lines = self._tables[part].grid.lines
        step = band_rows(what)
        planes = {name: np.empty((y1 - y0, what.data_window.width), what.channel(name).dtype) for name in names}
        for row in range(y0 // lines, -(-y1 // lines), step):
            rows = range(row, min(row + step, -(-y1 // lines)))
            top, bottom = max(y0, rows.start * lines), min(y1, rows.stop * lines)
            with _reading(self.header.path):
                band = band_file(what, self._tables[part], rows, self._source.read)
            self._decode(
                band, top - rows.start * lines, [planes[name][top - y0 : bottom - y0] for name in names], names
            )
        return planes

    def _decode(self, band: bytes, first: int, targets: list[Plane], names: list[str]) -> None:
        """Rows of a band file from `first` on, into `targets`."""
        if not names:
            return
        request: Answer = {"do": "band", "channels": names, "first": first, "rows": len(targets[0])}

        def destinations(answer: Answer) -> list[memoryview]:
            expected = [[name, plane.dtype.str, *plane.shape] for name, plane in zip(names, targets, strict=True)]
            if answer.get("planes") != expected:
                raise FrameError(self.header.path, "its pixels decode to something else than its header says")
            return [plane.data.cast("B") for plane in targets]

        self._pool.ask(self.header.path, request, band, destinations)


class _ImageReader(FrameReader):
    kind = "image"

    def __init__(self, path: Path, pool: DecodePool) -> None:
        self._planes: dict[str, Plane] = {}

        def destinations(answer: Answer) -> list[memoryview]:
            header = bytes.fromhex(answer["header"])
            self.header = parse_header(path, lambda offset, count: header[offset : offset + count], len(header)).header
            (part,) = self.header.parts
            shape = (part.data_window.height, part.data_window.width)
            for name, kind, *plane_shape in answer["planes"]:
                if tuple(plane_shape) != shape or np.dtype(kind).kind not in "fu":
                    raise FrameError(path, "its pixels decode to something else than its header says")
                self._planes[name] = np.empty(shape, kind)
            return [plane.data.cast("B") for plane in self._planes.values()]

        pool.ask(path, {"do": "image"}, os.fsencode(path.absolute()), destinations)

    def _read(self, part: int, y0: int, y1: int, names: list[str]) -> dict[str, Plane]:
        return {
            name: self._planes[name][y0:y1].astype(self.header.parts[part].channel(name).dtype, copy=False)
            for name in names
        }


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FrameError(path, f"can't be read: {error.strerror or error}") from error
