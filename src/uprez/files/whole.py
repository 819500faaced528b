"""Whole files only: a result is made under a temporary name beside its own, then takes its name in one step."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from uprez.errors import FileError, WriteError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; there two writers of one frame are not told apart
    fcntl = None  # type: ignore[assignment]

LONGEST_NAME = 255
"""Bytes that a file's name may have on the file systems in use."""
_NO_LOCKS = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK}
"""What storage without file locks says (some NFS and parallel file systems): there it is as on Windows."""


@contextmanager
def whole_file(path: Path, failure: type[FileError] = WriteError) -> Iterator[Path]:
    """Yield `.NAME.part` in the folder of `path`; on leaving, bring it to disk and rename it to `path`.

    A digest stands in for a very long name. Leaving by an exception removes the temporary file and keeps what `path`
    held. A second writer of the same `path` is refused where the storage has file locks. Raises `failure` where the
    folder or the disk does not take the file.
    """
    part = _temporary(path)
    try:
        descriptor = _open_locked(part, path, failure)
    except OSError as error:
        raise failure(path, f"can't be written: {error.strerror}", "check the folder and its permissions") from error
    try:
        yield part
        os.fsync(descriptor)
        part.replace(path)
        _sync_folder(path.parent)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise failure(path, f"can't be written: {error.strerror}") from error
        raise
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file whole or not at all; text as UTF-8. WriteError where the disk does not take it."""
    with whole_file(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def _temporary(path: Path) -> Path:
    part = f".{path.name}.part"
    if len(os.fsencode(part)) > LONGEST_NAME:
        part = f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()}.part"
    return path.with_name(part)


def _open_locked(part: Path, path: Path, failure: type[FileError]) -> int:
    while True:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
            # The writer before us may have renamed this very file between our open and our lock.
            if _is_at(descriptor, part):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise failure(path, "another process is writing it", "wait for that to finish") from None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """BlockingIOError where another process holds it."""
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    """Bring the rename to disk. Not every file system can sync a folder, and the file is whole either way."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
