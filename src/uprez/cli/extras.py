"""Commands that need more than the core install."""

from collections.abc import Iterator
from contextlib import contextmanager

from uprez.errors import UsageError


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around imports: a library that is missing becomes a line that says how to install it."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] == "uprez":
            raise
        raise UsageError(f'{missing.name} is not installed; run: pip install "uprez[{name}]"') from None
