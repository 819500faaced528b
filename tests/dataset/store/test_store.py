"""The store: what goes in comes out, whatever happens in between."""

import json
import multiprocessing
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import lmdb
import numpy as np
import OpenEXR
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.processes import in_a_fresh_process
from tests.training.pairs import write_frames, write_pairs
from uprez.cli import main
from uprez.dataset.coding import STEPS, compressed_light, stored_alpha, stored_colour
from uprez.dataset.pairs import find_pairs, read_frames
from uprez.dataset.sources import ExrPairs
from uprez.dataset.store import Store, StoreWriter
from uprez.dataset.store.build import VERDICT, BuildSettings, Progress, build
from uprez.dataset.store.check import Finding, check_store
from uprez.dataset.store.export import export_store
from uprez.dataset.store.files import StoreError
from uprez.dataset.store.layout import (
    FORMAT,
    IDENTITY,
    NUMBERS_KEY,
    PAIR,
    ImageSpec,
    name_of,
    numbers_value,
    pair_key,
    row_in,
    sealed,
    shot_of,
    tile_key,
)
from uprez.dataset.store.splits import RULE, split_of, splits_of
from uprez.encoding import compress
from uprez.errors import FrameError, UsageError

HALVES = np.arange(1 << 16, dtype=np.uint16).view(np.float16)


def built(folder: Path, *sources: Path, jobs: int = 1, guides: tuple[str, ...] = (), **shares: float) -> list[Progress]:
    with StoreWriter(folder, **shares) as writer:
        return build(sources, writer, BuildSettings(jobs=jobs, guides=guides), lambda progress, total: None)


def outcomes_of(progress: list[Progress]) -> dict[str, int]:
    return dict(Counter(each.outcome for each in progress))


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    write_pairs(tmp_path / "pairs", looks=("a", "b"), count=3, side=40)
    return tmp_path / "pairs"


