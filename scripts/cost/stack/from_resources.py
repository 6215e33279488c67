"""Reader of the resources of a stack: its fleet, its function and the services that they share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from infra.firewall.managed_rule_groups import LOG_PREFIX, MANAGED_GROUPS, statement_units
from scripts.cost.bill.fleet_shape import FleetShape, WarmPool
from scripts.cost.bill.function import FunctionShape
from scripts.cost.bill.purchase_options import PurchaseOptions
from scripts.cost.bill.shared_services import SharedServices
from scripts.cost.bill.sizing import SizingPolicy
from scripts.cost.stack.resource_types import (
    FLEET_TYPES,
    FUNCTION_TYPES,
    is_application_balancer,
    logs_all_requests,
    logs_outside_cloudwatch,
    unpriced_costs,
)
from scripts.cost.stack.scheduled_actions import hourly_sizes, is_weekly
from scripts.program.resources import block, blocks

if TYPE_CHECKING:
    from infra.reference_data.instance_types import Architecture
    from scripts.program.resources import Inputs, StackResources

KNOWN_RULE_GROUPS: Final = {group.name for group in MANAGED_GROUPS.values()}
"""Managed rule groups without a subscription fee; only the rule and its capacity units are billed."""

ALARMS_PER_POLICY: Final = 2
"""Alarms that a target tracking policy creates (EC2 Auto Scaling user guide)."""

SINGLE: Final = {
    "autoscaling/group": "aws:autoscaling/group:Group",
    "lambda/function": "aws:lambda/function:Function",
}
"""Kinds of which the bill has the first resource only -> type."""

UNLIMITED: Final = -1
"""Value of a throttle and of a reserved concurrency that do not limit, also their default."""

DEFAULT_LOG_DAYS: Final = 30
"""Retention of logs in days, if no resource has one."""

DEFAULT_DISK_GB: Final = 8
"""Size in GB of Amazon Linux 2023's root volume, if the launch template has no disks."""


def read_fleet(resources: StackResources, shared: SharedServices) -> FleetShape:
    """Read the Auto Scaling group, its template and its policies."""
    template, group = (
        resources.inputs_of("ec2/launchTemplate")[0],
        resources.inputs_of("autoscaling/group")[0],
    )
    targets = {
        str(block(it, "predefinedMetricSpecification").get("predefinedMetricType")): float(it["targetValue"])
        for it in (
            block(policy, "targetTrackingConfiguration")
            for policy in resources.inputs_of("autoscaling/policy")
        )
        if it
    }
    cpu, requests = targets.get("ASGAverageCPUUtilization"), targets.get("ALBRequestCountPerTarget")
    mix = block(block(group, "mixedInstancesPolicy"), "instancesDistribution")
    types = _instance_types(template, group)
    balancers = [it for it in resources.inputs_of("lb/loadBalancer") if is_application_balancer(it)]
    actions = [it for it in resources.inputs_of("autoscaling/schedule") if is_weekly(it)]
    return FleetShape(
        # On-demand instances are of the first type of the mixed instances policy.
        instance_type=types[0],
        alternatives=types[1:],
        policy=SizingPolicy(
            target_utilisation=cpu / 100 if cpu else 1.0,
            # The target is in requests per minute.
            requests_per_instance=requests / 60 if requests else None,
            zones=shared.zones,
            minimum=hourly_sizes(actions, "minSize", int(group["minSize"])),
            maximum=hourly_sizes(actions, "maxSize", int(group["maxSize"])),
            # The group follows only its targets; its redundancy is in its minimum size.
            survives_zone_loss=False,
            follows_bandwidth=False,
        ),
        purchase=PurchaseOptions(
            # Without a mixed instances policy, and by default with one, all instances are on demand.
            spot_percent=100 - int(mix.get("onDemandPercentageAboveBaseCapacity", 100)),
            on_demand_base=int(mix.get("onDemandBaseCapacity", 0)) if mix else None,
        ),
        unlimited_credits=block(template, "creditSpecification").get("cpuCredits", "unlimited") != "standard",
        load_balancers=len(balancers),
        internal_load_balancers=sum(1 for it in balancers if it.get("internal")),
        rules=_rules_of_a_request(resources),
        access_log=any(block(it, "accessLogs").get("enabled") for it in balancers),
        connection_log=any(block(it, "connectionLogs").get("enabled") for it in balancers),
        warm_pool=_warm_pool(group),
        detailed_monitoring=str(block(template, "monitoring").get("enabled")).lower() == "true",
        shared=shared,
    )


