"""What the tests of the frames room share."""

from collections.abc import Iterator

import pytest

from uprez.frames import DecodePool


@pytest.fixture(scope="session")
def pool() -> Iterator[DecodePool]:
    """One decode worker for all tests that do not harm it."""
    with DecodePool() as shared_pool:
        yield shared_pool
