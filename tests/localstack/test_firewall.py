"""The stack's web ACL in front of the load balancer: changed by API, followed, measured and sampled."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Generator

    import httpx
    from types_boto3_wafv2.type_defs import RuleTypeDef, WebACLTypeDef

    from localcloud.aws.clients import Api
    from tests.localstack.conftest import RunningCloud

RULE = "TestNeedle"

NEEDLE: RuleTypeDef = {
    "Name": RULE,
    "Priority": 1_000,
    "Action": {"Block": {}},
    "Statement": {
        "ByteMatchStatement": {
            "SearchString": b"needle",
            "FieldToMatch": {"QueryString": {}},
            "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}],
            "PositionalConstraint": "CONTAINS",
        }
    },
    "VisibilityConfig": {
        "SampledRequestsEnabled": True,
        "CloudWatchMetricsEnabled": True,
        "MetricName": RULE,
    },
}


@contextmanager
def blocking(api: Api, acl: WebACLTypeDef, *rules: RuleTypeDef) -> Generator[None]:
    """Add rules to a web ACL for a while."""
    wafv2 = api.client("wafv2")
    named: Any = {"Name": acl["Name"], "Id": acl["Id"], "Scope": "REGIONAL"}

    def update(rules: list[Any]) -> None:
        wafv2.update_web_acl(
            **named,
            LockToken=wafv2.get_web_acl(**named)["LockToken"],
            DefaultAction=acl["DefaultAction"],
            VisibilityConfig=acl["VisibilityConfig"],
            Rules=rules,
        )

    before = acl["Rules"]
    update([*before, *rules])
    try:
        yield
    finally:
        update(before)


def web_acl(api: Api, outputs: dict[str, Any]) -> WebACLTypeDef:
    found = api.client("wafv2").get_web_acl_for_resource(ResourceArn=outputs["loadBalancerArn"])
    assert "WebACL" in found
    return found["WebACL"]


def test_a_rule_that_is_added_by_api_blocks_is_counted_and_sampled_and_rings_an_alarm(
    cloud: RunningCloud, api: Api, outputs: dict[str, Any], client: httpx.Client
):
    acl, cloudwatch = web_acl(api, outputs), api.client("cloudwatch")
    begun = datetime.now(UTC)

    def status(query: str) -> int:
        return client.get(f"/readyz?{query}").status_code

    assert status("a=needle") == 200
    cloudwatch.put_metric_alarm(
        AlarmName="test-blocked",
        Namespace="AWS/WAFV2",
        MetricName="BlockedRequests",
        Dimensions=[
            {"Name": "WebACL", "Value": acl["VisibilityConfig"]["MetricName"]},
            {"Name": "Region", "Value": api.region},
            {"Name": "Rule", "Value": "ALL"},
        ],
        Statistic="Sum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    try:
        with blocking(api, acl, NEEDLE):
            until(lambda: status("a=NEEDLE") == 403)
            assert status("a=other") == 200

            def rings() -> bool:
                assert [status("a=needle") for _ in range(10)] == [403] * 10
                (alarm,) = cloudwatch.describe_alarms(AlarmNames=["test-blocked"])["MetricAlarms"]
                return alarm["StateValue"] == "ALARM"

            until(rings, seconds=60)
    finally:
        cloudwatch.delete_alarms(AlarmNames=["test-blocked"])
    until(lambda: status("a=needle") == 200)
    (sample, *_) = api.client("wafv2").get_sampled_requests(
        WebAclArn=acl["ARN"],
        RuleMetricName=RULE,
        Scope="REGIONAL",
        TimeWindow={"StartTime": begun - timedelta(minutes=1), "EndTime": datetime.now(UTC)},
        MaxItems=5,
    )["SampledRequests"]
    assert (sample["Request"]["Method"], sample["Request"]["ClientIP"]) == ("GET", "127.0.0.1")
    assert "Action" in sample
    assert sample["Action"] == "BLOCK"
    assert any(f"the firewall blocks requests by {RULE}" in it["what"] for it in cloud.status()["events"])


def test_rules_that_only_count_let_an_attack_pass_and_are_metrics(
    api: Api, outputs: dict[str, Any], client: httpx.Client
):
    acl = web_acl(api, outputs)
    assert client.get("/readyz", params={"q": "<script>alert(1)</script>"}).status_code == 200
    dimensions = [
        {"Name": "WebACL", "Value": acl["VisibilityConfig"]["MetricName"]},
        {"Name": "Region", "Value": api.region},
        {"Name": "Rule", "Value": "AWSManagedRulesCommonRuleSet"},
    ]

    def counted() -> bool:
        found = api.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/WAFV2",
            MetricName="CountedRequests",
            Dimensions=dimensions,  # pyright: ignore[reportArgumentType] - dictionaries of texts
            StartTime=datetime.now(UTC) - timedelta(minutes=5),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return any(each.get("Sum", 0) > 0 for each in found)

    until(counted)
