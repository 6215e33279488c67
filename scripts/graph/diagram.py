"""What the picture shows: which boxes there are, what they say, and where they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from scripts.graph.edges import Arrow, arrows
from scripts.graph.fleet_box import fleet_box
from scripts.graph.layout import GAP, Group, Leaf, Part, Tier, Zones
from scripts.graph.resource_groups import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.program.asked import Asked, Program

ROOM: Final = 44
"""Pixels between two boxes with an arrow between them, so that its words have room."""

SPELT: Final = {"ip": "IP", "sqli": "SQL injection"}

SERVICES: Final = {
    "autoscaling": "Auto Scaling",
    "logs": "CloudWatch Logs",
    "s3": "S3",
    "ssm": "Systems Manager",
    "ssmmessages": "Session Manager",
}
"""What people call those that an endpoint leads to."""

IN_A_LINE: Final = 5
"""Rules of the firewall that fit beside one another."""

IN_A_BUCKET: Final = 2
"""Things in a bucket that do."""


def compose(program: Program) -> tuple[Part, list[Arrow]]:
    """Lay out a program's architecture, from the world at the top to what is kept at the bottom.

    Raises:
        UndrawnError: it asks for a type of resource that has no place in the picture.
    """
    check(program)
    shapes = tuple(part for part in (_network(program), _serverless(program)) if part)
    rows: list[Part] = [
        Leaf(key="internet", title="Internet", lines=tuple(_entries(program)), look="edge"),
        _firewall(program),
        Group(children=shapes, flow="row", gap=ROOM),
        Group(children=tuple(_kept(program)), flow="row", gap=ROOM + GAP),
    ]
    return Group(children=tuple(rows), gap=ROOM), list(arrows(program))


def _entries(program: Program) -> Iterator[str]:
    names = [record.inputs["name"] for record in program.of("route53/record") if "aliases" in record.inputs]
    yield from sorted(set(names)) or ["clients, at the addresses that AWS gives"]


def _firewall(program: Program) -> Leaf:
    (acl,) = program.of("wafv2/webAcl")
    rules = sorted(acl.inputs["rules"], key=lambda rule: rule["priority"])
    actions: list[dict[str, Any]] = [rule.get("action") or rule.get("overrideAction") or {} for rule in rules]
    modes = {"counts" if "count" in action else "blocks" for action in actions if "allow" not in action}
    names = [_words(rule["name"].removeprefix("AWSManagedRules")) for rule in rules]
    lines = [" · ".join(names[at : at + IN_A_LINE]) for at in range(0, len(names), IN_A_LINE)]
    return Leaf(
        key="firewall",
        title=f"AWS WAF web ACL, which {' and '.join(sorted(modes))}",
        lines=tuple(lines),
        look="guard",
    )


def _words(name: str) -> str:
    """Write a rule's name in words: `KnownBadInputsRuleSet` is `known bad inputs`."""
    short = name.removesuffix("RuleSet").removesuffix("List").removeprefix("Amazon")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", short).lower().split()
    return " ".join(SPELT.get(word, word) for word in words)


def _network(program: Program) -> Part | None:
    vpc = program.first("ec2/vpc")
    if vpc is None:
        return None
    zones = sorted({subnet.inputs["availabilityZone"] for subnet in program.of("ec2/subnet")})
    balancer, fleet = _balancer(program), fleet_box(program)
    tiers = (
        Tier(look="public", subnets=_subnets(program, "public", zones), holds=balancer),
        Tier(look="private", subnets=_subnets(program, "private", zones), holds=fleet),
    )
    return Group(
        key="network",
        title=f"VPC {vpc.inputs['cidrBlock']}",
        look="network",
        children=(Zones(names=tuple(zones), tiers=tiers, gap=ROOM), _ways_out(program)),
        gap=ROOM,
    )


def _subnets(program: Program, kind: str, zones: list[str]) -> tuple[str, ...]:
    cidrs = {
        subnet.inputs["availabilityZone"]: subnet.inputs["cidrBlock"]
        for subnet in program.of("ec2/subnet")
        if f"-{kind}-" in subnet.name
    }
    return tuple(f"{kind} {cidrs[zone]}" for zone in zones)


def _balancer(program: Program) -> Leaf:
    (targets,) = program.of("lb/targetGroup")
    (balancer,) = program.of("lb/loadBalancer")
    check = targets.inputs["healthCheck"]
    return Leaf(
        key="balancer",
        title="Application Load Balancer",
        lines=(
            (
                f"{targets.inputs['loadBalancingAlgorithmType'].replace('_', ' ')}, "
                f"desync mitigation {balancer.inputs['desyncMitigationMode']}"
            ),
            f"health check {check['path']} every {check['interval']:g} s",
        ),
        look="compute",
    )


