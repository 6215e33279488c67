"""Percentiles, and alarms of percentiles and expressions, in the running LocalStack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.localcloud.localstack.running import LOG
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


def test_a_value_counts_as_often_as_it_was_reported_in_its_own_period_and_unit(cloudwatch: Any):
    """See CloudWatch API reference, GetMetricData: the start time is inclusive, the end time exclusive."""
    end = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
    start = end - timedelta(minutes=1)
    values: list[dict[str, Any]] = [
        {"Timestamp": start, "Values": [1.0, 100.0], "Counts": [2.0, 0.0], "Unit": "Seconds"},
        {"Timestamp": start, "Value": 1_000.0, "Unit": "Milliseconds"},
        {"Timestamp": end, "Value": 5.0, "Unit": "Seconds"},
    ]
    cloudwatch.put_metric_data(
        Namespace="own", MetricData=[{"MetricName": "wait", **each} for each in values]
    )
    asked = {
        f"m{number}": {
            "Metric": {"Namespace": "own", "MetricName": "wait"},
            "Period": 60,
            "Stat": stat,
            **unit,
        }
        for number, (stat, unit) in enumerate(
            (stat, unit) for stat in ("SampleCount", "Sum", "Maximum") for unit in ({"Unit": "Seconds"}, {})
        )
    }
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": key, "MetricStat": stat} for key, stat in asked.items()],
        StartTime=start,
        EndTime=end,
    )
    found = {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}
    assert found == {"m0": [2], "m1": [3], "m2": [2], "m3": [1_002], "m4": [1], "m5": [1_000]}


def put_alarm(client: Any, name: str, **parameters: Any) -> None:
    defaults = {
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 3,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    client.put_metric_alarm(AlarmName=name, **(defaults | parameters))


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
    own = {"Namespace": "own", "MetricName": "m", "Period": 60, "Statistic": "Sum", "Threshold": 1.0}
    # Without data, its evaluation leaves the state as it is.
    put_alarm(cloudwatch, "turns", **own, TreatMissingData="ignore")
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


@pytest.mark.parametrize("data", ["no JSON", "[1]", "{"])
def test_reason_data_that_is_no_json_object_is_refused(cloudwatch: Any, data: str):
    """See CloudWatch API reference, SetAlarmState."""
    put_alarm(cloudwatch, "reason", **percentile(2.9))
    with pytest.raises(ClientError, match=r"InvalidFormat.*not syntactically valid JSON"):
        cloudwatch.set_alarm_state(
            AlarmName="reason", StateValue="ALARM", StateReason="by hand", StateReasonData=data
        )


def test_an_alarm_that_is_changed_keeps_its_state_and_its_first_tags(cloudwatch: Any, localstack: Running):
    """See CloudWatch API reference, PutMetricAlarm."""
    own = {"Namespace": "own", "MetricName": "m", "Period": 60, "Statistic": "Sum"}
    own["TreatMissingData"] = "ignore"
    tags = [{"Key": "team", "Value": "iris"}]
    put_alarm(cloudwatch, "kept", **own, Threshold=1.0, Tags=tags)
    cloudwatch.set_alarm_state(AlarmName="kept", StateValue="ALARM", StateReason="by hand")
    put_alarm(cloudwatch, "kept", **own, Threshold=2.0, Tags=[{"Key": "team", "Value": "other"}])
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["kept"])["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"], alarm["Threshold"]) == ("ALARM", "by hand", 2.0)
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == tags
    cloudwatch.delete_alarms(AlarmNames=["kept"])
    put_alarm(cloudwatch, "kept", **own, Threshold=1.0)
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == []
    assert "'Tags' of the shape" not in (localstack.folder / LOG).read_text()


def test_an_alarm_that_violates_the_model_is_refused(cloudwatch: Any):
    with pytest.raises(ClientError, match=r"ValidationError.*'alarmActions' failed to satisfy constraint"):
        put_alarm(cloudwatch, "wrong", **percentile(2.9), AlarmActions=["arn:aws:sns:us-east-1:1:t"] * 6)
    assert cloudwatch.describe_alarms(AlarmNames=["wrong"])["MetricAlarms"] == []
