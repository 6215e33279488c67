from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
import pytest

from scripts.cost.stack.resource_types import FREE, PRICED, UNPRICED, unpriced_costs
from tests.suite.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

INFRA = Path(__file__).resolve().parents[4] / "infra"
TABLES = (PRICED, FREE, UNPRICED)

# Modules of pulumi_aws are loaded at the first access, and then warn of their own deprecated names.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def types_that_the_program_makes() -> set[str]:
    """Return every `aws.<module>.<Resource>` in the program's source, for any configuration."""
    files = [path for path in INFRA.rglob("*.py") if "local" not in path.relative_to(INFRA).parts]
    return {token for path in files for token in _types_in(path)}


def _types_in(path: Path) -> Iterator[str]:
    for node in ast.walk(parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(attr=name, value=ast.Attribute(attr=module, value=ast.Name(id="aws"))):
                found = getattr(getattr(aws, module, None), name, None)
                if isinstance(found, type) and issubclass(found, pulumi.CustomResource):
                    yield str(getattr(found, "pulumi_type"))  # noqa: B009 (a class attribute that pulumi sets)
            case _:
                pass


def test_every_type_of_resource_that_the_program_can_request_is_in_a_table():
    program_types = types_that_the_program_makes()
    assert len(program_types) > 40
    known = {kind for table in TABLES for kind in table}
    assert program_types - known == set(), "add these types to scripts/cost/stack/resource_types.py"


def test_a_type_is_in_one_table_only():
    kinds = [kind for table in TABLES for kind in table]
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize("kind", sorted(kind for table in TABLES for kind in table))
def test_a_type_in_the_tables_is_one_of_the_provider_s(kind: str):
    module, name = kind.split(":")[1].split("/", maxsplit=1)[0], kind.split(":")[2]
    found = getattr(getattr(aws, {"lambda": "lambda_"}.get(module, module)), name)
    assert found.pulumi_type == kind


def test_a_free_type_leaves_nothing_out_and_an_unknown_type_is_named():
    assert unpriced_costs("aws:ec2/vpc:Vpc", {}) == []
    assert unpriced_costs("aws:cloudwatch/compositeAlarm:CompositeAlarm", {}) == [
        "aws:cloudwatch/compositeAlarm:CompositeAlarm: composite alarms"
    ]
    assert unpriced_costs("aws:guardduty/detector:Detector", {}) == [
        "aws:guardduty/detector:Detector: the events and GB of logs that it analyses"
    ]
    assert unpriced_costs("random:index/randomId:RandomId", {}) == [
        "random:index/randomId:RandomId: an unknown type"
    ]


TEMPLATE = "ec2/launchTemplate:LaunchTemplate"
LOGGING = "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"


def disks(*volumes: dict[str, object]) -> dict[str, object]:
    return {"blockDeviceMappings": [{"ebs": volume} for volume in volumes]}


def queries(*periods: int) -> dict[str, object]:
    return {"metricQueries": [{"metric": {"period": period}} for period in periods]}


@pytest.mark.parametrize(
    ("kind", "inputs", "named"),
    [
        (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3", "volumeSize": 8}}]}, ""),
        (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"volumeType": "io2"}}]}, "no gp3"),
        (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"iops": 3_000, "throughput": 125}}]}, ""),
        (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"iops": 3_001}}]}, "IOPS"),
        (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"throughput": 126}}]}, "IOPS"),
        (TEMPLATE, {"networkInterfaces": [{"associatePublicIpAddress": "true"}]}, "public addresses"),
        (TEMPLATE, {"networkInterfaces": [{"associatePublicIpAddress": "false"}]}, ""),
        (TEMPLATE, {"placement": {"tenancy": "dedicated"}}, "tenancy"),
        ("lambda/function:Function", {"ephemeralStorage": {"size": 512}}, ""),
        ("lambda/function:Function", {"ephemeralStorage": {"size": 1_024}}, "ephemeral storage"),
        ("lb/loadBalancer:LoadBalancer", {}, ""),
        ("lb/loadBalancer:LoadBalancer", {"loadBalancerType": "network"}, "no Application Load Balancer"),
        ("apigateway/stage:Stage", {"cacheClusterEnabled": False}, ""),
        ("apigateway/stage:Stage", {"cacheClusterEnabled": True}, "cache"),
        ("cloudwatch/metricAlarm:MetricAlarm", {"period": 60}, ""),
        ("cloudwatch/metricAlarm:MetricAlarm", {"period": 10}, "high resolution"),
        ("ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Interface"}, ""),
        ("ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "GatewayLoadBalancer"}, "endpoint"),
        ("secretsmanager/secret:Secret", {"replicas": [{"region": "eu-west-1"}]}, "replicas"),
        (TEMPLATE, {"instanceMarketOptions": {"marketType": "spot"}}, "spot prices"),
        ("lb/loadBalancer:LoadBalancer", {"minimumLoadBalancerCapacity": {"capacityUnits": 500}}, "reserved"),
        ("ssm/parameter:Parameter", {"tier": "Standard"}, ""),
        ("ssm/parameter:Parameter", {"tier": "Advanced"}, "an advanced parameter"),
        ("sns/topicSubscription:TopicSubscription", {"protocol": "email"}, ""),
        ("sns/topicSubscription:TopicSubscription", {"protocol": "sms"}, "text messages"),
        ("route53/record:Record", {"type": "A", "aliases": [{"name": "alb"}]}, ""),
        ("route53/record:Record", {"type": "A", "records": ["192.0.2.1"]}, "queries"),
        ("route53/record:Record", {"type": "AAAA", "records": ["2001:db8::1"]}, "queries"),
        ("route53/record:Record", {"type": "CNAME", "records": ["_a.acm-validations.aws"]}, ""),
        (TEMPLATE, disks({}, {"volumeType": "io2"}), "no gp3"),
        (TEMPLATE, disks({}, {"iops": 3_001}), "IOPS"),
        (TEMPLATE, {"networkInterfaces": [{}, {"associatePublicIpAddress": True}]}, "public addresses"),
        (TEMPLATE, {"placement": {"tenancy": "default"}}, ""),
        (TEMPLATE, {"instanceMarketOptions": {"marketType": "capacity-block"}}, ""),
        ("lb/loadBalancer:LoadBalancer", {"loadBalancerType": "application"}, ""),
        ("cloudwatch/metricAlarm:MetricAlarm", queries(60, 300), ""),
        ("cloudwatch/metricAlarm:MetricAlarm", queries(60, 30), "high resolution"),
        ("ec2/vpcEndpoint:VpcEndpoint", {}, ""),
        ("ssm/parameter:Parameter", {}, ""),
        ("ssm/parameter:Parameter", {"tier": "Intelligent-Tiering"}, "an advanced parameter"),
        ("autoscaling/schedule:Schedule", {"recurrence": "0 8 * * 1"}, ""),
        ("autoscaling/schedule:Schedule", {"recurrence": "0 8 1 * *"}, "not weekly"),
        (LOGGING, {"logDestinationConfigs": ["arn:aws:logs:::a", "arn:aws:s3:::a"]}, "outside CloudWatch"),
        (LOGGING, {"logDestinationConfigs": ["arn:aws:firehose:::a"]}, "outside CloudWatch"),
        (LOGGING, {"logDestinationConfigs": ["arn:aws:logs:::a"]}, ""),
    ],
)
def test_a_property_that_costs_is_priced_or_named(kind: str, inputs: dict[str, object], named: str):
    found = unpriced_costs(f"aws:{kind}", inputs)
    assert len(found) == bool(named)
    assert all(named in text for text in found)


@pytest.mark.parametrize(("traffic", "unpriced"), [("REJECT", 0), ("ALL", 1), ("ACCEPT", 1)])
def test_flow_logs_of_accepted_traffic_are_unpriced(traffic: str, unpriced: int):
    assert len(unpriced_costs("aws:ec2/flowLog:FlowLog", {"trafficType": traffic})) == unpriced