def test_every_half_float_is_stored_within_half_a_step_of_its_t() -> None:
    finite = HALVES[np.isfinite(HALVES)]
    assert np.abs(compressed_light(stored_colour(finite)) - compress(finite)).max() <= 0.5001 / STEPS
    alpha = finite[(finite >= 0) & (finite <= 1)]
    assert np.abs(compressed_light(stored_alpha(alpha)) - alpha).max() <= 0.5001 / STEPS
    assert compressed_light(stored_alpha(np.float16([0, 1]))).tolist() == [0, 1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what was read from the disk")
def test_a_patch_reads_little_more_of_the_disk_than_its_tiles(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a",), count=1, side=512)
    built(tmp_path / "s", tmp_path / "pairs")
    read = [
        subprocess.run([sys.executable, "-c", COLD, str(tmp_path / "s"), how], capture_output=True, text=True)
        for how in ("patch", "all")
    ]
    assert [process.stderr for process in read] == ["", ""]
    of_patch, of_all = (int(process.stdout) for process in read)
    if of_all < 10 << 20:
        pytest.skip("this disk keeps its files in memory")
    assert 200 << 10 < of_patch < 2 << 20


COLD = """
import os, sys
from pathlib import Path
from uprez.dataset.store import Store

def fetched():
    return int(dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())["read_bytes"])

store = Path(sys.argv[1])
with (store / "data.mdb").open("rb") as file:
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    before = fetched()
    if sys.argv[2] == "all":
        file.read()
    else:
        with Store(store) as opened:
            opened.read(0, "lr", 100, 100, 96, 96)
            opened.read(0, "hr", 200, 200, 192, 192)
    print(fetched() - before)
"""
"""Prints how many bytes of a store came from the disk."""


def test_non_finite_light_is_stored_as_something_finite() -> None:
    wrong = np.array([np.nan, np.inf, -np.inf], np.float16)
    assert compressed_light(stored_colour(wrong)) == pytest.approx([0, 1.3816, -1.3816], abs=1e-3)
    assert np.isfinite(compressed_light(stored_alpha(wrong))).all()


@given(
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    tile=st.sampled_from([64, 128, 256]),
)
def test_tiles_cover_an_image_once(height: int, width: int, tile: int) -> None:
    covered = np.zeros((height, width), np.uint8)
    for _, _, y, x, tall, wide in ImageSpec("lr", height, width, 4, tile).tiles():
        covered[y : y + tall, x : x + wide] += 1
    assert (covered == 1).all()


def test_windows_of_a_store_are_those_of_its_files(tmp_path: Path) -> None:
    """Windows across tiles, at corners, whole; guides beside."""
    noise = np.random.default_rng(1).random((300, 270, 4)).astype(np.float16)
    write_frames(tmp_path / "pairs", [(noise[::2, ::2], noise)])
    built(tmp_path / "s.lmdb", tmp_path / "pairs")
    exr = ExrPairs(find_pairs([tmp_path / "pairs"]))
    with Store(tmp_path / "s.lmdb") as store:
        for y, x, tall, wide in ((0, 0, 300, 270), (100, 90, 192, 180), (255, 255, 2, 2), (299, 269, 1, 1)):
            np.testing.assert_array_equal(store.read(0, "hr", y, x, tall, wide), exr.read(0, "hr", y, x, tall, wide))
        np.testing.assert_array_equal(store.density(0), exr.density(0))
        for window in ((0, 0, 301, 270), (-1, 0, 2, 2), (299, 0, 2, 2)):
            with pytest.raises(ValueError, match="leaves"):
                store.read(0, "hr", *window)


def test_stored_frames_are_those_of_the_pairs(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s.lmdb", pairs, jobs=2)
    frames = {pair.name: hr for pair, _, hr in read_frames(find_pairs([pairs]))}
    with Store(tmp_path / "s.lmdb") as store:
        assert {name_of(row) for row in store.rows} == set(frames)
        for place, row in enumerate(store.rows):
            np.testing.assert_allclose(
                store.read(place, "hr", 0, 0, 80, 80)[..., :3], compress(frames[name_of(row)][..., :3]), atol=2.2e-5
            )


def test_a_second_build_adds_what_is_new_and_rewrites_nothing(tmp_path: Path, pairs: Path) -> None:
    store = tmp_path / "s.lmdb"
    assert {p.outcome for p in built(store, pairs)} == {"added"}
    before = rows_of(store)
    write_pairs(tmp_path / "more", looks=("c",), count=2, side=40)
    outcomes = [p.outcome for p in built(store, pairs, tmp_path / "more")]
    assert sorted(outcomes) == ["added"] * 2 + ["kept"] * 6
    assert [row | {"split": ""} for row in rows_of(store)[:6]] == [row | {"split": ""} for row in before]


def test_a_pair_rendered_anew_replaces_the_old_one(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s.lmdb", pairs)
    shutil.copy(pairs / "a/a_0001_hr.exr", pairs / "a/a_0000_hr.exr")
    assert sorted(p.outcome for p in built(tmp_path / "s.lmdb", pairs)) == ["kept"] * 5 + ["replaced"]
    with Store(tmp_path / "s.lmdb") as store:
        images = {name_of(row): store.read(place, "hr", 0, 0, 80, 80) for place, row in enumerate(store.rows)}
    assert len(images) == 6
    np.testing.assert_array_equal(images["a/0000"], images["a/0001"])
    assert not check_store(tmp_path / "s.lmdb")


def rows_of(store: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (store / "index.jsonl").read_text().splitlines()]


def test_stores_built_apart_are_merged(tmp_path: Path) -> None:
    for look in "abc":
        write_pairs(tmp_path / look, looks=(look,), count=2, side=40)
        built(tmp_path / f"{look}.lmdb", tmp_path / look)
    built(tmp_path / "whole.lmdb", tmp_path / "a", tmp_path / "b", tmp_path / "c")
    parts = [tmp_path / f"{look}.lmdb" for look in "abc"]
    assert {p.outcome for p in built(tmp_path / "merged.lmdb", *parts)} == {"added"}
    assert {p.outcome for p in built(tmp_path / "merged.lmdb", *parts)} == {"kept"}
    assert rows_of(tmp_path / "merged.lmdb") == rows_of(tmp_path / "whole.lmdb")


def write_guided(folder: Path) -> None:
    """Two pairs with albedo."""
    folder.mkdir()
    random = np.random.default_rng(2)
    rows = []
    for shot in ("one", "two"):
        for name, side in (("lr", 40), ("hr", 80)):
            channels = ("R", "G", "B", "A", "albedo.R", "albedo.G", "albedo.B")
            planes = {channel: random.random((side, side), np.float32) for channel in channels}
            with OpenEXR.File({}, planes) as file:
                file.write(str(folder / f"{shot}_{name}.exr"))
        facts = {"show": "s", "look": "a", "shot": shot, "frame": 1, "element": "whole"}
        rows.append(json.dumps(facts | {name: f"{shot}_{name}.exr" for name in ("lr", "hr")}))
    (folder / "manifest.jsonl").write_text("\n".join(rows) + "\n")


def test_what_was_stored_is_not_lost_by_asking_for_less(tmp_path: Path) -> None:
    write_guided(tmp_path / "pairs")
    assert outcomes_of(built(tmp_path / "s", tmp_path / "pairs")) == {"added": 2}
    assert outcomes_of(built(tmp_path / "s", tmp_path / "pairs", guides=("albedo",))) == {"replaced": 2}
    assert outcomes_of(built(tmp_path / "s", tmp_path / "pairs")) == {"kept": 2}
    touch(tmp_path / "pairs/one_lr.exr")
    assert outcomes_of(built(tmp_path / "s", tmp_path / "pairs")) == {"kept": 1, "replaced": 1}
    built(tmp_path / "plain", tmp_path / "pairs")
    assert outcomes_of(built(tmp_path / "s", tmp_path / "plain")) == {"kept": 2}
    assert outcomes_of(built(tmp_path / "plain", tmp_path / "s")) == {"replaced": 2}
    for folder in ("s", "plain"):
        with Store(tmp_path / folder) as store:
            assert [store.image(place, "hr albedo") is not None for place in range(2)] == [True, True]


def touch(path: Path) -> None:
    facts = path.stat()
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))


def test_a_pair_that_two_folders_have_is_added_once_and_told(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_pairs(tmp_path / name, looks=("a",), count=2, side=40)
    for _ in range(2):
        done = built(tmp_path / "s", tmp_path / "one", tmp_path / "two")
        told = {each.reason for each in done if each.outcome == "failed"}
        assert told == {
            f"{tmp_path / 'two'} and {tmp_path / 'one'} have it both; give one of their manifests another show"
        }
        assert len(rows_of(tmp_path / "s")) == 2


@pytest.mark.parametrize("first", ["pairs", "s.lmdb"])
def test_a_copy_of_pairs_that_are_on_their_way_is_kept_and_not_refused(tmp_path: Path, pairs: Path, first: str) -> None:
    built(tmp_path / "s.lmdb", pairs)
    shutil.copytree(pairs, tmp_path / "copy")  # times and all
    assert outcomes_of(built(tmp_path / "new", tmp_path / first, tmp_path / "copy", jobs=4)) == {"added": 6, "kept": 6}


def test_stores_that_hold_one_pair_otherwise_lose_nothing_in_whichever_order(tmp_path: Path) -> None:
    """Also where the first one's pair is still on its way when the second's is looked at."""
    for name, seed in (("a", 1), ("b", 2)):
        frame = np.random.default_rng(seed).random((80, 80, 4)).astype(np.float16)
        write_frames(tmp_path / name, [(frame[::2, ::2], frame)] * 6)
        built(tmp_path / f"{name}.lmdb", tmp_path / name)
    done = built(tmp_path / "both", tmp_path / "a.lmdb", tmp_path / "b.lmdb", jobs=2)
    assert outcomes_of(done) == {"added": 6, "failed": 6}
    assert "have it both, and not the same" in done[-1].reason


def test_a_store_with_other_splits_is_not_merged(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "node", pairs, test=0.9)
    built(tmp_path / "s", pairs)
    with pytest.raises(UsageError, match=r"node: has other splits \(0\.9 against 0\.04 for test\)"):
        built(tmp_path / "s", tmp_path / "node")
    with pytest.raises(UsageError, match=r"was made with a validation share of 0\.04, not 0\.5"):
        StoreWriter(tmp_path / "s", validation=0.5)


def test_a_verdict_that_changed_is_merged(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "node", pairs)
    built(tmp_path / "s", tmp_path / "node")
    rows = [json.loads(line) for line in (pairs / "manifest.jsonl").read_text().splitlines()]
    rows[2]["coherence"] = {"coherent": False, "usable": True, "failed": [[0, 16, 16, 16]]}
    (pairs / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    built(tmp_path / "node", pairs)
    assert outcomes_of(built(tmp_path / "s", tmp_path / "node")) == {"kept": 5, "replaced": 1}
    assert [[0, 16, 16, 16]] in [row["left_out"] for row in rows_of(tmp_path / "s")]


def test_a_number_is_never_used_again(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    with StoreWriter(tmp_path / "s") as writer:
        writer.remove(5)
    assert outcomes_of(built(tmp_path / "s", pairs)) == {"kept": 5, "added": 1}
    assert [row["pair"] for row in rows_of(tmp_path / "s")] == [0, 1, 2, 3, 4, 6]


def test_processes_that_build_the_same_pairs_at_once_add_each_once(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a",), count=6, side=96)
    command = [sys.executable, "-m", "uprez", "dataset", "build", str(tmp_path / "pairs"), "-o", str(tmp_path / "s")]
    assert [child.wait() for child in [subprocess.Popen([*command, "-q"]) for _ in range(3)]] == [0, 0, 0]
    assert sorted(row["shot"] for row in rows_of(tmp_path / "s")) == [f"{k:04d}" for k in range(6)]
    assert not check_store(tmp_path / "s")


def test_processes_that_build_one_store_at_once_take_turns(tmp_path: Path) -> None:
    for look in "ab":
        write_pairs(tmp_path / look, looks=(look,), count=4, side=40)
    commands = [
        [sys.executable, "-m", "uprez", "dataset", "build", str(tmp_path / look), "-o", str(tmp_path / "s.lmdb"), "-q"]
        for look in "ab"
    ]
    assert [child.wait() for child in [subprocess.Popen(command) for command in commands]] == [0, 0]
    with Store(tmp_path / "s.lmdb") as store:
        assert len({name_of(row) for row in store.rows}) == len(store) == 8
    assert not check_store(tmp_path / "s.lmdb")


def test_a_build_that_is_killed_keeps_what_it_had_added(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a",), count=40, side=96)
    command = [sys.executable, "-m", "uprez", "dataset", "build", str(tmp_path / "pairs"), "-o", str(tmp_path / "s")]
    kept = 0
    for _ in range(3):
        child = subprocess.Popen([*command, "-q"])
        deadline = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < deadline and committed(tmp_path / "s") < kept + 3:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert committed(tmp_path / "s") >= kept
        kept = committed(tmp_path / "s")
        assert not check_store(tmp_path / "s")
    assert subprocess.run([*command, "-q"], check=False).returncode == 0
    assert len(rows_of(tmp_path / "s")) == 40


def committed(folder: Path) -> int:
    try:
        with Store(folder) as store:
            return len(store)
    except StoreError:
        return 0


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    """The limit of a file's size stands for the disk's: both fail a write."""
    write_pairs(tmp_path / "pairs", looks=("a",), count=12, side=96)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from uprez.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["dataset", "build", str(tmp_path / "pairs"), "-o", str(tmp_path / "s"), "-q"]
    full = subprocess.run([sys.executable, "-c", limited, *arguments], capture_output=True, text=True, check=False)
    assert full.returncode == 1, full.stderr
    (line,) = full.stderr.splitlines()
    assert "can't be written" in line
    assert "repeat the command" in line
    before = committed(tmp_path / "s")
    assert 0 < before < 12
    assert subprocess.run([sys.executable, "-m", "uprez", *arguments], check=False).returncode == 0
    assert committed(tmp_path / "s") == 12
    assert not check_store(tmp_path / "s")


def test_a_disk_that_is_full_from_the_start_is_one_line_too(tmp_path: Path, pairs: Path) -> None:
    """LMDB maps the table of its readers: where the disk has no room for it a first look would end the process."""
    disk = tmp_path / "disk"
    disk.mkdir()
    inside = f'mount -t tmpfs -o size=1m none {disk} && (cat /dev/zero > {disk}/rest; exec "$@")'
    private = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    try:
        subprocess.run([*private, f"mount -t tmpfs none {disk}"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs a disk of its own: unshare and mount")
    command = [sys.executable, "-m", "uprez", "dataset", "build", str(pairs), "-o", str(disk / "s"), "-q"]
    done = subprocess.run([*private, f"{inside} 2>&1", "sh", *command], capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2), done
    assert f"error: {disk / 's'}: No space left on device" in done.stdout
    assert "Traceback" not in done.stdout


def test_opening_a_store_again_leaves_the_locks_of_its_process_alone(tmp_path: Path, pairs: Path) -> None:
    """Else the next process to open it would take itself for the first, and use pages again that are being read."""
    built(tmp_path / "s", pairs)
    with Store(tmp_path / "s"):
        held = locks_on(tmp_path / "s/lock.mdb")
        with pytest.raises(StoreError):
            StoreWriter(tmp_path / "s")
        assert locks_on(tmp_path / "s/lock.mdb") == held


def locks_on(path: Path) -> int:
    if not Path("/proc/locks").exists():
        pytest.skip("needs /proc/locks")
    return Path("/proc/locks").read_text().count(f":{path.stat().st_ino} ")


def test_an_index_that_can_not_be_written_is_told_and_only_where_nothing_worse_is(tmp_path: Path, pairs: Path) -> None:
    """A disk that is full takes no index either."""
    built(tmp_path / "s", pairs)
    (tmp_path / "s/index.jsonl").unlink()
    (tmp_path / "s/index.jsonl/in the way").mkdir(parents=True)
    build_again = [sys.executable, "-m", "uprez", "dataset", "build", str(pairs), "-o", str(tmp_path / "s"), "-q"]
    done = subprocess.run(build_again, capture_output=True, text=True, check=False)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, "index.jsonl" in line, "is kept" in line) == (1, True, True)
    with pytest.raises(StoreError, match="first"), StoreWriter(tmp_path / "s"):
        raise StoreError(tmp_path, "what went wrong first")


def test_a_pair_whose_verdict_has_changed_is_stored_anew(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    rows = [json.loads(line) for line in (pairs / "manifest.jsonl").read_text().splitlines()]
    rows[2]["coherence"] = {"coherent": False, "usable": True, "failed": [[0, 16, 16, 16]]}
    (pairs / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert sorted(p.outcome for p in built(tmp_path / "s", pairs)) == ["kept"] * 5 + ["replaced"]
    assert [row["left_out"] for row in rows_of(tmp_path / "s")][-1] == [[0, 16, 16, 16]]


def test_a_pair_that_is_refused_later_leaves_the_store(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    rows = [json.loads(line) for line in (pairs / "manifest.jsonl").read_text().splitlines()]
    rows[2]["coherence"] = {"coherent": False, "usable": False, "failed": []}
    (pairs / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert sorted(p.outcome for p in built(tmp_path / "s", pairs)) == ["kept"] * 5 + ["removed"]
    assert len(rows_of(tmp_path / "s")) == 5
    assert [p.outcome for p in built(tmp_path / "s", pairs)] == ["kept"] * 5


def test_a_store_cut_short_is_refused(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    os.truncate(tmp_path / "s/data.mdb", (tmp_path / "s/data.mdb").stat().st_size - 4096)
    with pytest.raises(StoreError, match="is cut short"):
        Store(tmp_path / "s")


def test_a_flipped_bit_is_found_and_named(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    with Store(tmp_path / "s") as store:
        row = next(row for row in store.rows if name_of(row) == "b/0001")
        place = store.rows.index(row)
        tile = store.read_stored(place, "hr", 0, 0, 80, 80).transpose(0, 2, 1).tobytes()
        density = store.density(place).tobytes()
        number = store.number(place)
        text = json.dumps(row, sort_keys=True).encode()
    for content, name, problem in (
        (tile, "b/0001", "hr: a tile is damaged"),
        (density, "b/0001", "its density is damaged"),
        (text, f"pair {number}", "its row is damaged"),
    ):
        shutil.copytree(tmp_path / "s", tmp_path / problem)
        flip(tmp_path / problem / "data.mdb", content)
        assert check_store(tmp_path / problem) == [Finding(name, problem, number)]
        outcomes = [p.outcome for p in built(tmp_path / f"{problem}, merged", tmp_path / problem)]
        assert sorted(outcomes) == ["added"] * 5 + ["failed"]
        assert sorted(p.outcome for p in built(tmp_path / problem, pairs)).count("kept") == 5 + (content != text)


def changed(folder: Path, change: Callable[[lmdb.Transaction], None]) -> None:
    """Change what lies in a store, past everything that guards it."""
    environment = lmdb.open(str(folder))
    with environment.begin(write=True) as transaction:
        change(transaction)
    environment.close()


def test_a_number_that_is_taken_overwrites_nothing(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    changed(tmp_path / "s", lambda change: change.put(NUMBERS_KEY, numbers_value(2, 0)))
    (finding,) = check_store(tmp_path / "s")
    assert finding.name == "the number of the next pair"
    write_pairs(tmp_path / "more", looks=("c",), count=1, side=40)
    with pytest.raises(StoreError, match="two pairs would have one number"):
        built(tmp_path / "s", tmp_path / "more")
    with Store(tmp_path / "s") as store:
        assert len(store) == 6


def flip_record(folder: Path, key: bytes) -> None:
    def flip_one(change: lmdb.Transaction) -> None:
        value = bytearray(change.get(key))
        value[4] ^= 1
        change.put(key, bytes(value))

    changed(folder, flip_one)


def test_a_flipped_bit_in_what_a_store_says_of_itself_is_an_error(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    flip_record(tmp_path / "s", b"format")
    for use in (Store, check_store, lambda store: built(store, pairs)):
        with pytest.raises(StoreError, match="damaged"):
            use(tmp_path / "s")


def test_a_flipped_bit_in_the_count_of_pairs_is_told_and_costs_none(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    write_pairs(tmp_path / "more", looks=("c",), count=1, side=40)
    flip_record(tmp_path / "s", NUMBERS_KEY)
    (finding,) = check_store(tmp_path / "s")
    assert (finding.name, finding.pair) == ("the store itself", None)
    assert finding.problem.startswith("the count of its pairs is damaged; merge it into a new one")
    with pytest.raises(StoreError, match="the count of its pairs is damaged"):
        built(tmp_path / "s", tmp_path / "more")
    assert outcomes_of(built(tmp_path / "new", tmp_path / "s")) == {"added": 6}
    assert not check_store(tmp_path / "new")


def test_a_name_that_leads_nowhere_is_found_and_mended(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)

    def misname(change: lmdb.Transaction) -> None:
        cursor = change.cursor()
        assert cursor.set_range(IDENTITY)
        key, value = bytes(cursor.key()), bytes(cursor.value())
        change.delete(key)
        change.put(key[:-1] + bytes([key[-1] ^ 1]), value)

    changed(tmp_path / "s", misname)
    (finding,) = check_store(tmp_path / "s")
    assert finding.problem == "can't be found by its name"
    assert finding.pair is not None
    with StoreWriter(tmp_path / "s") as writer:
        writer.remove(finding.pair)
    assert outcomes_of(built(tmp_path / "s", pairs)) == {"kept": 5, "added": 1}
    assert not check_store(tmp_path / "s")


def test_a_pair_that_is_gone_is_found_by_its_name(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    changed(tmp_path / "s", lambda change: change.delete(pair_key(PAIR, 3)))
    assert check_store(tmp_path / "s") == [
        Finding("pair 3", "is gone, though its name is there", 3),
        Finding("pair 3", "is gone, though parts of it are there", 3),
    ]
    assert main(["dataset", "check", str(tmp_path / "s"), "--mend", "-q"]) == 0
    assert not check_store(tmp_path / "s")


def test_a_damaged_name_is_mended(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)

    def damage(change: lmdb.Transaction) -> None:
        cursor = change.cursor()
        assert cursor.set_range(IDENTITY)
        change.put(cursor.key(), b"\1" + cursor.value()[1:])

    changed(tmp_path / "s", damage)
    assert [finding.problem for finding in check_store(tmp_path / "s")] == ["can't be found by its name"]
    assert main(["dataset", "check", str(tmp_path / "s"), "--mend", "-q"]) == 0
    assert outcomes_of(built(tmp_path / "s", pairs)) == {"kept": 5, "added": 1}
    assert not check_store(tmp_path / "s")


def test_a_tile_that_is_another_one_s_is_found(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    changed(tmp_path / "s", lambda change: change.put(tile_key(1, 1, 0, 0), change.get(tile_key(2, 1, 0, 0))))
    ((name, problem),) = [(each.name, each.problem) for each in check_store(tmp_path / "s")]
    assert (name, problem) == ("a/0001", "hr: a tile is another one's")


def test_a_short_tile_is_an_error(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    changed(tmp_path / "s", lambda change: change.put(tile_key(0, 0, 0, 0), b"short"))
    with Store(tmp_path / "s") as store, pytest.raises(StoreError, match="a tile of pair 0 is damaged"):
        store.read(0, "lr", 0, 0, 8, 8)


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path, pairs: Path) -> None:
    for key in (b"users/1", b"n", b"format"):
        folder = tmp_path / key.decode().replace("/", "-")
        changed(folder, lambda change, key=key: change.put(key, b"somebody's"))
        for use in (Store, StoreWriter):
            with pytest.raises(StoreError, match="is no store of pairs"):
                use(folder)
        environment = lmdb.open(str(folder))
        assert environment.stat()["entries"] == 1
        environment.close()


def test_an_empty_file_is_no_store(tmp_path: Path, pairs: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s/data.mdb").touch()
    for use in (Store, StoreWriter):
        with pytest.raises(StoreError, match=r"data\.mdb is empty; delete the folder"):
            use(tmp_path / "s")


def test_a_lost_page_costs_the_pair_that_it_is_of_and_no_other(
    tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """LMDB reads nothing more in a transaction that has come upon one."""
    built(tmp_path / "s", pairs)
    lose_page(tmp_path / "s/data.mdb", tile_key(2, 1, 0, 0))
    assert check_store(tmp_path / "s") == [Finding("a/0002", "hr: a tile is damaged", 2)]
    with Store(tmp_path / "s") as store:
        with pytest.raises(StoreError, match="is damaged"):
            store.read(2, "hr", 0, 0, 8, 8)
        assert store.read(3, "hr", 0, 0, 8, 8).shape == (8, 8, 4)
    assert main(["dataset", "check", str(tmp_path / "s"), "--mend", "-q"]) == 2
    assert "merge what is whole into a new one" in capsys.readouterr().err.splitlines()[-1]
    assert outcomes_of(built(tmp_path / "new", tmp_path / "s")) == {"added": 5, "failed": 1}
    assert not check_store(tmp_path / "new")


def lose_page(path: Path, key: bytes) -> None:
    """Let a key that has pages of its own lead to one beyond the end, also in pages that are no longer used."""
    data = bytearray(path.read_bytes())
    found = data.find(key)
    assert found > 0
    while found > 0:
        data[found + len(key) + 5] = 1  # of the eight bytes of the page's number
        found = data.find(key, found + 1)
    path.write_bytes(data)


def flip(path: Path, content: bytes) -> None:
    """One bit in the middle of it, also in pages that are no longer used."""
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]
    data = path.read_bytes()
    assert content in data
    path.write_bytes(data.replace(content, flipped))


@pytest.mark.parametrize("seed", range(8))
def test_damage_anywhere_is_an_error_or_a_finding_and_never_a_crash(tmp_path: Path, pairs: Path, seed: int) -> None:
    built(tmp_path / "s", pairs)
    random = np.random.default_rng(seed)
    data = bytearray((tmp_path / "s/data.mdb").read_bytes())
    first = int(random.integers(2, len(data) // 4096)) * 4096
    data[first : first + 64] = random.bytes(64)
    (tmp_path / "s/data.mdb").write_bytes(data)
    check = [sys.executable, "-m", "uprez", "dataset", "check", str(tmp_path / "s")]
    done = subprocess.run(check, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, 1, 2), done.stderr
    assert "Traceback" not in done.stderr


def test_a_store_of_a_newer_format_is_refused(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    environment = lmdb.open(str(tmp_path / "s"))
    with environment.begin(write=True) as change:
        change.put(b"format", json.dumps({"format": FORMAT + 1}).encode())
    environment.close()
    with pytest.raises(StoreError, match=f"written by a newer uprez \\(format {FORMAT + 1}"):
        Store(tmp_path / "s")
    with pytest.raises(StoreError, match="newer uprez"):
        StoreWriter(tmp_path / "s")


def test_what_is_no_store_is_refused(tmp_path: Path, pairs: Path) -> None:
    with pytest.raises(StoreError, match="is no store of pairs; uprez dataset build makes one"):
        Store(tmp_path)
    with pytest.raises(StoreError, match="holds other things"):
        StoreWriter(pairs)
    lmdb.open(str(tmp_path / "other")).close()
    with pytest.raises(StoreError, match="is no store of pairs, though"):
        Store(tmp_path / "other")


def test_a_shot_in_two_splits_is_found_and_named(tmp_path: Path) -> None:
    frames = np.ones((40, 40, 4), np.float16)
    write_frames(tmp_path / "pairs", [(frames[::2, ::2], frames)] * 2)
    rows = [json.loads(line) for line in (tmp_path / "pairs/manifest.jsonl").read_text().splitlines()]
    own = [
        {"look": "a", "show": "s", "shot": "sh010", "frame": k, "element": "whole"}
        | {side: f"a/a_{row['seed']:04d}_{side}.exr" for side in ("lr", "hr")}
        for k, row in enumerate(rows, 1)
    ]
    (tmp_path / "pairs/manifest.jsonl").write_text("\n".join(map(json.dumps, own)))
    built(tmp_path / "s", tmp_path / "pairs")
    with Store(tmp_path / "s") as store:
        assert store.neighbour(1) == 0
        assert store.neighbour(0) is None
        assert store.neighbour(0, 1) == 1
    environment = lmdb.open(str(tmp_path / "s"))
    with environment.begin(write=True) as change:
        key = pair_key(PAIR, 1)
        row = row_in(change.get(key))
        assert row is not None
        other = "train" if row["split"] == "test" else "test"
        change.put(key, sealed(json.dumps(row | {"split": other}).encode()))
    environment.close()
    problem = f"is in the split {other}, and its shot is in {row['split']}"
    assert check_store(tmp_path / "s") == [Finding("s/a/sh010/0002", problem, 1)]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 999)), min_size=1), st.floats(0, 0.5), st.floats(0, 0.5)
)
def test_a_shot_s_split_goes_by_its_name_alone(shots: list[tuple[str, int]], validation: float, test: float) -> None:
    names = [f"{show}/{number}" for show, number in shots]
    one = [split_of(name, validation=validation, test=test) for name in names]
    again = [split_of(name, validation=validation, test=test) for name in reversed(names)]
    assert one == again[::-1]


def test_a_demo_shot_that_moves_is_in_the_split_of_its_still() -> None:
    row = {"show": "demo", "look": "toys", "shot": "toys_0003"}
    assert shot_of(row | {"shot": "toys_0003_moving"}) == shot_of(row)
    assert shot_of(row | {"show": "mine", "shot": "s_moving"}) == "mine/s_moving"


@pytest.mark.parametrize("show", [{"show": "s"}, {"show": ""}, {}])
def test_all_elements_of_a_shot_are_in_one_split_whatever_their_look(tmp_path: Path, show: dict[str, str]) -> None:
    frame = np.ones((40, 40, 4), np.float16)
    write_frames(tmp_path / "pairs", [(frame[::2, ::2], frame)])
    files = {side: f"a/a_0000_{side}.exr" for side in ("lr", "hr")}
    rows = [
        {"look": look, "shot": f"sh{k:03d}", "frame": 1, "element": look} | show | files
        for k in range(40)
        for look in ("beauty", "night")
    ]
    (tmp_path / "pairs/manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    built(tmp_path / "s", tmp_path / "pairs", validation=0.25, test=0.25)
    with Store(tmp_path / "s") as store:
        splits = {(row["shot"], row["split"]) for row in store.rows}
    assert len(splits) == 40
    assert len({split for _, split in splits}) == 3


def test_frames_that_show_different_windows_are_no_pair(tmp_path: Path, pairs: Path) -> None:
    path = pairs / "a/a_0001_hr.exr"
    with OpenEXR.File(str(path), separate_channels=True) as file:
        planes = {name: channel.pixels for name, channel in file.channels().items()}
    window = (np.array([20, 20], np.int32), np.array([99, 99], np.int32))
    OpenEXR.File({"dataWindow": window, "displayWindow": window}, planes).write(str(path))
    failed = [each for each in built(tmp_path / "s", pairs) if each.outcome == "failed"]
    assert len(failed) == 1
    assert "begins at (20, 20), and LR at (0, 0): they show different windows" in failed[0].reason


def test_what_is_asked_for_and_not_there_is_told(tmp_path: Path, pairs: Path) -> None:
    with StoreWriter(tmp_path / "s") as writer:
        settings = BuildSettings(guides=("albedo",), more=("hr_4ssp",))
        for outcome in ("added", "kept"):
            done = build([pairs], writer, settings, lambda progress, total: None)
            assert {(each.outcome, each.lacks) for each in done} == {(outcome, ("albedo", "hr_4ssp", VERDICT))}


def test_splits_have_their_shares() -> None:
    splits = [split_of(f"a/{number}", validation=0.2, test=0.1) for number in range(5000)]
    assert splits.count("validation") / 5000 == pytest.approx(0.2, abs=0.03)
    assert splits.count("test") / 5000 == pytest.approx(0.1, abs=0.03)


def test_a_part_is_exported_as_one_file(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    part = tmp_path / "part.lmdb"
    assert export_store(tmp_path / "s", part, lambda row: row["look"] == "b", images=("lr", "hr")) == 3
    assert part.is_file()
    assert not list(tmp_path.glob("part.lmdb?*"))
    with Store(part) as read, Store(tmp_path / "s") as whole:
        assert [name_of(row) for row in read.rows] == ["b/0000", "b/0001", "b/0002"]
        np.testing.assert_array_equal(read.read(1, "hr", 3, 5, 70, 60), whole.read(4, "hr", 3, 5, 70, 60))
    assert not check_store(part)
    assert outcomes_of(built(tmp_path / "other", part)) == {"added": 3}
    with pytest.raises(StoreError, match="is a single file to read from"):
        StoreWriter(part)
    with pytest.raises(UsageError, match="holds no such pairs"):
        export_store(tmp_path / "s", tmp_path / "none", lambda row: row["look"] == "moon")
    with pytest.raises(UsageError, match="no pair has 'hrr'"):
        export_store(tmp_path / "s", tmp_path / "none", lambda row: True, images=("lr", "hr", "hrr"))
    with pytest.raises(UsageError, match="is there already"):
        export_store(tmp_path / "s", part, lambda row: True)


def test_an_export_leaves_what_lies_beside_it_alone(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    (tmp_path / "new/out.part").mkdir(parents=True)
    (tmp_path / "new/out.part/thesis.txt").write_text("precious")
    export_store(tmp_path / "s", tmp_path / "new/out", lambda row: True)
    assert (tmp_path / "new/out.part/thesis.txt").read_text() == "precious"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["out", "out.part"]


def test_an_export_to_a_name_that_is_taken_meanwhile_leaves_what_took_it(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    with pytest.raises(UsageError, match="is there already"):
        export_store(
            tmp_path / "s", tmp_path / "out", lambda row: True, report=lambda total: (tmp_path / "out").touch()
        )
    assert (tmp_path / "out").read_bytes() == b""


def test_an_export_to_a_full_disk_names_the_file_that_was_asked_for(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, 1 << 17));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from uprez.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["dataset", "export", str(tmp_path / "s"), "-o", str(tmp_path / "out"), "-q"]
    full = subprocess.run([sys.executable, "-c", limited, *arguments], capture_output=True, text=True, check=False)
    (line,) = full.stderr.splitlines()
    assert f"{tmp_path / 'out'}: can't be written" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pairs", "s"]


def test_an_export_may_have_a_long_name(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    assert export_store(tmp_path / "s", tmp_path / ("long" * 63), lambda row: True) == 6


def test_guides_that_an_export_left_out_can_be_added_again(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a",), count=2, side=40, guides=True)
    built(tmp_path / "s", tmp_path / "pairs", guides=("albedo",))
    export_store(tmp_path / "s", tmp_path / "part", lambda row: True, images=("lr", "hr"))
    built(tmp_path / "merged", tmp_path / "part")
    assert outcomes_of(built(tmp_path / "merged", tmp_path / "pairs", guides=("albedo",))) == {"replaced": 2}


@pytest.mark.parametrize("images", [("lr",), ("hr",)])
def test_an_export_that_nothing_could_be_learnt_from_is_refused(
    tmp_path: Path, pairs: Path, images: tuple[str, ...]
) -> None:
    built(tmp_path / "s", pairs)
    with pytest.raises(UsageError, match="patches are of lr and hr; name both"):
        export_store(tmp_path / "s", tmp_path / "part", lambda row: True, images=images)
    assert not (tmp_path / "part").exists()


def test_an_export_that_fails_leaves_nothing(tmp_path: Path, pairs: Path) -> None:
    built(tmp_path / "s", pairs)
    with Store(tmp_path / "s") as store:
        tile = store.read_stored(5, "hr", 0, 0, 80, 80).transpose(0, 2, 1).tobytes()
    flip(tmp_path / "s/data.mdb", tile)
    with pytest.raises(FrameError, match="b/0002: hr: a tile is damaged"):
        export_store(tmp_path / "s", tmp_path / "part", lambda row: True)
    assert not list(tmp_path.glob("part*"))


@pytest.mark.parametrize("path", ["s", "nowhere", "pairs/a"])
def test_sources_that_make_no_sense_are_refused(tmp_path: Path, pairs: Path, path: str) -> None:
    built(tmp_path / "s", pairs)
    problem = "can't be built from itself" if path == "s" else "neither a folder of rendered pairs"
    with pytest.raises(UsageError, match=problem):
        built(tmp_path / "s", tmp_path / path)


def _first_pixel(store: Store) -> list[float]:
    return store.read(0, "lr", 0, 0, 1, 1)[0, 0].tolist()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_an_open_store_goes_to_other_processes(tmp_path: Path, pairs: Path, method: str) -> None:
    built(tmp_path / "s", pairs)
    in_a_fresh_process(_read_in_other_processes, tmp_path / "s", method)


def _read_in_other_processes(folder: str, method: str) -> None:
    with Store(Path(folder)) as store:
        here = _first_pixel(store)
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(_first_pixel, [store] * 4) == [here] * 4
        assert _first_pixel(pickle.loads(pickle.dumps(store))) == here
        assert _first_pixel(store) == here


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_what_a_fork_does_leaves_the_reads_of_its_parent_alone(tmp_path: Path, pairs: Path) -> None:
    """A parent's pages must not be used again, while others replace pairs, because a child of it has ended."""
    built(tmp_path / "s", pairs)
    in_a_fresh_process(_read_after_a_fork, tmp_path / "s", pairs)


def _read_after_a_fork(folder: str, pairs: str) -> None:
    with Store(Path(folder)) as store:
        before = [store.read(place, "hr", 0, 0, 80, 80) for place in range(6)]
        with multiprocessing.get_context("fork").Pool(1) as pool:
            pool.map(_first_pixel, [store])
        for _ in range(3):
            for path in Path(pairs).rglob("*_lr.exr"):
                touch(path)
            build_again = ["dataset", "build", pairs, "-o", folder, "-q"]
            assert subprocess.run([sys.executable, "-m", "uprez", *build_again], check=False).returncode == 0
        for place, image in enumerate(before):
            np.testing.assert_array_equal(store.read(place, "hr", 0, 0, 80, 80), image)
        with (
            multiprocessing.get_context("spawn").Pool(1) as pool,
            pytest.raises(StoreError, match="replaced or taken out since it was opened"),
        ):
            pool.map(_first_pixel, [store])


@pytest.mark.parametrize(
    ("count", "validation", "test", "kept_back"),
    [
        (6, 0.7, 0, (4, 0)),
        (6, 0.04, 0, (1, 0)),
        (2, 0.04, 0.04, (1, 0)),
        (1, 0.5, 0.4, (0, 0)),
        (3, 0.04, 0.04, (1, 0)),
        (4, 0.04, 0.04, (1, 1)),
        (4, 0.6, 0.39, (2, 1)),
        (100, 0.2, 0.1, (20, 10)),
        (5, 0, 0, (0, 0)),
    ],
)
def test_as_many_shots_are_kept_back_as_the_shares_say(
    count: int, validation: float, test: float, kept_back: tuple[int, int]
) -> None:
    for show in "abc":
        splits = Counter(splits_of((f"{show}/{k}" for k in range(count)), validation=validation, test=test).values())
        assert (splits["validation"], splits["test"]) == kept_back


@given(st.sets(st.integers(0, 999), min_size=2), st.floats(0, 0.6), st.floats(0, 0.39), st.integers(1000, 1099))
def test_a_shot_that_is_added_moves_one_shot_at_most_out_of_each_split(
    shots: set[int], validation: float, test: float, added: int
) -> None:
    before = splits_of((f"a/{k}" for k in shots), validation=validation, test=test)
    after = splits_of((f"a/{k}" for k in (*shots, added)), validation=validation, test=test)
    moved = Counter((split, after[shot]) for shot, split in before.items() if after[shot] != split)
    assert all(times == 1 for times in moved.values())
    assert "train" in before.values()


def test_a_store_of_few_shots_keeps_some_back(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a",), count=6, side=40)
    built(tmp_path / "s", tmp_path / "pairs", validation=0.7, test=0)
    with Store(tmp_path / "s") as store:
        splits = [row["split"] for row in store.rows]
    assert sorted(splits) == ["train"] * 2 + ["validation"] * 4
    assert not check_store(tmp_path / "s")
    part = tmp_path / "part.lmdb"
    export_store(tmp_path / "s", part, lambda row: row["split"] == "train")
    with Store(part) as store:
        assert [row["split"] for row in store.rows] == ["train"] * 2
    assert not check_store(part)


def test_a_store_from_before_goes_on_splitting_by_hash_alone(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a",), count=3, side=40)
    built(tmp_path / "s", tmp_path / "pairs", validation=0.3, test=0.3)
    environment = lmdb.open(str(tmp_path / "s"))
    with environment.begin(write=True) as change:
        facts = {"format": FORMAT, "validation": 0.3, "test": 0.3}
        change.put(b"format", sealed(json.dumps(facts).encode()))
    environment.close()
    write_pairs(tmp_path / "more", looks=("b",), count=6, side=40)
    built(tmp_path / "s", tmp_path / "more")
    with Store(tmp_path / "s") as store:
        assert RULE not in store.facts
        splits = {shot_of(row): row["split"] for row in store.rows if row["look"] == "b"}
    assert splits == {shot: split_of(shot, validation=0.3, test=0.3) for shot in splits}
