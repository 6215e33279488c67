from __future__ import annotations

from typing import Any

import pytest

from infra.fleet.auto_scaling_group import AutoScalingGroup
from tests.infra.fleet.test_auto_scaling_group import GROUP, TEMPLATE, fleet_args
from tests.infra.mock_aws import TAGS, MockAws, deploy

LATEST = "7"
"""Latest version of the mocked launch template."""

TYPES = {"alternativeInstanceTypes": "t4g.medium"}
SCHEDULE = {
    "scalingSchedule": "0 7 * * 1-5 min=3; 0 20 * * 1-5 min=2",
    "minInstances": "2",
    "maxInstances": "4",
}


def group(
    version: str, *, template: str = f"{TEMPLATE}-id", subnets: str = "subnet-b,subnet-a", mixed: bool = False
) -> dict[str, Any]:
    """Return a group as its data source does."""
    specification = {"launchTemplateId": template, "launchTemplateName": "", "version": version}
    policy = {
        "instancesDistributions": [],
        "launchTemplates": [{"launchTemplateSpecifications": [specification], "overrides": []}],
    }
    return {
        "minSize": 2,
        "maxSize": 4,
        "vpcZoneIdentifier": subnets,
        "launchTemplates": [] if mixed else [{"id": template, "name": "", "version": version}],
        "mixedInstancesPolicies": [policy] if mixed else [],
    }


def update(deployed: dict[str, Any], **values: str) -> dict[str, Any]:
    """Return the inputs of the group in a run of the program for a stack with a deployed group."""
    mock = MockAws(groups={"fleet-0": deployed})
    return deploy(lambda: AutoScalingGroup("fleet", fleet_args(**values)), mock).resources[GROUP].inputs


def version(inputs: dict[str, Any]) -> str:
    policy = inputs.get("mixedInstancesPolicy")
    if policy is None:
        return inputs["launchTemplate"]["version"]
    return policy["launchTemplate"]["launchTemplateSpecification"]["version"]


@pytest.mark.parametrize("before", [False, True], ids=["from one type", "from several types"])
@pytest.mark.parametrize("after", [{}, TYPES], ids=["to one type", "to several types"])
def test_an_update_keeps_the_version_that_a_roll_out_has_released(*, before: bool, after: dict[str, str]):
    inputs = update(group("5", mixed=before), **after)
    assert version(inputs) == "5"
    # Of both, AWS takes only one.
    assert ("launchTemplate" in inputs) != ("mixedInstancesPolicy" in inputs)


@pytest.mark.parametrize(
    "other",
    [
        group("5", template="another"),
        group("5", subnets="subnet-of-another-vpc"),
        group("$Latest"),
    ],
    ids=["of another template", "in another VPC", "without a number"],
)
def test_a_group_to_be_replaced_starts_with_the_latest_version(other: dict[str, Any]):
    assert version(update(other)) == LATEST


def test_the_group_is_looked_up_by_project_and_stack():
    mock = MockAws(groups={})
    deploy(lambda: AutoScalingGroup("fleet", fleet_args()), mock)
    assert mock.invokes["aws:autoscaling/getAmiIds:getAmiIds"]["filters"] == [
        {"name": "tag:project", "values": [TAGS["project"]]},
        {"name": "tag:stack", "values": [TAGS["stack"]]},
    ]


def test_an_update_at_noon_keeps_the_limits_of_the_schedule():
    assert update({**group("5"), "minSize": 3}, **SCHEDULE)["minSize"] == 3
    at_noon = SCHEDULE | {"scalingSchedule": "0 7 * * 1-5 max=3; 0 20 * * 1-5 max=2"}
    assert update({**group("5"), "maxSize": 3}, **at_noon)["maxSize"] == 3


def test_a_changed_limit_is_set_with_a_schedule_too():
    inputs = update(group("5"), **(SCHEDULE | {"minInstances": "1", "maxInstances": "9"}))
    # 2 is the minimum in the evening, but 4 is no maximum of the schedule.
    assert (inputs["minSize"], inputs["maxSize"]) == (2, 9)


def test_limits_that_an_operator_has_set_are_set_back():
    inputs = update({**group("5"), "minSize": 1, "maxSize": 8}, **SCHEDULE)
    assert (inputs["minSize"], inputs["maxSize"]) == (2, 4)