def read_function(resources: StackResources, shared: SharedServices) -> FunctionShape:
    """Read the function, its API and its provisioned concurrency."""
    function = resources.inputs_of("lambda/function")[0]
    architecture: Architecture = "arm64" if "arm64" in (function.get("architectures") or []) else "x86_64"
    warm = resources.inputs_of("lambda/provisionedConcurrencyConfig")
    limits = [
        it for it in resources.inputs_of("appautoscaling/target") if it.get("serviceNamespace") == "lambda"
    ]
    target = [
        float(it["targetValue"])
        for it in (
            block(policy, "targetTrackingScalingPolicyConfiguration")
            for policy in resources.inputs_of("appautoscaling/policy")
        )
        if it
    ]
    stages = resources.inputs_of("apigateway/stage")
    settings = [block(it, "settings") for it in resources.inputs_of("apigateway/methodSettings")]
    throttles = [
        float(limit) for it in settings if (limit := it.get("throttlingRateLimit", UNLIMITED)) != UNLIMITED
    ]
    reserved = int(function.get("reservedConcurrentExecutions", UNLIMITED))
    return FunctionShape(
        memory_mb=int(function.get("memorySize", 128)),
        architecture=architecture,
        api="rest" if resources.inputs_of("apigateway/restApi") else "http",
        has_api=any(resources.inputs_of(it) for it in ("apigateway/restApi", "apigatewayv2/api")),
        provisioned=sum(int(it["provisionedConcurrentExecutions"]) for it in warm),
        maximum_provisioned=max((int(it["maxCapacity"]) for it in limits), default=None),
        provisioned_utilisation=target[0] if target else FunctionShape.provisioned_utilisation,
        snap_start=block(function, "snapStart").get("applyOn") == "PublishedVersions",
        throttle_per_second=min(throttles, default=None),
        reserved_concurrency=None if reserved == UNLIMITED else reserved,
        access_log=any(it.get("accessLogSettings") for it in stages),
        traced=block(function, "tracingConfig").get("mode") == "Active"
        or any(it.get("xrayTracingEnabled") for it in stages),
        shared=shared,
    )


def read_shared_services(resources: StackResources) -> SharedServices:
    """Count the resources that fleet and function share."""
    inputs_of = resources.inputs_of
    rules = _web_acl_rules(resources)
    zones = _zone_count(resources)
    interfaces = [it for it in inputs_of("ec2/vpcEndpoint") if it.get("vpcEndpointType") == "Interface"]
    return SharedServices(
        web_acls=len(inputs_of("wafv2/webAcl")),
        firewall_rules=len(rules),
        firewall_units=sum(
            statement_units(statement) for rule in rules if (statement := block(rule, "statement"))
        ),
        firewall_logs_all=any(
            logs_all_requests(it) and not logs_outside_cloudwatch(it)
            for it in inputs_of("wafv2/webAclLoggingConfiguration")
        ),
        alarms=sum(alarm_counts(resources).values()),
        dashboards=len(inputs_of("cloudwatch/dashboard")),
        hosted_zones=len(inputs_of("route53/zone")),
        keys=len(inputs_of("kms/key")),
        rotated_keys=sum(1 for it in inputs_of("kms/key") if it.get("enableKeyRotation")),
        secrets=len(inputs_of("secretsmanager/secret")),
        nat_gateways=len(inputs_of("ec2/natGateway")),
        elastic_addresses=len(inputs_of("ec2/eip")),
        interface_endpoints=len(interfaces) * zones,
        zones=zones,
    )


def alarm_counts(resources: StackResources) -> dict[str, int]:
    """Count the alarms of each type of resource: its own, and those that target tracking creates."""
    inputs_of = resources.inputs_of
    of_groups = [it for it in inputs_of("autoscaling/policy") if it.get("targetTrackingConfiguration")]
    of_functions = [
        it for it in inputs_of("appautoscaling/policy") if it.get("policyType") == "TargetTrackingScaling"
    ]
    return {
        "aws:cloudwatch/metricAlarm:MetricAlarm": sum(
            map(_metric_count, inputs_of("cloudwatch/metricAlarm"))
        ),
        "aws:autoscaling/policy:Policy": ALARMS_PER_POLICY * len(of_groups),
        "aws:appautoscaling/policy:Policy": ALARMS_PER_POLICY * len(of_functions),
    }


def read_disk_gb(template: Inputs) -> int:
    """Sum the disks of a launch template, in GB."""
    sizes = [
        int(float(block(device, "ebs").get("volumeSize") or 0))
        for device in blocks(template, "blockDeviceMappings")
    ]
    return sum(sizes) or DEFAULT_DISK_GB


