from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from scripts.cli import main
from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.purchase_options import HEADROOM_PERCENT
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.output import tables
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.stack.resource_costs import resource_costs
from scripts.cost.stack.stack_bill import StackShape, stack_bill, stack_shape
from scripts.program import run
from scripts.program.resources import StackError
from tests.scripts.cost.stack.recorded import FUNCTION, GROUP, TEMPLATE, Resource, group, recorded, target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.cost.bill.bill_lines import Bill

PRICES = project_snapshot().region("us-east-1")
TEMPLATE_TYPE = "ec2/launchTemplate:LaunchTemplate"


def priced(shape: StackShape, rate: float = 0) -> Bill:
    return stack_bill(
        shape, Demand(rates=weekly_demand.constant(rate)), read_capacity(), PRICES, Assumptions()
    )


def bill_of(shape: StackShape, rate: float = 0) -> dict[str, Decimal]:
    usd: dict[str, Decimal] = {}
    for line in priced(shape, rate).lines:
        usd[line.item] = usd.get(line.item, Decimal(0)) + line.usd
    return usd


def read_stack(stack: str, settings: Sequence[str] = (), *, reference: str | None = None) -> StackShape:
    return stack_shape(run.run(stack, settings, reference=reference))


def iris_cost(*options: str) -> Result:
    return CliRunner().invoke(main, ["cost", *options])


@pytest.fixture(scope="module")
def fleet() -> StackShape:
    return read_stack("dev")


@pytest.fixture(scope="module")
def function() -> StackShape:
    return read_stack("dev", ["compute=lambda", "functionMemoryMb=1024", "minProvisionedConcurrency=2"])


def test_the_program_s_own_resources_are_priced(fleet: StackShape):
    assert fleet.fleet
    assert fleet.function is None
    assert fleet.fleet.instance_type == "t4g.small"
    assert (fleet.fleet.policy.minimum, fleet.fleet.policy.maximum) == (2, 4)
    # The baseline of a t4g.small, below the 60 % of the configuration.
    assert fleet.fleet.policy.target_utilisation == pytest.approx(0.2)
    assert fleet.fleet.shared.firewall_units == 961
    usd = bill_of(fleet)
    assert usd["instances"] == Decimal("0.0168") * 2 * 730
    assert usd["firewall"] == 11
    assert usd["public addresses"] == Decimal("7.3")


def test_every_resource_of_both_shapes_is_priced_or_free():
    both = read_stack("dev", ["compute=both"])
    assert both.unpriced == ()
    assert both.fleet
    assert both.function
    usd = bill_of(both, rate=10)
    assert "API calls" not in usd
    assert usd["firewall"] == 11


def test_a_function_is_priced_with_its_memory_and_provisioned_concurrency(function: StackShape):
    assert function.fleet is None
    assert function.function
    assert (function.function.memory_mb, function.function.provisioned) == (1_024, 2)
    usd = bill_of(function, rate=10)
    assert usd["provisioned concurrency"] == Decimal("0.0000033334") * 2 * 730 * 3_600
    assert usd["API calls"] == Decimal("26.28") * Decimal("3.5")


def test_a_change_of_the_configuration_shows_in_the_bill(fleet: StackShape):
    larger = read_stack("dev", ["instanceType=t4g.medium", "minInstances=3"])
    assert bill_of(larger)["instances"] == Decimal("0.0336") * 3 * 730
    assert bill_of(larger)["load balancer"] == bill_of(fleet)["load balancer"]


def test_a_configuration_that_the_program_rejects_is_rejected_with_its_message():
    with pytest.raises(StackError, match="minInstances"):
        read_stack("dev", ["minInstances=many"])


def test_an_unknown_stack_or_branch_is_one_clear_error():
    with pytest.raises(StackError, match=r"Pulumi\.nowhere\.yaml"):
        read_stack("nowhere")
    with pytest.raises(StackError, match="no branch or commit 'nowhere'"):
        read_stack("dev", reference="nowhere")
    with pytest.raises(StackError, match="--output"):
        read_stack("dev", reference="--output=x")


