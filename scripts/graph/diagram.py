"""Content of the diagram: its boxes, their text and their nesting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from scripts.graph.edges import Edge, edges
from scripts.graph.fleet_box import fleet_box
from scripts.graph.layout import GAP, Container, Element, Node, SubnetTier, ZoneColumns
from scripts.graph.resource_groups import check_boxes
from scripts.program.resources import block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.program.resources import RequestedResource, StackResources

EDGE_GAP: Final = 44
"""Pixels between two boxes that an edge connects, enough for its label."""

ACRONYMS: Final = {"ip": "IP", "sqli": "SQL injection"}
"""Word in the name of a managed rule group -> its spelling."""

SERVICE_NAMES: Final = {
    "autoscaling": "Auto Scaling",
    "logs": "CloudWatch Logs",
    "s3": "S3",
    "ssm": "Systems Manager",
    "ssmmessages": "Session Manager",
}
"""Last part of an endpoint's service name -> the name of the service."""

RULES_PER_LINE: Final = 5
"""Rules of the web ACL that fit into a line."""

OBJECTS_PER_LINE: Final = 2
"""Contents of a bucket that fit into a line."""


def compose_diagram(resources: StackResources) -> tuple[Element, list[Edge]]:
    """Build the boxes and edges of a stack, from the internet to storage and monitoring.

    Raises:
        MissingBoxError: a requested type of resource has no box.
    """
    check_boxes(resources)
    shapes = tuple(element for element in (_vpc_box(resources), _serverless_box(resources)) if element)
    rows: list[Element] = [
        Node(key="internet", title="Internet", lines=tuple(_public_names(resources)), style="edge"),
        _web_acl_box(resources),
        Container(children=shapes, flow="row", gap=EDGE_GAP),
        Container(children=tuple(_storage_and_monitoring(resources)), flow="row", gap=EDGE_GAP + GAP),
    ]
    return Container(children=tuple(rows), gap=EDGE_GAP), list(edges(resources))


def _public_names(resources: StackResources) -> Iterator[str]:
    names = {inputs["name"] for inputs in resources.inputs_of("route53/record") if "aliases" in inputs}
    yield from sorted(names) or ["clients, at the host names that AWS assigns"]


def _web_acl_box(resources: StackResources) -> Node:
    (acl,) = resources.of_type("wafv2/webAcl")
    rules = sorted(acl.inputs["rules"], key=lambda rule: rule["priority"])
    actions: list[dict[str, Any]] = [rule.get("action") or rule.get("overrideAction") or {} for rule in rules]
    modes = {"counts" if "count" in action else "blocks" for action in actions if "allow" not in action}
    names = [_rule_label(rule["name"].removeprefix("AWSManagedRules")) for rule in rules]
    lines = [" · ".join(names[at : at + RULES_PER_LINE]) for at in range(0, len(names), RULES_PER_LINE)]
    return Node(
        key="firewall",
        title=f"AWS WAF web ACL that {' and '.join(sorted(modes))}",
        lines=tuple(lines),
        style="guard",
    )


def _rule_label(name: str) -> str:
    """Return a rule's name in words: `KnownBadInputsRuleSet` is `known bad inputs`."""
    short = name.removesuffix("RuleSet").removesuffix("List").removeprefix("Amazon")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", short).lower().split()
    return " ".join(ACRONYMS.get(word, word) for word in words)


def _vpc_box(resources: StackResources) -> Element | None:
    vpcs = resources.inputs_of("ec2/vpc")
    if not vpcs:
        return None
    zones = sorted({subnet.inputs["availabilityZone"] for subnet in resources.of_type("ec2/subnet")})
    balancer, fleet = _load_balancer_box(resources), fleet_box(resources)
    rows = (
        SubnetTier(style="public", subnets=_subnet_labels(resources, "public", zones), content=balancer),
        SubnetTier(style="private", subnets=_subnet_labels(resources, "private", zones), content=fleet),
    )
    return Container(
        key="network",
        title=f"VPC {vpcs[0]['cidrBlock']}",
        style="network",
        children=(ZoneColumns(names=tuple(zones), rows=rows, gap=EDGE_GAP), _vpc_exits(resources)),
        gap=EDGE_GAP,
    )


def _subnet_labels(resources: StackResources, kind: str, zones: list[str]) -> tuple[str, ...]:
    cidrs = {
        subnet.inputs["availabilityZone"]: subnet.inputs["cidrBlock"]
        for subnet in resources.of_type("ec2/subnet")
        if f"-{kind}-" in subnet.name
    }
    return tuple(f"{kind} {cidrs[zone]}" for zone in zones)


def _load_balancer_box(resources: StackResources) -> Node:
    (target_group,) = resources.inputs_of("lb/targetGroup")
    (balancer,) = resources.inputs_of("lb/loadBalancer")
    health_check = target_group["healthCheck"]
    return Node(
        key="balancer",
        title="Application Load Balancer",
        lines=(
            (
                f"{target_group['loadBalancingAlgorithmType'].replace('_', ' ')}, desync mitigation "
                f"{balancer['desyncMitigationMode']}"
            ),
            f"health check {health_check['path']} every {health_check['interval']:g} s",
        ),
        style="compute",
    )


