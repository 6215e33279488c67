"""Audit of the deployed stack: its settings, read back through the AWS API."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from infra.fleet.user_data import parse_boot_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from types_boto3_ec2.type_defs import FilterTypeDef, SecurityGroupTypeDef
    from types_boto3_elbv2.type_defs import LoadBalancerAttributeTypeDef, TargetGroupAttributeTypeDef
    from types_boto3_wafv2.type_defs import WebACLTypeDef

    from localcloud.aws.clients import Api


def only(items: list[Any]) -> Any:
    assert len(items) == 1, items
    return items[0]


def by_key(
    attributes: Iterable[LoadBalancerAttributeTypeDef | TargetGroupAttributeTypeDef],
) -> dict[str, str]:
    return {attribute["Key"]: attribute["Value"] for attribute in attributes}


@pytest.fixture(scope="module")
def group(api: Api, outputs: dict[str, Any]) -> dict[str, Any]:
    names = [outputs["autoScalingGroup"]]
    return only(
        api.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)[
            "AutoScalingGroups"
        ]
    )


@pytest.fixture(scope="module")
def template(api: Api, outputs: dict[str, Any]) -> dict[str, Any]:
    versions = api.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=outputs["launchTemplate"], Versions=["$Latest"]
    )
    return only(versions["LaunchTemplateVersions"])["LaunchTemplateData"]


@pytest.fixture(scope="module")
def security_groups(api: Api, outputs: dict[str, Any]) -> dict[str, SecurityGroupTypeDef]:
    """Return the security groups by name, without the VPC's default one."""
    of_vpc: list[FilterTypeDef] = [{"Name": "vpc-id", "Values": [outputs["vpcId"]]}]
    found = api.client("ec2").describe_security_groups(Filters=of_vpc)["SecurityGroups"]
    return {
        group["GroupName"].rpartition("-")[0]: group for group in found if group["GroupName"] != "default"
    }


class TestLoadBalancer:
    def test_it_faces_the_internet_from_two_zones(self, api: Api, outputs: dict[str, Any]):
        arns = [outputs["loadBalancerArn"]]
        balancer = only(api.client("elbv2").describe_load_balancers(LoadBalancerArns=arns)["LoadBalancers"])
        assert balancer["Scheme"] == "internet-facing"
        assert len({zone["ZoneName"] for zone in balancer["AvailabilityZones"]}) == 2
        assert outputs["url"] == f"http://{balancer['DNSName']}"

    def test_it_drops_headers_that_are_none_and_ends_idle_connections_first(
        self, api: Api, outputs: dict[str, Any]
    ):
        found = api.client("elbv2").describe_load_balancer_attributes(
            LoadBalancerArn=outputs["loadBalancerArn"]
        )
        attributes = by_key(found["Attributes"])
        assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
        assert attributes["idle_timeout.timeout_seconds"] == "60"

    def test_it_listens_on_http_and_forwards_to_the_target_group(self, api: Api, outputs: dict[str, Any]):
        found = api.client("elbv2").describe_listeners(LoadBalancerArn=outputs["loadBalancerArn"])
        listener = only(found["Listeners"])
        assert (listener["Protocol"], listener["Port"]) == ("HTTP", 80)
        action = only(listener["DefaultActions"])
        assert (action["Type"], action["TargetGroupArn"]) == ("forward", outputs["targetGroupArn"])

    def test_targets_are_checked_at_readyz(self, api: Api, outputs: dict[str, Any]):
        arns = [outputs["targetGroupArn"]]
        target_group = only(api.client("elbv2").describe_target_groups(TargetGroupArns=arns)["TargetGroups"])
        assert target_group["HealthCheckPath"] == "/readyz"
        assert target_group["Matcher"] == {"HttpCode": "200"}
        assert (target_group["HealthCheckIntervalSeconds"], target_group["HealthCheckTimeoutSeconds"]) == (
            5,
            2,
        )

    def test_the_target_group_has_the_configured_algorithm_and_delay(self, api: Api, outputs: dict[str, Any]):
        found = api.client("elbv2").describe_target_group_attributes(TargetGroupArn=outputs["targetGroupArn"])
        attributes = by_key(found["Attributes"])
        assert attributes["load_balancing.algorithm.type"] == "round_robin"
        assert attributes["deregistration_delay.timeout_seconds"] == "30"

    @pytest.mark.usefixtures("own_control_plane")
    def test_the_health_of_each_target_is_what_the_balancer_found_out(
        self, api: Api, outputs: dict[str, Any], group: dict[str, Any]
    ):
        found = api.client("elbv2").describe_target_health(TargetGroupArn=outputs["targetGroupArn"])
        health = {
            target["Target"]["Id"]: target["TargetHealth"]["State"]
            for target in found["TargetHealthDescriptions"]
        }
        assert health == {instance["InstanceId"]: "healthy" for instance in group["Instances"]}


