from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.balancer_config import OPERATORS_PATHS
from infra.hidden_paths import NOT_FOUND, hidden_paths

if TYPE_CHECKING:
    from infra.balancer_config import Operators

LONGEST_BODY = 1_024
MOST_PATTERNS_OF_A_CONDITION = 3


def test_nothing_is_hidden_where_all_is_public():
    assert list(hidden_paths(())) == []


@given(st.lists(st.sampled_from(tuple(OPERATORS_PATHS)), unique=True, min_size=1))
def test_every_hidden_path_has_a_rule_of_its_own_and_few_patterns(words: list[Operators]):
    rules = {hidden.role: hidden.patterns for hidden in hidden_paths(words)}
    assert {word: rules[word] for word in words} == {word: OPERATORS_PATHS[word] for word in words}
    assert all(1 <= len(patterns) <= MOST_PATTERNS_OF_A_CONDITION for patterns in rules.values())


PATHS = sorted(path for paths in OPERATORS_PATHS.values() for path in paths if "*" not in path)


def hides(path: str) -> bool:
    """Tell whether a rule applies, as the balancer would."""
    rules = hidden_paths(tuple(OPERATORS_PATHS))
    return any(fnmatchcase(path, pattern) for hidden in rules for pattern in hidden.patterns)


@given(st.sampled_from(PATHS), st.data())
def test_however_a_hidden_path_is_spelt_it_stays_hidden(path: str, data: st.DataObject):
    encoded = data.draw(st.lists(st.booleans(), min_size=len(path) - 1, max_size=len(path) - 1))
    letters = zip(path[1:], encoded, strict=True)
    spelt = "/" + "".join(f"%{ord(letter):02x}" if encode else letter for letter, encode in letters)
    assert unquote(spelt) == path
    assert hides(spelt)


@pytest.mark.parametrize(
    "path", ["/api/v01/classify/%31.4/0.2/5.1/3.5", "/listpredictors", "/", "/docsy", "/livez/", "/a%3Fb"]
)
def test_nothing_else_is_hidden(path: str):
    assert not hides(path)


def test_the_answer_is_a_problem_that_a_balancer_has_room_for():
    assert json.loads(NOT_FOUND) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this path.",
    }
    assert len(NOT_FOUND) <= LONGEST_BODY
