"""What a folder of rendered pairs holds and what it cost, by look.

    python benchmarks/demo_show.py PAIRS [--name demo_show]

Cost is the median processor time of a pair, LR and HR, in core-seconds; that of HR with few samples stands apart. At
equal cost: how many pairs have HR for what LR costs. Truth: the least agreement of two seeds of it.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

from shared import report, table

from uprez.dataset.manifest import Row, paths_of, read_manifest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--name", default="demo_show")
    asked = parser.parse_args()
    by_look: dict[str, list[Row]] = defaultdict(list)
    for row in read_manifest(asked.pairs).by_key().values():
        if all(path.exists() for path in paths_of(asked.pairs, row)):
            by_look[str(row["look"])].append(row)
    rows = [(look, *_figures(found)) for look, found in sorted(by_look.items())]
    everything = [row for found in by_look.values() for row in found]
    rows.append(("all", *_figures(everything)))
    header = (
        "look",
        "pairs",
        "shots",
        "elements",
        "coherent",
        "with guides",
        "LR + HR, core-s",
        "few samples",
        "at equal cost",
        "truth, dB",
    )
    report(asked.name, {"rows": rows}, table(rows, header))
    return 0


def _figures(rows: list[Row]) -> tuple[object, ...]:
    seconds = [row["core_seconds"] for row in rows]
    few = [sum(spent for tag, spent in each.items() if tag.endswith("spp")) for each in seconds]
    agreements = [row["truth"]["agreement_db"] for row in rows if "truth" in row]
    return (
        len(rows),
        len({row["shot"] for row in rows}),
        sum(row["element"] != "whole" for row in rows),
        sum(row["coherence"]["coherent"] for row in rows),
        sum({"albedo", "normal", "depth"} <= set(row["aovs"]) for row in rows),
        median(each["lr"] + each["hr"] for each in seconds),
        median(few),
        sum("hr_equal" in row["more"] for row in rows),
        min(agreements) if agreements else "-",
    )


if __name__ == "__main__":
    sys.exit(main())