def test_a_resource_without_a_price_is_named_and_not_treated_as_free():
    resources = recorded(
        FUNCTION,
        ("rds/instance:Instance", {}),
        ("s3/bucket:Bucket", {}),
        ("cloudwatch/logGroup:LogGroup", {}),
        ("cloudwatch/logGroup:LogGroup", {}),
        (
            "wafv2/webAcl:WebAcl",
            {
                "rules": [
                    {"statement": {"managedRuleGroupStatement": {"name": "AWSManagedRulesBotControlRuleSet"}}}
                ]
            },
        ),
    )
    shape = stack_shape(resources)
    assert shape.unpriced == (
        "aws:cloudwatch/logGroup:LogGroup: the GB of logs in 1 of them",
        "aws:rds/instance:Instance: an unknown type",
        "aws:wafv2/webAcl:WebAcl: the managed rules AWSManagedRulesBotControlRuleSet",
    )
    bill = stack_bill(shape, Demand(rates=weekly_demand.constant(0)), read_capacity(), PRICES, Assumptions())
    assert bill.unpriced == shape.unpriced
    shown = [str(row[0]) for row in tables.bill(bill, "stack", "The stack's bill").rows]
    assert f"not priced: {shape.unpriced[1]}" in shown
    assert f"not priced: {shape.unpriced[1]}" in [str(row[0]) for row in tables.difference(bill, bill).rows]


def test_a_stack_without_fleet_and_function_has_nothing_to_price():
    with pytest.raises(StackError, match="neither a fleet nor a function"):
        stack_shape(recorded(("s3/bucket:Bucket", {})))


def test_a_group_without_a_size_is_one_clear_error():
    with pytest.raises(StackError, match=r"lacks an input.*minSize"):
        stack_shape(recorded(TEMPLATE, ("autoscaling/group:Group", {})))


def test_alarms_are_counted_by_the_metrics_that_they_evaluate():
    query = {"id": "m", "metric": {"metricName": "x"}}
    resources = recorded(
        (
            "cloudwatch/metricAlarm:MetricAlarm",
            {"metricQueries": [query, query, {"id": "e", "expression": "m"}]},
        ),
        ("cloudwatch/metricAlarm:MetricAlarm", {"metricName": "x"}),
        ("autoscaling/policy:Policy", {"targetTrackingConfiguration": {"targetValue": 60}}),
        ("appautoscaling/policy:Policy", {"policyType": "TargetTrackingScaling"}),
        FUNCTION,
    )
    shape = stack_shape(resources)
    assert bill_of(shape)["alarms"] == Decimal("0.7")
    split = {it.resource: it.usd for it in resource_costs(priced(shape), resources) if it.item == "alarms"}
    # Three metrics in two alarms of its own, and two alarms of each target tracking policy.
    assert sorted(usd.quantize(Decimal("0.01")) for usd in split.values()) == [
        *(Decimal("0.20"), Decimal("0.20"), Decimal("0.30")),
    ]
    assert split["2 x cloudwatch/metricAlarm"].quantize(Decimal("0.01")) == Decimal("0.30")


