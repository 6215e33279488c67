"""Who talks to whom, as far as the program says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.program.asked import Program

ANYWHERE: Final = "0.0.0.0/0"


class Arrow(NamedTuple):
    """Who talks to whom."""

    source: str
    target: str
    says: str
    """In which protocol, or what for."""


def arrows(program: Program) -> Iterator[Arrow]:
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
