"""Counts of the firewall as CloudWatch metrics.

Their names: AWS WAF developer guide, "AWS WAF core metrics and dimensions".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from types_boto3_cloudwatch.type_defs import MetricDatumTypeDef

    from localcloud.aws.clients import Api

NAMESPACE: Final = "AWS/WAFV2"

MAXIMUM_DATA: Final = 1_000
"""Metrics of one request (CloudWatch API reference, PutMetricData)."""


@dataclass(frozen=True)
class Counts:
    """Requests since the firewall's process started, by rule and metric."""

    started: float
    """Time of that start, which identifies the process."""
    web_acl: str
    """Name of the web ACL in metrics."""
    counts: Mapping[str, Mapping[str, int]]


def read_counts(file: Path) -> Counts | None:
    """Return the counts in the firewall's file; None if there is none yet."""
    try:
        return Counts(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


class MetricPublisher:
    """Publishes what has been counted since the last time."""

    def __init__(self, counts: Counts | None) -> None:
        """Publish what exceeds these counts, which an earlier publisher has published."""
        self._before = counts

    def publish(self, api: Api, counts: Counts) -> dict[str, int]:
        """Put the difference to the last counts into CloudWatch; return the blocked requests by rule."""
        before: Mapping[str, Mapping[str, int]] = {}
        if self._before is not None and self._before.started == counts.started:
            before = self._before.counts
        added = list(_differences(before, counts.counts))
        data: list[MetricDatumTypeDef] = [
            {
                "MetricName": metric,
                "Dimensions": [
                    {"Name": "WebACL", "Value": counts.web_acl},
                    {"Name": "Region", "Value": api.region},
                    {"Name": "Rule", "Value": rule},
                ],
                "Value": count,
                "Unit": "Count",
            }
            for rule, metric, count in added
        ]
        for first in range(0, len(data), MAXIMUM_DATA):
            api.client("cloudwatch").put_metric_data(
                Namespace=NAMESPACE, MetricData=data[first : first + MAXIMUM_DATA]
            )
        self._before = counts
        return {rule: count for rule, metric, count in added if metric == "BlockedRequests" and rule != "ALL"}


def _differences(
    before: Mapping[str, Mapping[str, int]], after: Mapping[str, Mapping[str, int]]
) -> Iterator[tuple[str, str, int]]:
    empty: Mapping[str, Any] = {}
    for rule, metrics in after.items():
        for metric, count in metrics.items():
            if added := count - before.get(rule, empty).get(metric, 0):
                yield rule, metric, added