def _vpc_exits(resources: StackResources) -> Element:
    """Build the boxes of the VPC endpoints and, if there are any, of the NAT gateways."""
    services: dict[str, list[str]] = {}
    for endpoint in resources.of_type("ec2/vpcEndpoint"):
        services.setdefault(endpoint.inputs["vpcEndpointType"].lower(), []).append(_service_name(endpoint))
    exits: list[Element] = [
        Node(
            key="endpoint-s3" if "s3" in found else f"endpoints-{kind}",
            title=f"{kind.capitalize()} endpoint{'s' * (len(found) > 1)}",
            lines=(" · ".join(sorted(SERVICE_NAMES.get(service, service) for service in found)),),
            style="edge",
        )
        for kind, found in sorted(services.items())
    ]
    gateways = len(resources.of_type("ec2/natGateway"))
    if gateways:
        count = "one for all zones" if gateways == 1 else "one in each zone"
        exits.append(Node(key="nat", title="NAT gateway", lines=(count,), style="edge"))
    return Container(children=tuple(exits), flow="row")


def _service_name(endpoint: RequestedResource) -> str:
    return endpoint.inputs["serviceName"].rpartition(".")[2]


def _serverless_box(resources: StackResources) -> Element | None:
    functions = resources.inputs_of("lambda/function")
    if not functions:
        return None
    (function,) = functions
    (stage,), (alias,) = resources.inputs_of("apigateway/stage"), resources.inputs_of("lambda/alias")
    (method_settings,) = resources.inputs_of("apigateway/methodSettings")
    throttle = method_settings["settings"]
    api = Node(
        key="api",
        title="API Gateway REST API",
        lines=(
            f"stage {stage['stageName']}, every path and method",
            f"{throttle['throttlingRateLimit']:g} requests/s, bursts of {throttle['throttlingBurstLimit']:g}",
        ),
        style="compute",
    )
    code = Node(
        key="function",
        title=f"Lambda function, alias {alias['name']}",
        lines=(
            f"{function['memorySize']:g} MB, {function['timeout']:g} s",
            f"{function['runtime']}, {', '.join(function['architectures'])}",
        ),
        style="compute",
    )
    return Container(key="serverless", title="Serverless", style="zone", children=(api, code), gap=EDGE_GAP)


def _storage_and_monitoring(resources: StackResources) -> Iterator[Element]:
    for bucket in reversed(resources.of_type("s3/bucket")):
        contents = list(_bucket_contents(resources, bucket))
        versioned = any(it.inputs["bucket"] == bucket.name for it in resources.of_type("s3/bucketVersioning"))
        yield Node(
            key=bucket.name,
            title=f"S3 bucket {bucket.name.partition('-')[2]}",
            lines=(
                *(
                    ", ".join(contents[at : at + OBJECTS_PER_LINE])
                    for at in range(0, len(contents), OBJECTS_PER_LINE)
                ),
                f"encrypted, TLS only{', versioned' if versioned else ''}",
            ),
            style="storage",
        )
    yield Node(key="watch", title="CloudWatch", lines=tuple(_cloudwatch_lines(resources)), style="watch")
    subscribers = [inputs["endpoint"] for inputs in resources.inputs_of("sns/topicSubscription")]
    yield Node(
        key="topic",
        title="SNS topic",
        lines=("encrypted", ", ".join(subscribers) or "no subscribers yet"),
        style="watch",
    )
    alert_sources = tuple(_alert_sources(resources))
    if alert_sources:
        yield Container(children=alert_sources)


def _alert_sources(resources: StackResources) -> Iterator[Node]:
    """Yield the sources of notifications other than alarms: GuardDuty and budgets."""
    if resources.of_type("guardduty/detector"):
        yield Node(key="detection", title="GuardDuty", lines=("threat detection",), style="watch")
    for budget in resources.of_type("budgets/budget"):
        amount = f"{budget.inputs['limitUnit']} {budget.inputs['limitAmount']} per month"
        yield Node(key="budget", title="AWS Budgets", lines=(amount,), style="watch")


def _cloudwatch_lines(resources: StackResources) -> Iterator[str]:
    alarms = len(resources.of_type("cloudwatch/metricAlarm"))
    dashboards = len(resources.of_type("cloudwatch/dashboard"))
    yield f"{alarms} alarms, {dashboards} dashboard"
    groups = len(resources.of_type("cloudwatch/logGroup"))
    yield f"{groups} log group{'s' * (groups != 1)}"


def _bucket_contents(resources: StackResources, bucket: RequestedResource) -> Iterator[str]:
    """Yield the contents of a bucket: objects that the program uploads, and logs that services deliver."""
    for uploaded in resources.inputs_of("s3/bucketObjectv2"):
        if uploaded["bucket"] == bucket.name:
            yield uploaded["key"]
    for balancer in resources.inputs_of("lb/loadBalancer"):
        for key, log in (("accessLogs", "access logs"), ("connectionLogs", "connection logs")):
            if block(balancer, key).get("bucket") == bucket.name:
                yield log
    if any(bucket.arn in flow_log["logDestination"] for flow_log in resources.inputs_of("ec2/flowLog")):
        yield "flow logs"
    if any(it["targetBucket"] == bucket.name for it in resources.inputs_of("s3/bucketLogging")):
        yield "archive access logs"
