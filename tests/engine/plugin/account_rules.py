"""Rules that AWS enforces between resources: what exists once, what is in use, what can't move.

Resources refer to each other by ids, ARNs and names, all of which contain the id here: a resource is used by
those whose inputs contain it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Protocol

    from tests.engine.plugin.wire import Properties

    class Resource(Protocol):
        """A resource that exists."""

        @property
        def type(self) -> str: ...
        @property
        def name(self) -> str: ...
        @property
        def inputs(self) -> Properties: ...
        @property
        def history(self) -> list[Properties]: ...


class RefusedError(ValueError):
    """AWS refuses an operation; the text has the reason."""


class ConflictError(RefusedError):
    """Another resource has what only one may have; the text says which."""


ALIAS: Final = "aws:lambda/alias:Alias"
BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
BUCKET: Final = "aws:s3/bucket:Bucket"
DOMAIN: Final = "aws:apigateway/domainName:DomainName"
FUNCTION: Final = "aws:lambda/function:Function"
GROUP: Final = "aws:autoscaling/group:Group"
LISTENER: Final = "aws:lb/listener:Listener"
OBJECT: Final = "aws:s3/bucketObjectv2:BucketObjectv2"
PROVISIONED: Final = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
RECORD: Final = "aws:route53/record:Record"
SCHEDULE: Final = "aws:autoscaling/schedule:Schedule"
SUBNET: Final = "aws:ec2/subnet:Subnet"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"

ONCE: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    GROUP: (("name",),),
    SCHEDULE: (
        ("autoscalingGroupName", "scheduledActionName"),
        ("autoscalingGroupName", "recurrence", "timeZone"),
    ),
    "aws:apigateway/domainName:DomainName": (("domainName",),),
    "aws:apigateway/stage:Stage": (("restApi", "stageName"),),
    "aws:cloudwatch/logGroup:LogGroup": (("name",),),
    TEMPLATE: (("name",),),
    "aws:ec2/route:Route": (("routeTableId", "destinationCidrBlock"),),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (("subnetId",),),
    SUBNET: (("vpcId", "cidrBlock"),),
    "aws:iam/role:Role": (("name",),),
    "aws:lambda/alias:Alias": (("functionName", "name"),),
    FUNCTION: (("name",),),
    LISTENER: (("loadBalancerArn", "port"),),
    "aws:lb/listenerRule:ListenerRule": (("listenerArn", "priority"),),
    BALANCER: (("name",),),
    "aws:lb/targetGroup:TargetGroup": (("name",),),
    RECORD: (("zoneId", "name", "type"),),
    BUCKET: (("bucket",),),
    "aws:sns/topic:Topic": (("name",),),
}
"""The properties that no two resources of a type may share at any moment.

Pulumi creates and updates before it deletes: what moves from one resource to another is still taken.
"""

USERS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:acm/certificate:Certificate": (LISTENER, DOMAIN),
    "aws:apigateway/deployment:Deployment": ("aws:apigateway/stage:Stage",),
    "aws:ec2/eip:Eip": ("aws:ec2/natGateway:NatGateway",),
    "aws:ec2/internetGateway:InternetGateway": (),
    "aws:ec2/routeTable:RouteTable": ("aws:ec2/routeTableAssociation:RouteTableAssociation",),
    "aws:ec2/securityGroup:SecurityGroup": (
        BALANCER,
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ),
    SUBNET: (BALANCER, GROUP, "aws:ec2/natGateway:NatGateway", "aws:ec2/vpcEndpoint:VpcEndpoint"),
    "aws:ec2/vpc:Vpc": (
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/securityGroup:SecurityGroup",
        SUBNET,
        "aws:ec2/vpcEndpoint:VpcEndpoint",
    ),
    "aws:iam/role:Role": (
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ),
    "aws:lb/targetGroup:TargetGroup": (LISTENER, "aws:lb/listenerRule:ListenerRule"),
    "aws:wafv2/ipSet:IpSet": ("aws:wafv2/webAcl:WebAcl",),
    "aws:wafv2/webAcl:WebAcl": ("aws:wafv2/webAclAssociation:WebAclAssociation",),
}
"""Type -> the types that it can't be deleted under (`ResourceInUse`, `DependencyViolation`)."""

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    BALANCER: (LISTENER,),
    LISTENER: ("aws:lb/listenerRule:ListenerRule",),
    GROUP: ("aws:autoscaling/lifecycleHook:LifecycleHook", "aws:autoscaling/policy:Policy", SCHEDULE),
    BUCKET: (OBJECT,),
}
"""Type -> the types that go with it."""


def refuse_change(
    identifier: str, kind: str, name: str, inputs: Properties, existing: Mapping[str, Resource]
) -> None:
    """Refuse what AWS refuses to create, or to update where the id exists.

    Raises:
        RefusedError: It does.
    """
    for properties in ONCE.get(kind, ()):
        for other in _rivals(identifier, kind, inputs, properties, existing):
            what = " and ".join(f"{key} {inputs[key]}" for key in properties)
            raise ConflictError(f"{name} can't have the {what}: {other} has it")
    old = existing.get(identifier)
    for reason in _reasons(kind, inputs, old.inputs if old else None, existing):
        raise RefusedError(f"{name}: {reason}")


