"""Control of the firewall: its events, of which an attack has one, however long it lasts, and its metrics."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.controller import firewall_control
from localcloud.controller.firewall_control import BlockingRules, FirewallControl
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.load_balancer.firewall.process import Firewall
from localcloud.load_balancer.firewall.publication import Counts, MetricPublisher
from localcloud.localstack import changes
from localcloud.state_dir import StateDir

if TYPE_CHECKING:
    from pathlib import Path


def test_a_rule_is_told_once_for_an_attack_and_again_after_a_minute_of_quiet():
    rules = BlockingRules()
    # Counts are published every five seconds, for ten minutes.
    told = [second for second in range(0, 601, 5) if rules.begun(["RateLimit"], float(second))]
    assert told == [0]
    assert rules.begun(["RateLimit"], 659.9) == []
    assert rules.begun([], 700.0) == []
    assert rules.begun(["RateLimit"], 719.9) == ["RateLimit"]


def test_each_rule_has_its_own_attacks():
    rules = BlockingRules()
    assert rules.begun(["RateLimit"], 0.0) == ["RateLimit"]
    assert rules.begun(["RateLimit", "LargeBody"], 5.0) == ["LargeBody"]


class Controlled:
    """Firewall under control, whose web ACL, process and counts a test sets."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        self.change: str | None = None
        self.fault: str | None = None
        self.counts: Counts | None = None
        self.blocked: dict[str, int] = {}
        self.followed: list[float] = []
        self.published: list[float] = []
        state_dir = StateDir(folder)
        write_credentials(state_dir.key_file, generate_credentials())
        clock = SimpleNamespace(monotonic=lambda: self.now)
        for module in (firewall_control, changes):
            monkeypatch.setattr(module, "time", clock)
        monkeypatch.setattr(Firewall, "follow", self._follow)
        monkeypatch.setattr(Firewall, "heal", self._heal)
        monkeypatch.setattr(firewall_control, "read_counts", self._read_counts)
        monkeypatch.setattr(MetricPublisher, "publish", self._publish)
        key = str(state_dir.key_file)
        self.control = FirewallControl(
            Identity("dev", "eu-west-1", "http://127.0.0.1:1", "http://127.0.0.1:2", key), state_dir
        )
        self._log = EventLog(state_dir.events)

    @property
    def events(self) -> list[str]:
        return [event.what for event in self._log.last(20)]

    def _follow(self, arn: str) -> str | None:
        assert arn == "arn"
        self.followed.append(self.now)
        return self.change

    def _heal(self) -> str | None:
        return self.fault

    def _read_counts(self, _: Path) -> Counts | None:
        return self.counts

    def _publish(self, _api: object, counts: Counts) -> dict[str, int]:
        assert counts is self.counts
        self.published.append(self.now)
        return self.blocked

    def turn(self, seconds: float) -> None:
        """Run a turn after some seconds."""
        self.now += seconds
        self.control.reconcile("arn")


@pytest.fixture
def controlled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Controlled:
    return Controlled(tmp_path, monkeypatch)


def test_changes_faults_and_attacks_are_events(controlled: Controlled):
    controlled.turn(0)
    assert controlled.events == []
    controlled.change = "the firewall follows its web ACL of 3 rules"
    controlled.turn(10)
    controlled.change, controlled.fault = None, "was stopped"
    controlled.turn(10)
    controlled.fault, controlled.counts = None, Counts(1.0, "acl", {})
    controlled.blocked = {"RateLimit": 12}
    for _ in range(5):
        controlled.turn(10)
    assert controlled.events == [
        "the firewall follows its web ACL of 3 rules",
        "the firewall was stopped; it is started again",
        "the firewall blocks requests by RateLimit (12)",
    ]


def test_the_web_acl_is_read_every_two_seconds_and_the_counts_are_published_every_five(
    controlled: Controlled,
):
    controlled.counts = Counts(1.0, "acl", {})
    for _ in range(23):
        controlled.turn(0.5)
    began = controlled.followed[0]
    assert [each - began for each in controlled.followed] == [0, 2, 4, 6, 8, 10]
    assert [each - began for each in controlled.published] == [0, 5, 10]
