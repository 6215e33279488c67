"""Prices the very resources of the Pulumi program, as a stack's configuration asks for them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from scripts.cost import demand as demands
from scripts.cost.bill import Bill, bill
from scripts.cost.fleet import FleetShape, fleet_bill
from scripts.cost.function import FunctionShape, function_bill
from scripts.cost.purchase import Purchase
from scripts.cost.sizing import Policy
from scripts.cost.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from infra.instance_types import Architecture
    from scripts.cost.assumptions import Assumptions
    from scripts.cost.capacity import Capacity
    from scripts.cost.demand import Demand
    from scripts.cost.prices import RegionPrices

Inputs: TypeAlias = "dict[str, Any]"
"""What a resource is asked to be; Pulumi gives no types to it."""

Resources: TypeAlias = "Callable[[str], list[Inputs]]"
"""The inputs of all resources of a kind, such as `lb/loadBalancer`."""

PROJECT: Final = Path(__file__).resolve().parents[2]

MANAGED_GROUP_UNITS: Final = {
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesCommonRuleSet": 700,
}
"""Capacity units by managed rule group (AWS WAF developer guide, "AWS Managed Rules rule groups list")."""

RATE_LIMIT_UNITS: Final = 2
"""Capacity units of a rule that counts requests by address (AWS WAF developer guide, "Rate-based rule")."""

ALARMS_OF_A_TARGET: Final = 2
"""Alarms that a target tracking policy makes for itself (EC2 Auto Scaling user guide)."""

FREE: Final = (
    *(
        "aws:iam/",
        "aws:s3/",
        "aws:vpc/",
        "aws:acm/",
        "aws:sns/",
        "aws:route53/record:",
        "aws:appautoscaling/",
    ),
    *(
        "aws:ec2/vpc:",
        "aws:ec2/subnet:",
        "aws:ec2/route",
        "aws:ec2/internetGateway:",
        "aws:ec2/securityGroup:",
    ),
    *("aws:ec2/launchTemplate:", "aws:ec2/mainRouteTable", "aws:ec2/defaultSecurityGroup:"),
    *("aws:lb/targetGroup:", "aws:lb/listener", "aws:wafv2/webAclAssociation:", "aws:autoscaling/"),
    *("aws:apigateway/", "aws:lambda/", "aws:cloudwatch/logGroup:", "aws:wafv2/webAclLogging"),
)
"""Beginnings of types that cost nothing by themselves, or only by use that another line bills. The packed
service in its bucket is some megabytes: less than a cent."""

PRICED: Final = (
    *(
        "aws:lb/loadBalancer:",
        "aws:wafv2/webAcl:",
        "aws:cloudwatch/metricAlarm:",
        "aws:cloudwatch/dashboard:",
    ),
    *("aws:ec2/natGateway:", "aws:route53/zone:", "aws:kms/key:"),
)
"""Beginnings of types that have a line of their own."""


class StackError(RuntimeError):
    """The stack can't be priced; the text says why."""


@dataclass(frozen=True, kw_only=True)
class StackShape:
    """What a stack consists of."""

    region: str
    fleet: FleetShape | None
    function: FunctionShape | None
    disk_gb: int
    log_days: int
    unpriced: tuple[str, ...]
    """Types of resources that have no price here: unknown, not free."""


def read_stack(stack: str, settings: Sequence[str] = (), *, reference: str | None = None) -> StackShape:
    """Run the program under mocks and see what it asks for.

    Args:
        stack: name of the stack, as in `Pulumi.<stack>.yaml`.
        settings: `key=value`, before what the stack's file says.
        reference: a branch or commit whose program and configuration to take; None: those on the disk.

    Raises:
        StackError: the program refuses, or there is no such reference.
    """
    if reference is None:
        return understand(_record(PROJECT, stack, settings))
    with _exported(reference) as folder:
        return understand(_record(folder, stack, settings))


def understand(record: Mapping[str, Any]) -> StackShape:
    """Make shapes of recorded resources."""
    resources = cast("list[dict[str, Any]]", record["resources"])

    def of(kind: str) -> list[Inputs]:
        return [it["inputs"] for it in resources if it["type"].startswith(f"aws:{kind}:")]

    around = _surroundings(of)
    templates, functions = of("ec2/launchTemplate"), of("lambda/function")
    fleet = _fleet(of, around) if templates else None
    function = (
        _function(of, replace(around, web_acls=0, alarms=0) if fleet else around) if functions else None
    )
    return StackShape(
        region=str(record["region"]),
        fleet=fleet,
        function=function,
        disk_gb=_disk_gb(templates[0]) if templates else 8,
        log_days=max((int(it.get("retentionInDays", 30)) for it in of("cloudwatch/logGroup")), default=30),
        unpriced=tuple(sorted({str(it["type"]) for it in resources if not _is_priced(it)})),
    )


def stack_bill(
    stack: StackShape, demand: Demand, capacity: Capacity, prices: RegionPrices, assumptions: Assumptions
) -> Bill:
    """Bill a month of the stack; of two shapes, the fleet has the stack's URL and gets all traffic."""
    assumed = replace(assumptions, disk_gb=stack.disk_gb, log_days=stack.log_days)
    parts: list[Bill] = []
    idle = replace(demand, rates=demands.constant(0))
    if stack.fleet:
        parts.append(fleet_bill(stack.fleet, demand, capacity, prices, assumed))
    if stack.function:
        mine = idle if stack.fleet else demand
        parts.append(function_bill(stack.function, mine, capacity, prices, assumed))
    return bill((it for part in parts for it in part.lines), demand.requests_per_month)