def refuse_deletion(identifier: str, existing: Mapping[str, Resource]) -> None:
    """Refuse what AWS refuses to delete.

    Raises:
        RefusedError: It does.
    """
    gone = existing[identifier]
    if gone.type == BALANCER and gone.inputs.get("enableDeletionProtection"):
        raise RefusedError(f"{gone.name}: OperationNotPermitted, it has deletion protection")
    if gone.type == BUCKET and not gone.inputs.get("forceDestroy") and cascade(identifier, existing):
        raise RefusedError(f"{gone.name}: BucketNotEmpty")
    users = [
        existing[one].name
        for one in using(identifier, existing)
        if existing[one].type in USERS.get(gone.type, ())
    ]
    if gone.type == "aws:ec2/internetGateway:InternetGateway":
        # A VPC's public addresses are mapped by its gateway.
        in_vpc = {
            key
            for key, one in existing.items()
            if one.type == SUBNET and one.inputs["vpcId"] == gone.inputs["vpcId"]
        }
        users = [
            one.name
            for one in existing.values()
            if one.type in {BALANCER, "aws:ec2/natGateway:NatGateway"}
            and in_vpc & {*one.inputs.get("subnets", ()), one.inputs.get("subnetId")}
        ]
    if users:
        raise RefusedError(f"{gone.name}: still in use by {', '.join(sorted(users))}")


def using(identifier: str, existing: Mapping[str, Resource]) -> list[str]:
    """Return the ids of the resources that refer to another one."""
    return [
        key for key, other in existing.items() if key != identifier and identifier in json.dumps(other.inputs)
    ]


def cascade(identifier: str, existing: Mapping[str, Resource]) -> list[str]:
    """Return the ids of the resources that go with another one."""
    kinds = PARTS.get(existing[identifier].type, ())
    parts = [key for key in using(identifier, existing) if existing[key].type in kinds]
    return [*parts, *(inner for part in parts for inner in cascade(part, existing))]


def _rivals(
    identifier: str,
    kind: str,
    inputs: Properties,
    properties: tuple[str, ...],
    existing: Mapping[str, Resource],
) -> Iterator[str]:
    values = [inputs.get(key) for key in properties]
    # A record may say that it takes over another one of its name.
    if None in values or inputs.get("allowOverwrite"):
        return
    for key, other in existing.items():
        if (
            key != identifier
            and other.type == kind
            and [other.inputs.get(one) for one in properties] == values
        ):
            yield key


def _reasons(
    kind: str, inputs: Properties, old: Properties | None, existing: Mapping[str, Resource]
) -> Iterator[str]:
    if kind == SCHEDULE and old is not None:
        yield "ValidationError: the start time that an update sends is in the past"
    if kind == GROUP:
        yield from _group(inputs, old, existing)
    if kind == BALANCER:
        yield from _moved("subnets", inputs, old, existing)
    if kind in {LISTENER, DOMAIN}:
        yield from _certificate(inputs, existing)
    if kind in {FUNCTION, PROVISIONED}:
        yield from _snap_start(kind, inputs, existing)


def _group(inputs: Properties, old: Properties | None, existing: Mapping[str, Resource]) -> Iterator[str]:
    yield from _moved("vpcZoneIdentifiers", inputs, old, existing)
    listened = json.dumps([one.inputs for one in existing.values() if one.type == LISTENER])
    for arn in inputs.get("targetGroupArns", ()):
        if arn not in listened:
            yield f"the target group {arn} has no load balancer"
    template, version = template_of(inputs)
    versions = existing[template].history
    number = str(len(versions)) if version in {"$Latest", "$Default"} else version
    used = next((one for one in versions if str(one["latestVersion"]) == number), None)
    if used is None:
        yield f"the launch template {template} has no version {version}"
        return
    networks = {
        *_networks(used.get("vpcSecurityGroupIds", []), existing),
        *_networks(inputs.get("vpcZoneIdentifiers", []), existing),
    }
    if len(networks) > 1:
        yield "its instances have a security group of one VPC and a subnet of another"


def template_of(inputs: Properties) -> tuple[str, str]:
    """Return the launch template of a group and its version."""
    if mixed := inputs.get("mixedInstancesPolicy"):
        named: Any = mixed["launchTemplate"]["launchTemplateSpecification"]
        return named["launchTemplateId"], str(named["version"])
    single: Any = inputs["launchTemplate"]
    return single["id"], str(single["version"])


def _moved(
    key: str, inputs: Properties, old: Properties | None, existing: Mapping[str, Resource]
) -> Iterator[str]:
    """Yield a reason if the subnets are of another VPC than before, or of more than one."""
    before: list[str] = old.get(key, []) if old else []
    if len(_networks([*inputs.get(key, []), *before], existing)) > 1:
        yield "InvalidSubnet, all subnets must be of one VPC, and the same as before"


def _networks(identifiers: list[str], existing: Mapping[str, Resource]) -> set[str]:
    return {existing[one].inputs["vpcId"] for one in identifiers if one in existing}


def _certificate(inputs: Properties, existing: Mapping[str, Resource]) -> Iterator[str]:
    arn = inputs.get("certificateArn") or inputs.get("regionalCertificateArn")
    issued = {
        one.inputs["certificateArn"]
        for one in existing.values()
        if one.type == "aws:acm/certificateValidation:CertificateValidation"
    }
    if arn and arn not in issued:
        yield f"UnsupportedCertificate, {arn} is not issued"


def _snap_start(kind: str, inputs: Properties, existing: Mapping[str, Resource]) -> Iterator[str]:
    refused = "SnapStart and provisioned concurrency exclude each other"
    if kind == FUNCTION and inputs.get("snapStart"):
        if any(one.type == PROVISIONED for one in existing.values()):
            yield refused
    elif kind == PROVISIONED:
        function = existing[inputs["functionName"]]
        named = [
            one.inputs["functionVersion"]
            for one in existing.values()
            if one.type == ALIAS and one.inputs["functionName"] == inputs["functionName"]
        ]
        # Of the version that the alias names, which is not the newest before a release.
        versions = [one for one in function.history if not named or one["version"] in named]
        if versions[-1].get("snapStart"):
            yield refused
