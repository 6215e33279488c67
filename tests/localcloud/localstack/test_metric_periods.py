"""Periods of an alarm's metrics where a minute is shorter than on AWS."""

from __future__ import annotations

import pytest

from scalable_models_localstack.autoscaling.time_factor import TIME_FACTOR
from scalable_models_localstack.cloudwatch.metric_periods import MetricPeriods, metric_periods


def periods(namespace: str = "AWS/EC2", stat: str = "Sum", seconds: int = 60) -> MetricPeriods:
    """Return the latest three periods of a metric, 605.5 s after the beginning of time."""
    described = {"Metric": {"Namespace": namespace}, "Period": seconds, "Stat": stat}
    return metric_periods(described, 3, now=605.5)


@pytest.fixture(autouse=True)
def ten_times_as_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TIME_FACTOR, "10")


# CloudWatch user guide, "CloudWatch statistics definitions": the first two are numbers of the whole period.
@pytest.mark.parametrize(
    ("stat", "expected"),
    [("Sum", 70), ("SampleCount", 70), ("Average", 7), ("Minimum", 7), ("Maximum", 7), ("p99", 7)],
)
def test_what_is_counted_in_a_shorter_period_counts_for_the_whole_one(stat: str, expected: float):
    found = periods(stat=stat)
    assert found.values([(found.start, 7)]) == [expected, None, None]


def test_the_periods_are_the_latest_that_have_ended():
    found = periods()
    assert (found.length, found.start, found.end) == (6, 582, 600)
    assert found.values([(594, 1), (588, 2), (600, 3)]) == [None, 20, 10]


@pytest.mark.parametrize("namespace", ["iris/dev", "AWSome"])
def test_metrics_of_other_namespaces_have_periods_as_long_as_on_aws(namespace: str):
    found = periods(namespace)
    assert (found.length, found.start, found.end) == (60, 420, 600)
    assert found.values([(540, 7)]) == [None, None, 7]


def test_a_period_lasts_at_least_a_second():
    found = periods(seconds=1)
    assert (found.length, found.end) == (1, 605)
    assert found.values([(604, 7)]) == [None, None, 7]
