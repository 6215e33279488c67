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
KEPT = "it: its logs go to a group that is kept for ever"
UNHEARD = "it: nobody hears of it"
UNHEARD_FINDINGS = "it: nobody hears of what it finds"
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


def budget(*notices: dict[str, Any]) -> tuple[Resource, ...]:
    return (resource(BUDGET, notifications=[{"threshold": 80.0, **each} for each in notices]),)


def findings(pattern: str, target: str) -> tuple[Resource, ...]:
    return (
        resource(DETECTOR),
        resource(EVENT_RULE, "rule", name="rule", eventPattern=pattern),
        resource(EVENT_TARGET, "target", rule=target),
    )


CASES = (
    Case(
        "requests-logged",
        "both logs of a load balancer",
        (resource(BALANCER, accessLogs=ON, connectionLogs=ON),),
    ),
    *(
        Case(
            "requests-logged",
            f"{key} of a load balancer: {given}",
            (resource(BALANCER, **{"accessLogs": ON, "connectionLogs": ON, key: given}),),
            (f"it: its {key} are off",),
        )
        for key in ("accessLogs", "connectionLogs")
        for given in ({"enabled": False}, {}, None)
    ),
    Case(
        "requests-logged", "a stage with a log", (resource(STAGE, accessLogSettings={"destinationArn": "a"}),)
    ),
    *(Case("requests-logged", f"a stage, {given}", stage(given), (NO_ACCESS_LOG,)) for given in WITHOUT_LOG),
    Case(
        "requests-logged", "a function with a group", (resource(FUNCTION, loggingConfig={"logGroup": "a"}),)
    ),
    *(
        Case("requests-logged", f"a function, {given}", function(given), (KEPT,))
        for given in ({}, {"loggingConfig": {"logFormat": "JSON"}})
    ),
    Case("requests-logged", "what answers nothing", (resource(VPC),)),
    Case("logs-end", "a month", (resource(LOG_GROUP, retentionInDays=30),)),
    # 0 is for ever, as is nothing (the provider's `LogGroup`, `retention_in_days`).
    *(
        Case("logs-end", "for ever", (given,), ("it: it is kept for ever",))
        for given in (resource(LOG_GROUP), resource(LOG_GROUP, retentionInDays=0))
    ),
    Case("logs-end", "what is no log", (resource(VPC),)),
    Case("alarms-heard", "an alarm that is heard", (resource(ALARM, alarmActions=["arn:topic"]),)),
    *(
        Case("alarms-heard", "an alarm that only ends aloud", (given,), (UNHEARD,))
        for given in (resource(ALARM, okActions=["arn:topic"]), resource(ALARM, alarmActions=[]))
    ),
    Case("alarms-heard", "what is no alarm", (resource(VPC),)),
    *(
        Case("budgets-heard", "a budget that is heard", budget(given))
        for given in (
            {"subscriberSnsTopicArns": ["arn:topic"]},
            {"subscriberEmailAddresses": ["a@b.example"]},
        )
    ),
    *(
        Case("budgets-heard", "a budget without notices", given, (UNHEARD,))
        for given in (budget(), (resource(BUDGET),))
    ),
    Case(
        "budgets-heard",
        "the second of two notices",
        budget(
            {"subscriberSnsTopicArns": ["arn:topic"]}, {"threshold": 100.0, "subscriberEmailAddresses": []}
        ),
        ("it: nobody hears that 100 % are reached",),
    ),
    Case("budgets-heard", "what is no budget", (resource(VPC),)),
    Case("findings-heard", "findings that are heard", findings(PATTERN, "rule")),
    *(
        Case("findings-heard", shows, given, (UNHEARD_FINDINGS,))
        for shows, given in (
            ("no rule", (resource(DETECTOR),)),
            ("a rule about something else", findings('{"source": ["aws.health"]}', "rule")),
            ("a rule without a target", findings(PATTERN, "another")),
        )
    ),
    Case("findings-heard", "no detector", (resource(VPC),)),
    Case(
        "network-logged",
        "the second of two networks",
        (resource(VPC, "first", id="a"), resource(VPC, "second", id="b"), resource(FLOW_LOG, vpcId="a")),
        ("second: who talks to whom in it is not written down",),
    ),
    Case(
        "network-logged",
        "the log of a subnet",
        (resource(VPC, id="a"), resource(FLOW_LOG, subnetId="a")),
        ("it: who talks to whom in it is not written down",),
    ),
    Case(
        "firewall-logged",
        "the second of two firewalls",
        (
            resource(WEB_ACL, "first", arn="a"),
            resource(WEB_ACL, "second", arn="b"),
            resource(WEB_ACL_LOG, resourceArn="a"),
        ),
        ("second: whom it turns away is not written down",),
    ),
)