def test_a_band_of_anomaly_detection_counts_as_two_further_metrics():
    band = {"id": "band", "expression": "ANOMALY_DETECTION_BAND(m, 2)"}
    metric = {"id": "m", "metric": {"metricName": "x"}}
    resources = recorded(("cloudwatch/metricAlarm:MetricAlarm", {"metricQueries": [metric, band]}), FUNCTION)
    # Three metrics for 0.10 USD each (Amazon CloudWatch pricing, "Alarms").
    assert bill_of(stack_shape(resources))["alarms"] == Decimal("0.3")


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("lb/loadBalancer:LoadBalancer", {"internal": True}),
        ("autoscaling/group:Group", {"minSize": 1, "maxSize": 2}),
        (TEMPLATE_TYPE, {"instanceType": "m7i.large"}),
        ("autoscaling/schedule:Schedule", {"recurrence": "0 8 * * *", "minSize": 6}),
    ],
)
def test_a_part_of_a_fleet_without_the_rest_is_named(kind: str, inputs: dict[str, Any]):
    assert stack_shape(recorded((kind, inputs), FUNCTION)).unpriced == (
        f"aws:{kind}: all of it, since it belongs to no fleet of the stack",
    )


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("apigateway/restApi:RestApi", {}),
        ("apigatewayv2/api:Api", {}),
        (
            "lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
            {"provisionedConcurrentExecutions": 2},
        ),
    ],
)
def test_a_part_of_a_function_without_the_rest_is_named(kind: str, inputs: dict[str, Any]):
    assert stack_shape(recorded(TEMPLATE, GROUP, (kind, inputs))).unpriced == (
        f"aws:{kind}: all of it, since it belongs to no function of the stack",
    )


def test_the_costs_of_all_resources_are_the_bill():
    resources = run.run("dev", ["compute=both"])
    bill = priced(stack_shape(resources), 50)
    found = resource_costs(bill, resources)
    assert abs(sum((it.usd for it in found), Decimal(0)) - bill.usd) < Decimal("1e-20")
    (balancer,) = [it for it in found if it.item == "load balancer"]
    assert balancer.resource == "iris-alb (lb/loadBalancer)"
    assert balancer.usd == Decimal("0.0225") * 730


def test_the_instances_disks_credits_and_gateways_are_those_of_the_template():
    resources = recorded(
        (
            "ec2/launchTemplate:LaunchTemplate",
            {
                "instanceType": "t3.small",
                "creditSpecification": {"cpuCredits": "standard"},
                "blockDeviceMappings": [{"ebs": {"volumeSize": 20}}],
            },
        ),
        group(maxSize=2),
        ("ec2/natGateway:NatGateway", {}),
        ("ec2/eip:Eip", {}),
    )
    shape = stack_shape(resources)
    assert shape.fleet
    assert not shape.fleet.unlimited_credits
    usd = bill_of(shape)
    assert usd["disks"] == Decimal("0.08") * 40
    assert usd["NAT gateways"] == Decimal("32.85")
    assert usd["elastic addresses"] == Decimal("3.65")
    # A GB for each of two instances, one of which uses the gateway in the other zone.
    assert usd["data through NAT"] == Decimal("0.045") * 2 + Decimal("0.01") * 2


def test_traffic_through_an_endpoint_in_each_zone_does_not_go_through_a_nat_gateway():
    subnets = [("ec2/subnet:Subnet", {"availabilityZone": f"us-east-1{zone}"}) for zone in "aabbcc"]
    endpoint = ("ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Interface"})
    gateway = ("ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Gateway"})
    usd = bill_of(stack_shape(recorded(TEMPLATE, GROUP, *subnets, endpoint, endpoint, gateway)))
    assert usd["interface endpoints"] == Decimal("0.01") * 730 * 6
    assert usd["data through endpoints"] == Decimal("0.01") * 2
    assert "data through NAT" not in usd


def test_logs_of_the_load_balancer_are_billed_by_their_retention():
    balancer: Resource = (
        "lb/loadBalancer:LoadBalancer",
        {"accessLogs": {"enabled": True}, "connectionLogs": {"enabled": False}},
    )
    expiry = {"expiration": {"days": 73}}
    rules: list[dict[str, Any]] = [expiry, {"abortIncompleteMultipartUpload": {}}]
    kept: Resource = ("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", {"rules": rules})
    usd = bill_of(stack_shape(recorded(TEMPLATE, GROUP, balancer, kept)), rate=1_000)
    # 73 days are 2.4 months of 730 hours.
    assert usd["load balancer logs"] == Decimal("0.023") * 2_628_000_000 * 60 * Decimal("2.4") / 2**30
    assert "load balancer logs" not in bill_of(stack_shape(recorded(TEMPLATE, GROUP)), rate=1_000)