def _fleet(of: Resources, around: Surroundings) -> FleetShape:
    template, group = of("ec2/launchTemplate")[0], of("autoscaling/group")[0]
    targets = [_one(it, "targetTrackingConfiguration") for it in of("autoscaling/policy")]
    cpu = [
        it["targetValue"] for it in targets if "CPU" in json.dumps(it.get("predefinedMetricSpecification"))
    ]
    credits_mode = _one(template, "creditSpecification").get("cpuCredits", "unlimited")
    return FleetShape(
        instance_type=str(template["instanceType"]),
        policy=Policy(
            target_utilisation=float(cpu[0]) / 100 if cpu else 1.0,
            zones=around.zones,
            least=int(group["minSize"]),
            most=int(group["maxSize"]),
            # The group follows its targets alone; what it has beyond them is its least size.
            survives_a_zone=False,
        ),
        purchase=Purchase(),
        unlimited_credits=credits_mode != "standard",
        balancers=len(of("lb/loadBalancer")),
        rules=len(of("lb/listenerRule")),
        around=around,
    )


def _function(of: Resources, around: Surroundings) -> FunctionShape:
    made = of("lambda/function")[0]
    architecture: Architecture = "arm64" if "arm64" in (made.get("architectures") or []) else "x86_64"
    warm = sum(int(it["provisionedConcurrentExecutions"]) for it in of("lambda/provisionedConcurrencyConfig"))
    return FunctionShape(
        memory_mb=int(made.get("memorySize", 128)),
        architecture=architecture,
        api="rest" if of("apigateway/restApi") else "http",
        provisioned=warm,
        snap_start=_one(made, "snapStart").get("applyOn") == "PublishedVersions",
        around=around,
    )


def _surroundings(of: Resources) -> Surroundings:
    acls = of("wafv2/webAcl")
    rules = [rule for acl in acls for rule in _many(acl, "rules")]
    subnets = [_many(it, "subnets") for it in of("lb/loadBalancer")]
    policies = [it for it in of("autoscaling/policy") if it.get("targetTrackingConfiguration")]
    return Surroundings(
        web_acls=len(acls),
        firewall_rules=len(rules),
        firewall_units=sum(_units(_one(rule, "statement")) for rule in rules),
        alarms=sum(_metrics(it) for it in of("cloudwatch/metricAlarm")) + ALARMS_OF_A_TARGET * len(policies),
        dashboards=len(of("cloudwatch/dashboard")),
        hosted_zones=len(of("route53/zone")),
        keys=len(of("kms/key")),
        nat_gateways=len(of("ec2/natGateway")),
        zones=max((len(it) for it in subnets), default=2),
    )


def _units(statement: Inputs) -> int:
    group = _one(statement, "managedRuleGroupStatement").get("name")
    return MANAGED_GROUP_UNITS.get(group, 0) if group else RATE_LIMIT_UNITS


def _metrics(alarm: Inputs) -> int:
    """Count the metrics that an alarm looks at: each is paid for."""
    return sum(1 for query in _many(alarm, "metricQueries") if query.get("metric")) or 1


def _disk_gb(template: Inputs) -> int:
    sizes = [
        int(float(_one(device, "ebs").get("volumeSize") or 0))
        for device in _many(template, "blockDeviceMappings")
    ]
    # Amazon Linux 2023 brings a disk of 8 GiB.
    return sum(sizes) or 8


def _many(inputs: Inputs, key: str) -> list[Inputs]:
    return cast("list[Inputs]", inputs.get(key) or [])


def _one(inputs: Inputs, key: str) -> Inputs:
    return cast("Inputs", inputs.get(key) or {})


def _is_priced(resource: Inputs) -> bool:
    """Say whether the bill knows what a resource costs.

    Endpoints are free where they are gateways, and notes of refused traffic alone are less than a cent.
    """
    if resource["type"].startswith("aws:ec2/vpcEndpoint:"):
        return _one(resource, "inputs").get("vpcEndpointType", "Gateway") == "Gateway"
    if resource["type"].startswith("aws:ec2/flowLog:"):
        return _one(resource, "inputs").get("trafficType") == "REJECT"
    return str(resource["type"]).startswith((*FREE, *PRICED))


def _record(folder: Path, stack: str, settings: Sequence[str]) -> dict[str, Any]:
    # Modules of the working directory come first: those of `folder`, whatever is installed.
    ran = subprocess.run(  # noqa: S603 (our own module, no shell)
        [sys.executable, "-m", "scripts.cost.recorder", str(folder), stack, *settings],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        reason = ran.stderr.strip().splitlines() or ["the program failed"]
        raise StackError(f"The stack {stack} can't be priced: {' '.join(reason[-4:])}")
    return json.loads(ran.stdout.splitlines()[-1])


@contextmanager
def _exported(reference: str) -> Generator[Path]:
    """Lay the program and its configuration out as they were at a branch or commit."""
    with tempfile.TemporaryDirectory(prefix="iris-cost-") as folder:
        listed = _git("ls-tree", "--name-only", reference, reference=reference).decode().split()
        files = [it for it in listed if it == "infra" or (it.startswith("Pulumi") and it.endswith(".yaml"))]
        packed = _git("archive", "--format=tar", reference, "--", *files, reference=reference)
        subprocess.run(["tar", "-xf", "-", "-C", folder], input=packed, check=True)  # noqa: S603, S607 (fixed words)
        yield Path(folder)


def _git(*words: str, reference: str) -> bytes:
    if reference.startswith("-"):
        raise StackError(f"{reference!r} is no branch or commit.")
    ran = subprocess.run(["git", *words], cwd=PROJECT, capture_output=True, check=False)  # noqa: S603, S607 (no shell)
    if ran.returncode:
        raise StackError(f"There is no branch or commit {reference!r} here.")
    return ran.stdout
