"""States of alarms, by the tables and examples of the CloudWatch user guide."""

from __future__ import annotations

from typing import Any

import pytest

from scalable_models_localstack.cloudwatch.alarm_states import alarm_state, evaluation_range
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
    ],
)
def test_metric_math_is_evaluated(expression: str, values: dict[str, float | None], expected: float | None):
    assert evaluate(expression, values) == expected


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
