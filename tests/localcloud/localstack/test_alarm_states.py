"""States of alarms, by the tables and examples of the CloudWatch user guide."""

from __future__ import annotations

from typing import Any

import pytest

from scalable_models_localstack.cloudwatch.alarm_history import history_page
from scalable_models_localstack.cloudwatch.alarm_states import (
    COMPARISONS,
    EvaluatedStates,
    alarm_state,
    evaluation_range,
)
from scalable_models_localstack.cloudwatch.expressions import UnsupportedExpressionError, evaluate
from scalable_models_localstack.cloudwatch.metric_statistics import statistic

HIGH, LOW, NONE = 9.0, 1.0, None


def state(values: list[float | None], needed: int = 3, treatment: str = "missing") -> str | None:
    alarm: dict[str, Any] = {
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5.0,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": needed,
        "TreatMissingData": treatment,
    }
    assert len(values) == evaluation_range(alarm)
    return alarm_state(alarm, values)


# "Configuring how CloudWatch alarms treat missing data": the table of an alarm of 3 datapoints out of 3.
@pytest.mark.parametrize(
    ("values", "missing", "ignore", "breaching", "not_breaching"),
    [
        ([LOW, NONE, HIGH, NONE, HIGH], "OK", "OK", "OK", "OK"),
        ([LOW, NONE, NONE, NONE, NONE], "INSUFFICIENT_DATA", None, "ALARM", "OK"),
        ([NONE, NONE, NONE, NONE, NONE], "INSUFFICIENT_DATA", None, "ALARM", "OK"),
        ([LOW, HIGH, HIGH, NONE, HIGH], "ALARM", "ALARM", "ALARM", "ALARM"),
        ([NONE, NONE, HIGH, NONE, NONE], "ALARM", None, "ALARM", "OK"),
    ],
)
def test_missing_data_is_treated_as_the_alarm_says(
    values: list[float | None],
    missing: str | None,
    ignore: str | None,
    breaching: str | None,
    not_breaching: str | None,
):
    found = [state(values, 3, each) for each in ("missing", "ignore", "breaching", "notBreaching")]
    # With three datapoints, none of them is missing.
    assert found == [missing, ignore, breaching, not_breaching]


def test_two_of_three_datapoints_are_sufficient_where_the_alarm_needs_two():
    assert state([LOW, LOW, HIGH, LOW, HIGH], 2) == "ALARM"
    assert state([HIGH, HIGH, LOW, LOW, HIGH], 2) == "OK"


# CloudWatch API reference, PutMetricAlarm: below, at and above its threshold.
@pytest.mark.parametrize(
    ("operator", "states"),
    [
        ("GreaterThanThreshold", ["OK", "OK", "ALARM"]),
        ("GreaterThanOrEqualToThreshold", ["OK", "ALARM", "ALARM"]),
        ("LessThanThreshold", ["ALARM", "OK", "OK"]),
        ("LessThanOrEqualToThreshold", ["ALARM", "ALARM", "OK"]),
    ],
)
def test_an_alarm_rings_on_the_side_of_its_threshold_that_it_names(operator: str, states: list[str]):
    assert operator in COMPARISONS
    alarm = {"ComparisonOperator": operator, "Threshold": 5.0, "EvaluationPeriods": 1}
    assert [alarm_state(alarm, [None, None, value]) for value in (4.0, 5.0, 6.0)] == states


def test_an_alarm_without_a_number_of_datapoints_needs_all_its_periods():
    alarm = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 5.0, "EvaluationPeriods": 2}
    assert alarm_state(alarm, [HIGH, HIGH, LOW, HIGH]) == "OK"
    assert alarm_state(alarm, [LOW, LOW, HIGH, HIGH]) == "ALARM"


def test_a_state_set_by_hand_stays_until_the_metrics_say_something_else():
    states = EvaluatedStates()
    states.reset("errors")
    assert states.changes("errors", "OK", "INSUFFICIENT_DATA")
    assert not states.changes("errors", "OK", "ALARM")
    assert states.changes("errors", "ALARM", "OK")
    # By hand it was set to what the metrics say a minute later.
    assert not states.changes("errors", "OK", "OK")
    assert not states.changes("errors", None, "OK")
    assert states.changes("errors", "ALARM", "OK")


def test_an_alarm_that_is_changed_is_set_anew_to_what_its_metrics_say():
    states = EvaluatedStates()
    assert states.changes("errors", "ALARM", "OK")
    assert states.changes("other", "ALARM", "OK")
    states.reset("errors")
    assert states.changes("errors", "ALARM", "OK")


