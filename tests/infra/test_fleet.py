from __future__ import annotations

import base64
import json
from functools import cache

import pytest

from infra.fleet import Fleet, FleetArgs
from infra.user_data import read_settings
from tests.infra.recorder import IMAGE, TAGS, Recorder, deploy, fleet_config

TEMPLATE = "fleet-template"
GROUP = "fleet-fleet"


@cache
def fleet(**values: str) -> Recorder:
    args = FleetArgs(
        config=fleet_config(**values),
        region="eu-west-1",
        archive_uri="s3://archives/service.zip",
        archive_version="v1",
        archive_sha256="abc",
        archive_arn="arn:archive",
        service_port=8080,
        subnet_ids=["subnet-a", "subnet-b"],
        security_group_id="group",
        target_group_arn="arn:targets",
        load_balancer_metric_name="app/alb/1",
        target_group_metric_name="targetgroup/targets/2",
        tags=TAGS,
    )
    return deploy(lambda: Fleet("fleet", args))


def test_an_instance_may_read_the_archive_and_nothing_else():
    made = fleet()
    (policy,) = made.of_type("aws:iam/rolePolicy:RolePolicy")
    (statement,) = json.loads(policy["policy"])["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert statement["Resource"] == "arn:archive"
    assert not made.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert not {"inlinePolicies", "managedPolicyArns"} & set(made.made["fleet-instance"].inputs)


def test_only_ec2_may_take_the_instances_role():
    (statement,) = json.loads(fleet().made["fleet-instance"]["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"


def test_the_template_s_profile_carries_that_role():
    made = fleet().made
    assert made[TEMPLATE]["iamInstanceProfile"] == {"arn": "arn:fleet-instance-profile"}
    assert made["fleet-instance-profile"]["role"] == "fleet-instance-1a2b3c4"
    assert made["fleet-read-archive"]["role"] == "fleet-instance-1a2b3c4"


@pytest.mark.parametrize(("architecture", "instance_type"), [("arm64", "t4g.small"), ("x86_64", "t3.small")])
def test_the_image_is_a_resolved_id_of_amazon_linux_2023_for_the_architecture(
    architecture: str, instance_type: str
):
    made = fleet(architecture=architecture, instanceType=instance_type)
    assert made.made[TEMPLATE]["imageId"] == IMAGE
    assert made.made[TEMPLATE]["instanceType"] == instance_type
    question = made.questions["aws:ssm/getParameter:getParameter"]
    assert question["name"] == (
        f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
    )


def test_the_metadata_service_answers_version_2_to_the_instance_itself_alone():
    assert fleet().made[TEMPLATE]["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_the_disk_is_encrypted_and_goes_with_its_instance():
    (disk,) = fleet().made[TEMPLATE]["blockDeviceMappings"]
    assert disk["deviceName"] == "/dev/xvda"
    assert disk["ebs"] == {
        "volumeType": "gp3",
        "volumeSize": 8,
        "encrypted": "true",
        "deleteOnTermination": "true",
    }


def test_instances_are_in_the_given_security_group_and_have_no_key_to_log_in_with():
    template = fleet().made[TEMPLATE]
    assert template["vpcSecurityGroupIds"] == ["group"]
    assert not {"keyName", "networkInterfaces"} & set(template.inputs)


def test_the_boot_script_gets_the_archive_s_place_version_and_hash_and_a_worker_for_each_vcpu():
    template = fleet(instanceType="c7g.xlarge", keepAlive="90").made[TEMPLATE]
    assert read_settings(base64.b64decode(template["userData"]).decode()) == {
        "ARCHIVE_URI": "s3://archives/service.zip",
        "ARCHIVE_VERSION": "v1",
        "ARCHIVE_SHA256": "abc",
        "REGION": "eu-west-1",
        "SERVICE_PORT": "8080",
        "WORKERS": "4",
        "KEEP_ALIVE_SECONDS": "90",
    }


def test_what_an_instance_consists_of_is_tagged_with_it():
    specifications = fleet().made[TEMPLATE]["tagSpecifications"]
    assert [kind["resourceType"] for kind in specifications] == ["instance", "volume", "network-interface"]
    assert all(kind["tags"] == {**TAGS, "Name": "fleet-instance"} for kind in specifications)


def test_the_group_spreads_over_its_subnets_between_its_limits():
    group = fleet(minInstances="3", maxInstances="9").made[GROUP]
    assert (group["minSize"], group["maxSize"]) == (3, 9)
    assert group["vpcZoneIdentifiers"] == ["subnet-a", "subnet-b"]
    assert "desiredCapacity" not in group.inputs


def test_an_instance_that_fails_the_balancer_s_checks_is_replaced_once_it_had_time_to_boot():
    group = fleet(healthCheckGracePeriod="240", instanceWarmup="90").made[GROUP]
    assert group["targetGroupArns"] == ["arn:targets"]
    assert group["healthCheckType"] == "ELB"
    assert (group["healthCheckGracePeriod"], group["defaultInstanceWarmup"]) == (240, 90)


def test_the_group_follows_the_template_by_number():
    assert fleet().made[GROUP]["launchTemplate"] == {"id": f"{TEMPLATE}-id", "version": "7"}


def test_an_update_leaves_the_release_of_a_new_template_to_the_roll_out():
    assert fleet().made[GROUP].options.ignore_changes == ["launch_template"]


def test_a_deployment_waits_until_the_least_number_of_instances_serve():
    group = fleet(minInstances="3").made[GROUP]
    assert (group["minElbCapacity"], group["waitForCapacityTimeout"]) == (3, "10m")


def test_the_fleet_follows_requests_per_target_and_cpu():
    made = fleet(requestsPerTarget="7000", cpuTarget="45")
    tracked = {
        policy.name: policy["targetTrackingConfiguration"]
        for policy in made.of_type("aws:autoscaling/policy:Policy")
        if policy["policyType"] == "TargetTrackingScaling"
        and policy["autoscalingGroupName"] == f"{GROUP}-1a2b3c4"
    }
    assert tracked == {
        "fleet-requests": {
            "targetValue": 7_000,
            "predefinedMetricSpecification": {
                "predefinedMetricType": "ALBRequestCountPerTarget",
                "resourceLabel": "app/alb/1/targetgroup/targets/2",
            },
        },
        "fleet-cpu": {
            "targetValue": 45,
            "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"},
        },
    }
