"""Parsers of what Envoy and the instances count about their requests."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scripts.local.watch.observation.histogram import cumulative_histogram, envoy_histogram

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.local.watch.observation.histogram import Histogram

PREFIX: Final = "http.http."
"""Envoy's prefix of the statistics of its HTTP connections."""

PATTERN: Final = r"^http\.http\.(downstream_rq_(\dxx|total|time)|ext_authz\.denied)$"
"""Names of the statistics of one Envoy."""

HEALTH_ROUTES: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""Routes of health checks and of this console, whose durations are not those of clients."""

_BUCKET: Final = re.compile(r"http_request_duration_seconds_bucket\{(?P<labels>[^}]*)\} (?P<count>\S+)")
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class ClientRequests:
    """Requests of clients to one Envoy since its start."""

    total: int
    by_class: Mapping[str, int]
    """Number of responses by first digit of the status."""
    denied: int
    """Number that the firewall refused."""
    durations: Histogram


def parse_client_requests(statistics: Sequence[Mapping[str, Any]]) -> ClientRequests:
    """Parse the statistics of an Envoy that match `PATTERN`."""
    values = {each["name"]: int(each["value"]) for each in statistics if "value" in each}
    histograms = [
        detail["totals"]
        for each in statistics
        for detail in each.get("histograms", {}).get("details", ())
        if detail["name"] == f"{PREFIX}downstream_rq_time"
    ]
    return ClientRequests(
        total=values.get(f"{PREFIX}downstream_rq_total", 0),
        by_class={digit: values.get(f"{PREFIX}downstream_rq_{digit}xx", 0) for digit in "12345"},
        denied=values.get(f"{PREFIX}ext_authz.denied", 0),
        durations=envoy_histogram(histograms[0]) if histograms else {},
    )


def parse_durations(exposition: str) -> Histogram:
    """Parse the durations of an instance's requests from its metrics in the text format of Prometheus."""
    counts: Counter[float] = Counter()
    for found in _BUCKET.finditer(exposition):
        labels = dict(_LABEL.findall(found["labels"]))
        if labels.get("route") not in HEALTH_ROUTES:
            counts[float(labels["le"])] += int(float(found["count"]))
    return cumulative_histogram(counts)
