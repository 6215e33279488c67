"""Responses of the targets that a load balancer has counted, by class of their status, and their duration."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAMES: Final = ("upstream_rq_time_sum", "upstream_rq_time_count")
"""Envoy's names of the durations, without the prefix of all clusters."""

_LINE: Final = re.compile(r"envoy_(cluster|http)_(\w+)\{(.*?)\} ([0-9.eE+]+)")
_CLASS: Final = re.compile(r'envoy_response_code_class="(\d)"')
_BOUND: Final = re.compile(r'\ble="([0-9.eE+]+)"')


@dataclass(frozen=True)
class ResponseCounters:
    """Responses of the targets since the start of a load balancer."""

    by_class: Mapping[str, int]
    """Number by first digit of the status."""
    count: int
    """Number of responses whose duration is known."""
    seconds: float
    """Time until these responses, summed up."""
    within: Mapping[float, int] = field(default_factory=dict[float, int])
    """Number of responses that took this many seconds or less."""
    sent_by_class: Mapping[str, int] = field(default_factory=dict[str, int])
    """Responses to the clients by first digit of their status, with those of the load balancer itself."""

    def since(self, before: ResponseCounters) -> ResponseCounters:
        """Return the responses after an earlier reading; all of them if the load balancer began anew."""
        if self.count < before.count:
            return self
        return ResponseCounters(
            _increase(before.by_class, self.by_class),
            self.count - before.count,
            self.seconds - before.seconds,
            _increase(before.within, self.within),
            _increase(before.sent_by_class, self.sent_by_class),
        )

    def own(self, digit: str) -> int:
        """Return the number of responses of the load balancer itself in a class."""
        return max(0, self.sent_by_class.get(digit, 0) - self.by_class.get(digit, 0))

    def times(self) -> dict[float, int]:
        """Return the number of responses by their duration in seconds.

        Envoy counts them by intervals. Each stands at the same share of its interval, at which their sum is
        the one that Envoy has measured.
        """
        intervals: list[tuple[float, float, int]] = []
        lower, seen = 0.0, 0
        for upper, number in sorted(self.within.items()):
            if number > seen:
                intervals.append((lower, upper, number - seen))
                seen = number
            lower = upper
        if not intervals:
            return {self.seconds / self.count: self.count} if self.count else {}
        least = sum(low * number for low, _, number in intervals)
        spread = sum((high - low) * number for low, high, number in intervals)
        share = min(1.0, max(0.0, (self.seconds - least) / spread))
        return {low + share * (high - low): number for low, high, number in intervals}


Key = TypeVar("Key")


def _increase(before: Mapping[Key, int], after: Mapping[Key, int]) -> dict[Key, int]:
    return {key: number - before.get(key, 0) for key, number in after.items()}


NO_RESPONSES: Final = ResponseCounters({}, 0, 0.0)


def sum_of_responses(counters: Iterable[ResponseCounters]) -> ResponseCounters:
    """Return the responses that several load balancers have counted together."""
    by_class: Counter[str] = Counter()
    within: Counter[float] = Counter()
    sent: Counter[str] = Counter()
    count, seconds = 0, 0.0
    for each in counters:
        by_class.update(each.by_class)
        within.update(each.within)
        sent.update(each.sent_by_class)
        count += each.count
        seconds += each.seconds
    return ResponseCounters(dict(by_class), count, seconds, dict(within), dict(sent))


def parse_response_counters(text: str, cluster: str) -> ResponseCounters:
    """Parse Envoy's statistics in the text format of Prometheus (`/stats/prometheus`).

    Args:
        text: the statistics.
        cluster: name of the first cluster, which is the beginning of those of the others.
    """
    by_class: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    within: Counter[float] = Counter()
    sent: Counter[str] = Counter()
    for kind, name, labels, value in _LINE.findall(text):
        number = int(float(value))
        if kind == "http":
            if name == "downstream_rq_xx" and (found := _CLASS.search(labels)):
                sent[found[1]] += number
        elif f'envoy_cluster_name="{cluster}' not in labels:
            continue
        elif name == "upstream_rq_xx" and (found := _CLASS.search(labels)):
            by_class[found[1]] += number
        elif name == "upstream_rq_time_bucket" and (bound := _BOUND.search(labels)):
            within[float(bound[1]) / 1_000] += number
        elif name in NAMES:
            totals[name] += number
    milliseconds = totals["upstream_rq_time_sum"]
    return ResponseCounters(
        dict(by_class), totals["upstream_rq_time_count"], milliseconds / 1_000, dict(within), dict(sent)
    )