def test_only_the_first_group_is_billed_and_the_others_are_named():
    shape = stack_shape(recorded(TEMPLATE, GROUP, GROUP, FUNCTION, FUNCTION))
    assert shape.unpriced == (
        "aws:autoscaling/group:Group: 1 beside the first one, with what they run and store",
        "aws:lambda/function:Function: 1 beside the first one, with what they run and store",
    )


def test_only_application_load_balancers_are_billed_and_public_ones_have_addresses():
    def balancer(**inputs: Any) -> Resource:
        return ("lb/loadBalancer:LoadBalancer", inputs)

    internal = bill_of(stack_shape(recorded(TEMPLATE, GROUP, balancer(internal=True))))
    assert internal["load balancer"] == Decimal("0.0225") * 730
    assert "public addresses" not in internal
    both = bill_of(stack_shape(recorded(TEMPLATE, GROUP, balancer(internal=True), balancer())))
    assert both["public addresses"] == Decimal("0.005") * 2 * 730
    network = stack_shape(recorded(TEMPLATE, GROUP, balancer(loadBalancerType="network")))
    assert "load balancer" not in bill_of(network)
    assert "load balancer capacity" not in bill_of(network, rate=100)
    (unpriced,) = network.unpriced
    assert "no Application Load Balancer" in unpriced


def test_a_function_without_an_api_pays_for_no_calls_of_one():
    alone = bill_of(stack_shape(recorded(FUNCTION, ("lambda/functionUrl:FunctionUrl", {}))), rate=100)
    assert "API calls" not in alone
    assert alone["function requests"] == Decimal("0.2") * 100 * 730 * 3_600 / 10**6
    assert "API calls" in bill_of(stack_shape(recorded(FUNCTION, ("apigatewayv2/api:Api", {}))), rate=100)


def test_throttled_requests_are_inspected_but_neither_called_nor_answered():
    api: Resource = ("apigateway/restApi:RestApi", {})
    throttle: Resource = (
        "apigateway/methodSettings:MethodSettings",
        {"settings": {"throttlingRateLimit": 100}},
    )
    limited, free = (
        stack_shape(recorded(FUNCTION, api, FIREWALL, throttle)),
        stack_shape(recorded(FUNCTION, api, FIREWALL)),
    )
    usd, every, served = bill_of(limited, rate=1_000), bill_of(free, rate=1_000), bill_of(free, rate=100)
    month = 730 * 3_600
    assert usd["inspected requests"] == every["inspected requests"] == Decimal("0.6") * 1_000 * month / 10**6
    # A tenth of the traffic is below the first tier's end.
    assert usd["API calls"] == Decimal("3.5") * 100 * month / 10**6
    for item in ("API calls", "function requests", "function duration", "data to the internet", "logs"):
        assert usd[item] == served[item]
    bill = priced(limited, rate=1_000)
    assert (bill.requests, bill.refused) == (100 * month, 900 * month)
    assert bill.refused_share == pytest.approx(0.9)


def test_reserved_concurrency_limits_the_requests_that_the_function_starts():
    kind, inputs = FUNCTION
    reserved = (kind, inputs | {"reservedConcurrentExecutions": 5})
    api: Resource = ("apigateway/restApi:RestApi", {})
    shape = stack_shape(recorded(reserved, api))
    assert shape.function
    unlimited = priced(stack_shape(recorded(FUNCTION, api)), rate=1e6)
    bill = priced(shape, rate=1e6)
    # The API bills the calls that the function refuses.
    calls, all_calls = ({it.item: it.usd for it in each.lines}["API calls"] for each in (bill, unlimited))
    assert calls == all_calls
    assert bill.requests < unlimited.requests == bill.requests + bill.refused
    off = stack_shape(recorded((kind, inputs | {"reservedConcurrentExecutions": 0}), api))
    assert priced(off, rate=10).requests == 0
    none = stack_shape(recorded((kind, inputs | {"reservedConcurrentExecutions": -1}), api))
    assert priced(none, rate=10).refused == 0


