from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.load_balancer.blocked_paths import NOT_FOUND, blocked_path_rules
from infra.load_balancer.config import OPERATORS_PATHS
from tests.conformance.local_service import local_service
from tests.trained import small_recipes, train_into

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.load_balancer.config import Operators

LONGEST_BODY = 1_024
"""Characters (ELB API reference, FixedResponseActionConfig)."""
LONGEST_EXPRESSION = 128
MOST_OF_A_CONDITION = 3
MOST_WILDCARDS_OF_A_RULE = 5
"""Stars and question marks, should they count in expressions too (ELB user guide, "Condition types for
listener rules")."""


def test_nothing_is_hidden_where_all_is_public():
    assert list(blocked_path_rules(())) == []


@given(st.lists(st.sampled_from(tuple(OPERATORS_PATHS)), unique=True, min_size=1))
def test_every_word_has_a_rule_of_its_own_that_aws_takes(words: list[Operators]):
    rules = {hidden.role: hidden.expressions for hidden in blocked_path_rules(words)}
    assert list(rules) == words
    for expressions in rules.values():
        assert 1 <= len(expressions) <= MOST_OF_A_CONDITION
        assert max(map(len, expressions)) <= LONGEST_EXPRESSION
        assert sum(expression.count(each) for expression in expressions for each in "*?") <= (
            MOST_WILDCARDS_OF_A_RULE
        )


@pytest.mark.parametrize("path", ["/livez#x", "/livez%23x", "/livez%0A", "/docs#/default"])
def test_a_suffix_that_the_service_may_ignore_uncovers_nothing(path: str):
    assert hides(path)


PATHS = sorted(path for paths in OPERATORS_PATHS.values() for path in paths if "*" not in path)


def hides(path: str) -> bool:
    """Return whether a rule applies if the load balancer searches a path, or compares all of it."""
    rules = blocked_path_rules(tuple(OPERATORS_PATHS))
    expressions = [expression for hidden in rules for expression in hidden.expressions]
    searched, matched = (
        any(apply(expression, path) for expression in expressions) for apply in (re.search, re.fullmatch)
    )
    assert bool(searched) == bool(matched)
    return bool(searched)


def spellings(path: str) -> st.SearchStrategy[str]:
    """Spell a path in any of the ways that decode to it."""
    each = [st.sampled_from([letter, f"%{ord(letter):02x}", f"%{ord(letter):02X}"]) for letter in path[1:]]
    return st.tuples(*each).map(lambda letters: "/" + "".join(letters))


@given(st.sampled_from(PATHS).flatmap(lambda path: st.tuples(st.just(path), spellings(path))))
def test_however_a_hidden_path_is_spelt_it_stays_hidden(spelt: tuple[str, str]):
    path, spelling = spelt
    assert unquote(spelling) == path
    assert hides(spelling)


@given(st.sampled_from(["/docs/oauth2-redirect", "/v2/health/live", "/v2/health/ready"]).flatmap(spellings))
def test_what_lies_below_a_hidden_folder_is_hidden_however_it_is_spelt(spelling: str):
    assert hides(spelling)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/api/v01/classify/%31.4/0.2/5.1/3.5",
            "/%61pi/v01/classify",
            "/listpredictors",
            "/%6Cistpredictors",
        ),
        *("/v2/models/iris-logistic", "/v2/models/iris-logistic/ready", "/v2/models/iris-logistic/infer"),
        *("/", "/docsy", "/livez/", "/livezz", "/LIVEZ", "/api/livez", "/a%3Fb", "/%E8%8A%B1", "/x%2Flivez"),
    ],
)
def test_nothing_else_is_hidden(path: str):
    assert not hides(path)


TARGETS = [
    *("/livez", "/%6Civez", "/%6civez", "/l%69v%65z", "/livez?a=b", "/livez%3Fa", "/livez#a", "/livez%23a"),
    *("/livez%0A", "/livez%0a%0a", "/livez%00", "/livez%20", "/livez%", "/livez;a", "/livez.", "/livez/"),
    *(
        "/livez%2F",
        "//livez",
        "/./livez",
        "/%2e/livez",
        "/%2Flivez",
        "/x/../livez",
        "/api/../livez",
        "/LIVEZ",
    ),
    *("/%256Civez", "/%25256Civez", "/%u006civez", "/l%C3%8Fvez", "/livez\\", "/;/livez", "%2Flivez"),
    *(
        "/readyz%0A",
        "/metrics%0A",
        "/version%0A",
        "/openapi%2ejson",
        "/openapi.json%0A",
        "/docs%0A",
        "/docs#a",
    ),
]
"""Request targets, as they are sent."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The real service, with nothing in front of it: where it listens."""
    with local_service(train_into(tmp_path_factory.mktemp("predictors"), small_recipes())) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        yield host, int(port)


def status(service: tuple[str, int], target: str) -> int:
    """Send a target unchanged, unlike HTTP clients, and return the status."""
    with socket.create_connection(service, timeout=10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("target", TARGETS)
def test_the_service_takes_no_spelling_for_a_hidden_path_that_the_balancer_lets_through(
    service: tuple[str, int], target: str
):
    # The balancer compares the path without the query.
    assert hides(target.partition("?")[0]) or status(service, target) in {400, 404}


def test_the_answer_is_a_problem_that_a_balancer_has_room_for():
    assert json.loads(NOT_FOUND) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this path.",
    }
    assert len(NOT_FOUND) <= LONGEST_BODY
