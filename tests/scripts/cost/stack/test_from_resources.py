"""Each input of a resource that a bill depends on, as the Pulumi program or its default gives it."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import pytest

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet import fleet_bill
from scripts.cost.bill.fleet_shape import WarmPool
from scripts.cost.bill.function import function_bill
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.commitments import COMMITMENTS
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.stack.stack_bill import stack_bill, stack_shape
from tests.scripts.cost.stack.recorded import FUNCTION, GROUP, TEMPLATE, Resource, group, recorded, target


def template(**inputs: Any) -> Resource:
    return TEMPLATE[0], TEMPLATE[1] | inputs


def function(**inputs: Any) -> Resource:
    return FUNCTION[0], inputs


def balancer(**inputs: Any) -> Resource:
    return "lb/loadBalancer:LoadBalancer", inputs


def rule(listener: str) -> Resource:
    return "lb/listenerRule:ListenerRule", {"listenerArn": listener}


def mixed(*types: str, **distribution: Any) -> Resource:
    overrides = [{"instanceType": name} for name in types]
    policy = {"launchTemplate": {"overrides": overrides}, "instancesDistribution": distribution}
    return group(mixedInstancesPolicy=policy)


LOGGED, NOT_LOGGED = {"enabled": True}, {"enabled": False}
STEPS: Resource = ("autoscaling/policy:Policy", {"policyType": "StepScaling"})
CPU, REQUESTS = "ASGAverageCPUUtilization", "ALBRequestCountPerTarget"


# Defaults of AWS: EC2 user guide, "Unlimited mode for burstable performance instances"; EC2
# Auto Scaling API reference, "InstancesDistribution" and "PutWarmPool"; Elastic Load Balancing API reference.
@pytest.mark.parametrize(
    ("resources", "field", "value"),
    [
        ([TEMPLATE, GROUP], "instance_type", "c7g.large"),
        ([TEMPLATE, GROUP], "alternatives", ()),
        ([TEMPLATE, mixed("m7g.large", "r7g.large", "c7i.large")], "instance_type", "m7g.large"),
        (
            [TEMPLATE, mixed("m7g.large", "r7g.large", "c7i.large")],
            "alternatives",
            ("r7g.large", "c7i.large"),
        ),
        ([TEMPLATE, GROUP], "policy.minimum", 2),
        ([TEMPLATE, GROUP], "policy.maximum", 10),
        ([TEMPLATE, GROUP], "policy.zones", 2),
        ([TEMPLATE, GROUP], "policy.survives_zone_loss", False),
        ([TEMPLATE, GROUP], "policy.follows_bandwidth", False),
        ([TEMPLATE, GROUP], "policy.target_utilisation", 1.0),
        ([TEMPLATE, GROUP, STEPS, target(CPU, 55)], "policy.target_utilisation", 0.55),
        ([TEMPLATE, GROUP, target(CPU, 55)], "policy.requests_per_instance", None),
        ([TEMPLATE, GROUP, target(CPU, 55), target(REQUESTS, 600)], "policy.requests_per_instance", 10),
        ([TEMPLATE, GROUP, target(REQUESTS, 600)], "policy.target_utilisation", 1.0),
        ([TEMPLATE, GROUP], "purchase.spot_percent", 0),
        ([TEMPLATE, GROUP], "purchase.on_demand_base", None),
        ([TEMPLATE, mixed("c7i.large")], "purchase.spot_percent", 0),
        ([TEMPLATE, mixed("c7i.large", onDemandBaseCapacity=3)], "purchase.spot_percent", 0),
        ([TEMPLATE, mixed("c7i.large", onDemandBaseCapacity=3)], "purchase.on_demand_base", 3),
        (
            [TEMPLATE, mixed("c7i.large", onDemandPercentageAboveBaseCapacity=40)],
            "purchase.spot_percent",
            60,
        ),
        (
            [TEMPLATE, mixed("c7i.large", onDemandPercentageAboveBaseCapacity=40)],
            "purchase.on_demand_base",
            0,
        ),
        ([TEMPLATE, GROUP], "unlimited_credits", True),
        ([template(creditSpecification={"cpuCredits": "unlimited"}), GROUP], "unlimited_credits", True),
        ([template(creditSpecification={"cpuCredits": "standard"}), GROUP], "unlimited_credits", False),
        ([TEMPLATE, GROUP], "load_balancers", 0),
        ([TEMPLATE, GROUP, balancer(), balancer(internal=True), balancer()], "load_balancers", 3),
        ([TEMPLATE, GROUP, balancer(), balancer(internal=True), balancer()], "internal_load_balancers", 1),
        ([TEMPLATE, GROUP], "rules", 0),
        # A request passes one listener.
        ([TEMPLATE, GROUP, rule("http"), rule("tls"), rule("tls"), rule("tls")], "rules", 3),
        ([TEMPLATE, GROUP, balancer()], "access_log", False),
        ([TEMPLATE, GROUP, balancer(), balancer(accessLogs=LOGGED)], "access_log", True),
        ([TEMPLATE, GROUP, balancer(accessLogs=NOT_LOGGED, connectionLogs=LOGGED)], "access_log", False),
        ([TEMPLATE, GROUP, balancer(accessLogs=LOGGED, loadBalancerType="network")], "access_log", False),
        ([TEMPLATE, GROUP, balancer(), balancer(connectionLogs=LOGGED)], "connection_log", True),
        ([TEMPLATE, GROUP, balancer(accessLogs=LOGGED)], "connection_log", False),
        ([TEMPLATE, GROUP], "warm_pool", None),
        (
            [TEMPLATE, group(warmPool={"poolState": "Stopped"})],
            "warm_pool",
            WarmPool(maximum_prepared=10, minimum=0, running=False),
        ),
        (
            [TEMPLATE, group(warmPool={"maxGroupPreparedCapacity": 5, "minSize": 3, "poolState": "Running"})],
            "warm_pool",
            WarmPool(maximum_prepared=5, minimum=3, running=True),
        ),
        ([TEMPLATE, GROUP], "detailed_monitoring", False),
        ([template(monitoring={"enabled": True}), GROUP], "detailed_monitoring", True),
        ([template(monitoring={"enabled": False}), GROUP], "detailed_monitoring", False),
    ],
)
def test_a_fleet_is_read_from_its_group_its_template_and_its_policies(
    resources: list[Resource], field: str, value: object
):
    assert attrgetter(field)(stack_shape(recorded(*resources)).fleet) == value


def throttle(**settings: Any) -> Resource:
    return "apigateway/methodSettings:MethodSettings", {"settings": settings}


def warm(count: int) -> Resource:
    return (
        "lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        {"provisionedConcurrentExecutions": count},
    )


def limit(service: str, maximum: int) -> Resource:
    return "appautoscaling/target:Target", {"serviceNamespace": service, "maxCapacity": maximum}


def stage(**inputs: Any) -> Resource:
    return "apigateway/stage:Stage", inputs


REST: Resource = ("apigateway/restApi:RestApi", {})
HTTP: Resource = ("apigatewayv2/api:Api", {})
FOLLOWING: Resource = (
    "appautoscaling/policy:Policy",
    {"policyType": "TargetTrackingScaling", "targetTrackingScalingPolicyConfiguration": {"targetValue": 0.5}},
)


# Lambda API reference, "CreateFunction": 128 MB and x86_64 by default.
@pytest.mark.parametrize(
    ("resources", "field", "value"),
    [
        ([FUNCTION], "memory_mb", 128),
        ([function(memorySize=2_048)], "memory_mb", 2_048),
        ([FUNCTION], "architecture", "x86_64"),
        ([function(architectures=["x86_64"])], "architecture", "x86_64"),
        ([function(architectures=["arm64"])], "architecture", "arm64"),
        ([FUNCTION], "has_api", False),
        ([FUNCTION, HTTP], "has_api", True),
        ([FUNCTION, HTTP], "api", "http"),
        ([FUNCTION, REST], "has_api", True),
        ([FUNCTION, REST], "api", "rest"),
        ([FUNCTION], "provisioned", 0),
        ([FUNCTION, warm(2), warm(3)], "provisioned", 5),
        ([FUNCTION, warm(2)], "maximum_provisioned", None),
        ([FUNCTION, warm(2), limit("lambda", 7), limit("ecs", 90)], "maximum_provisioned", 7),
        ([FUNCTION, warm(2)], "provisioned_utilisation", 0.7),
        ([FUNCTION, warm(2), FOLLOWING], "provisioned_utilisation", 0.5),
        ([FUNCTION], "snap_start", False),
        ([function(snapStart={"applyOn": "None"})], "snap_start", False),
        ([function(snapStart={"applyOn": "PublishedVersions"})], "snap_start", True),
        ([FUNCTION, throttle(throttlingBurstLimit=5)], "throttle_per_second", None),
        ([FUNCTION, throttle(throttlingRateLimit=-1)], "throttle_per_second", None),
        (
            [FUNCTION, *(throttle(throttlingRateLimit=it) for it in (90, 50, -1, 70))],
            "throttle_per_second",
            50,
        ),
        ([FUNCTION], "reserved_concurrency", None),
        ([function(reservedConcurrentExecutions=-1)], "reserved_concurrency", None),
        ([function(reservedConcurrentExecutions=0)], "reserved_concurrency", 0),
        ([FUNCTION, stage()], "access_log", False),
        ([FUNCTION, stage(), stage(accessLogSettings={"format": "{}"})], "access_log", True),
        ([FUNCTION, stage()], "traced", False),
        ([function(tracingConfig={"mode": "PassThrough"})], "traced", False),
        ([function(tracingConfig={"mode": "Active"})], "traced", True),
        ([FUNCTION, stage(), stage(xrayTracingEnabled=True)], "traced", True),
    ],
)
def test_a_function_is_read_from_itself_its_api_and_its_provisioned_concurrency(
    resources: list[Resource], field: str, value: object
):
    assert attrgetter(field)(stack_shape(recorded(*resources)).function) == value


def key(**inputs: Any) -> Resource:
    return "kms/key:Key", inputs


def group_rule(name: str) -> dict[str, Any]:
    return {"statement": {"managedRuleGroupStatement": {"name": name}}}


LOGGING = "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
TO_LOGS = {"logDestinationConfigs": ["arn:aws:logs:us-east-1:1:log-group:aws-waf-logs-a"]}
TO_A_BUCKET = {"logDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-a"]}
INTERFACE: Resource = ("ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Interface"})
# AWS WAF developer guide, "AWS Managed Rules rule groups list": 25 and 200 WCU.
RULES = [
    group_rule("AWSManagedRulesAmazonIpReputationList"),
    group_rule("AWSManagedRulesKnownBadInputsRuleSet"),
]


BESIDE: list[tuple[list[Resource], str, object]] = [
    ([], "web_acls", 0),
    ([("wafv2/webAcl:WebAcl", {"rules": RULES})], "web_acls", 1),
    ([("wafv2/webAcl:WebAcl", {"rules": RULES})], "firewall_rules", 2),
    ([("wafv2/webAcl:WebAcl", {"rules": RULES})], "firewall_units", 225),
    ([], "firewall_logs_all", False),
    ([(LOGGING, TO_LOGS)], "firewall_logs_all", True),
    ([(LOGGING, TO_A_BUCKET)], "firewall_logs_all", False),
    ([(LOGGING, TO_LOGS | {"loggingFilter": {"defaultBehavior": "DROP"}})], "firewall_logs_all", False),
    ([("cloudwatch/dashboard:Dashboard", {})] * 2, "dashboards", 2),
    ([("route53/zone:Zone", {})] * 3, "hosted_zones", 3),
    ([key(), key(enableKeyRotation=True), key(enableKeyRotation=False)], "keys", 3),
    ([key(), key(enableKeyRotation=True), key(enableKeyRotation=False)], "rotated_keys", 1),
    ([("secretsmanager/secret:Secret", {})] * 2, "secrets", 2),
    ([("ec2/natGateway:NatGateway", {})] * 2, "nat_gateways", 2),
    ([("ec2/eip:Eip", {})] * 2, "elastic_addresses", 2),
    ([INTERFACE] * 2, "interface_endpoints", 4),
    ([("ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Gateway"})], "interface_endpoints", 0),
    ([("ec2/subnet:Subnet", {"availabilityZone": it}) for it in "aabbcc"], "zones", 3),
    ([], "zones", 2),
]


@pytest.mark.parametrize(("resources", "field", "value"), BESIDE)
def test_services_beside_the_fleet_are_counted(resources: list[Resource], field: str, value: object):
    shape = stack_shape(recorded(TEMPLATE, GROUP, *resources))
    assert shape.fleet
    assert attrgetter(field)(shape.fleet.shared) == value
    # Of a stack without a fleet, they belong to the function; of both, they are billed once.
    alone, both = (
        stack_shape(recorded(*it, *resources)).function for it in ((FUNCTION,), (FUNCTION, TEMPLATE, GROUP))
    )
    assert alone
    assert both
    assert alone.shared == shape.fleet.shared
    assert (both.shared.web_acls, both.shared.keys, both.shared.nat_gateways) == (0, 0, 0)
    assert both.shared.zones == shape.fleet.shared.zones


def disks(*sizes: float | str | None) -> Resource:
    return template(blockDeviceMappings=[{"ebs": {"volumeSize": size}} for size in sizes])


def log_group(**inputs: Any) -> Resource:
    return "cloudwatch/logGroup:LogGroup", inputs


def expiry(*days: int | None) -> Resource:
    rules: list[dict[str, dict[str, int]]] = [
        {"expiration": {"days": it}} if it else {"abortIncompleteMultipartUpload": {}} for it in days
    ]
    return "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {"rules": rules}


@pytest.mark.parametrize(
    ("resources", "field", "value"),
    [
        ([TEMPLATE, GROUP], "disk_gb", 8),
        ([disks(None), GROUP], "disk_gb", 8),
        ([disks(20, "12"), GROUP], "disk_gb", 32),
        ([FUNCTION], "disk_gb", 8),
        ([FUNCTION], "log_days", 30),
        ([FUNCTION, log_group()], "log_days", 30),
        ([FUNCTION, log_group(retentionInDays=7)], "log_days", 7),
        ([FUNCTION, log_group(retentionInDays=7), log_group(retentionInDays=90), expiry(30)], "log_days", 90),
        ([FUNCTION, log_group(retentionInDays=7), expiry(None, 365, 14)], "log_days", 365),
        ([FUNCTION, expiry(None)], "log_days", 30),
    ],
)
def test_disks_add_up_and_the_longest_retention_counts(resources: list[Resource], field: str, value: int):
    assert attrgetter(field)(stack_shape(recorded(*resources))) == value


def test_the_stack_s_disks_and_retention_take_the_place_of_the_assumptions():
    shape = stack_shape(recorded(disks(20), GROUP, FUNCTION, log_group(retentionInDays=90)))
    assumed = Assumptions(disk_gb=1, log_days=2, boot_seconds=3)
    assert shape.assumed(assumed) == Assumptions(disk_gb=20, log_days=90, boot_seconds=3)


def test_a_commitment_is_that_of_the_instances_and_of_the_function():
    shape = stack_shape(recorded(TEMPLATE, GROUP, FUNCTION)).under("3y")
    assert shape.fleet
    assert shape.function
    assert (shape.fleet.purchase.commitment, shape.function.commitment) == ("3y", "3y")
    assert stack_shape(recorded(TEMPLATE, GROUP)).under("3y").function is None
    assert stack_shape(recorded(FUNCTION)).under("3y").fleet is None


def test_a_stack_s_bill_is_that_of_its_fleet_with_all_traffic_and_of_its_idle_function():
    capacity, prices = read_capacity(), project_snapshot().region("us-east-1")
    demand = Demand(rates=weekly_demand.constant(10))
    for commitment in COMMITMENTS:
        shape = stack_shape(recorded(TEMPLATE, GROUP, FUNCTION, warm(2))).under(commitment)
        assert shape.fleet
        assert shape.function
        assumed = shape.assumed(Assumptions())
        fleet = fleet_bill(shape.fleet, demand, capacity, prices, assumed)
        function = function_bill(shape.function, demand.scaled(0), capacity, prices, assumed)
        whole = stack_bill(shape, demand, capacity, prices, Assumptions())
        assert whole.usd == fleet.usd + function.usd > fleet.usd
        assert whole.upfront_usd == fleet.upfront_usd + function.upfront_usd
        assert (whole.committed, whole.requests) == (fleet.committed, demand.requests_per_month)
