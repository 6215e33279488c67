from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.plugin.account import Account, StoredResource
from tests.engine.plugin.account_rules import ConflictError

if TYPE_CHECKING:
    from pathlib import Path


def rule(name: str, priority: int, listener: str = "listener") -> StoredResource:
    inputs = {"listenerArn": listener, "priority": priority}
    return StoredResource(type="aws:lb/listenerRule:ListenerRule", name=name, inputs=inputs)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path / "account.json")


def test_what_was_created_outlives_the_process_until_it_is_deleted(account: Account, tmp_path: Path):
    identifier, outputs = account.create(rule("one", 1))
    again = Account(tmp_path / "account.json")
    assert [(one.name, one.inputs["priority"]) for one in again.resources().values()] == [("one", 1)]
    assert (outputs["id"], outputs["priority"]) == (identifier, 1)
    again.delete(identifier)
    assert account.resources() == {}


def test_a_listener_s_priority_is_one_rule_s_at_every_moment(account: Account):
    first, _ = account.create(rule("first", 1))
    with pytest.raises(ConflictError, match="second can't have the listenerArn listener and priority 1"):
        account.create(rule("second", 1))
    second, _ = account.create(rule("second", 2))
    with pytest.raises(ConflictError, match="priority 1: first-"):
        account.update(second, rule("second", 1))
    account.update(first, rule("first", 1))
    account.create(rule("third", 1, listener="another"))


def test_a_fixed_name_is_taken_while_the_old_resource_lives_and_a_generated_one_never(account: Account):
    named = StoredResource(type="aws:iam/role:Role", name="role", inputs={"name": "fixed"})
    account.create(named)
    with pytest.raises(ConflictError, match="name fixed"):
        account.create(named)
    generated = StoredResource(type="aws:iam/role:Role", name="role", inputs={})
    assert account.create(generated)[0] != account.create(generated)[0]
