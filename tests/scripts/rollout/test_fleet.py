"""What Auto Scaling is asked for when instances are replaced, and what it is left to watch by itself."""

from __future__ import annotations

from typing import Any, Final

import pytest

from scripts.rollout.alarms import Watch
from scripts.rollout.fleet import Fleet, Patience
from scripts.rollout.plan import make_plan
from scripts.rollout.result import RolloutError
from tests.stubbed import Answers, answering, client_of

NAME: Final = "iris-fleet"
ASKED: Final = {"AutoScalingGroupNames": [NAME]}
PATIENT: Final = Patience(warmup=None, give_up_after=60)
PLAN: Final = make_plan("canary", 20, 0)

PREFERENCES: Final[dict[str, Any]] = {
    # As the group's own maintenance policy has it: successors serve before their predecessors go.
    "MinHealthyPercentage": 100,
    "MaxHealthyPercentage": 200,
    "AutoRollback": True,
    "SkipMatching": True,
    "CheckpointPercentages": [20, 100],
    "CheckpointDelay": 0,
    "BakeTime": 0,
}


def group(version: str, *running: str) -> Answers:
    template = {"LaunchTemplateId": "lt-0123456789abcdef0", "Version": version}
    described: dict[str, Any] = {
        "AutoScalingGroupName": NAME,
        "MinSize": 1,
        "MaxSize": 4,
        "DesiredCapacity": 2,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-west-1a"],
        "HealthCheckType": "ELB",
        "CreatedTime": "2026-01-31T00:00:00Z",
        "LaunchTemplate": template,
        "Instances": [
            {
                "InstanceId": f"i-{number}",
                "AvailabilityZone": "eu-west-1a",
                "LifecycleState": "InService",
                "HealthStatus": "Healthy",
                "ProtectedFromScaleIn": False,
                "LaunchTemplate": {**template, "Version": each},
            }
            for number, each in enumerate(running)
        ],
    }
    return [("describe_auto_scaling_groups", ASKED, {"AutoScalingGroups": [described]})]


def refresh(status: str = "", *, is_ours: bool = False) -> Answers:
    which = {"InstanceRefreshIds": ["r-1"]} if is_ours else {"MaxRecords": 1}
    told = [{"InstanceRefreshId": "r-1", "Status": status}] if status else []
    asked = {"AutoScalingGroupName": NAME, **which}
    return [("describe_instance_refreshes", asked, {"InstanceRefreshes": told})]


def start(**preferences: object) -> Answers:
    asked = {
        "AutoScalingGroupName": NAME,
        "Strategy": "Rolling",
        "DesiredConfiguration": {
            "LaunchTemplate": {"LaunchTemplateId": "lt-0123456789abcdef0", "Version": "8"}
        },
        "Preferences": {**PREFERENCES, **preferences},
    }
    return [("start_instance_refresh", asked, {"InstanceRefreshId": "r-1"})]


def watched(*names: str) -> Watch:
    """Watch alarms that nobody looks at here."""
    return Watch(client_of("cloudwatch"), names)


def released(answers: Answers, watch: Watch, patience: Patience = PATIENT) -> str:
    with answering("autoscaling", answers) as autoscaling:
        fleet = Fleet(autoscaling, client_of("ec2"), NAME)
        return str(fleet.release("8", PLAN, watch, lambda _: None, patience).result)


def test_the_refresh_watches_the_quiet_alarms_by_itself():
    asked = start(AlarmSpecification={"Alarms": ["slow", "failing"]})
    answers = group("7", "7") + refresh() + asked + refresh("Successful", is_ours=True)
    assert released(answers, watched("slow", "failing")) == "released"


# Auto Scaling API reference, AlarmSpecification: 10.
def test_of_more_alarms_than_a_refresh_takes_it_is_given_the_first():
    names = [f"alarm-{number}" for number in range(11)]
    asked = start(AlarmSpecification={"Alarms": names[:10]})
    answers = group("7", "7") + refresh() + asked + refresh("Successful", is_ours=True)
    assert released(answers, watched(*names)) == "released"


def test_where_every_alarm_is_on_already_the_refresh_is_given_none():
    answers = group("7", "7") + refresh() + start() + refresh("Successful", is_ours=True)
    assert released(answers, watched()) == "released"


def test_a_warm_up_is_told_only_where_somebody_has_chosen_it():
    patience = Patience(warmup=0, give_up_after=60)
    answers = group("7", "7") + refresh() + start(InstanceWarmup=0) + refresh("Successful", is_ours=True)
    assert released(answers, watched(), patience) == "released"


@pytest.mark.parametrize("version", ["$Latest", "$Default"])
def test_a_group_that_names_no_number_could_not_be_rolled_back_and_is_not_touched(version: str):
    with pytest.raises(RolloutError, match=f"launches version \\{version} of its template"):
        released(group(version, "7") + refresh(), watched())


def test_nothing_is_new_only_where_every_instance_runs_the_version():
    assert released(group("8", "8", "8") + refresh(), watched()) == "nothing new"
    answers = group("8", "8", "7") + refresh() + start() + refresh("Successful", is_ours=True)
    assert released(answers, watched()) == "released"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("RollbackSuccessful", "rolled back"),
        ("RollbackFailed", "failed"),
        ("Cancelled", "failed"),
        ("Failed", "failed"),
    ],
)
def test_a_refresh_that_ends_otherwise_is_told_by_its_end(status: str, result: str):
    answers = group("7", "7") + refresh() + start() + refresh(status, is_ours=True) + group("7", "7")
    assert released(answers, watched()) == result