# CloudWatch API reference, DescribeAlarmHistory.
def test_a_history_is_in_pages_of_at_most_a_hundred_items_newest_first():
    history = [{"number": number, "HistoryItemType": "StateUpdate"} for number in range(200)]
    first, token = history_page(history)
    assert [item["number"] for item in first] == [*range(199, 99, -1)]
    last, end = history_page(history, next_token=token)
    assert [item["number"] for item in last] == [*range(99, -1, -1)]
    assert end is None
    assert history_page(history, scan_by="TimestampAscending", max_records=1) == (history[:1], "1")
    assert history_page(history, item_type="Action") == ([], None)


RATE = "IF(FILL(total, 0) > 0, 100 * (FILL(errors, 0)) / (FILL(total, 0)), 0)"
SHORTAGE = "IF(healthy < desired, desired - healthy, 0)"


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        (RATE, {"total": 200.0, "errors": 3.0}, 1.5),
        (RATE, {"total": 200.0, "errors": None}, 0),
        (RATE, {"total": None, "errors": None}, 0),
        (SHORTAGE, {"healthy": 1.0, "desired": 3.0}, 2),
        (SHORTAGE, {"healthy": None, "desired": 3.0}, None),
        ("-a / b", {"a": 1.0, "b": 0.0}, None),
        ("a + b", {"a": 7.0, "b": 2.0}, 9),
        ("a - b", {"a": 7.0, "b": 2.0}, 5),
        ("a * b", {"a": 7.0, "b": 2.0}, 14),
        ("a / b", {"a": 7.0, "b": 2.0}, 3.5),
        ("-a", {"a": 7.0}, -7),
        ("a + b", {"a": 7.0, "b": None}, None),
        ("IF(a, 1, 2)", {"a": None}, None),
        ("FILL(a, b)", {"a": 0.0, "b": 5.0}, 0),
    ],
)
def test_metric_math_is_evaluated(expression: str, values: dict[str, float | None], expected: float | None):
    assert evaluate(expression, values) == expected


# "Comparison and logical operators": 1 if it is true, and 0 if not; of 1, 2 and 3 with 2.
@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (">", [0, 0, 1]),
        (">=", [0, 1, 1]),
        ("<", [1, 0, 0]),
        ("<=", [1, 1, 0]),
        ("==", [0, 1, 0]),
        ("!=", [1, 0, 1]),
    ],
)
def test_a_comparison_is_one_or_zero(operator: str, expected: list[float]):
    assert [evaluate(f"a {operator} 2", {"a": value}) for value in (1.0, 2.0, 3.0)] == expected


@pytest.mark.parametrize("expression", ["ANOMALY_DETECTION_BAND(a)", "a ** 2", "unknown + 1", "a +"])
def test_other_metric_math_is_refused(expression: str):
    with pytest.raises(UnsupportedExpressionError):
        evaluate(expression, {"a": 1.0})


def test_statistics_count_a_value_as_often_as_it_was_reported():
    # 98 requests of 0.01 s, and 2 of 3 s.
    samples = [(98.0, 0.98, 0.01, 0.01), (2.0, 6.0, 3.0, 3.0)]
    assert statistic("SampleCount", samples) == 100
    assert statistic("Average", samples) == pytest.approx(0.0698)
    assert (statistic("p98", samples), statistic("p99", samples)) == (0.01, 3)
    assert statistic("p99.9", samples) == 3
    assert [statistic(name, samples) for name in ("Minimum", "Maximum")] == [0.01, 3]
    # Sums of fractions depend on their order: 0.1 + 0.2 + 0.3 is more than 0.3 + 0.2 + 0.1.
    fractions = [(number, number * value, value, value) for number, value in ((0.1, 3), (0.2, 2), (0.3, 1))]
    assert statistic("p100", fractions) == 3


# Number of values, their sum, minimum and maximum.
@pytest.mark.parametrize(
    ("name", "expected"), [("SampleCount", 5), ("Sum", 30), ("Average", 6), ("Minimum", 1), ("Maximum", 12)]
)
def test_a_statistic_is_that_of_all_samples_of_a_period(name: str, expected: float):
    assert statistic(name, [(2, 9, 4, 5), (3, 21, 1, 12)]) == expected


@pytest.mark.parametrize(("name", "expected"), [("p0", 1), ("p50", 2), ("p51", 3), ("p75", 3), ("p100", 4)])
def test_a_percentile_is_the_smallest_value_that_this_share_does_not_exceed(name: str, expected: float):
    assert statistic(name, [(1, value, value, value) for value in (3.0, 1.0, 4.0, 2.0)]) == expected


def test_another_statistic_is_refused_by_its_name():
    with pytest.raises(ValueError, match="the statistic TM99 is not supported"):
        statistic("TM99", [(1, 1, 1, 1)])
