from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

TOPIC = "aws:sns/topic:Topic"


class Names(NamedTuple):
    """What AWS takes and does not take as the name of a type."""

    longest: int
    taken: tuple[str, ...]
    refused: tuple[str, ...]
    key: str = "name"


IAM = ("a_b+c=d,e.f@g-h",)
NO_IAM = ("a b", "a/b", "a:b", "é")
WORDS = ("a_b-C9",)
NO_WORDS = ("a.b", "a b", "a/b", "é")
ANYTHING = ("a b/c:é",)

# Each from the API reference of its service, where it says what the call that makes it takes.
NAMES = {
    "aws:apigateway/restApi:RestApi": Names(1_024, ANYTHING, ()),
    "aws:appautoscaling/policy:Policy": Names(256, ANYTHING, ()),
    "aws:autoscaling/group:Group": Names(255, ANYTHING, ()),
    "aws:autoscaling/policy:Policy": Names(255, ANYTHING, ()),
    "aws:autoscaling/lifecycleHook:LifecycleHook": Names(255, ("a/b_c-D9",), ("a.b", "a b", "é")),
    "aws:autoscaling/schedule:Schedule": Names(255, ("a b/c",), ("a:b",), "scheduledActionName"),
    "aws:budgets/budget:Budget": Names(100, ("a b/c",), ("a:b", "a\\b")),
    "aws:cloudwatch/dashboard:Dashboard": Names(255, WORDS, NO_WORDS, "dashboardName"),
    "aws:cloudwatch/eventRule:EventRule": Names(64, ("a.b_c-D9",), ("a b", "a/b", "é")),
    "aws:cloudwatch/logGroup:LogGroup": Names(512, ("/a.b_c-D9#e",), ("a b", "a:b", "é")),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Names(255, ANYTHING, ()),
    "aws:ec2/launchTemplate:LaunchTemplate": Names(125, ("a_(b).c-d/e", "abc"), ("ab", "a b", "a:b", "é")),
    "aws:ec2/securityGroup:SecurityGroup": Names(
        255, ("a b.c_d-e:f/(g)#h,i@j[k]l+m=n&o;p{q}r!s$t*", "my-sg-1"), ("sg-1", "a%b", "é")
    ),
    "aws:iam/instanceProfile:InstanceProfile": Names(128, IAM, NO_IAM),
    "aws:iam/role:Role": Names(64, IAM, NO_IAM),
    "aws:iam/rolePolicy:RolePolicy": Names(128, IAM, NO_IAM),
    "aws:lambda/alias:Alias": Names(128, ("live_1-A", "1a"), ("123", "a.b", "a b")),
    "aws:lambda/function:Function": Names(64, WORDS, NO_WORDS),
    "aws:lb/loadBalancer:LoadBalancer": Names(
        32, ("a-B9", "my-internal-1"), ("internal-1", "-a", "a-", "a_b", "a.b")
    ),
    "aws:lb/targetGroup:TargetGroup": Names(32, ("a-B9", "internal-1"), ("-a", "a-", "a_b", "a.b")),
    "aws:route53/record:Record": Names(255, ANYTHING, ()),
    "aws:s3/bucket:Bucket": Names(
        63, ("a.b-c9", "9a9"), ("ab", "Abc", "a_b", "-ab", "ab-", ".ab", "ab."), "bucket"
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Names(1_024, ANYTHING, (), "key"),
    "aws:sns/topic:Topic": Names(256, WORDS, NO_WORDS),
    "aws:wafv2/ipSet:IpSet": Names(128, WORDS, NO_WORDS),
    "aws:wafv2/webAcl:WebAcl": Names(128, WORDS, NO_WORDS),
}


def named(kind: str, name: str) -> Resource:
    return resource(kind, **{NAMES[kind].key: name})


def _too_long(name: str, longest: int) -> str:
    return f"it: {name} has {len(name)} characters, of {longest} that AWS takes"


CASES = (
    *(
        Case("names-taken", f"{kind}: {shows}", (named(kind, name),), says)
        for kind, names in NAMES.items()
        for shows, name, says in (
            ("the longest", "a" * names.longest, ()),
            (
                "longer",
                "a" * (names.longest + 1),
                (_too_long("a" * (names.longest + 1), names.longest),),
            ),
            *((name, name, ()) for name in names.taken),
            *(
                (name, name, (f"it: {name} has characters that AWS does not take there",))
                for name in names.refused
            ),
        )
    ),
    # Pulumi adds a hyphen and seven digits (Pulumi docs, "Resource names").
    *(
        Case("names-taken", f"the name of Pulumi's own making, of {length} letters", (made,), says)
        for length, says in (
            (248, ()),
            (
                249,
                (f"{'a' * 249}: {'a' * 249}-0000000 has 257 characters, of 256 that AWS takes",),
            ),
        )
        for made in (resource(TOPIC, "a" * length),)
    ),
    Case(
        "names-taken",
        "a type that nobody has looked up",
        (resource("aws:sqs/queue:Queue"),),
        ("it: nobody has written down how long the name of a aws:sqs/queue:Queue may be",),
    ),
    Case("names-taken", "a type without a name", (resource("aws:ec2/vpc:Vpc"),)),
)