class TestFleet:
    def test_it_spans_two_zones_and_asks_the_load_balancer_for_health(
        self, group: dict[str, Any], outputs: dict[str, Any]
    ):
        assert (group["MinSize"], group["MaxSize"]) == (2, 4)
        assert group["HealthCheckType"] == "ELB"
        assert group["HealthCheckGracePeriod"] == 65
        assert group["TargetGroupARNs"] == [outputs["targetGroupArn"]]
        assert len(group["VPCZoneIdentifier"].split(",")) == 2
        assert len({instance["AvailabilityZone"] for instance in group["Instances"]}) == 2

    def test_it_runs_a_numbered_version_of_the_template(self, group: dict[str, Any], outputs: dict[str, Any]):
        assert group["LaunchTemplate"]["LaunchTemplateId"] == outputs["launchTemplate"]
        assert group["LaunchTemplate"]["Version"].isdecimal()

    def test_it_follows_requests_per_target_and_cpu(
        self, api: Api, group: dict[str, Any], outputs: dict[str, Any]
    ):
        found = api.client("autoscaling").describe_policies(
            AutoScalingGroupName=group["AutoScalingGroupName"]
        )
        tracking = {
            policy["TargetTrackingConfiguration"]["PredefinedMetricSpecification"][
                "PredefinedMetricType"
            ]: policy["TargetTrackingConfiguration"]
            for policy in found["ScalingPolicies"]
        }
        assert set(tracking) == {"ALBRequestCountPerTarget", "ASGAverageCPUUtilization"}
        label = tracking["ALBRequestCountPerTarget"]["PredefinedMetricSpecification"]["ResourceLabel"]
        balancer = outputs["loadBalancerArn"].partition("loadbalancer/")[2]
        target_group = outputs["targetGroupArn"].rpartition(":")[2]
        assert label == f"{balancer}/{target_group}"

    def test_instances_take_no_unsigned_metadata_requests(self, template: dict[str, Any]):
        assert template["MetadataOptions"]["HttpTokens"] == "required"
        assert template["MetadataOptions"]["HttpPutResponseHopLimit"] == 1

    def test_disks_are_encrypted_gp3(self, template: dict[str, Any]):
        volume = only(template["BlockDeviceMappings"])["Ebs"]
        assert (volume["Encrypted"], volume["VolumeType"]) == (True, "gp3")

    def test_the_image_is_a_resolved_amazon_linux(self, api: Api, template: dict[str, Any]):
        name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
        latest = api.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        assert template["ImageId"] == latest
        assert template["InstanceType"] == "t4g.small"

    def test_no_key_opens_a_shell(self, template: dict[str, Any]):
        assert "KeyName" not in template