def read_log_days(resources: StackResources) -> int:
    """Return the longest retention of all log groups and buckets, in days."""
    groups = [
        int(it.get("retentionInDays", DEFAULT_LOG_DAYS)) for it in resources.inputs_of("cloudwatch/logGroup")
    ]
    rules = [
        rule for it in resources.inputs_of("s3/bucketLifecycleConfiguration") for rule in blocks(it, "rules")
    ]
    buckets = [int(block(rule, "expiration").get("days") or 0) for rule in rules]
    return max([*groups, *buckets]) if any(groups + buckets) else DEFAULT_LOG_DAYS


def has_fleet(resources: StackResources) -> bool:
    """Return whether there is a fleet: an Auto Scaling group and its launch template."""
    return bool(resources.inputs_of("ec2/launchTemplate") and resources.inputs_of("autoscaling/group"))


def unpriced_items(resources: StackResources) -> list[str]:
    """Return descriptions of the costs that the bill leaves out."""
    found = [text for it in resources.resources for text in unpriced_costs(it.type, it.inputs)]
    wholes = {
        "fleet": (FLEET_TYPES, has_fleet(resources)),
        "function": (FUNCTION_TYPES, bool(resources.inputs_of("lambda/function"))),
    }
    found += [
        f"{it.type}: all of it, since it belongs to no {whole} of the stack"
        for whole, (types, is_there) in wholes.items()
        for it in resources.resources
        if it.type in types and not is_there
    ]
    groups = {
        block(block(rule, "statement"), "managedRuleGroupStatement").get("name")
        for rule in _web_acl_rules(resources)
    }
    found += [
        f"aws:wafv2/webAcl:WebAcl: the managed rules {name}" for name in groups - KNOWN_RULE_GROUPS - {None}
    ]
    billed = len(resources.inputs_of("lambda/function"))
    billed += sum(1 for it in resources.inputs_of("apigateway/stage") if it.get("accessLogSettings"))
    for kind, name in SINGLE.items():
        others = len(resources.inputs_of(kind)) - 1
        if others > 0:
            found.append(f"{name}: {others} beside the first one, with what they run and store")
    other_groups = [it for it in resources.inputs_of("cloudwatch/logGroup") if not _is_firewall_log(it)]
    others = len(other_groups) - billed
    if others > 0:
        found.append(f"aws:cloudwatch/logGroup:LogGroup: the GB of logs in {others} of them")
    return found


def _is_firewall_log(log_group: Inputs) -> bool:
    name = log_group.get("name") or log_group.get("namePrefix") or ""
    return str(name).startswith(LOG_PREFIX)


def _instance_types(template: Inputs, group: Inputs) -> tuple[str, ...]:
    """Return the types of the mixed instances policy in their order, or else the launch template's type."""
    overrides = blocks(block(block(group, "mixedInstancesPolicy"), "launchTemplate"), "overrides")
    return tuple(str(it["instanceType"]) for it in overrides) or (str(template.get("instanceType")),)


def _warm_pool(group: Inputs) -> WarmPool | None:
    pool = block(group, "warmPool")
    if not pool:
        return None
    return WarmPool(
        maximum_prepared=int(pool.get("maxGroupPreparedCapacity") or group["maxSize"]),
        minimum=int(pool.get("minSize", 0)),
        running=pool.get("poolState") == "Running",
    )


def _rules_of_a_request(resources: StackResources) -> int:
    """Count the rules of the listener with most of them: a request passes one listener."""
    rules = Counter(str(it.get("listenerArn")) for it in resources.inputs_of("lb/listenerRule"))
    return max(rules.values(), default=0)


def _web_acl_rules(resources: StackResources) -> list[Inputs]:
    return [rule for acl in resources.inputs_of("wafv2/webAcl") for rule in blocks(acl, "rules")]


def _zone_count(resources: StackResources) -> int:
    """Count the zones of the subnets, which are known even if the subnets' ids are not."""
    return len({it.get("availabilityZone") for it in resources.inputs_of("ec2/subnet")}) or 2


def _metric_count(alarm: Inputs) -> int:
    """Count the metrics that an alarm evaluates, each of which is billed.

    A band of anomaly detection counts as two further ones, its limits (Amazon CloudWatch pricing, "Alarms").
    """
    queries = blocks(alarm, "metricQueries")
    bands = sum(1 for it in queries if str(it.get("expression") or "").startswith("ANOMALY_DETECTION_BAND"))
    return (sum(1 for it in queries if it.get("metric")) or 1) + 2 * bands
