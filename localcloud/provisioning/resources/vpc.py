"""Resource types of networks: VPC, subnets, gateways, routes, endpoints and security groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.provisioning.parameters import InputMapping
from localcloud.provisioning.resource_type import CreatedResource, FollowUpCalls, Inputs, ResourceType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from types_boto3_ec2.type_defs import FilterTypeDef

    from localcloud.aws.clients import Api


def _vpc_attributes(created: CreatedResource) -> Iterator[dict[str, Any]]:
    """Yield the parameters of one call per attribute, as the API requires."""
    for key, attribute in (
        ("enableDnsSupport", "EnableDnsSupport"),
        ("enableDnsHostnames", "EnableDnsHostnames"),
    ):
        if key in created.inputs:
            yield {"VpcId": created.id, attribute: {"Value": created.inputs[key]}}


def _permission(inputs: Inputs) -> dict[str, Any]:
    """Return a security group rule as the API's permission."""
    permission: dict[str, Any] = {"IpProtocol": inputs["ipProtocol"]}
    if "fromPort" in inputs:
        permission |= {"FromPort": int(inputs["fromPort"]), "ToPort": int(inputs["toPort"])}
    description = {"Description": inputs["description"]} if "description" in inputs else {}
    peers = {
        "cidrIpv4": ("IpRanges", "CidrIp"),
        "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "prefixListId": ("PrefixListIds", "PrefixListId"),
        "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    }
    for key, (parameter, member) in peers.items():
        if key in inputs:
            permission[parameter] = [{member: inputs[key], **description}]
    return {"IpPermissions": [permission]}


def _security_group_rule(operation: str) -> ResourceType:
    by_permission = "is part of the permission"
    return ResourceType(
        service="ec2",
        operation=operation,
        id="SecurityGroupRules[0].SecurityGroupRuleId",
        mapping=InputMapping(rename={"securityGroupId": "GroupId"}),
        tag_resource_type="security-group-rule",
        other_inputs=dict.fromkeys(
            (
                "cidrIpv4",
                "cidrIpv6",
                "description",
                "fromPort",
                "ipProtocol",
                "prefixListId",
                "referencedSecurityGroupId",
                "toPort",
            ),
            by_permission,
        ),
        extra_parameters=_permission,
    )


def _default_egress(created: CreatedResource) -> Iterator[dict[str, Any]]:
    """Yield the call that revokes a new group's allow-all egress rule, as Terraform does."""
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    yield {"GroupId": created.id, "IpPermissions": [everything]}


def _default_group(inputs: Inputs) -> dict[str, Any]:
    """Return the filters of a VPC's default group, which AWS creates and this resource type empties."""
    return {
        "Filters": [
            {"Name": "vpc-id", "Values": [inputs["vpcId"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    }


def _all_rules(direction: str) -> Callable[[CreatedResource], Iterator[dict[str, Any]]]:
    def revoked(created: CreatedResource) -> Iterator[dict[str, Any]]:
        rules = created.response["SecurityGroups"][0][direction]
        if rules:
            yield {"GroupId": created.id, "IpPermissions": rules}

    return revoked


def _tags_of(created: CreatedResource) -> list[dict[str, Any]]:
    tags = [{"Key": key, "Value": value} for key, value in created.inputs["tags"].items()]
    return [{"Resources": [created.id], "Tags": tags}]


def _flow_log_resource(inputs: Inputs) -> dict[str, Any]:
    return {"ResourceType": "VPC", "ResourceIds": [inputs["vpcId"]]}


def _prefix_list(api: Api, created: CreatedResource) -> dict[str, Any]:
    """Return the id of a gateway endpoint's prefix list, which has the service's name."""
    by_name: FilterTypeDef = {"Name": "prefix-list-name", "Values": [created.inputs["serviceName"]]}
    found = api.client("ec2").describe_managed_prefix_lists(Filters=[by_name])["PrefixLists"]
    return {"prefixListId": found[0]["PrefixListId"]} if found else {}


NETWORK: Final = {
    "aws:ec2/vpc:Vpc": ResourceType(
        service="ec2",
        operation="CreateVpc",
        id="Vpc.VpcId",
        tag_resource_type="vpc",
        follow_ups=(
            FollowUpCalls("ModifyVpcAttribute", ("enableDnsSupport", "enableDnsHostnames"), _vpc_attributes),
        ),
    ),
    "aws:ec2/subnet:Subnet": ResourceType(
        service="ec2",
        operation="CreateSubnet",
        id="Subnet.SubnetId",
        tag_resource_type="subnet",
        follow_ups=(
            FollowUpCalls(
                "ModifySubnetAttribute",
                ("mapPublicIpOnLaunch",),
                lambda created: [
                    {
                        "SubnetId": created.id,
                        "MapPublicIpOnLaunch": {"Value": created.inputs["mapPublicIpOnLaunch"]},
                    }
                ],
            ),
        ),
    ),
    "aws:ec2/internetGateway:InternetGateway": ResourceType(
        service="ec2",
        operation="CreateInternetGateway",
        id="InternetGateway.InternetGatewayId",
        tag_resource_type="internet-gateway",
        follow_ups=(
            FollowUpCalls(
                "AttachInternetGateway",
                ("vpcId",),
                lambda created: [{"InternetGatewayId": created.id, "VpcId": created.inputs["vpcId"]}],
            ),
        ),
    ),
    "aws:ec2/routeTable:RouteTable": ResourceType(
        service="ec2",
        operation="CreateRouteTable",
        id="RouteTable.RouteTableId",
        tag_resource_type="route-table",
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ResourceType(
        service="ec2",
        operation="DescribeSecurityGroups",
        id="SecurityGroups[0].GroupId",
        other_inputs={"vpcId": "is a filter"},
        extra_parameters=_default_group,
        follow_ups=(
            FollowUpCalls("RevokeSecurityGroupIngress", (), _all_rules("IpPermissions")),
            FollowUpCalls("RevokeSecurityGroupEgress", (), _all_rules("IpPermissionsEgress")),
            FollowUpCalls("CreateTags", ("tags",), _tags_of),
        ),
    ),
    "aws:ec2/eip:Eip": ResourceType(
        service="ec2", operation="AllocateAddress", id="AllocationId", tag_resource_type="elastic-ip"
    ),
    "aws:ec2/natGateway:NatGateway": ResourceType(
        service="ec2",
        operation="CreateNatGateway",
        id="NatGateway.NatGatewayId",
        tag_resource_type="natgateway",
    ),
    "aws:ec2/flowLog:FlowLog": ResourceType(
        service="ec2",
        operation="CreateFlowLogs",
        id="FlowLogIds[0]",
        tag_resource_type="vpc-flow-log",
        other_inputs={"vpcId": "is the resource"},
        extra_parameters=_flow_log_resource,
    ),
    "aws:ec2/route:Route": ResourceType(service="ec2", operation="CreateRoute", id="@name"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ResourceType(
        service="ec2", operation="AssociateRouteTable", id="AssociationId"
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ResourceType(
        service="ec2",
        operation="CreateVpcEndpoint",
        id="VpcEndpoint.VpcEndpointId",
        mapping=InputMapping(rename={"policy": "PolicyDocument"}),
        tag_resource_type="vpc-endpoint",
        more_outputs=_prefix_list,
    ),
    "aws:ec2/securityGroup:SecurityGroup": ResourceType(
        service="ec2",
        operation="CreateSecurityGroup",
        id="GroupId",
        name_input="name",
        mapping=InputMapping(rename={"name": "GroupName"}),
        tag_resource_type="security-group",
        follow_ups=(FollowUpCalls("RevokeSecurityGroupEgress", (), _default_egress),),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _security_group_rule(
        "AuthorizeSecurityGroupIngress"
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _security_group_rule(
        "AuthorizeSecurityGroupEgress"
    ),
}
