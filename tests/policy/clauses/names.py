from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

TOPIC = "aws:sns/topic:Topic"


class NameExamples(NamedTuple):
    """Valid and invalid names of a resource type."""

    maximum_length: int
    valid: tuple[str, ...]
    invalid: tuple[str, ...]
    key: str = "name"


IAM = ("a_b+c=d,e.f@g-h",)
NO_IAM = ("a b", "a/b", "a:b", "é")
WORDS = ("a_b-C9",)
NO_WORDS = ("a.b", "a b", "a/b", "é")
ANYTHING = ("a b/c:é",)

# Source of each limit: API reference of its service, the create operation.
NAMES = {
    "aws:apigateway/restApi:RestApi": NameExamples(1_024, ANYTHING, ()),
    "aws:appautoscaling/policy:Policy": NameExamples(256, ANYTHING, ()),
    "aws:autoscaling/group:Group": NameExamples(255, ANYTHING, ()),
    "aws:autoscaling/policy:Policy": NameExamples(255, ANYTHING, ()),
    "aws:autoscaling/lifecycleHook:LifecycleHook": NameExamples(255, ("a/b_c-D9",), ("a.b", "a b", "é")),
    "aws:autoscaling/schedule:Schedule": NameExamples(255, ("a b/c",), ("a:b",), "scheduledActionName"),
    "aws:budgets/budget:Budget": NameExamples(100, ("a b/c",), ("a:b", "a\\b")),
    "aws:cloudwatch/dashboard:Dashboard": NameExamples(255, WORDS, NO_WORDS, "dashboardName"),
    "aws:cloudwatch/eventRule:EventRule": NameExamples(64, ("a.b_c-D9",), ("a b", "a/b", "é")),
    "aws:cloudwatch/logGroup:LogGroup": NameExamples(512, ("/a.b_c-D9#e",), ("a b", "a:b", "é")),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": NameExamples(512, ("a b", "a/b"), ("a:b", "a*")),
    "aws:cloudwatch/metricAlarm:MetricAlarm": NameExamples(255, ANYTHING, ()),
    "aws:ec2/launchTemplate:LaunchTemplate": NameExamples(
        125, ("a_(b).c-d/e", "abc"), ("ab", "a b", "a:b", "é")
    ),
    "aws:ec2/securityGroup:SecurityGroup": NameExamples(
        255, ("a b.c_d-e:f/(g)#h,i@j[k]l+m=n&o;p{q}r!s$t*", "my-sg-1", "sgroup"), ("sg-1", "a%b", "é")
    ),
    "aws:iam/instanceProfile:InstanceProfile": NameExamples(128, IAM, NO_IAM),
    "aws:iam/role:Role": NameExamples(64, IAM, NO_IAM),
    "aws:iam/rolePolicy:RolePolicy": NameExamples(128, IAM, NO_IAM),
    "aws:lambda/alias:Alias": NameExamples(128, ("live_1-A", "1a"), ("123", "a.b", "a b")),
    "aws:lambda/function:Function": NameExamples(64, WORDS, NO_WORDS),
    "aws:lb/loadBalancer:LoadBalancer": NameExamples(
        32, ("a-B9", "my-internal-1", "internals"), ("internal-1", "-a", "a-", "a_b", "a.b")
    ),
    "aws:lb/targetGroup:TargetGroup": NameExamples(32, ("a-B9", "internal-1"), ("-a", "a-", "a_b", "a.b")),
    "aws:route53/record:Record": NameExamples(255, ANYTHING, ()),
    "aws:s3/bucket:Bucket": NameExamples(
        63, ("a.b-c9", "9a9", "m5m", "4-4", "mmm"), ("ab", "Abc", "a_b", "-ab", "ab-", ".ab", "ab."), "bucket"
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": NameExamples(1_024, ANYTHING, (), "key"),
    "aws:sns/topic:Topic": NameExamples(256, WORDS, NO_WORDS),
    "aws:wafv2/ipSet:IpSet": NameExamples(128, WORDS, NO_WORDS),
    "aws:wafv2/webAcl:WebAcl": NameExamples(128, WORDS, NO_WORDS),
}


def named(kind: str, name: str) -> Resource:
    return resource(kind, **{NAMES[kind].key: name})


def _too_long(name: str, maximum: int) -> str:
    return f"it: {name} has {len(name)} characters, of {maximum} that AWS accepts"


CASES = (
    *(
        Case("valid-names", f"{kind}: {description}", (named(kind, name),), findings)
        for kind, names in NAMES.items()
        for description, name, findings in (
            ("the maximum length", "a" * names.maximum_length, ()),
            (
                "one character more",
                "a" * (names.maximum_length + 1),
                (_too_long("a" * (names.maximum_length + 1), names.maximum_length),),
            ),
            *((name, name, ()) for name in names.valid),
            *(
                (name, name, (f"it: {name} has characters that AWS does not accept there",))
                for name in names.invalid
            ),
        )
    ),
    # Pulumi adds a hyphen and seven digits (Pulumi docs, "Resource names").
    *(
        Case("valid-names", f"a generated name of {length} letters", (topic,), findings)
        for length, findings in (
            (248, ()),
            (
                249,
                (f"{'a' * 249}: {'a' * 249}-0000000 has 257 characters, of 256 that AWS accepts",),
            ),
        )
        for topic in (resource(TOPIC, "a" * length),)
    ),
    Case(
        "valid-names",
        "a type without a known limit",
        (resource("aws:sqs/queue:Queue"),),
        ("it: the policy pack has no limit for the name of aws:sqs/queue:Queue",),
    ),
    Case("valid-names", "a type without a name", (resource("aws:ec2/vpc:Vpc"),)),
)
