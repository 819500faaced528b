"""A run's folder for files in the making, on the disk of its results; what a killed run left there is cleared away."""

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from uprez.renderers.protocol import RenderError

NAME = ".rendering"


def _owner(process: int) -> str:
    return f"{socket.gethostname()}-{process}-"


@contextlib.contextmanager
def work_folder(work: Path, scene: str) -> Iterator[Path]:
    """A new folder in `work`, gone afterwards. Raises RenderError, for `scene`, where the disk does not take it."""
    try:
        work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=work.absolute(), prefix=_owner(os.getpid())))
    except OSError as error:
        raise RenderError(scene, f"{work}: can't be written: {error.strerror}") from None
    try:
        yield folder
    except OSError as error:
        raise RenderError(scene, f"{folder}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_abandoned(work: Path) -> None:
    """Remove the folders of runs on this host that are no more: they were killed and could not do so themselves."""
    for folder in work.glob(f"{socket.gethostname()}-*") if work.is_dir() else ():
        number = folder.name.removeprefix(f"{socket.gethostname()}-").partition("-")[0]
        if number.isdigit() and not _runs(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
