"""A part of a store as a single file, to send elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from uprez.dataset.store.encode import Encoded
from uprez.dataset.store.files import StoreError
from uprez.dataset.store.layout import DATA_FILE, Row
from uprez.dataset.store.reader import Store
from uprez.dataset.store.splits import KEPT
from uprez.dataset.store.transfer import encoded_in
from uprez.dataset.store.writer import StoreWriter
from uprez.errors import FrameError, UsageError


def export_store(
    folder: Path,
    output: Path,
    is_wanted: Callable[[Row], bool],
    *,
    images: Sequence[str] = (),
    report: Callable[[int], None] = lambda total: None,
) -> int:
    """Copy the wanted pairs of a store, with all of their images or `images` alone, into one file that is read like a
    store; how many. It is there whole or not at all.

    Splits stay as they are. report: hears of each pair, and how many there are. Raises UsageError where `output` is
    there already, nothing is wanted, `images` are without `lr` or `hr`, or no pair has one of them; FrameError where a
    pair is damaged.
    """
    _require_new(output)
    with Store(folder) as store:
        places = [place for place, row in enumerate(store.rows) if is_wanted(row)]
        if not places:
            raise UsageError(f"{folder}: holds no such pairs; uprez dataset info says what it holds")
        if images and not {"lr", "hr"} <= set(images):
            raise UsageError("--images: patches are of lr and hr; name both")
        if missing := set(images).difference(*(_names(store.rows[place]) for place in places)):
            raise UsageError(f"{folder}: no pair has {min(missing)!r}; uprez dataset info says which images there are")
        shares = {name: store.facts[name] for name in ("validation", "test")}
        with _work_beside(output) as work:
            with StoreWriter(work, **shares, rule=KEPT) as writer:
                for place in places:
                    encoded = _only(encoded_in(store, place), images)
                    writer.add(replace(encoded, row=encoded.row | {"split": store.rows[place]["split"]}))
                    report(len(places))
            _require_new(output)  # another export may have been quicker
            (work / DATA_FILE).replace(output)
    return len(places)


def _require_new(output: Path) -> None:
    if output.exists():
        raise UsageError(f"{output}: is there already; name a new file")


@contextmanager
def _work_beside(output: Path) -> Iterator[Path]:
    """A folder of one's own on the disk of `output`; what can't be written in it is told of `output`."""
    work = output
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".uprez-export-", dir=output.parent) as made:
            work = Path(made)
            yield work
    except OSError as error:
        raise FrameError(output, f"can't be written: {error.strerror}") from None
    except StoreError as error:
        raise StoreError(output if error.folder == work else error.folder, error.problem) from None


def _names(row: Row) -> list[str]:
    return [image["name"] for image in row["images"]]


def _only(encoded: Encoded, names: Sequence[str]) -> Encoded:
    if not names:
        return encoded
    kept = [k for k, name in enumerate(_names(encoded.row)) if name in names]
    tags = {name.partition(" ")[0] for name in names}
    lost = {name.partition(" ")[2] for name in _names(encoded.row) if name not in names}
    row = encoded.row | {
        "asked": [guide for guide in encoded.row["asked"] if guide not in lost],
        "files": {tag: stamp for tag, stamp in encoded.row["files"].items() if tag in tags},
        "images": [encoded.row["images"][k] for k in kept],
        "sha256": {name: digest for name, digest in encoded.row["sha256"].items() if name in names},
    }
    return replace(encoded, row=row, tiles=[encoded.tiles[k] for k in kept])
