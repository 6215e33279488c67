"""Control of the firewall: its web ACL is followed, its process replaced, its counts published as metrics."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from localcloud.event_log import EventLog
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.load_balancer.firewall.process import Firewall
from localcloud.load_balancer.firewall.publication import MetricPublisher, read_counts
from localcloud.localstack.changes import ChangeCursor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from localcloud.environment import Identity
    from localcloud.state_dir import StateDir

FOLLOW_INTERVAL: Final = 2.0
"""Minimum seconds between two readings of the web ACL."""

PUBLISH_INTERVAL: Final = 5.0
"""Seconds between two publications of the counts."""

QUIET_TIME: Final = 60.0
"""Seconds without a blocked request after which the next one is an event again."""


class BlockingRules:
    """Rules that block requests now, each of which has begun again only after it was quiet."""

    def __init__(self) -> None:
        self._blocked_at: dict[str, float] = {}

    def begun(self, rules: Iterable[str], now: float) -> list[str]:
        """Return which of the rules that have blocked requests lately had been quiet before.

        Args:
            rules: names of the rules.
            now: time in seconds of a monotonic clock.
        """
        begun: list[str] = []
        for rule in rules:
            if now - self._blocked_at.get(rule, float("-inf")) >= QUIET_TIME:
                begun.append(rule)
            self._blocked_at[rule] = now
        return begun


class FirewallControl:
    """Control of the firewall of one cloud."""

    def __init__(self, identity: Identity, state_dir: StateDir) -> None:
        """Control the firewall of the cloud in this folder."""
        self._api = identity.api
        self._files = FirewallFiles(state_dir.firewall)
        self._firewall = Firewall(state_dir, identity)
        self._events = EventLog(state_dir.events)
        self._publisher = MetricPublisher(read_counts(self._files.counts))
        self._cursor = ChangeCursor(state_dir.control_plane, interval=FOLLOW_INTERVAL)
        self._published_at = -PUBLISH_INTERVAL
        self._blocking = BlockingRules()

    def reconcile(self, load_balancer_arn: str) -> None:
        """Reconcile once with the web ACL of a load balancer."""
        now = time.monotonic()
        if self._cursor.is_due():
            with self._cursor.reading():
                change = self._firewall.follow(load_balancer_arn)
            if change:
                self._events.append(change)
        self.heal()
        if now - self._published_at >= PUBLISH_INTERVAL and (counts := read_counts(self._files.counts)):
            self._published_at = now
            self._report(self._publisher.publish(self._api, counts), now)

    def heal(self) -> None:
        """Replace a process that has failed, which needs no answer of the AWS API."""
        if fault := self._firewall.heal():
            self._events.append(f"the firewall {fault}; it is started again")

    def _report(self, blocked: dict[str, int], now: float) -> None:
        """Write an event for each rule that begins to block requests."""
        for rule in self._blocking.begun(blocked, now):
            self._events.append(f"the firewall blocks requests by {rule} ({blocked[rule]})")
