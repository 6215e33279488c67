"""Resources of the program with all options, created on LocalStack and read back through the AWS API."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.exceptions import ClientError, WaiterError

from infra.firewall.web_acl_rules import BATCH_PATHS
from infra.load_balancer.blocked_paths import blocked_path_rules
from localcloud.health_probe import NO_CERTIFICATES
from localcloud.provisioning import registry
from localcloud.provisioning.data_sources import NotFoundError
from localcloud.provisioning.pulumi_project import read_project
from tests.infra.mock_aws import FOLDER, default_values
from tests.localcloud.localstack.running import Running, run
from tests.localcloud.provisioning.read_back.comparison import missing_leaves
from tests.localcloud.provisioning.read_back.leaves import leaves
from tests.localcloud.provisioning.read_back.readers import MISSING, READERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HANDLER = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps([event["httpMethod"], event["path"]])}
"""

WHOLE = {
    "compute": "both",
    "domainName": "iris.example.com",
    "apiDomainName": "api.example.com",
    "loadBalancingAlgorithm": "weighted_random",
    "anomalyMitigation": "true",
    "minInstances": "3",
    "maxInstances": "6",
    "xForwardedForMode": "preserve",
    "deletionProtection": "true",
    "publicPaths": "docs",
    "minProvisionedConcurrency": "1",
    "maxProvisionedConcurrency": "4",
    "reservedConcurrency": "60",
    "functionMemoryMb": "512",
    "functionTimeoutSeconds": "7",
    "throttlingRateLimitPerSecond": "11",
    "throttlingBurstLimit": "22",
    "xrayTracing": "true",
    "alarmEmail": "ops@example.com",
    "logRetentionDays": "14",
    "availabilityZones": "3",
    "natGateways": "per-zone",
    "interfaceEndpoints": "ssm, logs, autoscaling",
    "vpcFlowLogs": "all",
    "alternativeInstanceTypes": "t4g.medium, c7g.large",
    "spotPercent": "50",
    "scalingSchedule": "30 7 * * 1-5 min=4 desired=5; 0 20 * * * min=3",
    "scalingScheduleTimeZone": "Europe/Berlin",
    "predictiveScaling": "forecast",
    "guardDuty": "true",
    "monthlyBudgetUsd": "250",
    "allowedIpRanges": "203.0.113.7",
    "deniedIpRanges": "198.51.100.0/24, 2001:db8::/32",
    "deniedCountries": "AQ",
    "rateLimitPerForwardedIp": "70",
    "managedRuleGroups": "ip-reputation, known-bad-inputs:block, common:count, sql-injection",
}


@dataclass(frozen=True)
class DeployedStackRecord:
    """Deployed stack with the record of its creation."""

    localstack: Running
    exports: dict[str, Any]
    records: list[dict[str, Any]]
    """Records of the resources from the provisioner."""
    seconds: float

    def ask(self, service: str, operation: str, **parameters: Any) -> Any:
        return getattr(self.localstack.client(service), operation)(**parameters)


@pytest.fixture(scope="module")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run(tmp_path_factory.mktemp("localstack")) as running:
        yield running


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("archive") / "iris.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("service/__init__.py", "")
        packed.writestr("service/lambda_handler.py", HANDLER)
    return file


