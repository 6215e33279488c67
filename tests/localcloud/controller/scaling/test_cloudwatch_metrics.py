"""Metrics of a fleet under AWS's names.

Sources: "CloudWatch metrics for your Application Load Balancer", ELB user guide; "Amazon CloudWatch metrics
for Amazon EC2 Auto Scaling", in its user guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from localcloud.controller.scaling.cloudwatch_metrics import GroupCounts, balancer_metrics, group_metrics
from localcloud.controller.scaling.metrics import Datapoint
from localcloud.load_balancer.response_counters import (
    NO_RESPONSES,
    ResponseCounters,
    parse_response_counters,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from types_boto3_cloudwatch.type_defs import MetricDatumTypeDef

COUNTS = GroupCounts(minimum=1, maximum=4, desired=3, in_service=2, standby=1, healthy=2, unhealthy=0)
DATAPOINT = Datapoint(seconds=10, requests=300, cpu_seconds=5, instances=2)


def values(metrics: Iterable[MetricDatumTypeDef]) -> dict[tuple[str, frozenset[str]], float]:
    """Return the value of each metric, by its name and the names of its dimensions."""
    return {
        (metric["MetricName"], frozenset(each["Name"] for each in metric.get("Dimensions", []))): _value(
            metric
        )
        for metric in metrics
    }


def _value(metric: MetricDatumTypeDef) -> float:
    """Return the value of a metric, or the mean of several."""
    if "Value" in metric:
        return metric["Value"]
    pairs = zip(metric.get("Values", []), metric.get("Counts", []), strict=True)
    return sum(value * count for value, count in pairs) / sum(metric.get("Counts", []))


BALANCER = frozenset({"LoadBalancer"})
GROUP = frozenset({"LoadBalancer", "TargetGroup"})


def test_the_load_balancer_has_its_counts_and_times_by_target_group():
    sent = {"2": 290, "4": 7, "5": 12}
    responses = ResponseCounters({"2": 290, "5": 10}, count=300, seconds=1.5, sent_by_class=sent)
    found = values(balancer_metrics("app/iris/1", "targetgroup/iris/2", COUNTS, DATAPOINT, responses))
    assert found == {
        **{("RequestCount", dimensions): 300 for dimensions in (BALANCER, GROUP)},
        **{("RequestCountPerTarget", names): 150 for names in (frozenset({"TargetGroup"}), GROUP)},
        **{("HTTPCode_Target_2XX_Count", dimensions): 290 for dimensions in (BALANCER, GROUP)},
        **{("HTTPCode_Target_5XX_Count", dimensions): 10 for dimensions in (BALANCER, GROUP)},
        **{("TargetResponseTime", dimensions): 0.005 for dimensions in (BALANCER, GROUP)},
        # Those that no target has sent.
        ("HTTPCode_ELB_4XX_Count", BALANCER): 7,
        ("HTTPCode_ELB_5XX_Count", BALANCER): 2,
        ("HealthyHostCount", GROUP): 2,
        ("UnHealthyHostCount", GROUP): 0,
    }


def test_each_metric_has_the_unit_that_aws_documents():
    responses = ResponseCounters({"2": 9}, count=9, seconds=1.5, sent_by_class={"2": 9, "4": 1, "5": 1})
    metrics = [
        *balancer_metrics("app/iris/1", "targetgroup/iris/2", COUNTS, DATAPOINT, responses),
        *group_metrics("fleet", COUNTS, DATAPOINT),
    ]
    units = {metric["MetricName"]: metric.get("Unit") for metric in metrics}
    assert (units.pop("TargetResponseTime"), units.pop("CPUUtilization")) == ("Seconds", "Percent")
    for name, unit in units.items():
        assert unit == ("None" if name.startswith("Group") else "Count"), name


# A count that is zero is not reported, and neither is the time of no response.
def test_a_load_balancer_without_requests_reports_no_responses():
    quiet = Datapoint(seconds=10, requests=0, cpu_seconds=0, instances=2)
    found = values(balancer_metrics("app/iris/1", "targetgroup/iris/2", COUNTS, quiet, NO_RESPONSES))
    assert {name for name, _ in found} == {
        "RequestCount",
        "RequestCountPerTarget",
        "HealthyHostCount",
        "UnHealthyHostCount",
    }


def test_a_group_has_its_sizes_and_its_mean_cpu():
    found = {name: value for (name, _), value in values(group_metrics("fleet", COUNTS, DATAPOINT)).items()}
    assert found == {
        "GroupMinSize": 1,
        "GroupMaxSize": 4,
        "GroupDesiredCapacity": 3,
        "GroupInServiceInstances": 2,
        "GroupPendingInstances": 0,
        "GroupStandbyInstances": 1,
        "GroupTerminatingInstances": 0,
        "GroupTotalInstances": 3,
        "CPUUtilization": 25,
    }


STATISTICS = """\
# TYPE envoy_cluster_upstream_rq_xx counter
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="fleet"} 40
envoy_cluster_upstream_rq_xx{envoy_response_code_class="4",envoy_cluster_name="fleet"} 2
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="other"} 7
# TYPE envoy_cluster_upstream_rq_time histogram
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="fleet",le="10"} 40
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="fleet",le="100"} 40
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="fleet",le="1000"} 42
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="fleet",le="+Inf"} 42
envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="fleet"} 1500.5
envoy_cluster_upstream_rq_time_count{envoy_cluster_name="fleet"} 42
# TYPE envoy_http_downstream_rq_xx counter
envoy_http_downstream_rq_xx{envoy_response_code_class="4",envoy_http_conn_manager_prefix="http"} 3
"""


def test_responses_are_read_from_envoys_statistics():
    found = parse_response_counters(STATISTICS, "fleet")
    assert found == ResponseCounters(
        {"2": 40, "4": 2},
        count=42,
        seconds=1.5,
        within={0.01: 40, 0.1: 40, 1: 42},
        sent_by_class={"4": 3},
    )
    assert (found.own("4"), found.own("5")) == (1, 0)


def test_response_times_lie_in_their_intervals_and_have_the_measured_sum():
    times = parse_response_counters(STATISTICS, "fleet").times()
    first, last = sorted(times)
    assert (times[first], times[last]) == (40, 2)
    assert 0 < first <= 0.01
    assert 0.1 < last <= 1
    assert 40 * first + 2 * last == pytest.approx(1.5)


def test_responses_since_an_earlier_reading_are_its_increase_or_all_after_a_restart():
    later = ResponseCounters({"2": 50, "4": 2}, count=52, seconds=2)
    first = ResponseCounters({"2": 40, "4": 2}, count=42, seconds=1.5)
    assert later.since(first) == ResponseCounters({"2": 10, "4": 0}, count=10, seconds=0.5)
    assert first.since(later) == first
    unchanged = later.since(later)
    assert (unchanged.count, unchanged.seconds, set(unchanged.by_class.values())) == (0, 0.0, {0})
