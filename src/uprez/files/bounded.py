"""Reading no more of a file than its kind can hold."""

from pathlib import Path

from uprez.errors import UprezError


def read_bounded(path: Path, most_bytes: int, failure: type[UprezError]) -> bytes:
    """The bytes of a regular file of at most so many bytes; `failure`, one line that names it, for anything else."""
    try:
        if path.exists() and not path.is_file():  # a pipe would never end
            raise failure(f"{path}: not a file")
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise failure(f"{path}: can't be read: {error.strerror or error}") from None
    if len(content) > most_bytes:
        raise failure(f"{path}: larger than {most_bytes} bytes, which no file of its kind is")
    return content