def provisioned(localstack: Running, stack: str, values: dict[str, str]) -> DeployedStackRecord:
    """Run the program in a separate process, because Pulumi's mocks leave event loops open."""
    api = localstack.api
    project = read_project(FOLDER, "dev", {"aws:region": api.region, **default_values(), **values})
    settings = {
        "program": str(project.program),
        "project": project.name,
        "stack": stack,
        "config": dict(project.config),
        "endpoint": api.endpoint,
        "key_file": str(localstack.key_file),
        "region": api.region,
    }
    ended = subprocess.run(
        [sys.executable, "-m", "tests.localcloud.provisioning.read_back.provisioner"],
        input=json.dumps(settings),
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    return DeployedStackRecord(localstack, report["exports"], report["records"], report["seconds"])


@pytest.fixture(scope="module")
def whole(localstack: Running, archive: Path) -> DeployedStackRecord:
    localstack.client("route53").create_hosted_zone(Name="example.com", CallerReference="tests")
    named = {"archive": str(archive), "functionArchive": str(archive)}
    return provisioned(localstack, "whole", {**named, **WHOLE})


@pytest.fixture(scope="module")
def plain(localstack: Running, archive: Path) -> DeployedStackRecord:
    """Return a stack with every key at its default."""
    return provisioned(localstack, "plain", {"archive": str(archive)})


@pytest.fixture(scope="module")
def function(whole: DeployedStackRecord) -> dict[str, Any]:
    named = {"FunctionName": whole.exports["functionName"], "Qualifier": whole.exports["functionAlias"]}
    return whole.ask("lambda", "get_function", **named)


@pytest.fixture(scope="module")
def stage(whole: DeployedStackRecord) -> dict[str, Any]:
    named = {"restApiId": whole.exports["restApiId"], "stageName": whole.exports["apiStage"]}
    return whole.ask("apigateway", "get_stage", **named)


def kind(record: dict[str, Any]) -> str:
    return record["type"].split(":")[1]


@pytest.mark.parametrize("stack", ["plain", "whole"])
def test_every_field_of_a_stack_reads_back(
    stack: str, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
):
    stood: DeployedStackRecord = request.getfixturevalue(stack)
    fields = sum(len({*leaves([arguments for _, arguments in record["calls"]])}) for record in stood.records)
    record_property(
        "figure",
        f"the {stack} stack: {len(stood.records)} resources on LocalStack in {stood.seconds:.1f} s, "
        f"{fields:,} fields read back",
    )
    lacks = {
        (record["name"], *leaf)
        for record in stood.records
        for leaf in missing_leaves(stood.localstack.api, record)
        if leaf[0] not in MISSING.get(kind(record), {})
    }
    assert lacks == set()


def test_every_field_listed_as_missing_is_missing(whole: DeployedStackRecord):
    found = {
        (kind(record), key)
        for record in whole.records
        for key, _ in missing_leaves(whole.localstack.api, record)
    }
    assert {(one, key) for one, keys in MISSING.items() for key in keys} <= found


def test_a_field_with_another_value_is_found(whole: DeployedStackRecord):
    (function,) = [record for record in whole.records if kind(record) == "lambda/function"]
    (operation, arguments), *others = function["calls"]
    other_record = {**function, "calls": [(operation, {**arguments, "MemorySize": 513}), *others]}
    news = set(missing_leaves(whole.localstack.api, other_record)) - set(
        missing_leaves(whole.localstack.api, function)
    )
    assert news == {("memorysize", "513")}


def test_every_type_of_the_local_cloud_can_be_read_back():
    assert {token.split(":")[1] for token in registry.RESOURCE_TYPES} == set(READERS), (
        "add a call that describes it"
    )


def test_the_api_passes_requests_to_the_function(whole: DeployedStackRecord):
    exports = whole.exports
    base = f"{whole.localstack.api.endpoint}/_aws/execute-api/{exports['restApiId']}/{exports['apiStage']}"
    for path in ("/", "/api/v01/classify"):
        answer = httpx.get(f"{base}{path}", trust_env=False, timeout=10, verify=NO_CERTIFICATES)
        assert (answer.status_code, answer.json()) == (200, ["GET", path])


def test_the_function_has_its_configuration(function: dict[str, Any], whole: DeployedStackRecord):
    configuration = function["Configuration"]
    assert (configuration["MemorySize"], configuration["Timeout"], configuration["Runtime"]) == (
        512,
        7,
        "python3.13",
    )
    assert configuration["Handler"] == "service.lambda_handler.handler"
    assert configuration["Architectures"] == ["arm64"]
    assert configuration["TracingConfig"] == {"Mode": "Active"}
    assert configuration["LoggingConfig"]["LogFormat"] == "JSON"
    assert (configuration["State"], configuration["Version"]) == ("Active", whole.exports["functionVersion"])
    assert function["Concurrency"] == {"ReservedConcurrentExecutions": 60}
    assert {"project": "scalable-models", "stack": "whole"}.items() <= function["Tags"].items()


def test_its_archive_is_in_the_bucket_under_its_own_key(whole: DeployedStackRecord):
    assert whole.exports["functionArchive"] == f"s3://{whole.exports['bucket']}/function.zip"
    versions = whole.ask("s3", "list_object_versions", Bucket=whole.exports["bucket"])["Versions"]
    assert {version["Key"] for version in versions} == {"function.zip", "service.zip"}


def test_an_archive_that_was_deployed_before_is_found_with_its_hash(whole: DeployedStackRecord):
    named = {"Bucket": whole.exports["bucket"], "Key": "service.zip"}
    before = whole.exports["archiveVersion"]
    noted = whole.ask("s3", "head_object", **named, VersionId=before)["Metadata"]["sha256"]
    after = whole.ask("s3", "put_object", **named, Body=b"later", Metadata={"sha256": "0"})["VersionId"]

    def found(version: str) -> dict[str, Any]:
        arguments = {"bucket": named["Bucket"], "key": named["Key"], "versionId": version}
        return registry.read_data_source(whole.localstack.api, "aws:s3/getObject:getObject", arguments)

    assert found(before) == {"versionId": before, "metadata": {"sha256": noted}}
    assert found(after)["metadata"] == {"sha256": "0"}
    with pytest.raises(NotFoundError, match=f"there is no version nowhere of s3://{named['Bucket']}/serv"):
        found("nowhere")


def test_archives_are_retained_and_requests_for_them_logged(whole: DeployedStackRecord):
    name = {"Bucket": whole.exports["bucket"]}
    (rule,) = whole.ask("s3", "get_bucket_lifecycle_configuration", **name)["Rules"]
    kept = {"NoncurrentDays": 90, "NewerNoncurrentVersions": 20}
    assert (rule["Status"], rule["NoncurrentVersionExpiration"]) == ("Enabled", kept)
    noted = whole.ask("s3", "get_bucket_logging", **name)["LoggingEnabled"]
    assert (noted["TargetBucket"], noted["TargetPrefix"]) == (whole.exports["logBucket"], "buckets/archives/")


def test_only_this_api_may_invoke_its_alias(whole: DeployedStackRecord):
    named = {"FunctionName": whole.exports["functionName"], "Qualifier": "live"}
    policy = json.loads(whole.ask("lambda", "get_policy", **named)["Policy"])
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    (source,) = statement["Condition"]["ArnLike"].values()
    assert source.endswith(f":{whole.exports['restApiId']}/live/*")


def test_the_alias_has_provisioned_concurrency_that_scales_with_its_use(whole: DeployedStackRecord):
    name = whole.exports["functionName"]
    waiting = whole.ask("lambda", "get_provisioned_concurrency_config", FunctionName=name, Qualifier="live")
    assert waiting["RequestedProvisionedConcurrentExecutions"] == 1
    (target,) = whole.ask("application-autoscaling", "describe_scalable_targets", ServiceNamespace="lambda")[
        "ScalableTargets"
    ]
    assert (target["ResourceId"], target["MinCapacity"], target["MaxCapacity"]) == (
        f"function:{name}:live",
        1,
        4,
    )
    (policy,) = whole.ask("application-autoscaling", "describe_scaling_policies", ServiceNamespace="lambda")[
        "ScalingPolicies"
    ]
    assert policy["ResourceId"] == target["ResourceId"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 0.7


def test_the_api_is_binary_compresses_and_answers_only_at_its_domain(whole: DeployedStackRecord):
    api = whole.ask("apigateway", "get_rest_api", restApiId=whole.exports["restApiId"])
    assert api["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert api["binaryMediaTypes"] == ["*/*"]
    assert api["minimumCompressionSize"] == 1_024
    assert api["disableExecuteApiEndpoint"] is True


def test_its_stage_is_throttled_logged_and_traced(stage: dict[str, Any], whole: DeployedStackRecord):
    limits = stage["methodSettings"]["*/*"]
    assert (limits["throttlingRateLimit"], limits["throttlingBurstLimit"]) == (11, 22)
    assert (limits["loggingLevel"], limits["dataTraceEnabled"]) == ("OFF", False)
    assert stage["tracingEnabled"] is True
    assert json.loads(stage["accessLogSettings"]["format"])["status"] == "$context.status"
    group = stage["accessLogSettings"]["destinationArn"].rpartition(":")[2]
    (found,) = whole.ask("logs", "describe_log_groups", logGroupNamePrefix=group)["logGroups"]
    assert found["retentionInDays"] == 14


def test_api_gateway_may_write_logs(whole: DeployedStackRecord):
    role = whole.ask("apigateway", "get_account")["cloudwatchRoleArn"].rpartition("/")[2]
    (policy,) = whole.ask("iam", "list_attached_role_policies", RoleName=role)["AttachedPolicies"]
    assert policy["PolicyName"] == "AmazonAPIGatewayPushToCloudWatchLogs"


def test_the_function_may_write_its_own_logs_and_traces_and_nothing_else(
    function: dict[str, Any], whole: DeployedStackRecord
):
    role = function["Configuration"]["Role"].rpartition("/")[2]
    assert whole.ask("iam", "list_attached_role_policies", RoleName=role)["AttachedPolicies"] == []
    (name,) = whole.ask("iam", "list_role_policies", RoleName=role)["PolicyNames"]
    policy = whole.ask("iam", "get_role_policy", RoleName=role, PolicyName=name)["PolicyDocument"]
    allowed = {statement["Sid"]: statement["Resource"] for statement in policy["Statement"]}
    group = function["Configuration"]["LoggingConfig"]["LogGroup"]
    assert set(allowed) == {"WriteLogs", "WriteTraces"}
    assert allowed["WriteLogs"].endswith(f":log-group:{group}:*")


def test_one_web_acl_protects_both_shapes(whole: DeployedStackRecord):
    region = whole.localstack.api.region
    stage = f"arn:aws:apigateway:{region}::/restapis/{whole.exports['restApiId']}/stages/live"
    for arn in (stage, whole.exports["loadBalancerArn"]):
        found = whole.ask("wafv2", "get_web_acl_for_resource", ResourceArn=arn)
        assert found["WebACL"]["ARN"] == whole.exports["webAclArn"]


def test_the_domain_leads_to_the_stage_with_its_own_certificate(whole: DeployedStackRecord):
    assert whole.exports["apiUrl"] == "https://api.example.com"
    named = {"domainName": "api.example.com"}
    domain = whole.ask("apigateway", "get_domain_name", **named)
    arn = domain["regionalCertificateArn"]
    certificate = whole.ask("acm", "describe_certificate", CertificateArn=arn)["Certificate"]
    assert certificate["DomainName"] == "api.example.com"
    (mapping,) = whole.ask("apigateway", "get_base_path_mappings", **named)["items"]
    assert (mapping["restApiId"], mapping["stage"]) == (whole.exports["restApiId"], "live")
    (zone,) = whole.ask("route53", "list_hosted_zones")["HostedZones"]
    records = whole.ask("route53", "list_resource_record_sets", HostedZoneId=zone["Id"])["ResourceRecordSets"]
    leads = {record["Name"]: record for record in records if record["Type"] in {"A", "CNAME"}}
    assert leads["api.example.com."]["AliasTarget"]["DNSName"] == domain["regionalDomainName"]
    assert certificate["DomainValidationOptions"][0]["ResourceRecord"]["Name"] in leads


def test_alarms_of_both_shapes_notify_an_encrypted_topic_that_sends_mail(whole: DeployedStackRecord):
    topic = whole.exports["alarmTopic"]
    names = whole.exports["alarms"]
    alarms = whole.ask("cloudwatch", "describe_alarms", AlarmNames=names)["MetricAlarms"]
    assert len(alarms) == len(names) == 10
    assert all(alarm["AlarmActions"] == alarm["OKActions"] == [topic] for alarm in alarms)
    formulas = [alarm["Metrics"] for alarm in alarms if "Metrics" in alarm]
    assert sorted(len(metrics) for metrics in formulas) == [3, 3, 3, 3, 5]
    attributes = whole.ask("sns", "get_topic_attributes", TopicArn=topic)["Attributes"]
    principals = {each["Principal"]["Service"] for each in json.loads(attributes["Policy"])["Statement"]}
    assert principals == {"cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com"}
    key = attributes["KmsMasterKeyId"]
    assert whole.ask("kms", "get_key_rotation_status", KeyId=key)["KeyRotationEnabled"] is True
    (mail,) = whole.ask("sns", "list_subscriptions_by_topic", TopicArn=topic)["Subscriptions"]
    assert (mail["Protocol"], mail["Endpoint"]) == ("email", "ops@example.com")


def group(whole: DeployedStackRecord) -> dict[str, Any]:
    named = {"AutoScalingGroupNames": [whole.exports["autoScalingGroup"]]}
    (found,) = whole.ask("autoscaling", "describe_auto_scaling_groups", **named)["AutoScalingGroups"]
    return found


def test_the_fleet_has_several_instance_types_on_demand_and_spot(whole: DeployedStackRecord):
    found = group(whole)
    policy = found["MixedInstancesPolicy"]
    template = policy["LaunchTemplate"]["LaunchTemplateSpecification"]
    assert template["LaunchTemplateId"] == whole.exports["launchTemplate"]
    assert template["Version"].isdecimal()
    types = [each["InstanceType"] for each in policy["LaunchTemplate"]["Overrides"]]
    assert types == ["t4g.small", "t4g.medium", "c7g.large"]
    distribution = policy["InstancesDistribution"]
    assert distribution["OnDemandBaseCapacity"] == 2
    assert distribution["OnDemandPercentageAboveBaseCapacity"] == 50
    assert distribution["SpotAllocationStrategy"] == "price-capacity-optimized"
    assert found["CapacityRebalance"] is True
    assert len(found["Instances"]) == 3


def test_the_fleet_replaces_old_instances_and_publishes_metrics(whole: DeployedStackRecord):
    found = group(whole)
    assert found["InstanceMaintenancePolicy"] == {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200}
    assert found["MaxInstanceLifetime"] == 30 * 86_400
    assert "GroupTotalInstances" in {each["Metric"] for each in found["EnabledMetrics"]}


def test_lifecycle_hooks_wait_for_the_start_and_the_end_of_instances(whole: DeployedStackRecord):
    named = {"AutoScalingGroupName": whole.exports["autoScalingGroup"]}
    hooks = whole.ask("autoscaling", "describe_lifecycle_hooks", **named)["LifecycleHooks"]
    expected = {
        each["LifecycleHookName"]: (
            each["LifecycleTransition"],
            each["HeartbeatTimeout"],
            each["DefaultResult"],
        )
        for each in hooks
    }
    assert expected == {
        "launched": ("autoscaling:EC2_INSTANCE_LAUNCHING", 300, "CONTINUE"),
        "terminated": ("autoscaling:EC2_INSTANCE_TERMINATING", 60, "CONTINUE"),
    }


def test_the_fleet_follows_a_schedule_and_a_forecast(whole: DeployedStackRecord):
    named = {"AutoScalingGroupName": whole.exports["autoScalingGroup"]}
    actions = whole.ask("autoscaling", "describe_scheduled_actions", **named)["ScheduledUpdateGroupActions"]
    sizes = {
        each["Recurrence"]: (each.get("MinSize"), each.get("MaxSize"), each.get("DesiredCapacity"))
        for each in actions
    }
    assert sizes == {"30 7 * * 1-5": (4, None, 5), "0 20 * * *": (3, None, None)}
    policies = whole.ask("autoscaling", "describe_policies", **named)["ScalingPolicies"]
    (forecast,) = [each for each in policies if each["PolicyType"] == "PredictiveScaling"]
    assert forecast["PredictiveScalingConfiguration"]["Mode"] == "ForecastOnly"


def test_a_warm_pool_has_its_settings(whole: DeployedStackRecord):
    inputs = {
        "minSize": 0.0,
        "maxSize": 2.0,
        "launchTemplate": {"id": whole.exports["launchTemplate"], "version": "1"},
        "vpcZoneIdentifiers": group(whole)["VPCZoneIdentifier"].split(","),
        "warmPool": {"poolState": "Stopped", "minSize": 2.0, "maxGroupPreparedCapacity": 2.0},
    }
    name, _ = registry.create(whole.localstack.api, "aws:autoscaling/group:Group", "iris-warm", inputs)
    found = whole.ask("autoscaling", "describe_warm_pool", AutoScalingGroupName=name)
    pool = found["WarmPoolConfiguration"]
    assert (pool["PoolState"], pool["MinSize"], pool["MaxGroupPreparedCapacity"]) == ("Stopped", 2, 2)


def web_acl(whole: DeployedStackRecord) -> dict[str, Any]:
    name, acl_id = whole.exports["webAclArn"].split("/")[-2:]
    return whole.ask("wafv2", "get_web_acl", Name=name, Id=acl_id, Scope="REGIONAL")["WebACL"]


def test_an_attack_raises_an_alarm_that_does_not_stop_a_rollout(whole: DeployedStackRecord):
    of_this_acl = {"Name": "WebACL", "Value": web_acl(whole)["VisibilityConfig"]["MetricName"]}
    found = whole.ask("cloudwatch", "describe_alarms", AlarmNamePrefix="iris-firewall")["MetricAlarms"]
    (alarm,) = [one for one in found if of_this_acl in one["Dimensions"]]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/WAFV2", "BlockedRequests")
    assert alarm["AlarmName"] not in whole.exports["alarms"]


def test_the_firewall_has_every_rule_in_its_mode(whole: DeployedStackRecord):
    rules = {rule["Name"]: rule for rule in web_acl(whole)["Rules"]}
    assert [rule["Priority"] for rule in rules.values()] == list(range(len(rules)))
    # Outside `dev`, rules block unless configured otherwise.
    assert {
        name: next(iter(rule.get("Action", rule.get("OverrideAction")))) for name, rule in rules.items()
    } == {
        "AllowedAddresses": "Allow",
        "DeniedAddresses": "Block",
        "DeniedCountries": "Block",
        "RateLimit": "Block",
        "BatchRateLimit": "Block",
        "ForwardedRateLimit": "Block",
        "AWSManagedRulesAmazonIpReputationList": "None",
        "AWSManagedRulesKnownBadInputsRuleSet": "None",
        "AWSManagedRulesSQLiRuleSet": "None",
        "AWSManagedRulesCommonRuleSet": "Count",
        "LargeBody": "Count",
    }
    large, no_batch = rules["LargeBody"]["Statement"]["AndStatement"]["Statements"]
    assert large["LabelMatchStatement"]["Key"].endswith(":SizeRestrictions_Body")
    batch = no_batch["NotStatement"]["Statement"]["RegexMatchStatement"]
    assert batch["RegexString"] == BATCH_PATHS
    limit = rules["BatchRateLimit"]["Statement"]["RateBasedStatement"]
    method, path, size = limit["ScopeDownStatement"]["AndStatement"]["Statements"]
    assert (limit["Limit"], limit["EvaluationWindowSec"]) == (60, 60)
    assert method["ByteMatchStatement"]["SearchString"] == b"POST"
    assert path["RegexMatchStatement"]["RegexString"] == BATCH_PATHS
    only_batches, large = size["OrStatement"]["Statements"]
    assert only_batches["ByteMatchStatement"]["SearchString"] == b"/classify/batch"
    assert large["SizeConstraintStatement"]["Size"] == 2_048


def test_the_addresses_of_its_lists_are_in_ip_sets_of_its_rules(whole: DeployedStackRecord):
    sets = {
        each["Name"].rpartition("-")[0]: each
        for each in whole.ask("wafv2", "list_ip_sets", Scope="REGIONAL")["IPSets"]
    }
    assert set(sets) == {"iris-allowed-ipv4", "iris-denied-ipv4", "iris-denied-ipv6"}
    denied = sets["iris-denied-ipv6"]
    found = whole.ask("wafv2", "get_ip_set", Name=denied["Name"], Id=denied["Id"], Scope="REGIONAL")["IPSet"]
    assert (found["IPAddressVersion"], found["Addresses"]) == ("IPV6", ["2001:db8::/32"])
    rules = {rule["Name"]: rule["Statement"] for rule in web_acl(whole)["Rules"]}
    named = [
        each["IPSetReferenceStatement"]["ARN"]
        for each in rules["DeniedAddresses"]["OrStatement"]["Statements"]
    ]
    assert named == [sets["iris-denied-ipv4"]["ARN"], denied["ARN"]]


def test_matched_requests_are_logged_without_credentials(whole: DeployedStackRecord):
    named = {"ResourceArn": whole.exports["webAclArn"]}
    logging = whole.ask("wafv2", "get_logging_configuration", **named)["LoggingConfiguration"]
    (arn,) = logging["LogDestinationConfigs"]
    group_name = arn.rpartition(":")[2]
    assert group_name.startswith("aws-waf-logs-")
    (group,) = whole.ask("logs", "describe_log_groups", logGroupNamePrefix=group_name)["logGroups"]
    assert group["retentionInDays"] == 14
    assert [each["SingleHeader"]["Name"] for each in logging["RedactedFields"]] == ["authorization", "cookie"]
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"


def test_guard_duty_is_enabled_and_its_findings_reach_the_topic(whole: DeployedStackRecord):
    (detector,) = whole.ask("guardduty", "list_detectors")["DetectorIds"]
    assert whole.ask("guardduty", "get_detector", DetectorId=detector)["Status"] == "ENABLED"
    (rule,) = whole.ask("events", "list_rules", NamePrefix="iris-findings")["Rules"]
    assert json.loads(rule["EventPattern"])["source"] == ["aws.guardduty"]
    (target,) = whole.ask("events", "list_targets_by_rule", Rule=rule["Name"])["Targets"]
    assert target["Arn"] == whole.exports["alarmTopic"]


def test_a_budget_notifies_the_topic_before_it_is_spent(whole: DeployedStackRecord):
    account = {"AccountId": whole.ask("sts", "get_caller_identity")["Account"]}
    (name,) = [record["id"] for record in whole.records if kind(record) == "budgets/budget"]
    budget = whole.ask("budgets", "describe_budget", **account, BudgetName=name)["Budget"]
    assert (budget["BudgetLimit"]["Amount"], budget["TimeUnit"]) == ("250", "MONTHLY")
    notifications = whole.ask("budgets", "describe_notifications_for_budget", **account, BudgetName=name)[
        "Notifications"
    ]
    assert sorted((each["NotificationType"], each["Threshold"]) for each in notifications) == [
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]


def test_the_dashboard_exists(whole: DeployedStackRecord):
    found = whole.ask("cloudwatch", "get_dashboard", DashboardName=whole.exports["dashboard"])
    assert len(json.loads(found["DashboardBody"])["widgets"]) == 14


def listeners(whole: DeployedStackRecord) -> dict[int, dict[str, Any]]:
    found = whole.ask("elbv2", "describe_listeners", LoadBalancerArn=whole.exports["loadBalancerArn"])
    return {listener["Port"]: listener for listener in found["Listeners"]}


def by_key(answer: dict[str, Any]) -> dict[str, str]:
    return {attribute["Key"]: attribute["Value"] for attribute in answer["Attributes"]}


def test_the_load_balancer_uses_current_tls_and_redirects_plain_http(whole: DeployedStackRecord):
    assert whole.exports["url"] == "https://iris.example.com"
    plain, encrypted = listeners(whole)[80], listeners(whole)[443]
    (there,) = plain["DefaultActions"]
    assert there["RedirectConfig"]["Protocol"] == "HTTPS"
    assert (there["RedirectConfig"]["Port"], there["RedirectConfig"]["StatusCode"]) == ("443", "HTTP_301")
    assert encrypted["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    (used,) = encrypted["Certificates"]
    certificate = whole.ask("acm", "describe_certificate", CertificateArn=used["CertificateArn"])
    assert certificate["Certificate"]["DomainName"] == "iris.example.com"
    (action,) = encrypted["DefaultActions"]
    assert action["TargetGroupArn"] == whole.exports["targetGroupArn"]


def test_its_domain_leads_to_the_load_balancer(whole: DeployedStackRecord):
    (zone,) = whole.ask("route53", "list_hosted_zones")["HostedZones"]
    records = whole.ask("route53", "list_resource_record_sets", HostedZoneId=zone["Id"])["ResourceRecordSets"]
    (alias,) = [record["AliasTarget"] for record in records if record["Name"] == "iris.example.com."]
    named = {"LoadBalancerArns": [whole.exports["loadBalancerArn"]]}
    (balancer,) = whole.ask("elbv2", "describe_load_balancers", **named)["LoadBalancers"]
    assert alias["DNSName"].rstrip(".") == balancer["DNSName"]


def test_the_load_balancer_hides_paths_for_operators(whole: DeployedStackRecord):
    arn = listeners(whole)[443]["ListenerArn"]
    rules = [
        rule
        for rule in whole.ask("elbv2", "describe_rules", ListenerArn=arn)["Rules"]
        if not rule["IsDefault"]
    ]
    expressions = [rule["Conditions"][0]["PathPatternConfig"]["RegexValues"] for rule in rules]
    assert expressions == [
        list(hidden.expressions) for hidden in blocked_path_rules(("health", "metrics", "version"))
    ]
    answers = {rule["Actions"][0]["FixedResponseConfig"]["StatusCode"] for rule in rules}
    assert answers == {"404"}


def test_the_load_balancer_is_protected_and_logs_to_the_log_bucket(whole: DeployedStackRecord):
    arn = whole.exports["loadBalancerArn"]
    found = by_key(whole.ask("elbv2", "describe_load_balancer_attributes", LoadBalancerArn=arn))
    for kind, prefix in (("access", "access"), ("connection", "connections")):
        assert found[f"{kind}_logs.s3.enabled"] == "true"
        assert found[f"{kind}_logs.s3.bucket"] == whole.exports["logBucket"]
        assert found[f"{kind}_logs.s3.prefix"] == prefix
    assert found["deletion_protection.enabled"] == "true"
    assert found["routing.http.desync_mitigation_mode"] == "strictest"
    assert found["routing.http.xff_header_processing.mode"] == "preserve"


def test_targets_are_weighted_by_their_responses(whole: DeployedStackRecord):
    arn = whole.exports["targetGroupArn"]
    found = by_key(whole.ask("elbv2", "describe_target_group_attributes", TargetGroupArn=arn))
    assert found["load_balancing.algorithm.type"] == "weighted_random"
    assert found["load_balancing.algorithm.anomaly_mitigation"] == "on"
    assert (found["stickiness.enabled"], found["slow_start.duration_seconds"]) == ("false", "0")


def of_vpc(whole: DeployedStackRecord, operation: str, parameter: str = "Filters") -> dict[str, Any]:
    """Return all EC2 resources of a kind in the stack's network."""
    return whole.ask(
        "ec2", operation, **{parameter: [{"Name": "vpc-id", "Values": [whole.exports["vpcId"]]}]}
    )


def test_each_zone_has_its_own_nat_gateway(whole: DeployedStackRecord):
    gateways = of_vpc(whole, "describe_nat_gateways", "Filter")["NatGateways"]
    subnets = {subnet["SubnetId"]: subnet for subnet in of_vpc(whole, "describe_subnets")["Subnets"]}
    zones = {gateway["NatGatewayId"]: subnets[gateway["SubnetId"]] for gateway in gateways}
    assert len({subnet["AvailabilityZone"] for subnet in zones.values()}) == len(gateways) == 3
    ways = [
        (subnets[link["SubnetId"]]["AvailabilityZone"], zones[route["NatGatewayId"]]["AvailabilityZone"])
        for table in of_vpc(whole, "describe_route_tables")["RouteTables"]
        for route in table["Routes"]
        for link in table["Associations"]
        if "NatGatewayId" in route
    ]
    assert len(ways) == 3
    assert all(start == end for start, end in ways)


def test_interface_endpoints_are_only_for_this_account(whole: DeployedStackRecord):
    found = of_vpc(whole, "describe_vpc_endpoints")["VpcEndpoints"]
    interfaces = [endpoint for endpoint in found if endpoint["VpcEndpointType"] == "Interface"]
    services = {endpoint["ServiceName"].rpartition(".")[2] for endpoint in interfaces}
    assert services == {"ssm", "ssmmessages", "logs", "autoscaling"}
    for endpoint in interfaces:
        assert endpoint["PrivateDnsEnabled"] is True
        assert len(endpoint["SubnetIds"]) == 3
        (statement,) = json.loads(endpoint["PolicyDocument"])["Statement"]
        assert set(statement["Condition"]["StringEquals"]) == {"aws:PrincipalAccount"}


def test_security_groups_allow_only_required_egress_and_the_default_group_none(whole: DeployedStackRecord):
    groups = {
        next(tag["Value"] for tag in group["Tags"] if tag["Key"] == "Name"): group
        for group in of_vpc(whole, "describe_security_groups")["SecurityGroups"]
    }
    assert set(groups) == {"iris-default", "iris-balancer", "iris-instances", "iris-endpoints"}
    assert groups["iris-default"]["IpPermissions"] == groups["iris-default"]["IpPermissionsEgress"] == []
    leaves = groups["iris-instances"]["IpPermissionsEgress"]
    assert {(rule["FromPort"], rule["ToPort"]) for rule in leaves} == {(443, 443)}
    assert [peer["CidrIp"] for rule in leaves for peer in rule["IpRanges"]] == ["0.0.0.0/0"]
    assert groups["iris-endpoints"]["IpPermissionsEgress"] == []


def test_traffic_is_logged_to_the_log_bucket(whole: DeployedStackRecord):
    filters = [{"Name": "resource-id", "Values": [whole.exports["vpcId"]]}]
    (log,) = whole.ask("ec2", "describe_flow_logs", Filter=filters)["FlowLogs"]
    assert (log["TrafficType"], log["LogDestinationType"]) == ("ALL", "s3")
    assert log["LogDestination"] == f"arn:aws:s3:::{whole.exports['logBucket']}/flows"
    assert log["MaxAggregationInterval"] == 600


def test_the_log_bucket_is_private_and_expires_its_objects(whole: DeployedStackRecord):
    name = {"Bucket": whole.exports["logBucket"]}
    blocked = whole.ask("s3", "get_public_access_block", **name)["PublicAccessBlockConfiguration"]
    assert list(blocked.values()) == [True] * 4
    (rule,) = whole.ask("s3", "get_bucket_lifecycle_configuration", **name)["Rules"]
    assert (rule["Status"], rule["Expiration"]["Days"]) == ("Enabled", 14)
    policy = json.loads(whole.ask("s3", "get_bucket_policy", **name)["Policy"])
    assert len(policy["Statement"]) == 5


@pytest.fixture
def inputs(whole: DeployedStackRecord, function: dict[str, Any]) -> dict[str, Any]:
    """Return the minimal inputs of a function, as serialised by Pulumi."""
    return {
        "s3Bucket": whole.exports["bucket"],
        "s3Key": "function.zip",
        "runtime": "python3.13",
        "handler": "service.lambda_handler.handler",
        "role": function["Configuration"]["Role"],
        "publish": True,
    }


def make(whole: DeployedStackRecord, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return registry.create(whole.localstack.api, "aws:lambda/function:Function", "iris-another", inputs)


def test_a_function_with_snapshots_takes_them_of_its_versions(
    whole: DeployedStackRecord, inputs: dict[str, Any]
):
    name, outputs = make(whole, {**inputs, "snapStart": {"applyOn": "PublishedVersions"}})
    configuration = whole.ask(
        "lambda", "get_function_configuration", FunctionName=name, Qualifier=outputs["version"]
    )
    assert configuration["SnapStart"]["ApplyOn"] == "PublishedVersions"
    assert outputs["arn"].endswith(f":function:{name}")


def test_a_function_that_cannot_run_fails_with_the_reason(whole: DeployedStackRecord, inputs: dict[str, Any]):
    with pytest.raises(WaiterError, match=r"it is Failed: .*nodejs22\.x"):
        make(whole, {**inputs, "runtime": "nodejs22.x"})


def test_a_request_that_the_account_refuses_fails_with_the_reason(
    whole: DeployedStackRecord, inputs: dict[str, Any]
):
    with pytest.raises(ClientError, match="UnreservedConcurrentExecution below its minimum"):
        make(whole, {**inputs, "reservedConcurrentExecutions": 5_000.0})


def test_a_missing_zone_is_named(whole: DeployedStackRecord):
    api = whole.localstack.api
    assert registry.read_data_source(api, "aws:route53/getZone:getZone", {"name": "example.com"})["zoneId"]
    for name in ("example.org", "iris.example.com"):
        with pytest.raises(NotFoundError, match=f"there is no hosted zone {name}"):
            registry.read_data_source(api, "aws:route53/getZone:getZone", {"name": name})
