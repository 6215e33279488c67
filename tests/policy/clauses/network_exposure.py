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
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SUBNET = "aws:ec2/subnet:Subnet"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
BUCKET = "aws:s3/bucket:Bucket"
PRIVACY = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"

# A load balancer, and instances that share one security group with it.
BEHIND = (
    resource(BALANCER, "alb", arn="arn:alb", securityGroups=["of-balancer", "of-both"]),
    resource(TEMPLATE, "template", vpcSecurityGroupIds=["of-instances", "of-both"]),
)
INTERNET = {"cidrIpv4": "0.0.0.0/0"}
NOT_HTTP = "it: it opens a port other than 80 and 443 to the internet"
NOT_BALANCER = "it: it opens something other than a load balancer to the internet"


def ingress(
    first: int | None, last: int | None, group: str = "of-balancer", **source: str
) -> tuple[Resource, ...]:
    ports = {key: port for key, port in (("fromPort", first), ("toPort", last)) if port is not None}
    return (*BEHIND, resource(INGRESS_RULE, securityGroupId=group, **ports, **(source or INTERNET)))


ALL_PRIVATE = {
    "blockPublicAcls": True,
    "blockPublicPolicy": True,
    "ignorePublicAcls": True,
    "restrictPublicBuckets": True,
}


def bucket(**privacy: object) -> tuple[Resource, ...]:
    return resource(BUCKET, bucket="a"), resource(PRIVACY, "privacy", bucket="a", **privacy)


NOT_BLOCKED = "it: it does not block public access"
NO_WEB_ACL = "it has no web ACL"
INLINE_RULES = "it: it has inline rules, which the other policies do not check"


def interfaces(*public: object) -> Resource:
    return resource(TEMPLATE, networkInterfaces=[{"associatePublicIpAddress": each} for each in public])


CASES = (
    *(
        Case("restricted-public-ingress", f"the internet, port {port}", ingress(port, port, **source))
        for port in (80, 443)
        for source in (INTERNET, {"cidrIpv6": "::/0"})
    ),
    *(
        Case(
            "restricted-public-ingress",
            f"the internet, ports {first} to {last}",
            ingress(first, last),
            (NOT_HTTP,),
        )
        for first, last in ((8080, 8080), (80, 443), (443, 8443), (0, 65_535), (22, 22), (None, None))
    ),
    *(
        Case(
            "restricted-public-ingress",
            "the internet, over IPv4 or IPv6",
            ingress(8080, 8080, **source),
            (NOT_HTTP,),
        )
        for source in ({"cidrIpv4": "0.0.0.0/0"}, {"cidrIpv6": "::/0"})
    ),
    Case(
        "restricted-public-ingress",
        "a private range",
        ingress(8080, 8080, group="of-instances", cidrIpv4="10.0.0.0/8"),
    ),
    *(
        Case(
            "restricted-public-ingress",
            f"the internet, to a group {group}",
            ingress(443, 443, group),
            (NOT_BALANCER,),
        )
        for group in ("of-instances", "of-both", "unused")
    ),
    *(
        Case(
            "no-inline-security-group-rules",
            f"{key} of {kind}",
            (resource(kind, **{key: [{}]}),),
            (INLINE_RULES,),
        )
        for kind in (GROUP, DEFAULT_GROUP)
        for key in ("ingress", "egress")
    ),
    Case(
        "no-inline-security-group-rules",
        "groups without rules",
        (resource(GROUP), resource(DEFAULT_GROUP, ingress=[], egress=[])),
    ),
    Case("no-inline-security-group-rules", "another resource type", (resource(SUBNET, ingress=[{}]),)),
    Case(
        "restricted-egress",
        "all protocols",
        (resource(EGRESS_RULE, ipProtocol="-1"),),
        ("it: it allows all outbound protocols",),
    ),
    Case("restricted-egress", "one protocol", (resource(EGRESS_RULE, ipProtocol="tcp"),)),
    Case("restricted-egress", "an ingress rule", (resource(INGRESS_RULE, ipProtocol="-1"),)),
    Case(
        "no-public-ip-addresses",
        "a subnet",
        (resource(SUBNET, mapPublicIpOnLaunch=True),),
        ("it: instances in it get a public address",),
    ),
    Case(
        "no-public-ip-addresses",
        "private subnets",
        (resource(SUBNET), resource(SUBNET, mapPublicIpOnLaunch=False)),
    ),
    *(
        Case(
            "no-public-ip-addresses",
            "the second interface of a template",
            (interfaces("false", given),),
            ("it: its instances get a public address",),
        )
        for given in ("true", True)
    ),
    Case(
        "no-public-ip-addresses",
        "private interfaces",
        (
            interfaces("false"),
            interfaces(False),
            resource(TEMPLATE, networkInterfaces=[{}]),
            resource(TEMPLATE),
        ),
    ),
    Case(
        "no-public-ip-addresses",
        "another resource type",
        (
            resource(GROUP, mapPublicIpOnLaunch=True),
            resource(GROUP, networkInterfaces=[{"associatePublicIpAddress": "true"}]),
        ),
    ),
    Case("buckets-block-public-access", "a private bucket", bucket(**ALL_PRIVATE)),
    *(
        Case(
            "buckets-block-public-access",
            f"{key} is {given}",
            bucket(**{**ALL_PRIVATE, key: given}),
            (NOT_BLOCKED,),
        )
        for key in ALL_PRIVATE
        for given in (False, None)
    ),
    Case(
        "buckets-block-public-access",
        "the settings of another bucket",
        (resource(BUCKET, bucket="b"), *bucket(**ALL_PRIVATE)[1:]),
        (NOT_BLOCKED,),
    ),
    *(
        Case(
            "endpoints-behind-waf",
            f"{kind} with a web ACL",
            (endpoint, resource(ASSOCIATION, resourceArn="arn:1")),
        )
        for kind in (BALANCER, STAGE)
        for endpoint in (resource(kind, arn="arn:1"),)
    ),
    *(
        Case(
            "endpoints-behind-waf",
            f"the web ACL of another {kind}",
            (resource(kind, arn="arn:1"), resource(ASSOCIATION, resourceArn="arn:2")),
            (f"it: {NO_WEB_ACL}",),
        )
        for kind in (BALANCER, STAGE)
    ),
)
