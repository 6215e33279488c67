"""Percentiles, and alarms of percentiles and expressions, in the running LocalStack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.suite.waiting import until

if TYPE_CHECKING:
    from tests.localcloud.localstack.running import Running

BALANCER = [{"Name": "LoadBalancer", "Value": "app/iris/1"}]
OF_GROUP = [*BALANCER, {"Name": "TargetGroup", "Value": "targetgroup/iris/2"}]
NAMESPACE = "AWS/ApplicationELB"


@pytest.fixture(scope="module")
def cloudwatch(localstack: Running) -> Any:
    """Return a client, with metrics of the last ten minutes: 2 of 100 requests take 3 s, and fail."""
    client = localstack.client("cloudwatch")
    for minutes in range(10):
        at = datetime.now(UTC) - timedelta(minutes=minutes)
        client.put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {
                    "MetricName": "TargetResponseTime",
                    "Values": [0.01, 3.0],
                    "Counts": [98, 2],
                    "Dimensions": BALANCER,
                    "Timestamp": at,
                },
                *(
                    {"MetricName": name, "Value": value, "Dimensions": dimensions, "Timestamp": at}
                    for name, value in (("RequestCount", 100), ("HTTPCode_Target_5XX_Count", 2))
                    for dimensions in (BALANCER, OF_GROUP)
                ),
            ],
        )
    return client


def get(client: Any, name: str, stat: str) -> list[float]:
    now = datetime.now(UTC)
    metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": BALANCER}
    answer = client.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 3_600, "Stat": stat}}],
        StartTime=now - timedelta(minutes=59),
        EndTime=now + timedelta(minutes=1),
    )
    return answer["MetricDataResults"][0]["Values"]


def test_a_percentile_is_that_of_all_values(cloudwatch: Any):
    assert get(cloudwatch, "TargetResponseTime", "p98") == [0.01]
    assert get(cloudwatch, "TargetResponseTime", "p99") == [3]
    assert get(cloudwatch, "TargetResponseTime", "SampleCount") == [1_000]
    assert get(cloudwatch, "TargetResponseTime", "Average") == [pytest.approx(0.0698)]


def test_a_metric_is_that_of_exactly_its_dimensions(cloudwatch: Any):
    assert get(cloudwatch, "RequestCount", "Sum") == [1_000]


def put_alarm(client: Any, name: str, **parameters: Any) -> None:
    defaults = {"EvaluationPeriods": 5, "DatapointsToAlarm": 3, "ComparisonOperator": "GreaterThanThreshold"}
    client.put_metric_alarm(AlarmName=name, TreatMissingData="notBreaching", **defaults, **parameters)


def percentile(threshold: float) -> dict[str, Any]:
    metric = {"Namespace": NAMESPACE, "MetricName": "TargetResponseTime", "Dimensions": BALANCER}
    return {**metric, "Period": 60, "ExtendedStatistic": "p99", "Threshold": threshold}


def rate(threshold: float) -> dict[str, Any]:
    names = {"errors": "HTTPCode_Target_5XX_Count", "total": "RequestCount"}
    queries: list[dict[str, Any]] = [
        {"Id": "rate", "Expression": "100 * FILL(errors, 0) / total", "ReturnData": True},
        *(
            {
                "Id": key,
                "MetricStat": {
                    "Metric": {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": OF_GROUP},
                    "Period": 60,
                    "Stat": "Sum",
                },
                "ReturnData": False,
            }
            for key, name in names.items()
        ),
    ]
    return {"Metrics": queries, "Threshold": threshold}


def test_alarms_of_percentiles_and_expressions_ring_and_a_state_set_by_hand_stays(cloudwatch: Any):
    put_alarm(cloudwatch, "slow", **percentile(2.9))
    put_alarm(cloudwatch, "fast-enough", **percentile(3.1))
    put_alarm(cloudwatch, "errors", **rate(1.9))
    put_alarm(cloudwatch, "few-errors", **rate(2.1))

    def states() -> dict[str, str]:
        names = ["slow", "fast-enough", "errors", "few-errors"]
        found = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in found}

    expected = {"slow": "ALARM", "fast-enough": "OK", "errors": "ALARM", "few-errors": "OK"}
    until(lambda: states() == expected)
    cloudwatch.set_alarm_state(AlarmName="few-errors", StateValue="ALARM", StateReason="by hand")
    assert states()["few-errors"] == "ALARM"
    cloudwatch.delete_alarms(AlarmNames=[*expected])


def test_the_history_of_an_alarm_is_in_pages_newest_first(cloudwatch: Any):
    """See CloudWatch API reference, DescribeAlarmHistory."""
    put_alarm(cloudwatch, "turns", Namespace="own", MetricName="m", Period=60, Statistic="Sum", Threshold=1.0)
    for state in ("ALARM", "OK", "ALARM"):
        cloudwatch.set_alarm_state(AlarmName="turns", StateValue=state, StateReason="by hand")
    query = {"AlarmName": "turns", "HistoryItemType": "StateUpdate"}
    first = cloudwatch.describe_alarm_history(**query, MaxRecords=2)
    last = cloudwatch.describe_alarm_history(**query, MaxRecords=2, NextToken=first["NextToken"])
    summaries = [item["HistorySummary"] for item in first["AlarmHistoryItems"]]
    assert summaries == ["Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK"]
    oldest = cloudwatch.describe_alarm_history(**query, ScanBy="TimestampAscending", MaxRecords=1)
    assert last["AlarmHistoryItems"][-1] == oldest["AlarmHistoryItems"][0]
    assert not cloudwatch.describe_alarm_history(
        AlarmName="turns", HistoryItemType="ConfigurationUpdate", MaxRecords=1
    )["AlarmHistoryItems"]
