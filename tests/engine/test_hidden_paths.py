"""Order in which listeners, their rules and their ports come and go, by Pulumi's real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.engine.cli import ENGINE, needs_engine
from tests.engine.warm_stack import WarmStack

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.plugin.account import Operation

pytestmark = [
    needs_engine,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.timeout(600),
]

GROUPS: Final = ("health", "metrics", "version", "docs")
HTTP: Final = "iris-world-to-balancer"
HTTPS: Final = "iris-world-to-balancer-tls"


def test_no_client_reaches_a_listener_that_forwards_without_its_rules(tmp_path: Path):
    assert ENGINE is not None
    stack = WarmStack(tmp_path, ENGINE)
    first = run(stack)
    for group in GROUPS:
        assert first.index(("create", f"iris-hide-{group}")) < first.index(("create", HTTP))

    named = run(stack, domainName="iris.example.com")
    for group in GROUPS:
        assert named.index(("create", f"iris-https-hide-{group}")) < named.index(("create", HTTPS))
    # Clients are sent to HTTPS only once they can get there.
    assert named.index(("create", HTTPS)) < named.index(("update", "iris-http"))
    assert not [name for action, name in named if action == "delete"]

    back = run(stack)
    # HTTP forwards again, with the rules that it has had all the time.
    assert ("update", "iris-http") in back
    assert not {name for _, name in back} & {f"iris-hide-{group}" for group in GROUPS}
    for group in GROUPS:
        assert back.index(("delete", HTTPS)) < back.index(("delete", f"iris-https-hide-{group}"))
    assert back.index(("update", "iris-http")) < back.index(("delete", HTTPS))
    stack.close()


def run(stack: WarmStack, **settings: str) -> list[tuple[str, str]]:
    """Deploy a configuration; return what was done to which resource, in order."""
    before: list[Operation] = stack.operations()
    done = stack.up(**settings)
    assert done.status == 0, done.says
    return [(one.action, one.name) for one in stack.operations()[len(before) :]]
