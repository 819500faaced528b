"""Files that appear whole or not at all."""

import errno
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import with_small_files
from uprez.errors import FrameError, WriteError
from uprez.files.whole import whole_file, write_whole


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """Until the end only the hidden temporary file exists; an exception removes it."""
    path = tmp_path / "a.png"
    with whole_file(path) as part:
        part.write_bytes(b"whole")
        assert [entry.name for entry in tmp_path.iterdir()] == [".a.png.part"]
    assert path.read_bytes() == b"whole"

    def interrupted() -> None:
        with whole_file(path) as part:
            part.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]
    assert path.read_bytes() == b"whole"


def test_a_second_writer_of_the_same_file_is_refused(tmp_path: Path) -> None:
    """The first one's work is not disturbed by the attempt."""
    path = tmp_path / "a.png"
    with whole_file(path) as part:
        part.write_bytes(b"first")
        with pytest.raises(WriteError, match="another process is writing it"), whole_file(path):
            pass
    assert path.read_bytes() == b"first"


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK])
def test_storage_without_locks_takes_files_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """NFS and parallel file systems may have no flock. Any other failure to lock is one."""
    fcntl = pytest.importorskip("fcntl")

    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(code, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with whole_file(tmp_path / "a.png") as part:
        part.write_bytes(b"whole")
    assert (tmp_path / "a.png").read_bytes() == b"whole"
    code = errno.EIO
    with pytest.raises(WriteError, match="can't be written"), whole_file(tmp_path / "a.png"):
        pass


def test_the_error_is_that_of_the_kind_of_file(tmp_path: Path) -> None:
    """A frame's, or else a WriteError, by which a command says that some of its work is done."""
    with pytest.raises(WriteError, match=r"a\.bin: can't be written") as raised:
        write_whole(tmp_path / "nowhere/a.bin", b"content")
    assert raised.value.exit_code == 1
    with pytest.raises(FrameError, match="can't be written"), whole_file(tmp_path / "nowhere/a.exr", FrameError):
        pass


WRITE = "import sys; from pathlib import Path; from uprez.files.whole import write_whole; "


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    write_whole(path, b"whole")
    command = [sys.executable, "-c", WRITE + "write_whole(Path(sys.argv[1]), bytes(50_000))", str(path)]
    done = subprocess.run(with_small_files(20_000, command), capture_output=True, text=True, check=False)
    assert "File too large" in done.stderr
    assert path.read_bytes() == b"whole"
    assert [entry.name for entry in tmp_path.iterdir()] == ["weights.bin"]


def test_a_kill_between_bytes_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    write_whole(path, b"whole")
    killed = (
        "import os, sys, signal; from pathlib import Path; from uprez.files.whole import whole_file\n"
        "with whole_file(Path(sys.argv[1])) as part:\n"
        "    part.write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", killed, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"whole"
    write_whole(path, b"again")
    assert [entry.name for entry in tmp_path.iterdir()] == ["weights.bin"]
