"""Logging and its retention; notifications of alarms, budgets and GuardDuty."""

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


def _without_request_log(resource: Resource) -> Iterator[str]:
    if resource.type == BALANCER:
        for key in ("accessLogs", "connectionLogs"):
            if block(resource.properties, key).get("enabled") is not True:
                yield f"its {key} are off"
    if resource.type == STAGE and not block(resource.properties, "accessLogSettings").get("destinationArn"):
        yield "it has no access log"
    if resource.type == FUNCTION and not block(resource.properties, "loggingConfig").get("logGroup"):
        yield "its log group has no retention period"


def _without_retention(resource: Resource) -> Iterator[str]:
    if resource.type == LOG_GROUP and not resource.properties.get("retentionInDays"):
        yield "it has no retention period"


def _without_action(resource: Resource) -> Iterator[str]:
    if resource.type == ALARM and not resource.properties.get("alarmActions"):
        yield "it has no subscriber"


def _budget_without_subscriber(resource: Resource) -> Iterator[str]:
    if resource.type != BUDGET:
        return
    notifications = blocks(resource.properties, "notifications")
    if not notifications:
        yield "it has no subscriber"
    for notification in notifications:
        if not notification.get("subscriberSnsTopicArns") and not notification.get(
            "subscriberEmailAddresses"
        ):
            yield f"its notification at {notification['threshold']:g} % has no subscriber"


def _findings_without_target(resources: Sequence[Resource]) -> Iterator[Finding]:
    rules_with_target = {target.properties["rule"] for target in of_type(resources, EVENT_TARGET)}
    forwarded = any(
        "aws.guardduty" in rule.properties["eventPattern"] and rule.properties["name"] in rules_with_target
        for rule in of_type(resources, EVENT_RULE)
    )
    for detector in of_type(resources, DETECTOR):
        if not forwarded:
            yield detector, "no EventBridge rule forwards its findings"


def _vpc_without_flow_log(resources: Sequence[Resource]) -> Iterator[Finding]:
    logged = {log.properties.get("vpcId") for log in of_type(resources, FLOW_LOG)}
    for vpc in of_type(resources, VPC):
        if vpc.properties["id"] not in logged:
            yield vpc, "it has no flow log"


def _web_acl_without_log(resources: Sequence[Resource]) -> Iterator[Finding]:
    logged = {log.properties["resourceArn"] for log in of_type(resources, WEB_ACL_LOG)}
    for acl in of_type(resources, WEB_ACL):
        if acl.properties["arn"] not in logged:
            yield acl, "it has no log"


LOGGING: Final = "SEC04-BP01 Configure service and application logging"

LOGGING_AND_ALERT_RULES: Final = (
    ResourceRule(
        name="request-logging-enabled",
        best_practice=LOGGING,
        description="Load balancers and API stages log requests; functions have a log group of their own.",
        check=_without_request_log,
    ),
    StackRule(
        name="vpc-flow-logs-enabled",
        best_practice=LOGGING,
        description="VPCs have flow logs.",
        check=_vpc_without_flow_log,
    ),
    StackRule(
        name="waf-logging-enabled",
        best_practice=LOGGING,
        description="Web ACLs have a log.",
        check=_web_acl_without_log,
    ),
    ResourceRule(
        name="log-retention-set",
        best_practice="SEC07-BP04 Define scalable data lifecycle management",
        description="Log groups have a retention period.",
        check=_without_retention,
    ),
    ResourceRule(
        name="alarms-notify",
        best_practice="REL06-BP03 Send notifications",
        description="Alarms have an action.",
        check=_without_action,
    ),
    ResourceRule(
        name="budgets-notify",
        best_practice="COST02-BP05 Implement cost controls",
        description="Budgets have notifications with subscribers.",
        check=_budget_without_subscriber,
    ),
    StackRule(
        name="guardduty-findings-notify",
        best_practice="SEC04-BP03 Correlate and enrich security alerts",
        description="An EventBridge rule with a target forwards GuardDuty findings.",
        check=_findings_without_target,
    ),
)