class TestArchive:
    def test_the_boot_script_names_the_object_that_lies_in_the_bucket(
        self, api: Api, outputs: dict[str, Any], template: dict[str, Any]
    ):
        settings = parse_boot_settings(base64.b64decode(template["UserData"]).decode())
        assert settings["ARCHIVE_URI"] == outputs["archive"]
        key = outputs["archive"].removeprefix(f"s3://{outputs['bucket']}/")
        body = api.client("s3").get_object(Bucket=outputs["bucket"], Key=key)["Body"].read()
        assert hashlib.sha256(body).hexdigest() == settings["ARCHIVE_SHA256"]

    def test_the_bucket_is_private_versioned_and_encrypted(self, api: Api, outputs: dict[str, Any]):
        s3, bucket = api.client("s3"), outputs["bucket"]
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert all(blocked.values())
        assert len(blocked) == 4
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
        assert only(encryption["Rules"])["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
        assert only(ownership["Rules"])["ObjectOwnership"] == "BucketOwnerEnforced"

    def test_the_bucket_is_read_over_tls_alone(self, api: Api, outputs: dict[str, Any]):
        policy = json.loads(api.client("s3").get_bucket_policy(Bucket=outputs["bucket"])["Policy"])
        statement = only(policy["Statement"])
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}

    def test_instances_may_read_that_object_and_nothing_else(
        self, api: Api, outputs: dict[str, Any], template: dict[str, Any]
    ):
        iam = api.client("iam")
        profile_name = template["IamInstanceProfile"]["Arn"].rpartition("/")[2]
        profile = iam.get_instance_profile(InstanceProfileName=profile_name)["InstanceProfile"]
        role = only(profile["Roles"])
        trusted = only(json_of(role["AssumeRolePolicyDocument"])["Statement"])
        assert trusted["Principal"] == {"Service": "ec2.amazonaws.com"}
        assert iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"] == []
        name = only(iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"])
        policy = json_of(iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"])
        statement = only(policy["Statement"])
        assert all(action.startswith("s3:GetObject") for action in as_list(statement["Action"]))
        key = outputs["archive"].removeprefix("s3://")
        assert as_list(statement["Resource"]) == [f"arn:aws:s3:::{key}"]


class TestNetwork:
    def test_the_world_reaches_the_balancer_alone(self, security_groups: dict[str, SecurityGroupTypeDef]):
        balancer, instances = security_groups["iris-balancer"], security_groups["iris-instances"]
        entry = only(balancer["IpPermissions"])
        assert (entry["FromPort"], entry["ToPort"]) == (80, 80)
        assert only(entry["IpRanges"])["CidrIp"] == "0.0.0.0/0"
        inner = only(instances["IpPermissions"])
        assert inner["IpRanges"] == []
        assert only(inner["UserIdGroupPairs"])["GroupId"] == balancer["GroupId"]

    def test_the_balancer_sends_to_the_instances_alone(
        self, security_groups: dict[str, SecurityGroupTypeDef]
    ):
        leave = only(security_groups["iris-balancer"]["IpPermissionsEgress"])
        assert leave["IpRanges"] == []
        assert only(leave["UserIdGroupPairs"])["GroupId"] == security_groups["iris-instances"]["GroupId"]

    def test_instances_reach_s3_alone(self, security_groups: dict[str, SecurityGroupTypeDef]):
        leave = only(security_groups["iris-instances"]["IpPermissionsEgress"])
        assert leave["IpRanges"] == []
        assert only(leave["PrefixListIds"])["PrefixListId"].startswith("pl-")
        assert (leave["FromPort"], leave["ToPort"]) == (443, 443)

    def test_private_subnets_have_no_way_to_the_internet(
        self, api: Api, outputs: dict[str, Any], group: dict[str, Any]
    ):
        of_vpc: list[FilterTypeDef] = [{"Name": "vpc-id", "Values": [outputs["vpcId"]]}]
        tables = api.client("ec2").describe_route_tables(Filters=of_vpc)["RouteTables"]
        private = set(group["VPCZoneIdentifier"].split(","))
        gateways = {
            route.get("GatewayId")
            for table in tables
            if private & {link.get("SubnetId") for link in table["Associations"]}
            for route in table["Routes"]
        }
        assert not [gateway for gateway in gateways if gateway and gateway.startswith(("igw-", "nat-"))]
        assert api.client("ec2").describe_nat_gateways(Filters=of_vpc)["NatGateways"] == []

    def test_s3_is_reached_through_a_gateway_endpoint(self, api: Api, outputs: dict[str, Any]):
        of_vpc: list[FilterTypeDef] = [{"Name": "vpc-id", "Values": [outputs["vpcId"]]}]
        endpoint = only(api.client("ec2").describe_vpc_endpoints(Filters=of_vpc)["VpcEndpoints"])
        assert (endpoint["VpcEndpointType"], endpoint["ServiceName"]) == (
            "Gateway",
            "com.amazonaws.us-east-1.s3",
        )


class TestFirewall:
    @pytest.fixture
    def web_acl(self, api: Api, outputs: dict[str, Any]) -> WebACLTypeDef:
        found = api.client("wafv2").get_web_acl_for_resource(ResourceArn=outputs["loadBalancerArn"])
        return found["WebACL"]

    def test_it_stands_in_front_of_the_load_balancer(self, web_acl: WebACLTypeDef, outputs: dict[str, Any]):
        assert web_acl["ARN"] == outputs["webAclArn"]

    def test_it_has_the_managed_groups_and_limits_for_each_address(self, web_acl: WebACLTypeDef):
        statements = [rule["Statement"] for rule in web_acl["Rules"]]
        managed = {
            statement["ManagedRuleGroupStatement"]["Name"]
            for statement in statements
            if "ManagedRuleGroupStatement" in statement
        }
        assert managed == {
            "AWSManagedRulesAmazonIpReputationList",
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
        }
        limits = [item["RateBasedStatement"] for item in statements if "RateBasedStatement" in item]
        assert [limit["AggregateKeyType"] for limit in limits] == ["IP", "IP"]
        # The second one is that of batches.
        assert ["ScopeDownStatement" in limit for limit in limits] == [False, True]

    def test_it_counts_where_the_stack_says_count(self, web_acl: WebACLTypeDef):
        actions = [rule.get("Action") or rule.get("OverrideAction") for rule in web_acl["Rules"]]
        assert actions == [{"Count": {}}] * 6


def json_of(document: Any) -> Any:
    """Parse a policy, unless boto3 has already parsed it."""
    return json.loads(document) if isinstance(document, str) else document


def as_list(value: Any) -> list[Any]:
    """Return a policy's value as a list."""
    return cast("list[Any]", value) if isinstance(value, list) else [value]