def test_secrets_and_traces_are_priced():
    stage = ("apigateway/stage:Stage", {"xrayTracingEnabled": True})
    api: Resource = ("apigateway/restApi:RestApi", {})
    usd = bill_of(stack_shape(recorded(FUNCTION, api, stage, ("secretsmanager/secret:Secret", {}))), rate=21)
    assert usd["secrets"] == Decimal("0.4")
    # One request per second and a twentieth of the others.
    assert usd["traces"] == Decimal("0.000005") * 2 * 730 * 3_600


def test_of_two_targets_the_one_that_requires_more_instances_is_billed():
    cpu, requests = target("ASGAverageCPUUtilization", 60), target("ALBRequestCountPerTarget", 6_000)
    by_cpu = bill_of(stack_shape(recorded(TEMPLATE, GROUP, cpu)), rate=500)
    by_both = bill_of(stack_shape(recorded(TEMPLATE, GROUP, cpu, requests)), rate=500)
    assert by_cpu["instances"] == Decimal("0.0725") * 2 * 730
    # 6,000 per minute are 100 per second.
    assert by_both["instances"] == Decimal("0.0725") * 5 * 730


def test_a_mix_with_spot_is_on_demand_up_to_its_base_and_by_its_share_above():
    distribution = {"onDemandBaseCapacity": 1, "onDemandPercentageAboveBaseCapacity": 25}
    mixed_prices = {
        "instancesDistribution": distribution,
        "launchTemplate": {"overrides": [{"instanceType": "c7i.large"}, {"instanceType": "m7i.large"}]},
    }
    offered, other = PRICES.instance("c7i.large"), PRICES.instance("m7i.large")
    assert offered.spot
    assert other.spot
    shape = stack_shape(recorded(TEMPLATE, group(minSize=3, maxSize=3, mixedInstancesPolicy=mixed_prices)))
    worst = max(HEADROOM_PERCENT[it.interruptions] for it in (offered, other))
    # The pool with spare capacity is unknown: each is equally likely.
    spot = (offered.spot.usd + other.spot.usd) / 2 * Decimal(100 + worst) / 100
    assert bill_of(shape)["instances"] == (offered.on_demand.usd + spot) * Decimal("1.5") * 730
    (line,) = {it.basis for it in priced(shape).lines if it.item == "instances"}
    assert line == "assumed"


def test_a_schedule_s_sizes_are_billed_in_its_hours():
    by_day = ("autoscaling/schedule:Schedule", {"recurrence": "0 8 * * *", "minSize": 6})
    by_night = ("autoscaling/schedule:Schedule", {"recurrence": "0 20 * * *", "minSize": 2, "maxSize": -1})
    shape = stack_shape(recorded(TEMPLATE, GROUP, by_day, by_night))
    assert shape.unpriced == ()
    # Four instances for half the time, and the two minutes of their boot every morning.
    boots = Decimal(4 * 7 * 120) / 3_600 * 730 / 168
    usd = bill_of(shape)["instances"]
    assert usd == pytest.approx(Decimal("0.0725") * (4 * 730 + boots))


def test_a_size_on_one_day_of_the_year_is_unpriced_and_not_applied_to_every_week():
    christmas = ("autoscaling/schedule:Schedule", {"recurrence": "0 8 24 12 *", "minSize": 6})
    shape = stack_shape(recorded(TEMPLATE, GROUP, christmas))
    assert bill_of(shape)["instances"] == Decimal("0.0725") * 2 * 730
    assert shape.unpriced == (
        "aws:autoscaling/schedule:Schedule: the instances of a schedule that is not weekly",
    )


FIREWALL: Resource = ("wafv2/webAcl:WebAcl", {"rules": []})
FIREWALL_LOG: Resource = (
    "cloudwatch/logGroup:LogGroup",
    {"namePrefix": "aws-waf-logs-iris-", "retentionInDays": 73},
)
LOGGING = "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"


