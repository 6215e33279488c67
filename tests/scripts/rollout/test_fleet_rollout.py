"""Requests to Auto Scaling for an instance refresh, and the alarms that the refresh watches by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from scripts.rollout.alarm_watch import AlarmWatch
from scripts.rollout.fleet_rollout import FleetRollout, RefreshTimeouts
from scripts.rollout.rollout_plan import make_plan
from scripts.rollout.rollout_result import RolloutError
from tests.stubbed import Answers, answering, client_of

if TYPE_CHECKING:
    from scripts.rollout.rollout_plan import RolloutPlan

NAME: Final = "iris-fleet"
GROUP_REQUEST: Final = {"AutoScalingGroupNames": [NAME]}
TIMEOUTS: Final = RefreshTimeouts(warmup=None, give_up_after=60)
PLAN: Final = make_plan("canary", 20, 0)

PREFERENCES: Final[dict[str, Any]] = {
    # As in the group's own maintenance policy: new instances serve before old ones end.
    "MinHealthyPercentage": 100,
    "MaxHealthyPercentage": 200,
    "AutoRollback": True,
    "SkipMatching": True,
    "CheckpointPercentages": [20, 100],
    "CheckpointDelay": 0,
    "BakeTime": 0,
}


def group_response(version: str, *running: str) -> Answers:
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
    return [("describe_auto_scaling_groups", GROUP_REQUEST, {"AutoScalingGroups": [described]})]


def refresh_response(status: str = "", *, is_ours: bool = False) -> Answers:
    which = {"InstanceRefreshIds": ["r-1"]} if is_ours else {"MaxRecords": 1}
    refreshes = [{"InstanceRefreshId": "r-1", "Status": status}] if status else []
    request = {"AutoScalingGroupName": NAME, **which}
    return [("describe_instance_refreshes", request, {"InstanceRefreshes": refreshes})]


def start_request(**preferences: object) -> Answers:
    request = {
        "AutoScalingGroupName": NAME,
        "Strategy": "Rolling",
        "DesiredConfiguration": {
            "LaunchTemplate": {"LaunchTemplateId": "lt-0123456789abcdef0", "Version": "8"}
        },
        "Preferences": {**PREFERENCES, **preferences},
    }
    return [("start_instance_refresh", request, {"InstanceRefreshId": "r-1"})]


def unchecked_watch(*names: str) -> AlarmWatch:
    """Return a watch whose alarms are never checked."""
    return AlarmWatch(client_of("cloudwatch"), names)


def released(
    answers: Answers,
    watch: AlarmWatch,
    timeouts: RefreshTimeouts = TIMEOUTS,
    plan: RolloutPlan = PLAN,
) -> str:
    with answering("autoscaling", answers) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        return str(fleet.release("8", plan, watch, lambda _: None, timeouts).result)


def test_the_refresh_watches_the_alarms_that_are_ok_by_itself():
    request = start_request(AlarmSpecification={"Alarms": ["slow", "failing"]})
    answers = (
        group_response("7", "7") + refresh_response() + request + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch("slow", "failing")) == "released"


# Auto Scaling API reference, AlarmSpecification: 10.
def test_a_refresh_gets_the_first_alarms_if_there_are_more_than_its_maximum():
    names = [f"alarm-{number}" for number in range(11)]
    request = start_request(AlarmSpecification={"Alarms": names[:10]})
    answers = (
        group_response("7", "7") + refresh_response() + request + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch(*names)) == "released"


def test_a_refresh_gets_no_alarms_if_all_of_them_are_on_already():
    answers = (
        group_response("7", "7")
        + refresh_response()
        + start_request()
        + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch()) == "released"


def test_a_warm_up_is_sent_only_if_it_was_chosen():
    timeouts = RefreshTimeouts(warmup=0, give_up_after=60)
    answers = (
        group_response("7", "7")
        + refresh_response()
        + start_request(InstanceWarmup=0)
        + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch(), timeouts) == "released"


@pytest.mark.parametrize(
    ("group", "is_released"),
    [(("8", "8", "8"), True), (("8", "8", "7"), False), (("7", "8", "8"), False), (("8",), True)],
)
def test_a_version_is_released_once_the_group_and_every_instance_are_on_it(
    group: tuple[str, ...], *, is_released: bool
):
    with answering("autoscaling", group_response(*group)) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        assert fleet.is_released("8") is is_released


@pytest.mark.parametrize("version", ["$Latest", "$Default"])
def test_a_group_without_a_version_number_could_not_be_rolled_back_and_is_not_changed(version: str):
    with pytest.raises(RolloutError, match=f"launches version \\{version} of its template"):
        released(group_response(version, "7") + refresh_response(), unchecked_watch())


def test_nothing_is_new_only_if_every_instance_runs_the_version():
    assert released(group_response("8", "8", "8") + refresh_response(), unchecked_watch()) == "nothing new"
    answers = (
        group_response("8", "8", "7")
        + refresh_response()
        + start_request()
        + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch()) == "released"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("RollbackSuccessful", "rolled back"),
        ("RollbackFailed", "failed"),
        ("Cancelled", "failed"),
        ("Failed", "failed"),
    ],
)
def test_an_unsuccessful_refresh_is_reported_by_its_final_status(status: str, result: str):
    answers = (
        group_response("7", "7")
        + refresh_response()
        + start_request()
        + refresh_response(status, is_ours=True)
        + group_response("7", "7")
    )
    assert released(answers, unchecked_watch()) == result


class Clock:
    """Clock that moves only while its user sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds


# Auto Scaling API reference, RefreshPreferences: BakeTime is the time after the last replacement in which
# alarms still roll the refresh back.
def test_alarms_are_watched_for_an_interval_after_the_last_instance():
    answers = (
        group_response("7", "7")
        + refresh_response()
        + start_request(CheckpointDelay=300, BakeTime=300)
        + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch(), plan=make_plan("canary", 20, 300)) == "released"


# A refresh stays the same during a pause: 5 s of it and 3 s of patience are 8 s, at one check per second.
@pytest.mark.parametrize(("unchanged", "result"), [(9, "released"), (10, "rolled back")])
def test_a_refresh_without_progress_is_rolled_back_after_the_pause_and_the_patience(
    unchanged: int, result: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("scripts.rollout.fleet_rollout.time", Clock())
    begun = group_response("7", "7") + refresh_response() + start_request(CheckpointDelay=5, BakeTime=5)
    paused = refresh_response("InProgress", is_ours=True) * unchanged
    rolled_back: Answers = [
        ("rollback_instance_refresh", {"AutoScalingGroupName": NAME}, {"InstanceRefreshId": "r-1"}),
        *refresh_response("RollbackSuccessful", is_ours=True),
        *group_response("7", "7"),
    ]
    ended = refresh_response("Successful", is_ours=True) if result == "released" else rolled_back
    timeouts = RefreshTimeouts(warmup=None, give_up_after=3)
    answers = begun + paused + ended
    assert released(answers, unchecked_watch(), timeouts, plan=make_plan("canary", 20, 5)) == result


# --- a group that serves nothing ---


TARGETS: Final = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/iris/1"


def health_response(*states: str) -> Answers:
    described = [{"Target": {"Id": f"i-{state}"}, "TargetHealth": {"State": state}} for state in states]
    return [
        ("describe_target_health", {"TargetGroupArn": TARGETS}, {"TargetHealthDescriptions": described}),
    ]


def checked_group(version: str, *running: str) -> Answers:
    ((operation, request, response),) = group_response(version, *running)
    response["AutoScalingGroups"][0]["TargetGroupARNs"] = [TARGETS]
    return [(operation, request, response)]


# Elastic Load Balancing API reference, TargetHealth: the states of a target.
@pytest.mark.parametrize(
    ("states", "is_healthy"),
    [
        ((), False),
        (("initial", "unhealthy", "unused", "draining", "unavailable"), False),
        (("unhealthy", "healthy"), True),
    ],
)
def test_a_group_serves_if_the_load_balancer_finds_an_instance_healthy(
    states: tuple[str, ...], *, is_healthy: bool
):
    with (
        answering("autoscaling", checked_group("1", "1")) as autoscaling,
        answering("elbv2", health_response(*states)) as elbv2,
    ):
        assert FleetRollout(autoscaling, client_of("ec2"), NAME, elbv2).has_healthy_instance() is is_healthy


def released_at_once(answers: Answers, told: list[str]) -> tuple[str, str]:
    with answering("autoscaling", answers) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        result = fleet.release_at_once("8", told.append, TIMEOUTS)
    return result.result, result.reason


# With a minimum of healthy instances, or an alarm that is on, Auto Scaling would not replace any.
def test_a_group_without_a_healthy_instance_is_replaced_at_once_without_alarms():
    ((operation, request, response),) = start_request()
    request["Preferences"] = {
        "MinHealthyPercentage": 0,
        "MaxHealthyPercentage": 100,
        "AutoRollback": False,
        "SkipMatching": True,
    }
    told: list[str] = []
    answers = (
        refresh_response()
        + group_response("7", "7")
        + [(operation, request, response)]
        + refresh_response("Successful", is_ours=True)
    )
    assert released_at_once(answers, told) == ("released", "")
    assert told[0] == (
        "iris-fleet: no instance is healthy, so nothing can be lost; version 8 is released at once"
    )


def test_a_version_that_is_not_healthy_is_not_released_once_more():
    status, reason = released_at_once(refresh_response() + group_response("8", "8"), [])
    assert (status, reason) == ("failed", "no instance is healthy, and there is no other version to release")
