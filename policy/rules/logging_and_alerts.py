"""What happens is written down, kept for a time, and told where somebody should know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.rule import Finding, Resource, ResourceRule, StackRule, block, blocks, of_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
STAGE: Final = "aws:apigateway/stage:Stage"
FUNCTION: Final = "aws:lambda/function:Function"
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
VPC: Final = "aws:ec2/vpc:Vpc"
BUDGET: Final = "aws:budgets/budget:Budget"
DETECTOR: Final = "aws:guardduty/detector:Detector"
EVENT_RULE: Final = "aws:cloudwatch/eventRule:EventRule"
EVENT_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
WEB_ACL: Final = "aws:wafv2/webAcl:WebAcl"
WEB_ACL_LOG: Final = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"


def _silent(resource: Resource) -> Iterator[str]:
    if resource.type == BALANCER:
        for key in ("accessLogs", "connectionLogs"):
            if block(resource.properties, key).get("enabled") is not True:
                yield f"its {key} are off"
    if resource.type == STAGE and not block(resource.properties, "accessLogSettings").get("destinationArn"):
        yield "it has no access log"
    if resource.type == FUNCTION and not block(resource.properties, "loggingConfig").get("logGroup"):
        yield "its logs go to a group that is kept for ever"


def _kept_for_ever(resource: Resource) -> Iterator[str]:
    if resource.type == LOG_GROUP and not resource.properties.get("retentionInDays"):
        yield "it is kept for ever"


def _told_nobody(resource: Resource) -> Iterator[str]:
    if resource.type == ALARM and not resource.properties.get("alarmActions"):
        yield "nobody hears of it"


def _dear_in_silence(resource: Resource) -> Iterator[str]:
    if resource.type != BUDGET:
        return
    notices = blocks(resource.properties, "notifications")
    if not notices:
        yield "nobody hears of it"
    for notice in notices:
        if not notice.get("subscriberSnsTopicArns") and not notice.get("subscriberEmailAddresses"):
            yield f"nobody hears that {notice['threshold']:g} % are reached"


def _findings_in_silence(resources: Sequence[Resource]) -> Iterator[Finding]:
    told = {target.properties["rule"] for target in of_type(resources, EVENT_TARGET)}
    heard = any(
        "aws.guardduty" in rule.properties["eventPattern"] and rule.properties["name"] in told
        for rule in of_type(resources, EVENT_RULE)
    )
    for detector in of_type(resources, DETECTOR):
        if not heard:
            yield detector, "nobody hears of what it finds"


def _network_in_silence(resources: Sequence[Resource]) -> Iterator[Finding]:
    logged = {log.properties.get("vpcId") for log in of_type(resources, FLOW_LOG)}
    for vpc in of_type(resources, VPC):
        if vpc.properties["id"] not in logged:
            yield vpc, "who talks to whom in it is not written down"


def _firewall_in_silence(resources: Sequence[Resource]) -> Iterator[Finding]:
    logged = {log.properties["resourceArn"] for log in of_type(resources, WEB_ACL_LOG)}
    for acl in of_type(resources, WEB_ACL):
        if acl.properties["arn"] not in logged:
            yield acl, "whom it turns away is not written down"


LOGGING: Final = "SEC04-BP01 Configure service and application logging"

RECORDING: Final = (
    ResourceRule(
        name="requests-logged",
        serves=LOGGING,
        says="Whatever answers requests keeps a log of them.",
        check=_silent,
    ),
    StackRule(
        name="network-logged",
        serves=LOGGING,
        says="Every network keeps a log of its connections.",
        check=_network_in_silence,
    ),
    StackRule(
        name="firewall-logged",
        serves=LOGGING,
        says="Every firewall keeps a log of what it sees.",
        check=_firewall_in_silence,
    ),
    ResourceRule(
        name="logs-end",
        serves="SEC07-BP04 Define scalable data lifecycle management",
        says="No log is kept for ever.",
        check=_kept_for_ever,
    ),
    ResourceRule(
        name="alarms-heard",
        serves="REL06-BP03 Send notifications",
        says="Every alarm tells somebody.",
        check=_told_nobody,
    ),
    ResourceRule(
        name="budgets-heard",
        serves="COST02-BP05 Implement cost controls",
        says="Every budget tells somebody before it is spent.",
        check=_dear_in_silence,
    ),
    StackRule(
        name="findings-heard",
        serves="SEC04-BP03 Correlate and enrich security alerts",
        says="What an intrusion detector finds is told to somebody.",
        check=_findings_in_silence,
    ),
)
