"""Parameters of an Auto Scaling group that AWS accepts.

Source: CreateAutoScalingGroup, Auto Scaling API 2011-01-01.
"""

from __future__ import annotations

import pytest

from scalable_models_localstack.autoscaling.group_parameters import mistakes, mistakes_of_numbers


@pytest.mark.parametrize(
    ("name", "place", "minimum"),
    [
        ("DefaultCooldown", "defaultCooldown", 0),
        # -1 removes a value that was set before.
        ("DefaultInstanceWarmup", "defaultInstanceWarmup", -1),
        ("DesiredCapacity", "desiredCapacity", 0),
        ("HealthCheckGracePeriod", "healthCheckGracePeriod", 0),
        ("MaxSize", "maxSize", 0),
        ("MinSize", "minSize", 0),
    ],
)
def test_a_number_has_its_minimum(name: str, place: str, minimum: int):
    assert list(mistakes_of_numbers({name: minimum})) == []
    (mistake,) = mistakes({name: minimum - 1})
    assert mistake == (
        f"1 validation error detected: Value '{minimum - 1}' at '{place}' failed to satisfy constraint: "
        f"Member must have value greater than or equal to {minimum}"
    )


@pytest.mark.parametrize("kind", ["EC2", "ELB", "EBS,ELB", "VPC_LATTICE", "", None])
def test_health_checks_of_these_types_are_accepted(kind: str | None):
    assert list(mistakes({"HealthCheckType": kind})) == []


@pytest.mark.parametrize("kind", ["HTTP", "ELB,HTTP", "ELB,", "elb"])
def test_health_checks_of_another_type_are_refused(kind: str):
    (mistake,) = mistakes({"HealthCheckType": kind})
    assert mistake.endswith("is not valid. Valid types are: EC2, EBS, ELB, VPC_LATTICE")


@pytest.mark.parametrize(("seconds", "number"), [(None, 0), (0, 0), (1, 1), (86_399, 1), (86_400, 0)])
def test_the_lifetime_of_an_instance_is_a_day_or_more_or_unlimited(seconds: int | None, number: int):
    expected = ["MaxInstanceLifetime must be 0 or greater than or equal to 86400"] * number
    assert list(mistakes({"MaxInstanceLifetime": seconds})) == expected


POLICIES = [
    "Default",
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
]


def test_termination_policies_are_those_of_aws_and_functions():
    function = "arn:aws:lambda:eu-west-1:123456789012:function:choose:1"
    assert list(mistakes({"TerminationPolicies": [*POLICIES, function]})) == []
    assert list(mistakes({"TerminationPolicies": ["Default", "Random"]})) == [
        f"Termination policy Random is not valid. Valid policies are: {', '.join(POLICIES)}"
    ]
