"""The page of layer names: made from the table that names are read by."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from uprez.layers.vocabulary import ROLES, rows


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    """docs/make_layers.py."""
    path = Path(__file__).parents[1] / "docs" / "make_layers.py"
    spec = importlib.util.spec_from_file_location("make_layers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_its_script_makes(maker: ModuleType) -> None:
    assert maker.PAGE.read_text("utf-8") == maker.page()


def test_every_row_and_every_source_is_on_the_page(maker: ModuleType) -> None:
    shown = maker.PAGE.read_text("utf-8")
    assert [row.name for row in rows() if f"`{row.name}`" not in shown] == []
    assert set(maker.MEANINGS) == set(maker.RULES) == set(ROLES)
    assert [row.source for row in rows() if row.source.rpartition(": http")[2] not in shown] == []
