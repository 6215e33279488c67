"""What the world reaches: the endpoint, behind its firewall, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.rule import Finding, Resource, ResourceRule, StackRule, blocks, of_type, values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ANYWHERE: Final = {"0.0.0.0/0", "::/0"}

PUBLIC_PORTS: Final = {80, 443}

ALL_PROTOCOLS: Final = "-1"

BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
STAGE: Final = "aws:apigateway/stage:Stage"
ASSOCIATION: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"
GROUPS: Final = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
)
RULE_IN: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
RULE_OUT: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SUBNET: Final = "aws:ec2/subnet:Subnet"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
BUCKET: Final = "aws:s3/bucket:Bucket"
PRIVACY: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"

PRIVATE: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _public_ways_in(resources: Sequence[Resource]) -> Iterator[Finding]:
    of_balancers = _groups_of(of_type(resources, BALANCER), "securityGroups")
    of_instances = _groups_of(of_type(resources, TEMPLATE), "vpcSecurityGroupIds")
    for rule in of_type(resources, RULE_IN):
        given = rule.properties
        if not {given.get("cidrIpv4"), given.get("cidrIpv6")} & ANYWHERE:
            continue
        if given["securityGroupId"] not in of_balancers - of_instances:
            yield rule, "it lets the world in to what is no load balancer"
        if given.get("fromPort") != given.get("toPort") or given.get("fromPort") not in PUBLIC_PORTS:
            yield rule, "it lets the world in where neither HTTP nor HTTPS is spoken"


def _groups_of(resources: Sequence[Resource], key: str) -> set[str]:
    return {group for resource in resources for group in values(resource.properties, key)}


def _rules_inside(resource: Resource) -> Iterator[str]:
    if resource.type in GROUPS and any(resource.properties.get(key) for key in ("ingress", "egress")):
        yield "it has rules of its own, which no other rule here looks at"


def _unbounded_way_out(resource: Resource) -> Iterator[str]:
    if resource.type == RULE_OUT and resource.properties.get("ipProtocol") == ALL_PROTOCOLS:
        yield "it lets everything out"


def _public_address(resource: Resource) -> Iterator[str]:
    if resource.type == SUBNET and resource.properties.get("mapPublicIpOnLaunch"):
        yield "what starts in it gets a public address"
    if resource.type == TEMPLATE:
        interfaces = blocks(resource.properties, "networkInterfaces")
        if any(str(one.get("associatePublicIpAddress")).lower() == "true" for one in interfaces):
            yield "its instances get a public address"


def _public_buckets(resources: Sequence[Resource]) -> Iterator[Finding]:
    private = {
        block.properties["bucket"]
        for block in of_type(resources, PRIVACY)
        if all(block.properties.get(key) is True for key in PRIVATE)
    }
    for bucket in of_type(resources, BUCKET):
        if bucket.properties["bucket"] not in private:
            yield bucket, "nothing keeps it from being made public"


def _unguarded(resources: Sequence[Resource]) -> Iterator[Finding]:
    guarded = {link.properties["resourceArn"] for link in of_type(resources, ASSOCIATION)}
    for endpoint in (*of_type(resources, BALANCER), *of_type(resources, STAGE)):
        if endpoint.properties["arn"] not in guarded:
            yield endpoint, "no firewall stands in front of it"


EXPOSURE: Final = (
    StackRule(
        name="no-public-ingress",
        serves="SEC05-BP02 Control traffic flow within your network layers",
        says="The world reaches load balancers alone, by HTTP and HTTPS alone.",
        check=_public_ways_in,
    ),
    ResourceRule(
        name="security-rules-apart",
        serves="SEC05-BP02 Control traffic flow within your network layers",
        says="Each rule of a security group is a resource of its own, and the default group has none.",
        check=_rules_inside,
    ),
    ResourceRule(
        name="egress-bounded",
        serves="SEC05-BP02 Control traffic flow within your network layers",
        says="What may leave is named by protocol and port.",
        check=_unbounded_way_out,
    ),
    ResourceRule(
        name="no-public-addresses",
        serves="SEC05-BP01 Create network layers",
        says="No instance has a public address.",
        check=_public_address,
    ),
    StackRule(
        name="buckets-private",
        serves="SEC03-BP07 Analyze public and cross-account access",
        says="No bucket can be made public.",
        check=_public_buckets,
    ),
    StackRule(
        name="firewall-in-front",
        serves="SEC05-BP03 Implement inspection-based protection",
        says="A firewall stands in front of all that the world reaches.",
        check=_unguarded,
    ),
)
