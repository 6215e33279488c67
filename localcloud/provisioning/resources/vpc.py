"""How networks are made: VPC, subnets, routes, endpoints, security groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.provisioning.parameters import Names
from localcloud.provisioning.resource_type import Inputs, Made, Row, Then

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from localcloud.aws.clients import Api


def _vpc_attributes(made: Made) -> Iterator[dict[str, Any]]:
    """The API takes one attribute a call."""
    for key, attribute in (
        ("enableDnsSupport", "EnableDnsSupport"),
        ("enableDnsHostnames", "EnableDnsHostnames"),
    ):
        if key in made.inputs:
            yield {"VpcId": made.id, attribute: {"Value": made.inputs[key]}}


def _permission(made_inputs: Inputs) -> dict[str, Any]:
    """Write one security group rule of Terraform's as the permission it is in the API."""
    permission: dict[str, Any] = {"IpProtocol": made_inputs["ipProtocol"]}
    if "fromPort" in made_inputs:
        permission |= {"FromPort": int(made_inputs["fromPort"]), "ToPort": int(made_inputs["toPort"])}
    description = {"Description": made_inputs["description"]} if "description" in made_inputs else {}
    peers = {
        "cidrIpv4": ("IpRanges", "CidrIp"),
        "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "prefixListId": ("PrefixListIds", "PrefixListId"),
        "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    }
    for key, (parameter, member) in peers.items():
        if key in made_inputs:
            permission[parameter] = [{member: made_inputs[key], **description}]
    return {"IpPermissions": [permission]}


def _security_group_rule(operation: str) -> Row:
    by_permission = "is part of the permission"
    return Row(
        service="ec2",
        create=operation,
        id="SecurityGroupRules[0].SecurityGroupRuleId",
        names=Names(rename={"securityGroupId": "GroupId"}),
        tagged_as="security-group-rule",
        elsewhere=dict.fromkeys(
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
        also=_permission,
    )


def _default_egress(made: Made) -> Iterator[dict[str, Any]]:
    """Take away the rule that lets everything out, as Terraform does with every group it makes in a VPC."""
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    yield {"GroupId": made.id, "IpPermissions": [everything]}


def _default_group(inputs: Inputs) -> dict[str, Any]:
    """AWS makes a VPC's default group with it: it is found, and then emptied."""
    return {
        "Filters": [
            {"Name": "vpc-id", "Values": [inputs["vpcId"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    }


def _all_rules(direction: str) -> Callable[[Made], Iterator[dict[str, Any]]]:
    def revoked(made: Made) -> Iterator[dict[str, Any]]:
        rules = made.answer["SecurityGroups"][0][direction]
        if rules:
            yield {"GroupId": made.id, "IpPermissions": rules}

    return revoked


def _tags_of(made: Made) -> list[dict[str, Any]]:
    tags = [{"Key": key, "Value": value} for key, value in made.inputs["tags"].items()]
    return [{"Resources": [made.id], "Tags": tags}]


def _noted(inputs: Inputs) -> dict[str, Any]:
    return {"ResourceType": "VPC", "ResourceIds": [inputs["vpcId"]]}


def _prefix_list(api: Api, made: Made) -> dict[str, Any]:
    """A gateway endpoint's prefix list has the service's name."""
    wanted = {"Name": "prefix-list-name", "Values": [made.inputs["serviceName"]]}
    found = api.client("ec2").describe_managed_prefix_lists(Filters=[wanted])["PrefixLists"]
    return {"prefixListId": found[0]["PrefixListId"]} if found else {}


NETWORK: Final = {
    "aws:ec2/vpc:Vpc": Row(
        service="ec2",
        create="CreateVpc",
        id="Vpc.VpcId",
        tagged_as="vpc",
        then=(Then("ModifyVpcAttribute", ("enableDnsSupport", "enableDnsHostnames"), _vpc_attributes),),
    ),
    "aws:ec2/subnet:Subnet": Row(
        service="ec2",
        create="CreateSubnet",
        id="Subnet.SubnetId",
        tagged_as="subnet",
        then=(
            Then(
                "ModifySubnetAttribute",
                ("mapPublicIpOnLaunch",),
                lambda made: [
                    {
                        "SubnetId": made.id,
                        "MapPublicIpOnLaunch": {"Value": made.inputs["mapPublicIpOnLaunch"]},
                    }
                ],
            ),
        ),
    ),
    "aws:ec2/internetGateway:InternetGateway": Row(
        service="ec2",
        create="CreateInternetGateway",
        id="InternetGateway.InternetGatewayId",
        tagged_as="internet-gateway",
        then=(
            Then(
                "AttachInternetGateway",
                ("vpcId",),
                lambda made: [{"InternetGatewayId": made.id, "VpcId": made.inputs["vpcId"]}],
            ),
        ),
    ),
    "aws:ec2/routeTable:RouteTable": Row(
        service="ec2", create="CreateRouteTable", id="RouteTable.RouteTableId", tagged_as="route-table"
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Row(
        service="ec2",
        create="DescribeSecurityGroups",
        id="SecurityGroups[0].GroupId",
        elsewhere={"vpcId": "is a filter"},
        also=_default_group,
        then=(
            Then("RevokeSecurityGroupIngress", (), _all_rules("IpPermissions")),
            Then("RevokeSecurityGroupEgress", (), _all_rules("IpPermissionsEgress")),
            Then("CreateTags", ("tags",), _tags_of),
        ),
    ),
    "aws:ec2/eip:Eip": Row(
        service="ec2", create="AllocateAddress", id="AllocationId", tagged_as="elastic-ip"
    ),
    "aws:ec2/natGateway:NatGateway": Row(
        service="ec2", create="CreateNatGateway", id="NatGateway.NatGatewayId", tagged_as="natgateway"
    ),
    "aws:ec2/flowLog:FlowLog": Row(
        service="ec2",
        create="CreateFlowLogs",
        id="FlowLogIds[0]",
        tagged_as="vpc-flow-log",
        elsewhere={"vpcId": "is the resource"},
        also=_noted,
    ),
    "aws:ec2/route:Route": Row(service="ec2", create="CreateRoute", id="@name"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Row(
        service="ec2", create="AssociateRouteTable", id="AssociationId"
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Row(
        service="ec2",
        create="CreateVpcEndpoint",
        id="VpcEndpoint.VpcEndpointId",
        names=Names(rename={"policy": "PolicyDocument"}),
        tagged_as="vpc-endpoint",
        look=_prefix_list,
    ),
    "aws:ec2/securityGroup:SecurityGroup": Row(
        service="ec2",
        create="CreateSecurityGroup",
        id="GroupId",
        named="name",
        names=Names(rename={"name": "GroupName"}),
        tagged_as="security-group",
        then=(Then("RevokeSecurityGroupEgress", (), _default_egress),),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _security_group_rule(
        "AuthorizeSecurityGroupIngress"
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _security_group_rule(
        "AuthorizeSecurityGroupEgress"
    ),
}
