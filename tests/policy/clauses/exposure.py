from __future__ import annotations

from typing import TYPE_CHECKING

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
STAGE = "aws:apigateway/stage:Stage"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE_IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
RULE_OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SUBNET = "aws:ec2/subnet:Subnet"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
BUCKET = "aws:s3/bucket:Bucket"
PRIVACY = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"

# One load balancer, and instances that share a group with it, which nothing else forbids.
BEHIND = (
    resource(BALANCER, "alb", arn="arn:alb", securityGroups=["of-balancer", "of-both"]),
    resource(TEMPLATE, "template", vpcSecurityGroupIds=["of-instances", "of-both"]),
)
WORLD = {"cidrIpv4": "0.0.0.0/0"}
NOT_HTTP = "it: it lets the world in where neither HTTP nor HTTPS is spoken"
NOT_BALANCER = "it: it lets the world in to what is no load balancer"


def way_in(
    first: int | None, last: int | None, group: str = "of-balancer", **source: str
) -> tuple[Resource, ...]:
    ports = {key: port for key, port in (("fromPort", first), ("toPort", last)) if port is not None}
    return (*BEHIND, resource(RULE_IN, securityGroupId=group, **ports, **(source or WORLD)))


ALL_PRIVATE = {
    "blockPublicAcls": True,
    "blockPublicPolicy": True,
    "ignorePublicAcls": True,
    "restrictPublicBuckets": True,
}


def bucket(**privacy: object) -> tuple[Resource, ...]:
    return resource(BUCKET, bucket="a"), resource(PRIVACY, "privacy", bucket="a", **privacy)


PUBLIC_BUCKET = "it: nothing keeps it from being made public"
UNGUARDED = "no firewall stands in front of it"
INSIDE = "it: it has rules of its own, which no other rule here looks at"


def interfaces(*public: object) -> Resource:
    return resource(TEMPLATE, networkInterfaces=[{"associatePublicIpAddress": each} for each in public])


CASES = (
    *(
        Case("no-public-ingress", f"the world, on {port}", way_in(port, port, **source))
        for port in (80, 443)
        for source in (WORLD, {"cidrIpv6": "::/0"})
    ),
    *(
        Case("no-public-ingress", f"the world, on {first} to {last}", way_in(first, last), (NOT_HTTP,))
        for first, last in ((8080, 8080), (80, 443), (443, 8443), (0, 65_535), (22, 22), (None, None))
    ),
    *(
        Case("no-public-ingress", "the world, over IPv4 or IPv6", way_in(8080, 8080, **source), (NOT_HTTP,))
        for source in ({"cidrIpv4": "0.0.0.0/0"}, {"cidrIpv6": "::/0"})
    ),
    Case("no-public-ingress", "neighbours", way_in(8080, 8080, group="of-instances", cidrIpv4="10.0.0.0/8")),
    *(
        Case("no-public-ingress", f"the world, to a group {group}", way_in(443, 443, group), (NOT_BALANCER,))
        for group in ("of-instances", "of-both", "of-nobody")
    ),
    *(
        Case("security-rules-apart", f"{key} of {kind}", (resource(kind, **{key: [{}]}),), (INSIDE,))
        for kind in (GROUP, DEFAULT_GROUP)
        for key in ("ingress", "egress")
    ),
    Case(
        "security-rules-apart",
        "groups without rules",
        (resource(GROUP), resource(DEFAULT_GROUP, ingress=[], egress=[])),
    ),
    Case("security-rules-apart", "what is no group", (resource(SUBNET, ingress=[{}]),)),
    Case(
        "egress-bounded",
        "all protocols",
        (resource(RULE_OUT, ipProtocol="-1"),),
        ("it: it lets everything out",),
    ),
    Case("egress-bounded", "one protocol", (resource(RULE_OUT, ipProtocol="tcp"),)),
    Case("egress-bounded", "a way in", (resource(RULE_IN, ipProtocol="-1"),)),
    Case(
        "no-public-addresses",
        "a subnet",
        (resource(SUBNET, mapPublicIpOnLaunch=True),),
        ("it: what starts in it gets a public address",),
    ),
    Case(
        "no-public-addresses",
        "private subnets",
        (resource(SUBNET), resource(SUBNET, mapPublicIpOnLaunch=False)),
    ),
    *(
        Case(
            "no-public-addresses",
            "the second interface of a template",
            (interfaces("false", given),),
            ("it: its instances get a public address",),
        )
        for given in ("true", True)
    ),
    Case(
        "no-public-addresses",
        "private interfaces",
        (
            interfaces("false"),
            interfaces(False),
            resource(TEMPLATE, networkInterfaces=[{}]),
            resource(TEMPLATE),
        ),
    ),
    Case(
        "no-public-addresses",
        "what is neither subnet nor template",
        (
            resource(GROUP, mapPublicIpOnLaunch=True),
            resource(GROUP, networkInterfaces=[{"associatePublicIpAddress": "true"}]),
        ),
    ),
    Case("buckets-private", "a private bucket", bucket(**ALL_PRIVATE)),
    *(
        Case("buckets-private", f"{key} is {given}", bucket(**{**ALL_PRIVATE, key: given}), (PUBLIC_BUCKET,))
        for key in ALL_PRIVATE
        for given in (False, None)
    ),
    Case(
        "buckets-private",
        "the privacy of another",
        (resource(BUCKET, bucket="b"), *bucket(**ALL_PRIVATE)[1:]),
        (PUBLIC_BUCKET,),
    ),
    *(
        Case("firewall-in-front", f"a guarded {kind}", (endpoint, resource(ASSOCIATION, resourceArn="arn:1")))
        for kind in (BALANCER, STAGE)
        for endpoint in (resource(kind, arn="arn:1"),)
    ),
    *(
        Case(
            "firewall-in-front",
            f"the firewall of another {kind}",
            (resource(kind, arn="arn:1"), resource(ASSOCIATION, resourceArn="arn:2")),
            (f"it: {UNGUARDED}",),
        )
        for kind in (BALANCER, STAGE)
    ),
)
