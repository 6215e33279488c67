"""Edges of the diagram: connections, invocations and deliveries that the resources allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.program.resources import StackResources

ANY_IPV4: Final = "0.0.0.0/0"


class Edge(NamedTuple):
    """Arrow from one box to another."""

    source: str
    target: str
    label: str
    """Protocol and port, or the purpose."""


def edges(resources: StackResources) -> Iterator[Edge]:
    """Yield the edges that the requested resources prove, and no others."""
    yield from _entry_edges(resources)
    yield from _vpc_edges(resources)
    invocable = {it.inputs.get("qualifier") for it in resources.of_type("lambda/permission")}
    for alias in resources.of_type("lambda/alias"):
        if alias.inputs["name"] in invocable:
            yield Edge("api", "function", f"invokes {alias.inputs['name']}")
    for function in resources.of_type("lambda/function"):
        yield Edge("function", function.inputs["s3Bucket"], "code")
    for flow_log in resources.of_type("ec2/flowLog"):
        destination = flow_log.inputs["logDestination"]
        (bucket,) = [it.name for it in resources.of_type("s3/bucket") if it.arn in destination]
        yield Edge("network", bucket, "flow logs")
    if any(alarm.inputs.get("alarmActions") for alarm in resources.of_type("cloudwatch/metricAlarm")):
        yield Edge("watch", "topic", "alarms")
    topics = {topic.arn for topic in resources.of_type("sns/topic")}
    if any(target.inputs["arn"] in topics for target in resources.of_type("cloudwatch/eventTarget")):
        yield Edge("detection", "topic", "findings")
    for budget in resources.of_type("budgets/budget"):
        if any(
            topics & {*notification["subscriberSnsTopicArns"]}
            for notification in budget.inputs["notifications"]
        ):
            yield Edge("budget", "topic", "warnings")


def _entry_edges(resources: StackResources) -> Iterator[Edge]:
    protected = {link.inputs["resourceArn"] for link in resources.of_type("wafv2/webAclAssociation")}
    if protected:
        yield Edge("internet", "firewall", "")
    for balancer in resources.of_type("lb/loadBalancer"):
        if balancer.arn in protected:
            listeners = [
                f"{it.inputs['protocol']} :{it.inputs['port']:g}" for it in resources.of_type("lb/listener")
            ]
            yield Edge("firewall", "balancer", " and ".join(sorted(listeners)))
    for stage in resources.of_type("apigateway/stage"):
        if stage.arn in protected:
            yield Edge("firewall", "api", "HTTPS :443")


def _vpc_edges(resources: StackResources) -> Iterator[Edge]:
    balancers = {
        group for inputs in resources.inputs_of("lb/loadBalancer") for group in inputs["securityGroups"]
    }
    instances = {
        group
        for inputs in resources.inputs_of("ec2/launchTemplate")
        for group in inputs.get("vpcSecurityGroupIds", [])
    }
    for rule in resources.inputs_of("vpc/securityGroupEgressRule"):
        port = f":{rule['toPort']:g}" if "toPort" in rule else "all ports"
        if rule["securityGroupId"] in balancers and rule.get("referencedSecurityGroupId") in instances:
            yield Edge("balancer", "fleet", f"HTTP {port}")
        if rule["securityGroupId"] in instances and "prefixListId" in rule:
            yield Edge("fleet", "endpoint-s3", f"HTTPS {port}")
            (bucket,) = {inputs["bucket"] for inputs in resources.inputs_of("s3/bucketObjectv2")}
            yield Edge("endpoint-s3", bucket, "archive")
        if rule["securityGroupId"] in instances and rule.get("cidrIpv4") == ANY_IPV4:
            yield Edge("fleet", "nat", f"HTTPS {port}")
