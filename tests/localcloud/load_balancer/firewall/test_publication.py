"""Counts of the firewall in CloudWatch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localcloud.aws.clients import Api
from localcloud.load_balancer.firewall.publication import Counts, MetricPublisher, read_counts
from tests.stubbed import answering, stub

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def counts(started: float, **rules: int) -> Counts:
    return Counts(started, "acl", {rule: {"BlockedRequests": count} for rule, count in rules.items()})


def published(
    monkeypatch: pytest.MonkeyPatch, publisher: MetricPublisher, now: Counts, **expected: int
) -> dict[str, int]:
    """Publish, and return the blocked requests; exactly the expected ones reach CloudWatch."""
    data = [
        {
            "MetricName": "BlockedRequests",
            "Dimensions": [
                {"Name": "WebACL", "Value": "acl"},
                {"Name": "Region", "Value": "eu-west-1"},
                {"Name": "Rule", "Value": rule},
            ],
            "Value": count,
            "Unit": "Count",
        }
        for rule, count in expected.items()
    ]
    asked: list[Any] = [("put_metric_data", {"Namespace": "AWS/WAFV2", "MetricData": data}, {})]
    api = Api("http://127.0.0.1:1", "eu-west-1")
    with answering("cloudwatch", asked if data else []) as client:
        monkeypatch.setattr(Api, "client", {"cloudwatch": client}.__getitem__)
        return publisher.publish(api, now)


def test_only_what_was_counted_since_the_last_time_is_published(monkeypatch: pytest.MonkeyPatch):
    publisher = MetricPublisher(None)
    assert published(monkeypatch, publisher, counts(1, ALL=3, a=3), ALL=3, a=3) == {"a": 3}
    assert published(monkeypatch, publisher, counts(1, ALL=5, a=3, b=2), ALL=2, b=2) == {"b": 2}
    assert published(monkeypatch, publisher, counts(1, ALL=5, a=3, b=2)) == {}


def test_more_metrics_than_one_request_may_have_are_sent_in_several():
    # CloudWatch API reference, PutMetricData: 1,000 different metrics.
    sizes: list[int] = []

    def record(params: dict[str, Any], **_: object) -> None:
        sizes.append(len(params["MetricData"]))

    api = Api("http://127.0.0.1:1", "eu-west-1")
    cloudwatch = api.client("cloudwatch")
    cloudwatch.meta.events.register("provide-client-params.cloudwatch.PutMetricData", record)
    answers: list[Any] = [("put_metric_data", None, {}), ("put_metric_data", None, {})]
    with stub(cloudwatch, answers):
        MetricPublisher(None).publish(api, counts(1, **{f"rule-{number}": 1 for number in range(1_001)}))
    assert sizes == [1_000, 1]


def test_the_counts_of_a_new_process_start_at_zero(monkeypatch: pytest.MonkeyPatch):
    publisher = MetricPublisher(counts(1, a=5))
    assert published(monkeypatch, publisher, counts(2, a=4), a=4) == {"a": 4}


def test_counts_are_read_from_the_file_if_there_is_one(tmp_path: Path):
    file = tmp_path / "counts.json"
    assert read_counts(file) is None
    file.write_text(json.dumps({"started": 1.5, "web_acl": "acl", "counts": {"a": {"BlockedRequests": 2}}}))
    assert read_counts(file) == counts(1.5, a=2)
