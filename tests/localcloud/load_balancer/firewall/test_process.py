"""Process of the firewall: it starts with the first web ACL, follows it, is replaced, and ends with it."""

from __future__ import annotations

import json
import signal
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from localcloud import processes
from localcloud.environment import Identity
from localcloud.load_balancer.firewall import process
from localcloud.load_balancer.firewall.definition import Definition
from localcloud.load_balancer.firewall.process import Firewall
from localcloud.state_dir import StateDir
from tests.localcloud.load_balancer.firewall.acls import acl, contains, managed, rule
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Described:
    """The AWS API's part: the web ACL that it gives now."""

    def __init__(self) -> None:
        self.now: Definition | None = None

    def __call__(self, *_: object) -> Definition | None:
        return self.now


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> Described:
    described = Described()
    monkeypatch.setattr(process, "read_definition", described)
    return described


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    key = tmp_path / "key"
    key.write_text("[default]\naws_access_key_id = AKIA\naws_secret_access_key = none\n")
    return Identity("dev", "eu-west-1", "http://127.0.0.1:1", "http://127.0.0.1:1", str(key))


@pytest.fixture
def firewall(described: Described, identity: Identity, tmp_path: Path) -> Iterator[Firewall]:
    assert described.now is None
    yield Firewall(StateDir(tmp_path), identity)
    processes.stop([found.process for found in processes.find(tmp_path)])


def running(folder: Path) -> list[int]:
    return [found.process.pid for found in processes.find(folder) if found.role == "firewall"]


def test_without_a_web_acl_nothing_runs(firewall: Firewall, tmp_path: Path):
    assert firewall.follow("arn") is None
    assert firewall.heal() is None
    assert not running(tmp_path)


def test_the_process_lives_as_long_as_there_is_a_web_acl(
    firewall: Firewall, described: Described, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    described.now = Definition(acl(rule("a", contains("a"))))
    assert firewall.follow("arn") == "the firewall follows its web ACL of 1 rules"
    until(firewall.socket.exists)
    assert len(running(tmp_path)) == 1
    assert firewall.follow("arn") is None
    described.now = None
    assert firewall.follow("arn") == "the load balancer has no web ACL any more"
    # The load balancer follows a moment later, and asks until then.
    assert firewall.heal() is None
    assert len(running(tmp_path)) == 1
    described.now = Definition(acl(rule("b", contains("b"))))
    assert firewall.follow("arn") == "the firewall follows its web ACL of 1 rules"
    assert firewall.heal() is None
    assert len(running(tmp_path)) == 1
    described.now = None
    firewall.follow("arn")
    # It has as long again, however long ago there was none before.
    now = time.monotonic() + 3_600
    monkeypatch.setattr(process, "time", SimpleNamespace(monotonic=lambda: now))
    assert firewall.heal() is None
    assert len(running(tmp_path)) == 1
    now += process.ENDING
    assert firewall.heal() is None
    assert not running(tmp_path)


@pytest.mark.parametrize(
    ("sent", "fault"), [(signal.SIGKILL, "lost its process"), (signal.SIGSTOP, "was stopped")]
)
def test_a_process_that_fails_is_replaced(
    firewall: Firewall, described: Described, tmp_path: Path, sent: signal.Signals, fault: str
):
    described.now = Definition(acl(rule("a", contains("a"))))
    firewall.follow("arn")
    until(firewall.socket.exists)
    assert firewall.heal() is None
    assert firewall.process is not None
    before = firewall.process.pid
    firewall.process.send_signal(sent)
    assert until(firewall.heal) == fault
    assert before not in running(tmp_path)
    assert len(running(tmp_path)) == 1


def test_a_new_controller_takes_over_the_process_and_its_web_acl(
    firewall: Firewall, described: Described, identity: Identity, tmp_path: Path
):
    described.now = Definition(acl(rule("a", contains("a"))))
    firewall.follow("arn")
    before = running(tmp_path)
    second = Firewall(StateDir(tmp_path), identity)
    assert second.heal() is None
    assert second.follow("arn") is None
    assert running(tmp_path) == before


def test_a_changed_web_acl_is_written_and_rules_that_are_not_enforced_are_named(
    firewall: Firewall, described: Described, tmp_path: Path
):
    described.now = Definition(acl(managed("AWSManagedRulesAnonymousIpList")))
    assert firewall.follow("arn") == (
        "the firewall follows its web ACL of 1 rules; "
        "AWSManagedRulesAnonymousIpList is not enforced (only AWS has its rules)"
    )
    described.now = Definition(acl(rule("a", contains("a")), rule("b", contains("b"), 1)))
    assert firewall.follow("arn") == "the firewall follows its web ACL of 2 rules"
    written = json.loads((tmp_path / "firewall" / "web-acl.json").read_text())
    assert [each["Name"] for each in written["acl"]["Rules"]] == ["a", "b"]
