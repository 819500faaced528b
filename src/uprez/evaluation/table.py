"""Rows as a Parquet file, for who wants to reckon with them."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from uprez.evaluation.content import Row
from uprez.evaluation.measure import METRICS
from uprez.files.whole import whole_file


def write_table(rows: Sequence[Row], path: Path) -> None:
    """A line a frame and method, a column a metric, empty where it does not apply; whole or not at all. Raises
    FrameError where the disk refuses.
    """
    columns: dict[str, pa.Array] = {
        name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in ("pair", "look", "shot", "method")
    }
    columns["core_seconds"] = pa.array([row.core_seconds for row in rows], pa.float64())
    for metric in METRICS:
        columns[metric.name] = pa.array([row.figures.get(metric.name) for row in rows], pa.float64())
    with whole_file(path) as part:
        parquet.write_table(pa.table(columns), part)