def test_a_firewall_that_logs_all_requests_is_billed_by_the_gb_and_once():
    shape = stack_shape(recorded(TEMPLATE, GROUP, FIREWALL, FUNCTION, FIREWALL_LOG, (LOGGING, {})))
    assert shape.unpriced == ()
    gigabytes = Decimal(2_628_000 * 1_500) / 2**30
    # 73 days are 2.4 months of 730 hours.
    assert bill_of(shape, rate=1)["firewall logs"] == gigabytes * (
        Decimal("0.5") + Decimal("0.15") * Decimal("0.03") * Decimal("2.4")
    )


def test_a_firewall_that_logs_matches_only_costs_almost_nothing_and_has_its_own_log_group():
    break_evens: dict[str, Any] = {"loggingFilter": {"defaultBehavior": "DROP", "filters": []}}
    shape = stack_shape(recorded(TEMPLATE, GROUP, FIREWALL, FIREWALL_LOG, (LOGGING, break_evens)))
    assert shape.unpriced == ()
    assert "firewall logs" not in bill_of(shape, rate=1)
    all_but_some: dict[str, Any] = {"loggingFilter": {"defaultBehavior": "KEEP", "filters": []}}
    assert "firewall logs" in bill_of(stack_shape(recorded(TEMPLATE, GROUP, (LOGGING, all_but_some))), rate=1)


def test_a_firewall_that_logs_to_a_bucket_leaves_other_log_groups_unpriced():
    to_a_bucket = (LOGGING, {"logDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-here"]})
    other = ("cloudwatch/logGroup:LogGroup", {"name": "/shop"})
    shape = stack_shape(recorded(TEMPLATE, GROUP, FIREWALL, to_a_bucket, other))
    assert "firewall logs" not in bill_of(shape, rate=1)
    assert shape.unpriced == (
        "aws:cloudwatch/logGroup:LogGroup: the GB of logs in 1 of them",
        f"aws:{LOGGING}: the GB of firewall logs outside CloudWatch",
    )


def test_a_firewall_of_more_than_1500_units_makes_every_request_more_expensive():
    def rule(name: str) -> dict[str, Any]:
        return {"statement": {"managedRuleGroupStatement": {"name": name}}}

    common, sql = rule("AWSManagedRulesCommonRuleSet"), rule("AWSManagedRulesSQLiRuleSet")
    for rules, usd_per_million in (([common, common], "0.6"), ([common, common, sql], "0.8")):
        shape = stack_shape(recorded(TEMPLATE, GROUP, (FIREWALL[0], {"rules": [*rules, {}]})))
        assert bill_of(shape, rate=1)["inspected requests"] == Decimal(usd_per_million) * Decimal("2.628")


def test_all_resources_of_a_fleet_are_priced_or_named_as_unpriced():
    everything = read_stack(
        "dev",
        [
            *(
                "availabilityZones=3",
                "maxInstances=12",
                "interfaceEndpoints=ssm,logs,autoscaling",
                "vpcFlowLogs=all",
            ),
            *(
                "instanceType=c7g.large",
                "alternativeInstanceTypes=m7g.large, m6g.large",
                "spotPercent=50",
                "onDemandBaseCapacity=1",
            ),
            *("scalingSchedule=0 8 * * 1-5 min=6; 0 20 * * * min=2", "predictiveScaling=scale"),
            *("managedRuleGroups=ip-reputation, anonymous-ip, known-bad-inputs, common, sql-injection",),
            *("allowedIpRanges=203.0.113.7", "deniedCountries=AQ", "firewallLogs=all"),
            *("guardDuty=true", "monthlyBudgetUsd=100", "alarmEmail=ops@example.com"),
        ],
    )
    assert everything.fleet
    assert everything.unpriced == (
        "aws:cloudwatch/logGroup:LogGroup: the GB of logs in 1 of them",
        "aws:ec2/flowLog:FlowLog: the GB of flow logs that it delivers",
        "aws:guardduty/detector:Detector: the events and GB of logs that it analyses",
    )
    assert everything.fleet.alternatives == ("m7g.large", "m6g.large")
    assert (everything.fleet.purchase.on_demand_base, everything.fleet.purchase.spot_percent) == (1, 50)
    assert everything.fleet.policy.minimum == (*((2,) * 8 + (6,) * 12 + (2,) * 4) * 5, *(2,) * 48)
    usd = bill_of(everything, rate=1)
    # Two lists, two limits, five groups, and the exception for large bodies.
    assert usd["firewall"] == 5 + 10
    assert usd["interface endpoints"] == Decimal("0.01") * 730 * 4 * 3
    assert usd["firewall logs"] > 1


