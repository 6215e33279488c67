"""Syntax trees of Python files."""

from __future__ import annotations

import ast
import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.suite.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).read_text(encoding="utf-8")


class Parsing:
    """Garbage that parses, further down the stack, when it is collected."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        parse_within(30)


def parse_within(calls: int) -> None:
    if calls:
        parse_within(calls - 1)
    else:
        ast.parse("a + b")


@pytest.fixture
def collections() -> Iterator[None]:
    """Restore how often garbage is collected."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("collections")
@pytest.mark.parametrize("allocations", range(20, 400, 20))
def test_a_tree_is_built_beside_garbage_that_parses_when_it_is_collected(allocations: int):
    expected = ast.dump(ast.parse(SOURCE))
    gc.collect(0)
    Parsing()
    # So that it is collected while the tree is built, without a look at what is older.
    gc.set_threshold(allocations, 1_000, 1_000)
    tree = parse(SOURCE)
    assert ast.dump(tree) == expected
    assert gc.isenabled()


def test_a_collection_that_is_off_stays_off():
    gc.disable()
    try:
        parse("a + b")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_not_python_is_refused():
    with pytest.raises(SyntaxError):
        parse("a +")
    assert gc.isenabled()
