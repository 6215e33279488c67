"""Responses of the targets that a load balancer has counted, by class of their status, and their duration."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAMES: Final = ("upstream_rq_xx", "upstream_rq_time_sum", "upstream_rq_time_count")
"""Envoy's names of the statistics, without the prefix of all clusters."""

_LINE: Final = re.compile(r"envoy_cluster_(\w+)\{(.*?)\} ([0-9.eE+]+)")
_CLASS: Final = re.compile(r'envoy_response_code_class="(\d)"')


@dataclass(frozen=True)
class ResponseCounters:
    """Responses of the targets since the start of a load balancer."""

    by_class: Mapping[str, int]
    """Number by first digit of the status."""
    count: int
    """Number of responses whose duration is known."""
    seconds: float
    """Time until these responses, summed up."""

    def since(self, before: ResponseCounters) -> ResponseCounters:
        """Return the responses after an earlier reading; all of them if the load balancer began anew."""
        if self.count < before.count:
            return self
        return ResponseCounters(
            {digit: number - before.by_class.get(digit, 0) for digit, number in self.by_class.items()},
            self.count - before.count,
            self.seconds - before.seconds,
        )


NO_RESPONSES: Final = ResponseCounters({}, 0, 0.0)


def sum_of_responses(counters: Iterable[ResponseCounters]) -> ResponseCounters:
    """Return the responses that several load balancers have counted together."""
    by_class: Counter[str] = Counter()
    count, seconds = 0, 0.0
    for each in counters:
        by_class.update(each.by_class)
        count += each.count
        seconds += each.seconds
    return ResponseCounters(dict(by_class), count, seconds)


def parse_response_counters(text: str, cluster: str) -> ResponseCounters:
    """Parse Envoy's statistics in the text format of Prometheus (`/stats/prometheus`).

    Args:
        text: the statistics.
        cluster: name of the first cluster, which is the beginning of those of the others.
    """
    by_class: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for name, labels, value in _LINE.findall(text):
        if f'envoy_cluster_name="{cluster}' not in labels:
            continue
        if name == "upstream_rq_xx" and (found := _CLASS.search(labels)):
            by_class[found[1]] += int(float(value))
        elif name in NAMES:
            totals[name] += int(float(value))
    milliseconds = totals["upstream_rq_time_sum"]
    return ResponseCounters(dict(by_class), totals["upstream_rq_time_count"], milliseconds / 1_000)
