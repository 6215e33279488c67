"""Parameters that each type of scaling policy needs and takes.

Source: PutScalingPolicy, Auto Scaling API 2011-01-01.
"""

from __future__ import annotations

from typing import Any

import pytest

from scalable_models_localstack.autoscaling.scaling.policy_parameters import mistakes, mistakes_of_execution

CPU: dict[str, Any] = {"PredefinedMetricType": "ASGAverageCPUUtilization"}
TRACKING: dict[str, Any] = {"PredefinedMetricSpecification": CPU, "TargetValue": 50.0}

POLICIES: dict[str, dict[str, Any]] = {
    "SimpleScaling": {"AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 1},
    "StepScaling": {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
    },
    "TargetTrackingScaling": {"TargetTrackingConfiguration": TRACKING},
    "PredictiveScaling": {"PredictiveScalingConfiguration": {"MetricSpecifications": [{}]}},
}
"""Type of a policy -> what it needs, and nothing else."""

# "Valid only if the policy type is ...", as the API reference says of each parameter.
TYPES_OF: dict[str, tuple[object, set[str]]] = {
    "Cooldown": (60, {"SimpleScaling"}),
    "EstimatedInstanceWarmup": (60, {"StepScaling", "TargetTrackingScaling"}),
    "MetricAggregationType": ("Average", {"StepScaling"}),
    "MinAdjustmentMagnitude": (1, {"SimpleScaling", "StepScaling"}),
    "AdjustmentType": ("ChangeInCapacity", {"SimpleScaling", "StepScaling"}),
    "ScalingAdjustment": (1, {"SimpleScaling"}),
    "StepAdjustments": (POLICIES["StepScaling"]["StepAdjustments"], {"StepScaling"}),
    "TargetTrackingConfiguration": (TRACKING, {"TargetTrackingScaling"}),
    "PredictiveScalingConfiguration": ({}, {"PredictiveScaling"}),
}
"""Parameter -> a value, and the types of the policies that take it."""


def found(kind: str, **changes: Any) -> list[str]:
    return list(mistakes({"PolicyType": kind, **POLICIES[kind], **changes}))


@pytest.mark.parametrize("kind", POLICIES)
def test_a_policy_with_what_its_type_needs_is_accepted(kind: str):
    assert found(kind) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in POLICIES for name in POLICIES[kind] if name != "StepAdjustments"],
)
def test_a_policy_without_what_its_type_needs_is_refused(kind: str, name: str):
    rest = {key: value for key, value in POLICIES[kind].items() if key != name}
    refused = mistakes({"PolicyType": kind, **rest})
    assert next(refused) == f"{name} must be specified for policy type {kind}"


@pytest.mark.parametrize("kind", POLICIES)
@pytest.mark.parametrize("name", TYPES_OF)
def test_a_parameter_is_taken_by_the_types_that_the_api_names_only(kind: str, name: str):
    value, kinds = TYPES_OF[name]
    expected = [] if kind in kinds else [f"{name} is not supported for policy type {kind}"]
    assert found(kind, **{name: value}) == expected


def test_an_unknown_type_is_refused_with_the_known_ones():
    (mistake,) = mistakes({"PolicyType": "Magic"})
    assert mistake == f"PolicyType must be one of: {', '.join(POLICIES)}"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("SimpleScaling", "Cooldown"),
        ("StepScaling", "EstimatedInstanceWarmup"),
        ("SimpleScaling", "MinAdjustmentMagnitude"),
    ],
)
def test_a_number_of_a_policy_is_0_or_more(kind: str, name: str):
    assert found(kind, **{name: 0}) == []
    assert found(kind, **{name: -1}) == [f"{name} must be greater than or equal to 0"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("AdjustmentType", ["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"]),
        ("MetricAggregationType", ["Minimum", "Maximum", "Average"]),
    ],
)
def test_a_word_of_a_policy_is_one_that_the_api_names(name: str, words: list[str]):
    assert [found("StepScaling", **{name: word}) for word in words] == [[]] * len(words)
    assert found("StepScaling", **{name: "Other"}) == [f"{name} must be one of: {', '.join(words)}"]


def test_an_exact_capacity_is_0_or_more_in_each_step_too():
    negative = "ScalingAdjustment must be greater than or equal to 0 for adjustment type ExactCapacity"
    for adjustment, expected in ((0, []), (-1, [negative])):
        exact = {"AdjustmentType": "ExactCapacity"}
        steps = [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": adjustment}]
        assert found("SimpleScaling", **exact, ScalingAdjustment=adjustment) == expected
        assert found("StepScaling", **exact, StepAdjustments=steps) == expected


CUSTOM: dict[str, Any] = {"Namespace": "iris", "MetricName": "Load", "Statistic": "Average"}
ONE_METRIC = (
    "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified"
)


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({"CustomizedMetricSpecification": CUSTOM}, []),
        ({}, [ONE_METRIC]),
        ({"PredefinedMetricSpecification": CPU, "CustomizedMetricSpecification": CUSTOM}, [ONE_METRIC]),
        ({"PredefinedMetricSpecification": CPU, "TargetValue": 0.001}, []),
        ({"PredefinedMetricSpecification": CPU, "TargetValue": 0.0}, ["TargetValue must be greater than 0"]),
        (
            {"PredefinedMetricSpecification": CPU | {"ResourceLabel": "app/a/1/targetgroup/b/2"}},
            ["ResourceLabel is not supported for metric type ASGAverageCPUUtilization"],
        ),
    ],
)
def test_a_target_is_above_0_and_of_exactly_one_metric(configuration: dict[str, Any], expected: list[str]):
    tracking = {"TargetValue": 50.0, **configuration}
    assert found("TargetTrackingScaling", TargetTrackingConfiguration=tracking) == expected


@pytest.mark.parametrize(
    ("label", "is_refused"),
    [
        ("app/iris/50dc6c495c0c9188/targetgroup/iris/943f017f100becff", False),
        ("net/iris/50dc6c495c0c9188/targetgroup/iris/943f017f100becff", True),
        ("app/iris/50dc6c495c0c9188", True),
        ("app/iris/50dc6c495c0c9188/targetgroup/iris/943f017f100becff/more", True),
        (None, True),
    ],
)
def test_requests_are_counted_of_a_load_balancer_and_a_target_group(label: str | None, *, is_refused: bool):
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget"} | (
        {"ResourceLabel": label} if label else {}
    )
    tracking = {"TargetValue": 50.0, "PredefinedMetricSpecification": metric}
    assert bool(found("TargetTrackingScaling", TargetTrackingConfiguration=tracking)) is is_refused


BREACH = {"MetricValue": 0.0, "BreachThreshold": 0.0}


# ExecutePolicy, Auto Scaling API 2011-01-01.
@pytest.mark.parametrize(
    ("kind", "request_", "expected"),
    [
        ("StepScaling", BREACH, []),
        ("SimpleScaling", {}, []),
        ("SimpleScaling", {"HonorCooldown": True}, []),
        (
            "StepScaling",
            {},
            [f"{name} must be specified for a step scaling policy" for name in BREACH],
        ),
        (
            "SimpleScaling",
            BREACH,
            [f"{name} is not supported for policy type SimpleScaling" for name in BREACH],
        ),
        (
            "StepScaling",
            {**BREACH, "HonorCooldown": True},
            ["HonorCooldown is not supported for policy type StepScaling"],
        ),
    ],
)
def test_a_policy_is_executed_with_what_its_type_takes(
    kind: str, request_: dict[str, Any], expected: list[str]
):
    assert list(mistakes_of_execution(kind, request_)) == expected