def test_detailed_monitoring_costs_seven_metrics_for_each_instance():
    # Two instances all month: 14 metrics at 0.30 USD (Amazon CloudWatch pricing, "EC2 Detailed Monitoring").
    settings = ["minInstances=2", "maxInstances=2"]
    monitored = bill_of(read_stack("dev", [*settings, "detailedMonitoring=true"]))
    assert round(monitored["detailed monitoring"], 6) == Decimal("4.20")
    assert "detailed monitoring" not in bill_of(read_stack("dev", settings))


def test_stopped_instances_of_a_warm_pool_cost_their_disks_only():
    waiting = read_stack("dev", ["natGateways=single", "warmPoolSize=2"])
    assert bill_of(waiting)["warm pool"] == Decimal("0.08") * 8 * 2


def test_a_warm_pool_costs_its_disks_and_if_running_its_hours():
    stopped = stack_shape(recorded(TEMPLATE, group(warmPool={"maxGroupPreparedCapacity": 5})))
    assert bill_of(stopped)["warm pool"] == Decimal("0.08") * 8 * 3
    running = stack_shape(recorded(TEMPLATE, group(warmPool={"minSize": 1, "poolState": "Running"})))
    assert bill_of(running)["warm pool"] == (Decimal("0.08") * 8 + Decimal("0.0725") * 730) * 8


def test_provisioned_concurrency_that_follows_the_demand_is_billed_by_the_hour():
    limits = {"serviceNamespace": "lambda", "minCapacity": 2, "maxCapacity": 10}
    resources = recorded(
        FUNCTION,
        (
            "lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
            {"provisionedConcurrentExecutions": 2},
        ),
        ("appautoscaling/target:Target", limits),
        (
            "appautoscaling/policy:Policy",
            {"targetTrackingScalingPolicyConfiguration": {"targetValue": 0.5}},
        ),
    )
    shape = stack_shape(resources)
    few, blocks = (bill_of(shape, rate=it)["provisioned concurrency"] for it in (1, 100_000))
    assert few == Decimal("0.0000041667") * 128 / 1024 * 2 * 730 * 3_600
    assert blocks == few * 5


def test_the_command_compares_with_a_commit_and_checks_the_budget():
    result = iris_cost(
        *("--stack", "dev", "--against", "HEAD", "--config", "instanceType=c7g.large"),
        *("--rate", "1", "--format", "json", "--budget", "100"),
    )
    assert result.exit_code == 3
    assert "above the budget of 100.00" in result.stderr
    rows = {row["item"]: row for row in json.loads(result.stdout)["against"]["rows"]}
    assert Decimal(rows["instances"]["after"]) == Decimal("0.0725") * 2 * 730
    assert Decimal(rows["instances"]["difference"]) > 0


def test_a_demand_above_the_stack_s_maximum_of_instances_is_warned_of():
    result = iris_cost("--stack", "dev", "--rate", "1000000", "--format", "json")
    assert "the stack's maximum number of instances is too low for this demand" in result.stderr


@pytest.mark.parametrize(
    "options", [["--against", "HEAD"], ["--config", "a=b"], ["--stack", "dev", "--config", "a"]]
)
def test_options_without_the_options_that_they_require_are_rejected(options: list[str]):
    assert iris_cost(*options).exit_code == 2
