"""Reads a fleet, a function and what stands around them out of the resources of a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.firewall.managed_rule_groups import LOG_PREFIX, MANAGED_GROUPS, statement_units
from scripts.cost.bill.fleet_shape import FleetShape, WarmPool
from scripts.cost.bill.function import FunctionShape
from scripts.cost.bill.purchase_options import Purchase
from scripts.cost.bill.shared_services import Surroundings
from scripts.cost.bill.sizing import Policy
from scripts.cost.stack.resource_types import not_priced, notes_all_requests, notes_elsewhere
from scripts.cost.stack.scheduled_actions import is_weekly, sizes_by_hour
from scripts.program.resources import many, one

if TYPE_CHECKING:
    from infra.reference_data.instance_types import Architecture
    from scripts.program.resources import Inputs, Record

KNOWN_GROUPS: Final = {group.name for group in MANAGED_GROUPS.values()}
"""Managed rules that cost nothing but their rule and their capacity units."""

ALARMS_OF_A_TARGET: Final = 2
"""Alarms that a target tracking policy makes for itself (EC2 Auto Scaling user guide)."""

LOG_DAYS: Final = 30
"""How long logs are kept where nothing says it."""

DISK_GB: Final = 8
"""Disk that Amazon Linux 2023 brings where the template asks for none."""


def fleet_of(record: Record, around: Surroundings) -> FleetShape:
    """Read the Auto Scaling group, its template and its policies."""
    template, group = record.of("ec2/launchTemplate")[0], record.of("autoscaling/group")[0]
    targets = {
        str(one(it, "predefinedMetricSpecification").get("predefinedMetricType")): float(it["targetValue"])
        for it in (one(policy, "targetTrackingConfiguration") for policy in record.of("autoscaling/policy"))
        if it
    }
    cpu, requests = targets.get("ASGAverageCPUUtilization"), targets.get("ALBRequestCountPerTarget")
    mix = one(one(group, "mixedInstancesPolicy"), "instancesDistribution")
    types = _instance_types(template, group)
    actions = [it for it in record.of("autoscaling/schedule") if is_weekly(it)]
    return FleetShape(
        # On demand it is the first of those that a mix may choose from.
        instance_type=types[0],
        alternatives=types[1:],
        policy=Policy(
            target_utilisation=cpu / 100 if cpu else 1.0,
            # The target counts a minute's requests.
            requests_per_instance=requests / 60 if requests else None,
            zones=around.zones,
            least=sizes_by_hour(actions, "minSize", int(group["minSize"])),
            most=sizes_by_hour(actions, "maxSize", int(group["maxSize"])),
            # The group follows its targets alone; what it has beyond them is its least size.
            survives_a_zone=False,
        ),
        purchase=Purchase(
            # Without a mix all instances are on demand, as they are with Auto Scaling's own defaults for one.
            spot_percent=100 - int(mix.get("onDemandPercentageAboveBaseCapacity", 100)),
            on_demand_base=int(mix.get("onDemandBaseCapacity", 0)) if mix else None,
        ),
        unlimited_credits=one(template, "creditSpecification").get("cpuCredits", "unlimited") != "standard",
        balancers=len(record.of("lb/loadBalancer")),
        rules=len(record.of("lb/listenerRule")),
        access_log=any(one(it, "accessLogs").get("enabled") for it in record.of("lb/loadBalancer")),
        connection_log=any(one(it, "connectionLogs").get("enabled") for it in record.of("lb/loadBalancer")),
        warm_pool=_warm_pool(group),
        around=around,
    )


def function_of(record: Record, around: Surroundings) -> FunctionShape:
    """Read the function, its API and what keeps it warm."""
    made = record.of("lambda/function")[0]
    architecture: Architecture = "arm64" if "arm64" in (made.get("architectures") or []) else "x86_64"
    warm = record.of("lambda/provisionedConcurrencyConfig")
    limits = [it for it in record.of("appautoscaling/target") if it.get("serviceNamespace") == "lambda"]
    target = [
        float(it["targetValue"])
        for it in (
            one(policy, "targetTrackingScalingPolicyConfiguration")
            for policy in record.of("appautoscaling/policy")
        )
        if it
    ]
    stages = record.of("apigateway/stage")
    return FunctionShape(
        memory_mb=int(made.get("memorySize", 128)),
        architecture=architecture,
        api="rest" if record.of("apigateway/restApi") else "http",
        provisioned=sum(int(it["provisionedConcurrentExecutions"]) for it in warm),
        provisioned_most=max((int(it["maxCapacity"]) for it in limits), default=None),
        provisioned_target=target[0] if target else FunctionShape.provisioned_target,
        snap_start=one(made, "snapStart").get("applyOn") == "PublishedVersions",
        access_log=any(it.get("accessLogSettings") for it in stages),
        traced=one(made, "tracingConfig").get("mode") == "Active"
        or any(it.get("xrayTracingEnabled") for it in stages),
        around=around,
    )


def surroundings_of(record: Record) -> Surroundings:
    """Count what stands around either shape."""
    of = record.of
    rules = _rules(record)
    followed = [it for it in of("autoscaling/policy") if it.get("targetTrackingConfiguration")]
    followed += [it for it in of("appautoscaling/policy") if it.get("policyType") == "TargetTrackingScaling"]
    zones = _zones(record)
    interfaces = [it for it in of("ec2/vpcEndpoint") if it.get("vpcEndpointType") == "Interface"]
    return Surroundings(
        web_acls=len(of("wafv2/webAcl")),
        firewall_rules=len(rules),
        firewall_units=sum(
            statement_units(statement) for rule in rules if (statement := one(rule, "statement"))
        ),
        firewall_notes_all=any(
            notes_all_requests(it) and not notes_elsewhere(it)
            for it in of("wafv2/webAclLoggingConfiguration")
        ),
        alarms=sum(_metrics(it) for it in of("cloudwatch/metricAlarm")) + ALARMS_OF_A_TARGET * len(followed),
        dashboards=len(of("cloudwatch/dashboard")),
        hosted_zones=len(of("route53/zone")),
        keys=len(of("kms/key")),
        secrets=len(of("secretsmanager/secret")),
        nat_gateways=len(of("ec2/natGateway")),
        elastic_addresses=len(of("ec2/eip")),
        interface_endpoints=len(interfaces) * zones,
        zones=zones,
    )


def disk_gb_of(template: Inputs) -> int:
    """Add up the disks of a launch template, in GB."""
    sizes = [
        int(float(one(device, "ebs").get("volumeSize") or 0))
        for device in many(template, "blockDeviceMappings")
    ]
    return sum(sizes) or DISK_GB


def log_days_of(record: Record) -> int:
    """Return how long logs are kept: the longest of the times of all groups and buckets."""
    groups = [int(it.get("retentionInDays", LOG_DAYS)) for it in record.of("cloudwatch/logGroup")]
    rules = [rule for it in record.of("s3/bucketLifecycleConfiguration") for rule in many(it, "rules")]
    buckets = [int(one(rule, "expiration").get("days") or 0) for rule in rules]
    return max([*groups, *buckets]) if any(groups + buckets) else LOG_DAYS


def left_out(record: Record) -> list[str]:
    """Name what costs money that no line of the bill is about."""
    found = [text for it in record.resources for text in not_priced(it.type, it.inputs)]
    groups = {one(one(rule, "statement"), "managedRuleGroupStatement").get("name") for rule in _rules(record)}
    found += [f"aws:wafv2/webAcl:WebAcl: the managed rules {name}" for name in groups - KNOWN_GROUPS - {None}]
    billed = len(record.of("lambda/function"))
    billed += sum(1 for it in record.of("apigateway/stage") if it.get("accessLogSettings"))
    groups_of_others = [it for it in record.of("cloudwatch/logGroup") if not _is_the_firewalls(it)]
    others = len(groups_of_others) - billed
    if others > 0:
        found.append(f"aws:cloudwatch/logGroup:LogGroup: the GB that are written to {others} of them")
    return found


def _is_the_firewalls(log_group: Inputs) -> bool:
    name = log_group.get("name") or log_group.get("namePrefix") or ""
    return str(name).startswith(LOG_PREFIX)


def _instance_types(template: Inputs, group: Inputs) -> tuple[str, ...]:
    """Return those that a mix may choose from, in their order; else the template's own."""
    overrides = many(one(one(group, "mixedInstancesPolicy"), "launchTemplate"), "overrides")
    return tuple(str(it["instanceType"]) for it in overrides) or (str(template.get("instanceType")),)


def _warm_pool(group: Inputs) -> WarmPool | None:
    pool = one(group, "warmPool")
    if not pool:
        return None
    return WarmPool(
        prepared=int(pool.get("maxGroupPreparedCapacity") or group["maxSize"]),
        least=int(pool.get("minSize", 0)),
        running=pool.get("poolState") == "Running",
    )


def _rules(record: Record) -> list[Inputs]:
    return [rule for acl in record.of("wafv2/webAcl") for rule in many(acl, "rules")]


def _zones(record: Record) -> int:
    """Count the zones by the subnets, whose ids may not be known yet, but whose zones are."""
    return len({it.get("availabilityZone") for it in record.of("ec2/subnet")}) or 2


def _metrics(alarm: Inputs) -> int:
    """Count the metrics that an alarm looks at: each is paid for."""
    return sum(1 for query in many(alarm, "metricQueries") if query.get("metric")) or 1
