"""The errors of uprez: one family, one line each, saying what is wrong, where, and what to do."""

from pathlib import Path
from typing import ClassVar, Final

NOTHING_TRIED: Final = 2
"""The exit code of a command that has changed nothing and begun nothing."""
SOME_FAILED: Final = 1
"""The exit code of a command that has done a part of its work."""


class UprezError(Exception):
    """Anything that a user, a file or a disk can cause. `str(error)` is one line fit to be printed."""

    exit_code: ClassVar[int] = NOTHING_TRIED
    """What a command exits with that ends by it."""


class UsageError(UprezError):
    """What was asked for can't be tried: a bad option, a missing input, results that would collide."""


class FileError(UprezError):
    """A file that can't be read or written: `path`, what is wrong with it and, where there is one, a remedy."""

    def __init__(self, path: Path | str, problem: str, remedy: str = "") -> None:
        self.path = Path(path)
        self.problem = " ".join(problem.split())
        self.remedy = remedy
        super().__init__(self.path, self.problem, self.remedy)

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" + (f"; {self.remedy}" if self.remedy else "")


class FrameError(FileError):
    """A frame that can't be read or written."""


class DeclinedError(FrameError):
    """A sound frame that uprez does not upscale because it could not keep its meaning (deep, subsampled chroma)."""


class WriteError(FileError):
    """What was worked out and a disk does not take: some of the work is done, and goes on from there."""

    exit_code = SOME_FAILED


class ModelError(UprezError):
    """A model that can't be found, loaded or run."""


class RecipeError(UprezError):
    """A training recipe, or a layer-rules file, that does not make sense."""


class TrainingError(UprezError):
    """A run that can't go on: a loss that is no number any more, another process of it that ended."""

    exit_code = SOME_FAILED


class DivergedError(TrainingError):
    """A loss that is no number any more."""
