"""Exposure to the internet: public ingress, egress, public addresses, public buckets and web ACLs."""

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
SECURITY_GROUPS: Final = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
)
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SUBNET: Final = "aws:ec2/subnet:Subnet"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
BUCKET: Final = "aws:s3/bucket:Bucket"
PUBLIC_ACCESS_BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"

BLOCK_SETTINGS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _public_ingress(resources: Sequence[Resource]) -> Iterator[Finding]:
    balancer_groups = _security_group_ids(of_type(resources, BALANCER), "securityGroups")
    instance_groups = _security_group_ids(of_type(resources, TEMPLATE), "vpcSecurityGroupIds")
    for rule in of_type(resources, INGRESS_RULE):
        given = rule.properties
        if not {given.get("cidrIpv4"), given.get("cidrIpv6")} & ANYWHERE:
            continue
        if given["securityGroupId"] not in balancer_groups - instance_groups:
            yield rule, "it opens something other than a load balancer to the internet"
        if given.get("fromPort") != given.get("toPort") or given.get("fromPort") not in PUBLIC_PORTS:
            yield rule, "it opens a port other than 80 and 443 to the internet"


def _security_group_ids(resources: Sequence[Resource], key: str) -> set[str]:
    return {group for resource in resources for group in values(resource.properties, key)}


def _inline_rules(resource: Resource) -> Iterator[str]:
    if resource.type in SECURITY_GROUPS and any(
        resource.properties.get(key) for key in ("ingress", "egress")
    ):
        yield "it has inline rules, which the other policies do not check"


def _unrestricted_egress(resource: Resource) -> Iterator[str]:
    if resource.type == EGRESS_RULE and resource.properties.get("ipProtocol") == ALL_PROTOCOLS:
        yield "it allows all outbound protocols"


def _public_address(resource: Resource) -> Iterator[str]:
    if resource.type == SUBNET and resource.properties.get("mapPublicIpOnLaunch"):
        yield "instances in it get a public address"
    if resource.type == TEMPLATE:
        interfaces = blocks(resource.properties, "networkInterfaces")
        if any(str(each.get("associatePublicIpAddress")).lower() == "true" for each in interfaces):
            yield "its instances get a public address"


def _public_buckets(resources: Sequence[Resource]) -> Iterator[Finding]:
    private = {
        block.properties["bucket"]
        for block in of_type(resources, PUBLIC_ACCESS_BLOCK)
        if all(block.properties.get(key) is True for key in BLOCK_SETTINGS)
    }
    for bucket in of_type(resources, BUCKET):
        if bucket.properties["bucket"] not in private:
            yield bucket, "it does not block public access"


def _endpoints_without_web_acl(resources: Sequence[Resource]) -> Iterator[Finding]:
    protected = {link.properties["resourceArn"] for link in of_type(resources, ASSOCIATION)}
    for endpoint in (*of_type(resources, BALANCER), *of_type(resources, STAGE)):
        if endpoint.properties["arn"] not in protected:
            yield endpoint, "it has no web ACL"


NETWORK_EXPOSURE_RULES: Final = (
    StackRule(
        name="restricted-public-ingress",
        best_practice="SEC05-BP02 Control traffic flow within your network layers",
        description="The internet reaches only load balancers, on ports 80 and 443 only.",
        check=_public_ingress,
    ),
    ResourceRule(
        name="no-inline-security-group-rules",
        best_practice="SEC05-BP02 Control traffic flow within your network layers",
        description="Security groups have no inline rules, so that each rule is a separate resource.",
        check=_inline_rules,
    ),
    ResourceRule(
        name="restricted-egress",
        best_practice="SEC05-BP02 Control traffic flow within your network layers",
        description="Egress rules name a protocol.",
        check=_unrestricted_egress,
    ),
    ResourceRule(
        name="no-public-ip-addresses",
        best_practice="SEC05-BP01 Create network layers",
        description="Instances have no public IP addresses.",
        check=_public_address,
    ),
    StackRule(
        name="buckets-block-public-access",
        best_practice="SEC03-BP07 Analyze public and cross-account access",
        description="S3 buckets block public access.",
        check=_public_buckets,
    ),
    StackRule(
        name="endpoints-behind-waf",
        best_practice="SEC05-BP03 Implement inspection-based protection",
        description="Load balancers and API stages have a web ACL.",
        check=_endpoints_without_web_acl,
    ),
)
