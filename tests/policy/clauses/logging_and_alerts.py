from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
STAGE = "aws:apigateway/stage:Stage"
FUNCTION = "aws:lambda/function:Function"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
VPC = "aws:ec2/vpc:Vpc"
BUDGET = "aws:budgets/budget:Budget"
DETECTOR = "aws:guardduty/detector:Detector"
EVENT_RULE = "aws:cloudwatch/eventRule:EventRule"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
WEB_ACL_LOG = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"

ON = {"enabled": True}
NO_ACCESS_LOG = "it: it has no access log"
NO_RETENTION = "it: its log group has no retention period"
NO_SUBSCRIBER = "it: it has no subscriber"
FINDINGS_NOT_FORWARDED = "it: no EventBridge rule forwards its findings"
PATTERN = '{"source": ["aws.guardduty"]}'

WITHOUT_LOG: tuple[dict[str, Any], ...] = (
    {},
    {"accessLogSettings": {}},
    {"accessLogSettings": {"destinationArn": ""}},
)


def stage(given: dict[str, Any]) -> tuple[Resource, ...]:
    return (resource(STAGE, **given),)


def function(given: dict[str, Any]) -> tuple[Resource, ...]:
    return (resource(FUNCTION, **given),)


def budget(*notifications: dict[str, Any]) -> tuple[Resource, ...]:
    return (resource(BUDGET, notifications=[{"threshold": 80.0, **each} for each in notifications]),)


def findings(pattern: str, target: str) -> tuple[Resource, ...]:
    return (
        resource(DETECTOR),
        resource(EVENT_RULE, "rule", name="rule", eventPattern=pattern),
        resource(EVENT_TARGET, "target", rule=target),
    )


CASES = (
    Case(
        "request-logging-enabled",
        "both logs of a load balancer",
        (resource(BALANCER, accessLogs=ON, connectionLogs=ON),),
    ),
    *(
        Case(
            "request-logging-enabled",
            f"{key} of a load balancer: {given}",
            (resource(BALANCER, **{"accessLogs": ON, "connectionLogs": ON, key: given}),),
            (f"it: its {key} are off",),
        )
        for key in ("accessLogs", "connectionLogs")
        for given in ({"enabled": False}, {}, None)
    ),
    Case(
        "request-logging-enabled",
        "a stage with a log",
        (resource(STAGE, accessLogSettings={"destinationArn": "a"}),),
    ),
    *(
        Case("request-logging-enabled", f"a stage, {given}", stage(given), (NO_ACCESS_LOG,))
        for given in WITHOUT_LOG
    ),
    Case(
        "request-logging-enabled",
        "a function with a log group",
        (resource(FUNCTION, loggingConfig={"logGroup": "a"}),),
    ),
    *(
        Case("request-logging-enabled", f"a function, {given}", function(given), (NO_RETENTION,))
        for given in ({}, {"loggingConfig": {"logFormat": "JSON"}})
    ),
    Case("request-logging-enabled", "another resource type", (resource(VPC),)),
    Case("log-retention-set", "a month", (resource(LOG_GROUP, retentionInDays=30),)),
    # 0 and no value both mean no retention period (the provider's `LogGroup`, `retention_in_days`).
    *(
        Case("log-retention-set", "no retention period", (given,), ("it: it has no retention period",))
        for given in (resource(LOG_GROUP), resource(LOG_GROUP, retentionInDays=0))
    ),
    Case("log-retention-set", "another resource type", (resource(VPC),)),
    Case("alarms-notify", "an alarm with an action", (resource(ALARM, alarmActions=["arn:topic"]),)),
    *(
        Case("alarms-notify", "an alarm without an alarm action", (given,), (NO_SUBSCRIBER,))
        for given in (resource(ALARM, okActions=["arn:topic"]), resource(ALARM, alarmActions=[]))
    ),
    Case("alarms-notify", "another resource type", (resource(VPC),)),
    *(
        Case("budgets-notify", "a budget with a subscriber", budget(given))
        for given in (
            {"subscriberSnsTopicArns": ["arn:topic"]},
            {"subscriberEmailAddresses": ["a@b.example"]},
        )
    ),
    *(
        Case("budgets-notify", "a budget without notifications", given, (NO_SUBSCRIBER,))
        for given in (budget(), (resource(BUDGET),))
    ),
    Case(
        "budgets-notify",
        "the second of two notifications",
        budget(
            {"subscriberSnsTopicArns": ["arn:topic"]}, {"threshold": 100.0, "subscriberEmailAddresses": []}
        ),
        ("it: its notification at 100 % has no subscriber",),
    ),
    Case("budgets-notify", "another resource type", (resource(VPC),)),
    Case("guardduty-findings-notify", "findings with a target", findings(PATTERN, "rule")),
    *(
        Case("guardduty-findings-notify", description, given, (FINDINGS_NOT_FORWARDED,))
        for description, given in (
            ("no rule", (resource(DETECTOR),)),
            ("a rule about something else", findings('{"source": ["aws.health"]}', "rule")),
            ("a rule without a target", findings(PATTERN, "another")),
        )
    ),
    Case("guardduty-findings-notify", "no detector", (resource(VPC),)),
    Case(
        "vpc-flow-logs-enabled",
        "the second of two networks",
        (resource(VPC, "first", id="a"), resource(VPC, "second", id="b"), resource(FLOW_LOG, vpcId="a")),
        ("second: it has no flow log",),
    ),
    Case(
        "vpc-flow-logs-enabled",
        "the log of a subnet",
        (resource(VPC, id="a"), resource(FLOW_LOG, subnetId="a")),
        ("it: it has no flow log",),
    ),
    Case(
        "waf-logging-enabled",
        "the second of two firewalls",
        (
            resource(WEB_ACL, "first", arn="a"),
            resource(WEB_ACL, "second", arn="b"),
            resource(WEB_ACL_LOG, resourceArn="a"),
        ),
        ("second: it has no log",),
    ),
)
