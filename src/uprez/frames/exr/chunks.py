"""Where the compressed chunks of an EXR file lie, checked before any of them is used.

A chunk is a run of scan lines or one tile. Each part has a table of chunk offsets; it is believed only if every chunk
of every level is where it says, belongs to it, lies within the file and shares no byte with another. A file cut short
anywhere is thus refused on opening, and no claimed size is allocated that the file does not back with chunks.

Source: "OpenEXR File Layout" (openexr.com), sections "Offset Tables", "Chunk Layout".
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from uprez.errors import FrameError
from uprez.frames.exr.attributes import MalformedError
from uprez.frames.exr.header import LINES_PER_CHUNK, ParsedHeader, ReadBytes
from uprez.frames.types import Part, Tiling

CHUNK_BYTES = 2**31 - 1  # the OpenEXR library counts the bytes of a chunk in an int


@dataclass(frozen=True, slots=True)
class Grid:
    """The chunks of a part's full-size level: `rows` x `columns`, each `lines` high; scan lines make one column."""

    width: int
    height: int
    lines: int
    columns: int
    chunk_width: int
    pixel_bytes: int

    @property
    def rows(self) -> int:
        return -(-self.height // self.lines)

    @property
    def row_bytes(self) -> int:
        """Samples of one row of chunks, not compressed."""
        return self.lines * self.width * self.pixel_bytes

    def raw_bytes(self, row: int, column: int) -> int:
        """Samples of one chunk, not compressed, without what would lie outside the data window."""
        lines = min(self.lines, self.height - row * self.lines)
        width = min(self.chunk_width, self.width - column * self.chunk_width)
        return lines * width * self.pixel_bytes


def chunk_grid(part: Part) -> Grid:
    """Raises MalformedError for an unknown compression, and where one chunk is more than the library can hold."""
    window, tiling = part.data_window, part.tiling
    if part.compression not in LINES_PER_CHUNK:
        raise MalformedError(f"unknown compression {part.compression!r}")
    lines = tiling.height if tiling else LINES_PER_CHUNK[part.compression]
    chunk_width = tiling.width if tiling else window.width
    pixel_bytes = sum(channel.dtype.itemsize for channel in part.channels)
    if lines * chunk_width * pixel_bytes > CHUNK_BYTES:
        raise MalformedError(
            f"one chunk of {chunk_width} x {lines} pixels takes {lines * chunk_width * pixel_bytes} bytes"
        )
    return Grid(window.width, window.height, lines, -(-window.width // chunk_width), chunk_width, pixel_bytes)


@dataclass(frozen=True, slots=True)
class ChunkTable:
    """Offset in the file and byte count of each compressed chunk of the full-size level, row by row of the grid."""

    grid: Grid
    offsets: NDArray[np.int64]
    sizes: NDArray[np.int64]


def locate_chunks(parsed: ParsedHeader, read: ReadBytes, file_bytes: int) -> tuple[ChunkTable, ...]:
    """The chunks of every part. Raises FrameError where the file does not hold each of them whole."""
    header = parsed.header
    try:
        counts = [_chunk_count(part, stated) for part, stated in zip(header.parts, parsed.chunk_counts, strict=True)]
        smallest = 8 + _head_bytes(header.parts[0], header.multipart) + 1
        if parsed.end + sum(counts) * smallest > file_bytes:
            raise MalformedError(f"it claims {sum(counts)} chunks, but its {file_bytes} bytes can't hold them")
        table = np.frombuffer(_read_table(read, parsed.end, sum(counts)), "<u8")
        tables = np.split(table, np.cumsum(counts)[:-1])
        ranges = [
            _check_chunks(part, number if header.multipart else None, table, read, file_bytes)
            for number, (part, table) in enumerate(zip(header.parts, tables, strict=True))
        ]
        _check_disjoint(ranges, parsed.end + 8 * sum(counts))
        return tuple(_full_size(part, *found) for part, found in zip(header.parts, ranges, strict=True))
    except MalformedError as error:
        raise FrameError(header.path, f"malformed EXR: {error}") from None


def _chunk_count(part: Part, stated: int | None) -> int:
    grid = chunk_grid(part)
    count = sum(rows * columns for _, _, rows, columns in _levels(part, grid))
    if stated is not None and stated != count:
        raise MalformedError(f"{_called(part)} says it has {stated} chunks, its size asks for {count}")
    return count


def _levels(part: Part, grid: Grid) -> Iterator[tuple[int, int, int, int]]:
    """(level x, level y, rows, columns) in the order of the offset table; the full-size level comes first."""
    tiling = part.tiling
    if tiling is None or tiling.mode == "one":
        yield 0, 0, grid.rows, grid.columns
        return
    window = part.data_window
    if tiling.mode == "mipmap":
        levels = [(level, level) for level in range(_level_count(max(window.width, window.height), tiling))]
    else:
        counts = _level_count(window.height, tiling), _level_count(window.width, tiling)
        levels = [(x, y) for y, x in product(range(counts[0]), range(counts[1]))]
    for x, y in levels:
        width, height = _level_size(window.width, x, tiling), _level_size(window.height, y, tiling)
        yield x, y, -(-height // tiling.height), -(-width // tiling.width)


def _level_count(size: int, tiling: Tiling) -> int:
    return 1 + ((size - 1).bit_length() if tiling.round_up else size.bit_length() - 1)


def _level_size(size: int, level: int, tiling: Tiling) -> int:
    return max(1, (size + (1 << level) - 1 if tiling.round_up else size) >> level)


def _called(part: Part) -> str:
    return "it" if part.name is None else f"part {part.name!r}"


def _read_table(read: ReadBytes, offset: int, count: int) -> bytes:
    table = read(offset, 8 * count)
    if len(table) != 8 * count:
        raise MalformedError("it ends within its chunk table")
    return table


def _head_bytes(part: Part, multipart: bool) -> int:
    return (20 if part.tiling else 8) + (4 if multipart else 0)


def chunk_head(part: Part, number: int | None, row: int, column: int, size: int) -> bytes:
    """The bytes before a chunk of the full-size level; `number` is the part's in a multi-part file, None otherwise."""
    prefix = b"" if number is None else struct.pack("<i", number)
    if part.tiling is not None:
        return prefix + struct.pack("<5i", column, row, 0, 0, size)
    return prefix + struct.pack("<2i", part.data_window.y_min + row * LINES_PER_CHUNK[part.compression], size)


def _check_chunks(
    part: Part, number: int | None, table: NDArray[np.uint64], read: ReadBytes, file_bytes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Offsets and byte counts of all compressed chunks of a part, and how many bytes stand before each."""
    head = struct.Struct(("<" if number is None else "<i") + ("5i" if part.tiling else "2i"))
    starts = table.tolist()
    sizes = np.empty(len(starts), np.int64)
    for index, place in enumerate(_places(part)):
        start = starts[index]
        if start + head.size > file_bytes:
            raise MalformedError(f"chunk {index} lies beyond its end")
        *found, size = head.unpack(read(start, head.size))
        if found != ([] if number is None else [number]) + place:
            raise MalformedError(f"chunk {index} is not where the chunk table says")
        if size < 1 or start + head.size + size > file_bytes:
            raise MalformedError(f"chunk {index} of {size} bytes is not all there")
        sizes[index] = size
    return table.astype(np.int64) + head.size, sizes, head.size


def _places(part: Part) -> Iterator[list[int]]:
    """What each chunk must say of its place, in the order of the offset table."""
    grid = chunk_grid(part)
    if part.tiling is None:
        top = part.data_window.y_min
        yield from ([top + row * grid.lines] for row in range(grid.rows))
        return
    for x, y, rows, columns in _levels(part, grid):
        yield from ([column, row, x, y] for row, column in product(range(rows), range(columns)))


def _check_disjoint(ranges: list[tuple[NDArray[np.int64], NDArray[np.int64], int]], first: int) -> None:
    starts = np.concatenate([offsets - head for offsets, _, head in ranges])
    ends = np.concatenate([offsets + sizes for offsets, sizes, _ in ranges])
    order = np.argsort(starts)
    if starts[order[0]] < first or (starts[order[1:]] < ends[order[:-1]]).any():
        raise MalformedError("its chunks overlap")


def _full_size(part: Part, offsets: NDArray[np.int64], sizes: NDArray[np.int64], _: int) -> ChunkTable:
    grid = chunk_grid(part)
    count = grid.rows * grid.columns
    table = ChunkTable(grid, offsets[:count], sizes[:count])
    if part.compression == "none":
        expected = [grid.raw_bytes(row, column) for row, column in product(range(grid.rows), range(grid.columns))]
        if table.sizes.tolist() != expected:
            raise MalformedError(f"{_called(part)} is not compressed, but its chunks are not as large as its pixels")
    return table
