"""What the picture shows: which boxes there are, what they say, and who talks to whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from scripts.graph.box import GAP, Group, Leaf, Part, Tier, Zones
from scripts.graph.kinds import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.graph.asked import Asked, Program

ROOM: Final = 44
"""Pixels between two boxes with an arrow between them, so that its words have room."""

ANYWHERE: Final = "0.0.0.0/0"


SPELT: Final = {"ip": "IP", "sqli": "SQL injection"}

SERVICES: Final = {
    "autoscaling": "Auto Scaling",
    "logs": "CloudWatch Logs",
    "s3": "S3",
    "ssm": "Systems Manager",
    "ssmmessages": "Session Manager",
}
"""What people call those that an endpoint leads to."""

NAMED: Final = 3
"""Instance types of a mix that are named; of more there would be no end."""

IN_A_LINE: Final = 5
"""Rules of the firewall that fit beside one another."""

IN_A_BUCKET: Final = 2
"""Things in a bucket that do."""


class Arrow(NamedTuple):
    """Who talks to whom."""

    source: str
    target: str
    says: str
    """In which protocol, or what for."""


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
    return Group(children=tuple(rows), gap=ROOM), list(_arrows(program))


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
    balancer, fleet = _balancer(program), _fleet(program)
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


def _fleet(program: Program) -> Leaf:
    (group,) = program.of("autoscaling/group")
    (template,) = program.of("ec2/launchTemplate")
    mixed = _block(group, "mixedInstancesPolicy")
    overrides: list[dict[str, Any]] = mixed.get("launchTemplate", {}).get("overrides", [])
    types = [str(override["instanceType"]) for override in overrides] or [
        str(template.inputs["instanceType"])
    ]
    size = f"{group.inputs['minSize']:g} to {group.inputs['maxSize']:g} x {_either(types)}"
    bought = ", ".join(_bought(mixed.get("instancesDistribution", {})))
    return Leaf(
        key="fleet",
        title="EC2 Auto Scaling group",
        lines=(
            *((size, f"{bought}, IMDSv2, encrypted gp3") if bought else (f"{size}, IMDSv2, encrypted gp3",)),
            f"follows {_listed(_followed(program))}",
            *_waiting(group),
        ),
        look="compute",
    )


def _either(types: list[str]) -> str:
    if len(types) > NAMED:
        return f"{types[0]} or {len(types) - 1} types like it"
    return " or ".join([", ".join(types[:-1]), types[-1]] if types[1:] else types)


def _bought(distribution: dict[str, Any]) -> Iterator[str]:
    """Say how instances are bought, where that is not all on demand."""
    if share := 100 - distribution.get("onDemandPercentageAboveBaseCapacity", 100):
        base = distribution.get("onDemandBaseCapacity", 0)
        if base:
            yield f"{base:g} on demand"
        yield f"{share:g} % {'of the others ' if base else ''}spot"


def _followed(program: Program) -> list[str]:
    """Say what the fleet's size follows: its load, the time, and what is to be expected."""
    policies = program.of("autoscaling/policy")
    followed = sorted(_target(policy) for policy in policies if _target(policy))
    if program.of("autoscaling/schedule"):
        followed.append("a schedule")
    modes = {_block(policy, "predictiveScalingConfiguration").get("mode") for policy in policies}
    return [*followed, "a forecast"] if "ForecastAndScale" in modes else followed


def _waiting(group: Asked) -> Iterator[str]:
    if waiting := _block(group, "warmPool").get("minSize"):
        yield f"{waiting:g} more wait, stopped"


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _target(policy: Asked) -> str:
    tracking = _block(policy, "targetTrackingConfiguration")
    metric: dict[str, Any] = tracking.get("predefinedMetricSpecification", {})
    return {
        "ALBRequestCountPerTarget": f"{tracking.get('targetValue', 0):,.0f} requests a minute and instance",
        "ASGAverageCPUUtilization": f"{tracking.get('targetValue', 0):g} % CPU",
    }.get(str(metric.get("predefinedMetricType")), "")


def _block(asked: Asked, key: str) -> dict[str, Any]:
    found: dict[str, Any] | None = asked.inputs.get(key)
    return found or {}


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
            if _block(balancer, key).get("bucket") == bucket.name:
                yield words
    if any(bucket.arn in flows.inputs["logDestination"] for flows in program.of("ec2/flowLog")):
        yield "network flows"
    if any(it.inputs["targetBucket"] == bucket.name for it in program.of("s3/bucketLogging")):
        yield "reads of archives"


def _arrows(program: Program) -> Iterator[Arrow]:
    """Draw what the program says of who may reach whom, and no more."""
    yield from _ways_in(program)
    yield from _ways_through_the_network(program)
    permitted = {it.inputs.get("qualifier") for it in program.of("lambda/permission")}
    for alias in program.of("lambda/alias"):
        if alias.inputs["name"] in permitted:
            yield Arrow("api", "function", f"invokes {alias.inputs['name']}")
    for function in program.of("lambda/function"):
        yield Arrow("function", function.inputs["s3Bucket"], "code")
    for flows in program.of("ec2/flowLog"):
        (written,) = [it.name for it in program.of("s3/bucket") if it.arn in flows.inputs["logDestination"]]
        yield Arrow("network", written, "flow logs")
    if any(alarm.inputs.get("alarmActions") for alarm in program.of("cloudwatch/metricAlarm")):
        yield Arrow("watch", "topic", "alarms")
    topics = {topic.arn for topic in program.of("sns/topic")}
    if any(target.inputs["arn"] in topics for target in program.of("cloudwatch/eventTarget")):
        yield Arrow("detection", "topic", "findings")
    for budget in program.of("budgets/budget"):
        if any(topics & {*told["subscriberSnsTopicArns"]} for told in budget.inputs["notifications"]):
            yield Arrow("budget", "topic", "warnings")


def _ways_in(program: Program) -> Iterator[Arrow]:
    guarded = {link.inputs["resourceArn"] for link in program.of("wafv2/webAclAssociation")}
    if guarded:
        yield Arrow("internet", "firewall", "")
    for balancer in program.of("lb/loadBalancer"):
        if balancer.arn in guarded:
            listeners = [
                f"{it.inputs['protocol']} :{it.inputs['port']:g}" for it in program.of("lb/listener")
            ]
            yield Arrow("firewall", "balancer", " and ".join(sorted(listeners)))
    for stage in program.of("apigateway/stage"):
        if stage.arn in guarded:
            yield Arrow("firewall", "api", "HTTPS :443")


def _ways_through_the_network(program: Program) -> Iterator[Arrow]:
    balancers = {group for it in program.of("lb/loadBalancer") for group in it.inputs["securityGroups"]}
    instances = {
        group for it in program.of("ec2/launchTemplate") for group in it.inputs.get("vpcSecurityGroupIds", [])
    }
    for rule in program.of("vpc/securityGroupEgressRule"):
        given = rule.inputs
        port = f":{given['toPort']:g}" if "toPort" in given else "all ports"
        if given["securityGroupId"] in balancers and given.get("referencedSecurityGroupId") in instances:
            yield Arrow("balancer", "fleet", f"HTTP {port}")
        if given["securityGroupId"] in instances and "prefixListId" in given:
            yield Arrow("fleet", "endpoint-s3", f"HTTPS {port}")
            (bucket,) = {held.inputs["bucket"] for held in program.of("s3/bucketObjectv2")}
            yield Arrow("endpoint-s3", bucket, "archive")
        if given["securityGroupId"] in instances and given.get("cidrIpv4") == ANYWHERE:
            yield Arrow("fleet", "nat", f"HTTPS {port}")
