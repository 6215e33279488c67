from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import pytest

from infra.fleet.auto_scaling_group import AutoScalingGroup, AutoScalingGroupArgs
from infra.fleet.user_data import parse_boot_settings
from tests.infra.mock_aws import ACCOUNT, IMAGE, TAGS, MockAws, deploy, fleet_config

if TYPE_CHECKING:
    import pulumi

TEMPLATE = "fleet-template"
GROUP = "fleet-fleet"


def fleet_args(**values: str) -> AutoScalingGroupArgs:
    return AutoScalingGroupArgs(
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
        log_retention_days=14,
        protected=True,
        tags=TAGS,
    )


@cache
def fleet(**values: str) -> MockAws:
    return deploy(lambda: AutoScalingGroup("fleet", fleet_args(**values)))


def test_an_instance_may_read_the_archive_and_nothing_else():
    mock_aws = fleet()
    (policy,) = mock_aws.of_type("aws:iam/rolePolicy:RolePolicy")
    (statement,) = json.loads(policy["policy"])["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert statement["Resource"] == "arn:archive"
    assert not mock_aws.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert not {"inlinePolicies", "managedPolicyArns"} & set(mock_aws.resources["fleet-instance"].inputs)


def test_only_ec2_may_take_the_instances_role():
    (statement,) = json.loads(fleet().resources["fleet-instance"]["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"


def test_the_template_s_profile_carries_that_role():
    resources = fleet().resources
    assert resources[TEMPLATE]["iamInstanceProfile"] == {"arn": "arn:fleet-instance-profile"}
    assert resources["fleet-instance-profile"]["role"] == "fleet-instance-1a2b3c4"
    assert resources["fleet-read-archive"]["role"] == "fleet-instance-1a2b3c4"


@pytest.mark.parametrize(("architecture", "instance_type"), [("arm64", "t4g.small"), ("x86_64", "t3.small")])
def test_the_image_is_a_resolved_id_of_amazon_linux_2023_for_the_architecture(
    architecture: str, instance_type: str
):
    mock_aws = fleet(architecture=architecture, instanceType=instance_type)
    assert mock_aws.resources[TEMPLATE]["imageId"] == IMAGE
    assert mock_aws.resources[TEMPLATE]["instanceType"] == instance_type
    question = mock_aws.invokes["aws:ssm/getParameter:getParameter"]
    assert question["name"] == (
        f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
    )


def test_the_metadata_service_answers_version_2_to_the_instance_itself_alone():
    assert fleet().resources[TEMPLATE]["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_the_disk_is_encrypted_and_goes_with_its_instance():
    (disk,) = fleet().resources[TEMPLATE]["blockDeviceMappings"]
    assert disk["deviceName"] == "/dev/xvda"
    assert disk["ebs"] == {
        "volumeType": "gp3",
        "volumeSize": 8,
        "encrypted": "true",
        "deleteOnTermination": "true",
    }


@pytest.mark.parametrize(("value", "enabled"), [("false", False), ("true", True)])
def test_instances_send_their_metrics_every_minute_only_on_request(
    value: str, *, enabled: bool, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    template = fleet.__wrapped__(detailedMonitoring=value).resources[TEMPLATE]
    # The off value is said, so that a change back takes effect.
    assert template["monitoring"] == {"enabled": enabled}
    assert f"% CPU, measured every {'minute' if enabled else '5 minutes'}." in caplog.text


def test_instances_are_in_the_given_security_group_and_have_no_key_to_log_in_with():
    template = fleet().resources[TEMPLATE]
    assert template["vpcSecurityGroupIds"] == ["group"]
    assert not {"keyName", "networkInterfaces"} & set(template.inputs)


def test_the_boot_script_gets_the_archive_s_place_version_and_hash_and_a_worker_for_each_vcpu():
    template = fleet(instanceType="c7g.xlarge", serviceKeepAliveSeconds="90").resources[TEMPLATE]
    assert parse_boot_settings(base64.b64decode(template["userData"]).decode()) == {
        "ARCHIVE_URI": "s3://archives/service.zip",
        "ARCHIVE_VERSION": "v1",
        "ARCHIVE_SHA256": "abc",
        "REGION": "eu-west-1",
        "SERVICE_PORT": "8080",
        "WORKERS": "4",
        "KEEP_ALIVE_SECONDS": "90",
        "LOG_GROUP": "",
        "DOCS": "off",
        "HOOKS": "no",
    }


@pytest.mark.parametrize(
    ("public", "documented"), [("", "off"), ("health", "off"), ("docs", "on"), ("version, docs", "on")]
)
def test_a_service_whose_documentation_is_not_public_does_not_link_to_it(public: str, documented: str):
    template = fleet(publicPaths=public).resources[TEMPLATE]
    assert parse_boot_settings(base64.b64decode(template["userData"]).decode())["DOCS"] == documented


def test_what_an_instance_consists_of_is_tagged_with_it():
    specifications = fleet().resources[TEMPLATE]["tagSpecifications"]
    assert [kind["resourceType"] for kind in specifications] == ["instance", "volume", "network-interface"]
    assert all(kind["tags"] == {**TAGS, "Name": "fleet-instance"} for kind in specifications)


def test_the_group_spreads_over_its_subnets_between_its_limits():
    group = fleet(minInstances="3", maxInstances="9").resources[GROUP]
    assert (group["minSize"], group["maxSize"]) == (3, 9)
    assert group["vpcZoneIdentifiers"] == ["subnet-a", "subnet-b"]
    assert "desiredCapacity" not in group.inputs


def test_an_instance_that_fails_the_balancer_s_checks_is_replaced_once_it_had_time_to_boot():
    group = fleet(healthCheckGracePeriodSeconds="240", instanceWarmupSeconds="90").resources[GROUP]
    assert group["targetGroupArns"] == ["arn:targets"]
    assert group["healthCheckType"] == "ELB"
    assert (group["healthCheckGracePeriod"], group["defaultInstanceWarmup"]) == (240, 90)


def test_no_warm_up_is_a_second_since_a_new_group_would_wait_for_the_cooldown_of_aws():
    assert fleet(instanceWarmupSeconds="0").resources[GROUP]["defaultInstanceWarmup"] == 1


def test_the_group_follows_the_template_by_number():
    assert fleet().resources[GROUP]["launchTemplate"] == {"id": f"{TEMPLATE}-id", "version": "7"}


def test_an_update_waits_for_no_number_of_instances():
    group = fleet(minInstances="3").resources[GROUP]
    assert group["waitForCapacityTimeout"] == "0"
    assert not {"minElbCapacity", "waitForElbCapacity"} & set(group.inputs)


def test_no_instance_boots_before_all_of_its_permissions():
    mock_aws = fleet(**REACHES_ALL)
    before = cast("list[pulumi.Resource]", mock_aws.resources[GROUP].options.depends_on)
    policies = mock_aws.of_type("aws:iam/rolePolicy:RolePolicy")
    assert {resource.pulumi_resource_name for resource in before} == {policy.name for policy in policies}
    assert len(policies) == 4


def test_a_change_of_the_hooks_does_not_replace_the_group():
    # "initial_lifecycle_hook" forces a new group (Terraform's AWS provider, aws_autoscaling_group).
    for hooks in ({}, REACHES_ALL):
        assert fleet(**hooks).resources[GROUP].options.ignore_changes == ["initial_lifecycle_hooks"]


def test_a_group_is_replaced_with_its_vpc():
    assert fleet(vpcCidr="10.9.0.0/16").resources[GROUP].options.replacement_trigger == "10.9.0.0/16"


def test_the_fleet_follows_requests_per_target_and_cpu():
    mock_aws = fleet(instanceType="m7g.large", targetRequestsPerMinute="7000", targetCpuPercent="45")
    tracked = {
        policy.name: policy["targetTrackingConfiguration"]
        for policy in mock_aws.of_type("aws:autoscaling/policy:Policy")
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


# --- several types, and spot ---

MIXED = {"alternativeInstanceTypes": "t4g.medium, c7g.large", "maxInstances": "8"}


def test_a_fleet_of_one_type_has_no_mixture():
    group = fleet().resources[GROUP]
    assert not {"mixedInstancesPolicy", "warmPool"} & set(group.inputs)


def test_spot_instances_come_from_the_pools_that_last_beyond_a_base_on_demand():
    group = fleet(**MIXED, onDemandBaseCapacity="3", spotPercent="80").resources[GROUP]
    policy = group["mixedInstancesPolicy"]
    assert policy["instancesDistribution"] == {
        "onDemandBaseCapacity": 3,
        "onDemandPercentageAboveBaseCapacity": 20,
        "onDemandAllocationStrategy": "prioritized",
        "spotAllocationStrategy": "price-capacity-optimized",
    }
    assert group["capacityRebalance"] is True
    assert "launchTemplate" not in group.inputs


def test_a_mixture_prefers_the_instance_type_and_follows_the_template_by_number():
    group = fleet(**MIXED).resources[GROUP]
    template = group["mixedInstancesPolicy"]["launchTemplate"]
    assert template["launchTemplateSpecification"] == {"launchTemplateId": f"{TEMPLATE}-id", "version": "7"}
    assert [each["instanceType"] for each in template["overrides"]] == [
        "t4g.small",
        "t4g.medium",
        "c7g.large",
    ]
    assert group["capacityRebalance"] is False


# --- how instances come and go ---


def test_a_successor_serves_before_its_predecessor_goes_whyever_it_is_replaced():
    assert fleet().resources[GROUP]["instanceMaintenancePolicy"] == {
        "minHealthyPercentage": 100,
        "maxHealthyPercentage": 200,
    }


def test_an_instance_is_replaced_after_so_many_days_or_never():
    assert fleet(maxInstanceLifetimeDays="7").resources[GROUP]["maxInstanceLifetime"] == 604_800
    assert "maxInstanceLifetime" not in fleet(maxInstanceLifetimeDays="0").resources[GROUP].inputs


def test_what_the_dashboard_draws_of_the_group_is_collected():
    assert {"GroupDesiredCapacity", "GroupTotalInstances"} <= set(fleet().resources[GROUP]["enabledMetrics"])


REACHES_ALL = {"interfaceEndpoints": "ssm, logs, autoscaling"}


@pytest.mark.parametrize("way", [REACHES_ALL, {"natGateways": "single"}])
def test_where_instances_reach_auto_scaling_it_waits_for_what_they_say(way: dict[str, str]):
    mock_aws = fleet(**way, launchTimeoutSeconds="240", terminationTimeoutSeconds="90")
    hooks = {hook["name"]: hook for hook in mock_aws.of_type("aws:autoscaling/lifecycleHook:LifecycleHook")}
    expected = {
        name: (hook["lifecycleTransition"], hook["heartbeatTimeout"], hook["defaultResult"])
        for name, hook in hooks.items()
    }
    assert expected == {
        "launched": ("autoscaling:EC2_INSTANCE_LAUNCHING", 240, "CONTINUE"),
        "terminated": ("autoscaling:EC2_INSTANCE_TERMINATING", 90, "CONTINUE"),
    }
    # Not one instance comes before them.
    assert {
        hook["name"]: (hook["lifecycleTransition"], hook["heartbeatTimeout"], hook["defaultResult"])
        for hook in mock_aws.resources[GROUP]["initialLifecycleHooks"]
    } == expected
    assert mock_aws.resources[TEMPLATE]["metadataOptions"]["instanceMetadataTags"] == "enabled"
    settings = parse_boot_settings(base64.b64decode(mock_aws.resources[TEMPLATE]["userData"]).decode())
    assert (settings["HOOKS"], settings["LOG_GROUP"]) == ("yes", "fleet-instances-log-1a2b3c4")


def test_where_they_do_not_reach_it_nobody_waits_in_vain():
    mock_aws = fleet(interfaceEndpoints="ssm, logs")
    assert mock_aws.of_type("aws:autoscaling/lifecycleHook:LifecycleHook") == []
    assert "initialLifecycleHooks" not in mock_aws.resources[GROUP].inputs
    settings = parse_boot_settings(base64.b64decode(mock_aws.resources[TEMPLATE]["userData"]).decode())
    assert settings["HOOKS"] == "no"


def permissions(mock_aws: MockAws) -> dict[str, dict[str, Any]]:
    policies = [json.loads(each["policy"]) for each in mock_aws.of_type("aws:iam/rolePolicy:RolePolicy")]
    statements = [statement for policy in policies for statement in policy["Statement"]]
    return {statement["Sid"]: statement for statement in statements}


@pytest.mark.parametrize(
    ("endpoints", "sids"),
    [
        ("", {"ReadArchive"}),
        ("ssm", {"ReadArchive", "OpenSession"}),
        ("logs", {"ReadArchive", "WriteLogs"}),
        ("autoscaling", {"ReadArchive", "TellLifecycle"}),
        ("ssm, logs, autoscaling", {"ReadArchive", "OpenSession", "WriteLogs", "TellLifecycle"}),
    ],
)
def test_an_instance_has_no_right_to_what_it_cannot_reach(endpoints: str, sids: set[str]):
    assert set(permissions(fleet(interfaceEndpoints=endpoints))) == sids


def test_each_right_goes_no_further_than_it_must():
    found = permissions(fleet(**REACHES_ALL))
    assert found["WriteLogs"]["Resource"] == "arn:fleet-instances-log:*"
    assert found["WriteLogs"]["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert found["TellLifecycle"]["Action"] == [
        "autoscaling:CompleteLifecycleAction",
        "autoscaling:RecordLifecycleActionHeartbeat",
    ]
    assert found["TellLifecycle"]["Resource"] == (
        f"arn:aws:autoscaling:eu-west-1:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/fleet-*"
    )
    assert found["TellLifecycle"]["Condition"] == {
        "StringEquals": {
            "aws:ResourceTag/project": TAGS["project"],
            "aws:ResourceTag/stack": TAGS["stack"],
        }
    }
    # No parameter is to be read, and no command to be run but in a session.
    assert set(found["OpenSession"]["Action"]) == {
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }


def test_what_instances_log_is_kept_as_long_as_other_logs():
    assert fleet(**REACHES_ALL).resources["fleet-instances-log"]["retentionInDays"] == 14


def test_what_instances_have_logged_outlives_their_way_to_the_log_while_the_stack_is_protected():
    kept = fleet(**REACHES_ALL).resources["fleet-instances-log"].options.retain_on_delete
    args = replace(fleet_args(**REACHES_ALL), protected=False)
    unprotected = deploy(lambda: AutoScalingGroup("fleet", args)).resources["fleet-instances-log"]
    assert (kept, unprotected.options.retain_on_delete) == (True, False)


# --- ahead of the load ---


def test_the_group_takes_on_each_size_of_its_schedule():
    mock_aws = fleet(
        scalingSchedule="30 7 * * 1-5 min=3 desired=4; 0 12 * * * max=4; 0 20 * * * min=2",
        scalingScheduleTimeZone="Europe/Berlin",
    )
    schedules = [
        (each["recurrence"], each["timeZone"], each["minSize"], each["maxSize"], each["desiredCapacity"])
        for each in mock_aws.of_type("aws:autoscaling/schedule:Schedule")
    ]
    assert schedules == [
        ("30 7 * * 1-5", "Europe/Berlin", 3, -1, 4),
        ("0 12 * * *", "Europe/Berlin", -1, 4, -1),
        ("0 20 * * *", "Europe/Berlin", 2, -1, -1),
    ]


def scheduled(schedule: str) -> dict[str, tuple[str, int]]:
    actions = fleet(scalingSchedule=schedule).of_type("aws:autoscaling/schedule:Schedule")
    return {one["scheduledActionName"]: (one["recurrence"], one["minSize"]) for one in actions}


def test_an_action_has_the_name_of_its_time_so_that_the_others_keep_theirs():
    both = scheduled("*/5 7,8 1-2 * 0 min=3; 0 20 * * * min=2")
    assert both == {"anyby5-7and8-1to2-any-0": ("*/5 7,8 1-2 * 0", 3), "0-20-any-any-any": ("0 20 * * *", 2)}
    assert scheduled("0 20 * * * min=4") == {"0-20-any-any-any": ("0 20 * * *", 4)}


def test_an_action_is_deleted_and_created_anew_as_an_update_would_send_a_time_in_the_past():
    (action,) = fleet(scalingSchedule="0 20 * * * min=2").of_type("aws:autoscaling/schedule:Schedule")
    assert action.options.replace_on_changes == ["*"]
    assert action.options.delete_before_replace is True
    assert action.options.parent is not None


@pytest.mark.parametrize(("wish", "mode"), [("forecast", "ForecastOnly"), ("scale", "ForecastAndScale")])
def test_a_forecast_of_the_requests_keeps_to_the_most_that_there_may_be(wish: str, mode: str):
    mock_aws = fleet(predictiveScaling=wish, targetRequestsPerMinute="7000", instanceWarmupSeconds="150")
    forecast = mock_aws.resources["fleet-forecast"]
    assert forecast["policyType"] == "PredictiveScaling"
    assert forecast["predictiveScalingConfiguration"] == {
        "mode": mode,
        "schedulingBufferTime": "150",
        "maxCapacityBreachBehavior": "HonorMaxCapacity",
        "metricSpecification": {
            "targetValue": 7_000,
            "predefinedMetricPairSpecification": {
                "predefinedMetricType": "ALBRequestCount",
                "resourceLabel": "app/alb/1/targetgroup/targets/2",
            },
        },
    }
    assert "fleet-forecast" not in fleet().resources


def test_a_warm_pool_holds_so_many_stopped_instances_and_no_more():
    group = fleet(warmPoolSize="2", natGateways="single").resources[GROUP]
    assert group["warmPool"] == {"poolState": "Stopped", "minSize": 2, "maxGroupPreparedCapacity": 2}
