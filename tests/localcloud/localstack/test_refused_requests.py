"""Requests with wrong arguments, which AWS refuses: the limits are those of its API references.

The messages of a violated model are AWS's own, as in "Value '600' at 'healthCheckIntervalSeconds' failed to
satisfy constraint: Member must have value less than or equal to 300" (aws-cloudformation/cfn-lint pull
request 807), and "You cannot enable both slow start and weighted random algorithm on a target group"
(kubernetes-sigs/aws-load-balancer-controller issue 3686).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.localcloud.localstack.fleet import FleetResources

FIXED: Final = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
NULL: Final = (
    "ValidationError: 1 validation error detected: Value null at '{}' failed to satisfy constraint: Member "
    "must not be null"
)
PATH: Final = [{"Field": "path-pattern", "Values": ["/refused"]}]


def refusal(client: Any, operation: str, **parameters: Any) -> str:
    """Return code and message of the error with which an operation is refused."""
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**parameters)
    answer: Any = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    return f"{answer['Error']['Code']}: {answer['Error']['Message']}"


def violation(value: str, place: str, constraint: str) -> str:
    return (
        f"ValidationError: 1 validation error detected: Value '{value}' at '{place}' failed to satisfy "
        f"constraint: Member must {constraint}"
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("slow_start.duration_seconds", "29"),
        ("slow_start.duration_seconds", "901"),
        ("slow_start.duration_seconds", "thirty"),
        ("deregistration_delay.timeout_seconds", "3601"),
        ("deregistration_delay.timeout_seconds", "-1"),
        ("load_balancing.algorithm.type", "random"),
        ("load_balancing.algorithm.anomaly_mitigation", "true"),
        ("load_balancing.cross_zone.enabled", "maybe"),
        ("stickiness.enabled", "yes"),
        ("stickiness.type", "source_ip"),
        ("stickiness.lb_cookie.duration_seconds", "0"),
        ("stickiness.lb_cookie.duration_seconds", "604801"),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "off"),
        ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "101"),
        ("proxy_protocol_v2.enabled", "true"),
    ],
)
def test_a_target_groups_attribute_outside_of_its_values_is_refused_and_stays(
    fleet: FleetResources, key: str, value: str
) -> None:
    elbv2 = fleet.localstack.client("elbv2")
    before = elbv2.describe_target_group_attributes(TargetGroupArn=fleet.target_group)["Attributes"]

    error = refusal(
        elbv2,
        "modify_target_group_attributes",
        TargetGroupArn=fleet.target_group,
        Attributes=[{"Key": key, "Value": value}],
    )

    assert error.startswith("ValidationError: ")
    assert key in error
    assert elbv2.describe_target_group_attributes(TargetGroupArn=fleet.target_group)["Attributes"] == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("slow_start.duration_seconds", "30"),
        ("slow_start.duration_seconds", "900"),
        ("deregistration_delay.timeout_seconds", "0"),
        ("deregistration_delay.timeout_seconds", "3600"),
        ("stickiness.lb_cookie.duration_seconds", "1"),
        ("stickiness.lb_cookie.duration_seconds", "604800"),
        ("load_balancing.algorithm.type", "weighted_random"),
        ("target_group_health.dns_failover.minimum_healthy_targets.count", "off"),
    ],
)
def test_a_target_groups_attribute_at_the_limit_of_its_values_is_accepted(
    fleet: FleetResources, key: str, value: str
) -> None:
    elbv2 = fleet.localstack.client("elbv2")
    before = elbv2.describe_target_group_attributes(TargetGroupArn=fleet.target_group)["Attributes"]

    elbv2.modify_target_group_attributes(
        TargetGroupArn=fleet.target_group, Attributes=[{"Key": key, "Value": value}]
    )

    try:
        after = elbv2.describe_target_group_attributes(TargetGroupArn=fleet.target_group)["Attributes"]
        assert {"Key": key, "Value": value} in after
    finally:
        elbv2.modify_target_group_attributes(TargetGroupArn=fleet.target_group, Attributes=before)


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [("least_outstanding_requests", "least outstanding requests"), ("weighted_random", "weighted random")],
)
def test_slow_start_and_an_algorithm_without_it_are_refused_also_one_after_the_other(
    fleet: FleetResources, algorithm: str, name: str
) -> None:
    elbv2 = fleet.localstack.client("elbv2")
    slow_start = {"Key": "slow_start.duration_seconds", "Value": "30"}
    elbv2.modify_target_group_attributes(TargetGroupArn=fleet.target_group, Attributes=[slow_start])

    error = refusal(
        elbv2,
        "modify_target_group_attributes",
        TargetGroupArn=fleet.target_group,
        Attributes=[{"Key": "load_balancing.algorithm.type", "Value": algorithm}],
    )

    elbv2.modify_target_group_attributes(
        TargetGroupArn=fleet.target_group, Attributes=[slow_start | {"Value": "0"}]
    )
    assert error == (
        "InvalidConfigurationRequest: "
        f"You cannot enable both slow start and {name} algorithm on a target group"
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("idle_timeout.timeout_seconds", "0"),
        ("idle_timeout.timeout_seconds", "4001"),
        ("client_keep_alive.seconds", "59"),
        ("routing.http.xff_header_processing.mode", "prepend"),
        ("routing.http.drop_invalid_header_fields.enabled", "1"),
        # An Application Load Balancer is always cross-zone.
        ("load_balancing.cross_zone.enabled", "false"),
        ("no.such.attribute", "true"),
    ],
)
def test_a_load_balancers_attribute_outside_of_its_values_is_refused(
    fleet: FleetResources, key: str, value: str
) -> None:
    error = refusal(
        fleet.localstack.client("elbv2"),
        "modify_load_balancer_attributes",
        LoadBalancerArn=fleet.load_balancer,
        Attributes=[{"Key": key, "Value": value}],
    )

    assert error.startswith("ValidationError: ")
    assert key in error


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (
            {"HealthCheckIntervalSeconds": 301},
            violation("301", "healthCheckIntervalSeconds", "have value less than or equal to 300"),
        ),
        (
            {"UnhealthyThresholdCount": 11},
            violation("11", "unhealthyThresholdCount", "have value less than or equal to 10"),
        ),
        ({"HealthCheckPath": "readyz"}, "ValidationError: Health check path 'readyz' must begin with a '/'"),
        ({"Matcher": {"HttpCode": "200,500"}}, "ValidationError: Health check matcher HTTP code '200,500'"),
        ({"Matcher": {"HttpCode": "2xx"}}, "ValidationError: Health check matcher HTTP code '2xx'"),
        (
            {"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 5},
            "ValidationError: Health check interval must be greater than the timeout.",
        ),
        ({"HealthCheckProtocol": "TCP"}, "ValidationError: Health check protocol 'TCP'"),
        ({"HealthCheckEnabled": False}, "ValidationError: Health check enabled must be true"),
    ],
)
def test_a_health_check_that_an_application_load_balancer_lacks_is_refused(
    fleet: FleetResources, change: dict[str, Any], error: str
) -> None:
    elbv2 = fleet.localstack.client("elbv2")

    found = refusal(elbv2, "modify_target_group", TargetGroupArn=fleet.target_group, **change)

    assert found.startswith(error)


def test_only_running_instances_are_registered_and_any_are_deregistered(fleet: FleetResources) -> None:
    elbv2 = fleet.localstack.client("elbv2")
    unknown = "i-0123456789abcdef0"

    invalid = ("web-1", "i-123", "i-0123456789abcdefg", "i-0123456789abcdef01")
    for name, code in ((unknown, "InvalidTarget"), *((name, "ValidationError") for name in invalid)):
        error = refusal(elbv2, "register_targets", TargetGroupArn=fleet.target_group, Targets=[{"Id": name}])
        assert error.startswith(f"{code}: ")
        assert name in error

    # An instance that does not exist is no mistake: documentation of DeregisterTargets, API 2015-12-01.
    elbv2.deregister_targets(TargetGroupArn=fleet.target_group, Targets=[{"Id": unknown}])
    assert unknown not in fleet.health()


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"Priority": 50_001}, violation("50001", "priority", "have value less than or equal to 50000")),
        ({"Conditions": []}, NULL.format("conditions")),
        ({"Actions": []}, NULL.format("actions")),
        ({"Actions": [*FIXED, *FIXED]}, "InvalidLoadBalancerAction: "),
        ({"Actions": [{"Type": "authenticate-cognito", "Order": 1}]}, "InvalidLoadBalancerAction: "),
        (
            {"Actions": [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}]},
            "InvalidLoadBalancerAction: The redirect configuration is not valid because it creates a loop.",
        ),
        (
            {"Actions": [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_303", "Path": "/"}}]},
            violation(
                "HTTP_303",
                "actions.1.member.redirectConfig.statusCode",
                "satisfy enum value set: [HTTP_301, HTTP_302]",
            ),
        ),
        (
            {
                "Actions": [
                    {
                        "Type": "fixed-response",
                        "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "x" * 1025},
                    }
                ]
            },
            violation(
                "x" * 1025,
                "actions.1.member.fixedResponseConfig.messageBody",
                "have length less than or equal to 1024",
            ),
        ),
        ({"Conditions": [{"Field": "host-header", "Values": ["a b"]}]}, "ValidationError: Condition value"),
        (
            {"Conditions": [{"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.1"]}}]},
            "ValidationError: Condition value '10.0.0.1' is not a valid CIDR block",
        ),
        (
            {
                "Conditions": [
                    {
                        "Field": "http-header",
                        "HttpHeaderConfig": {"HttpHeaderName": "Host", "Values": ["a.example"]},
                    }
                ]
            },
            "ValidationError: Use a 'host-header' condition",
        ),
        (
            {
                "Conditions": [
                    {
                        "Field": "http-header",
                        "HttpHeaderConfig": {"HttpHeaderName": "x" * 41, "Values": ["a.example"]},
                    }
                ]
            },
            "ValidationError: ",
        ),
    ],
)
def test_a_rule_that_an_application_load_balancer_lacks_is_refused(
    fleet: FleetResources, rule: dict[str, Any], error: str
) -> None:
    elbv2, listener = fleet.localstack.client("elbv2"), listener_of(fleet)
    before = elbv2.describe_rules(ListenerArn=listener)["Rules"]
    parameters = {"Priority": 7, "Conditions": PATH, "Actions": FIXED} | rule

    assert refusal(elbv2, "create_rule", ListenerArn=listener, **parameters).startswith(error)

    assert elbv2.describe_rules(ListenerArn=listener)["Rules"] == before


def test_rules_exchange_their_priorities_and_the_default_stays_as_it_is(fleet: FleetResources) -> None:
    elbv2, listener = fleet.localstack.client("elbv2"), listener_of(fleet)
    first, second = (
        elbv2.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}"]}],
            Actions=FIXED,
        )["Rules"][0]["RuleArn"]
        for priority in (101, 102)
    )
    try:
        answer = elbv2.set_rule_priorities(
            RulePriorities=[{"RuleArn": first, "Priority": 102}, {"RuleArn": second, "Priority": 101}]
        )
        assert {rule["RuleArn"]: rule["Priority"] for rule in answer["Rules"]} == {
            first: "102",
            second: "101",
        }
        taken = [{"RuleArn": first, "Priority": 101}]
        assert refusal(elbv2, "set_rule_priorities", RulePriorities=taken).startswith("PriorityInUse: ")
        same = [{"RuleArn": arn, "Priority": 103} for arn in (first, second)]
        assert refusal(elbv2, "set_rule_priorities", RulePriorities=same).startswith("PriorityInUse: ")
    finally:
        for arn in (first, second):
            elbv2.delete_rule(RuleArn=arn)

    assert refusal(elbv2, "delete_rule", RuleArn=first).startswith("RuleNotFound: ")
    (default,) = [
        rule["RuleArn"] for rule in elbv2.describe_rules(ListenerArn=listener)["Rules"] if rule["IsDefault"]
    ]
    assert refusal(elbv2, "delete_rule", RuleArn=default).startswith("OperationNotPermitted: ")
    assert refusal(elbv2, "modify_rule", RuleArn=default, Conditions=PATH).startswith(
        "OperationNotPermitted: "
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"MinSize": -1}, violation("-1", "minSize", "have value greater than or equal to 0")),
        (
            {"HealthCheckGracePeriod": -5},
            violation("-5", "healthCheckGracePeriod", "have value greater than or equal to 0"),
        ),
        (
            {"DefaultInstanceWarmup": -2},
            violation("-2", "defaultInstanceWarmup", "have value greater than or equal to -1"),
        ),
        ({"HealthCheckType": "HTTP"}, "ValidationError: Health check type HTTP is not valid."),
        ({"MaxInstanceLifetime": 3600}, "ValidationError: MaxInstanceLifetime must be 0 or"),
        ({"TerminationPolicies": ["Random"]}, "ValidationError: Termination policy Random is not valid."),
    ],
)
def test_a_groups_parameter_outside_of_its_values_is_refused_and_stays(
    fleet: FleetResources, change: dict[str, Any], error: str
) -> None:
    group = fleet.make_group(0)
    before = fleet.describe(group)

    found = refusal(
        fleet.localstack.client("autoscaling"),
        "update_auto_scaling_group",
        AutoScalingGroupName=group,
        **change,
    )

    assert found.startswith(error)
    assert fleet.describe(group) == before


CPU: Final = {"PredefinedMetricType": "ASGAverageCPUUtilization"}
REQUESTS: Final = {"PredefinedMetricType": "ALBRequestCountPerTarget"}
STEP: Final = {
    "PolicyType": "StepScaling",
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
}


def tracking(target: float = 50, **specification: Any) -> dict[str, Any]:
    return {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {"TargetValue": target, **specification},
    }


@pytest.mark.parametrize(
    ("policy", "error"),
    [
        (tracking(), "ValidationError: Exactly one of PredefinedMetricSpecification and"),
        (tracking(-1, PredefinedMetricSpecification=CPU), "ValidationError: TargetValue must be greater"),
        (tracking(PredefinedMetricSpecification=REQUESTS), "ValidationError: ResourceLabel must be app/"),
        (
            tracking(PredefinedMetricSpecification=REQUESTS | {"ResourceLabel": "targetgroup/a/b"}),
            "ValidationError: ResourceLabel must be app/",
        ),
        (
            tracking(PredefinedMetricSpecification={"PredefinedMetricType": "Memory"}),
            violation(
                "Memory",
                "targetTrackingConfiguration.predefinedMetricSpecification.predefinedMetricType",
                "satisfy enum value set: [ASGAverageCPUUtilization, ",
            ),
        ),
        (STEP | {"Cooldown": 60}, "ValidationError: Cooldown is not supported for policy type StepScaling"),
        (
            {"AdjustmentType": "ExactCapacity", "ScalingAdjustment": -1},
            "ValidationError: ScalingAdjustment must be greater than or equal to 0",
        ),
        (
            {"AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1, "Cooldown": -1},
            "ValidationError: Cooldown must be greater than or equal to 0",
        ),
        (
            {"AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1, "EstimatedInstanceWarmup": 9},
            "ValidationError: EstimatedInstanceWarmup is not supported for policy type SimpleScaling",
        ),
    ],
)
def test_a_policy_whose_parameters_do_not_fit_its_type_is_refused_and_not_stored(
    fleet: FleetResources, policy: dict[str, Any], error: str
) -> None:
    autoscaling = fleet.localstack.client("autoscaling")
    group = fleet.make_group(0)

    found = refusal(
        autoscaling, "put_scaling_policy", AutoScalingGroupName=group, PolicyName="wrong", **policy
    )

    assert found.startswith(error)
    assert autoscaling.describe_policies(AutoScalingGroupName=group)["ScalingPolicies"] == []


def test_a_policy_is_executed_only_with_what_its_type_takes(fleet: FleetResources) -> None:
    autoscaling = fleet.localstack.client("autoscaling")
    group = fleet.make_group(0)
    simple = {"AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1}
    for name, policy in (("simple", simple), ("step", STEP)):
        autoscaling.put_scaling_policy(AutoScalingGroupName=group, PolicyName=name, **policy)

    breach = {"MetricValue": 60.0, "BreachThreshold": 50.0}
    for name, parameters in (
        ("simple", breach),
        ("step", {}),
        ("step", breach | {"HonorCooldown": True}),
        ("step", breach | {"MetricValue": 40.0}),
    ):
        error = refusal(
            autoscaling, "execute_policy", AutoScalingGroupName=group, PolicyName=name, **parameters
        )
        assert error.startswith("ValidationError: ")

    assert fleet.describe(group)["DesiredCapacity"] == 0


def test_a_web_acl_that_violates_the_model_is_refused(fleet: FleetResources) -> None:
    error = refusal(
        fleet.localstack.client("wafv2"),
        "create_ip_set",
        Name="no blanks please",
        Scope="GLOBAL",
        IPAddressVersion="IPV4",
        Addresses=[],
    )

    assert error == (
        "ValidationException: 2 validation errors detected: Value 'no blanks please' at 'name' failed to "
        r"satisfy constraint: Member must satisfy regular expression pattern: ^[\w\-]+$; Value 'GLOBAL' at "
        "'scope' failed to satisfy constraint: Member must satisfy enum value set: [CLOUDFRONT, REGIONAL]"
    )


def listener_of(fleet: FleetResources) -> str:
    """Return the listener of the fleet's load balancer; create one if there is none."""
    elbv2 = fleet.localstack.client("elbv2")
    if found := elbv2.describe_listeners(LoadBalancerArn=fleet.load_balancer)["Listeners"]:
        return found[0]["ListenerArn"]
    return elbv2.create_listener(
        LoadBalancerArn=fleet.load_balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": fleet.target_group}],
    )["Listeners"][0]["ListenerArn"]
