"""What tests in every room share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# CI repeats the same examples, so that it fails for a change and not by chance; people's machines go on searching.
# A busy machine is no failure: no deadline.
settings.register_profile("uprez", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("uprez")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Rendered pairs and odd EXR files: UPREZ_SHARED, or `shared` beside the checkout; skips without them."""
    folder = Path(os.environ.get("UPREZ_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"needs rendered pairs and EXR files in {folder} (set UPREZ_SHARED to where they are)")
    return folder
