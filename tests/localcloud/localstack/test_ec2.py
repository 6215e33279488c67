"""EC2 as the local cloud uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.localcloud.localstack.fleet import TEMPLATE
from tests.localcloud.localstack.running import REGION

if TYPE_CHECKING:
    from tests.localcloud.localstack.fleet import FleetResources
    from tests.localcloud.localstack.running import Running


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_amazon_linux_has_a_published_image_of_each_architecture(
    localstack: Running, architecture: str
) -> None:
    name = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"

    image_id = localstack.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]

    (image,) = localstack.client("ec2").describe_images(ImageIds=[image_id])["Images"]
    assert image["Architecture"] == architecture
    assert image["Name"].startswith("al2023-ami-")


def test_a_launch_template_reads_back_as_it_was_written(fleet: FleetResources) -> None:
    ec2 = fleet.localstack.client("ec2")
    interfaces = [
        {"DeviceIndex": 0, "Groups": [fleet.security_group], "AssociatePublicIpAddress": False},
    ]
    written = TEMPLATE | {"NetworkInterfaces": interfaces}
    created = ec2.create_launch_template(
        LaunchTemplateName="read-back",
        LaunchTemplateData=written,
        TagSpecifications=[
            {"ResourceType": "launch-template", "Tags": [{"Key": "Project", "Value": "iris"}]}
        ],
    )["LaunchTemplate"]

    (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=created["LaunchTemplateId"])[
        "LaunchTemplateVersions"
    ]
    (template,) = ec2.describe_launch_templates(LaunchTemplateIds=[created["LaunchTemplateId"]])[
        "LaunchTemplates"
    ]

    assert version["LaunchTemplateData"] == written
    assert version["DefaultVersion"] is True
    assert template["Tags"] == [{"Key": "Project", "Value": "iris"}]


def test_a_template_version_inherits_unchanged_data_from_its_source(fleet: FleetResources) -> None:
    ec2 = fleet.localstack.client("ec2")
    created = ec2.create_launch_template(LaunchTemplateName="versions", LaunchTemplateData=TEMPLATE)
    name = created["LaunchTemplate"]["LaunchTemplateName"]

    ec2.create_launch_template_version(
        LaunchTemplateName=name, SourceVersion="1", LaunchTemplateData={"InstanceType": "t4g.medium"}
    )

    versions = ec2.describe_launch_template_versions(LaunchTemplateName=name)["LaunchTemplateVersions"]
    found = {version["VersionNumber"]: version for version in versions}
    assert found[2]["LaunchTemplateData"] == TEMPLATE | {"InstanceType": "t4g.medium"}
    assert found[1]["LaunchTemplateData"] == TEMPLATE
    assert (found[1]["DefaultVersion"], found[2]["DefaultVersion"]) == (True, False)


def test_a_gateway_endpoint_for_s3_routes_its_prefix_list(fleet: FleetResources) -> None:
    ec2 = fleet.localstack.client("ec2")
    vpc = ec2.describe_subnets(SubnetIds=list(fleet.subnets.values()))["Subnets"][0]["VpcId"]
    routes = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    service = f"com.amazonaws.{REGION}.s3"

    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType="Gateway", RouteTableIds=[routes])

    by_name = [{"Name": "prefix-list-name", "Values": [service]}]
    (public,) = ec2.describe_prefix_lists(Filters=by_name)["PrefixLists"]
    (managed,) = ec2.describe_managed_prefix_lists(Filters=by_name)["PrefixLists"]
    (table,) = ec2.describe_route_tables(RouteTableIds=[routes])["RouteTables"]
    assert public["PrefixListId"] == managed["PrefixListId"]
    assert public["PrefixListId"] in {route.get("DestinationPrefixListId") for route in table["Routes"]}


def test_the_region_has_three_zones(localstack: Running) -> None:
    zones = localstack.client("ec2").describe_availability_zones()["AvailabilityZones"]

    assert [zone["ZoneName"] for zone in zones] == [f"{REGION}{letter}" for letter in "abc"]