def _ways_out(program: Program) -> Part:
    """Show by what ways the network is left: private ones, and NAT gateways where there are any."""
    services: dict[str, list[str]] = {}
    for endpoint in program.of("ec2/vpcEndpoint"):
        services.setdefault(endpoint.inputs["vpcEndpointType"].lower(), []).append(_service(endpoint))
    ways = [
        Leaf(
            key="endpoint-s3" if "s3" in found else f"endpoints-{kind}",
            title=f"{kind.capitalize()} endpoint{'s' * (len(found) > 1)}",
            lines=(" · ".join(sorted(SERVICES.get(service, service) for service in found)),),
            look="edge",
        )
        for kind, found in sorted(services.items())
    ]
    gateways = len(program.of("ec2/natGateway"))
    if gateways:
        count = "one for all zones" if gateways == 1 else "one in each zone"
        ways.append(Leaf(key="nat", title="NAT gateway", lines=(count,), look="edge"))
    return Group(children=tuple(ways), flow="row")


def _service(endpoint: Asked) -> str:
    return endpoint.inputs["serviceName"].rpartition(".")[2]


def _serverless(program: Program) -> Part | None:
    function = program.first("lambda/function")
    if function is None:
        return None
    (stage,), (alias,) = program.of("apigateway/stage"), program.of("lambda/alias")
    (settings,) = program.of("apigateway/methodSettings")
    throttle = settings.inputs["settings"]
    api = Leaf(
        key="api",
        title="API Gateway REST API",
        lines=(
            f"stage {stage.inputs['stageName']}, every path and method",
            f"{throttle['throttlingRateLimit']:g} requests/s, bursts of {throttle['throttlingBurstLimit']:g}",
        ),
        look="compute",
    )
    code = Leaf(
        key="function",
        title=f"Lambda function, alias {alias.inputs['name']}",
        lines=(
            f"{function.inputs['memorySize']:g} MB, {function.inputs['timeout']:g} s",
            f"{function.inputs['runtime']}, {', '.join(function.inputs['architectures'])}",
        ),
        look="compute",
    )
    return Group(key="serverless", title="Serverless", look="zone", children=(api, code), gap=ROOM)


def _kept(program: Program) -> Iterator[Part]:
    for bucket in reversed(program.of("s3/bucket")):
        held = list(_held(program, bucket))
        versioned = any(it.inputs["bucket"] == bucket.name for it in program.of("s3/bucketVersioning"))
        yield Leaf(
            key=bucket.name,
            title=f"S3 bucket {bucket.name.partition('-')[2]}",
            lines=(
                *(", ".join(held[at : at + IN_A_BUCKET]) for at in range(0, len(held), IN_A_BUCKET)),
                f"encrypted, TLS alone{', versioned' if versioned else ''}",
            ),
            look="storage",
        )
    yield Leaf(key="watch", title="CloudWatch", lines=tuple(_watched(program)), look="watch")
    mails = [it.inputs["endpoint"] for it in program.of("sns/topicSubscription")]
    yield Leaf(
        key="topic",
        title="SNS topic",
        lines=("encrypted", ", ".join(mails) or "to subscribe to"),
        look="watch",
    )
    tellers = tuple(_tellers(program))
    if tellers:
        yield Group(children=tellers)


def _tellers(program: Program) -> Iterator[Leaf]:
    """Give what people are told of beside alarms: who got in, and what it costs."""
    if program.of("guardduty/detector"):
        yield Leaf(key="detection", title="GuardDuty", lines=("signs of intruders",), look="watch")
    for budget in program.of("budgets/budget"):
        amount = f"{budget.inputs['limitUnit']} {budget.inputs['limitAmount']} a month"
        yield Leaf(key="budget", title="AWS Budgets", lines=(amount,), look="watch")


def _watched(program: Program) -> Iterator[str]:
    alarms, dashboards = len(program.of("cloudwatch/metricAlarm")), len(program.of("cloudwatch/dashboard"))
    yield f"{alarms} alarms, {dashboards} dashboard"
    groups = len(program.of("cloudwatch/logGroup"))
    yield f"{groups} log group{'s' * (groups != 1)}"


def _held(program: Program, bucket: Asked) -> Iterator[str]:
    """Say what lies in a bucket: objects of the program's, and what it tells others to write there."""
    for held in program.of("s3/bucketObjectv2"):
        if held.inputs["bucket"] == bucket.name:
            yield held.inputs["key"]
    for balancer in program.of("lb/loadBalancer"):
        for key, words in (("accessLogs", "requests"), ("connectionLogs", "connections")):
            if balancer.block(key).get("bucket") == bucket.name:
                yield words
    if any(bucket.arn in flows.inputs["logDestination"] for flows in program.of("ec2/flowLog")):
        yield "network flows"
    if any(it.inputs["targetBucket"] == bucket.name for it in program.of("s3/bucketLogging")):
        yield "reads of archives"
