"""Scaling policies, alarms and scheduled actions by a simulated clock, in LocalStack's interpreter."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.localcloud.localstack.virtual_time.simulated import BEGINNING, plugin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.localcloud.localstack.virtual_time.simulated import Groups

OUT: Final[dict[str, Any]] = {
    "PolicyName": "out",
    "AdjustmentType": "ChangeInCapacity",
    "ScalingAdjustment": 1,
    "Cooldown": 0,
}
STEP: Final[dict[str, Any]] = {
    "PolicyName": "out",
    "PolicyType": "StepScaling",
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [{"MetricIntervalLowerBound": 5, "ScalingAdjustment": 1}],
}


def put_policy(groups: Groups, group: Any, policy: dict[str, Any]) -> dict[str, Any]:
    stored = plugin("scaling.policies").new_policy(policy) | {"PolicyARN": "arn:out"}
    groups.backend.scaling_policies[group.name] = {"out": stored}
    return stored


def failures(groups: Groups, group: Any) -> list[str]:
    """Return the messages of the failed activities of a group."""
    return [
        activity["StatusMessage"]
        for activity in groups.backend.activities
        if activity["AutoScalingGroupName"] == group.name and activity["StatusCode"] == "Failed"
    ]


class Alarm:
    """Alarm in a state since the beginning, whose action is a policy of a new group of one instance."""

    def __init__(self, groups: Groups, policy: dict[str, Any], **fields: Any) -> None:
        self._groups = groups
        self.group = groups.make(1)
        self.policy = put_policy(groups, self.group, policy)
        self.fields: dict[str, Any] = {
            "AlarmArn": "arn:alarm",
            "AlarmName": "high",
            "ActionsEnabled": True,
            "StateValue": "ALARM",
            "StateTransitionedTimestamp": BEGINNING,
            "AlarmConfigurationUpdatedTimestamp": BEGINNING - timedelta(seconds=1),
            "AlarmActions": ["arn:out"],
            "OKActions": [],
            "InsufficientDataActions": [],
            **fields,
        }
        self._actions = plugin("scaling.clock").AlarmActions()

    def _alarms_for(self, _: object, policy_arn: str) -> list[dict[str, Any]]:
        return [self.fields] if policy_arn == "arn:out" else []

    def at(self, times: Iterable[float]) -> list[int]:
        """Return the desired capacity after a turn at each of these times."""
        plugin("scaling.clock").alarms_for = self._alarms_for
        found: list[int] = []
        for seconds in times:
            self._groups.clock.seconds = seconds
            self._actions.execute(self._groups.backend, self.group, self._groups.clock.now)
            found.append(self.group.desired_capacity)
        return found

    @property
    def failures(self) -> list[str]:
        return failures(self._groups, self.group)


def alarm_that_stays(groups: Groups) -> object:
    return Alarm(groups, OUT).at((0, 59, 60, 61, 119, 120))


def alarm_that_rings_again(groups: Groups) -> object:
    alarm = Alarm(groups, OUT)
    found = alarm.at((0, 10))
    alarm.fields["StateTransitionedTimestamp"] = BEGINNING + timedelta(seconds=11)
    return found + alarm.at((11, 12))


def alarms_without_effect(groups: Groups) -> object:
    new = {"AlarmConfigurationUpdatedTimestamp": BEGINNING}
    found: dict[str, list[int]] = {}
    for name, fields in (
        ("new", new),
        ("actions disabled", {"ActionsEnabled": False}),
        ("state without the action", {"StateValue": "OK"}),
        ("no data, without the action", {"StateValue": "INSUFFICIENT_DATA"}),
        ("state with the action", {"StateValue": "OK", "OKActions": ["arn:out"], "AlarmActions": []}),
    ):
        found[name] = Alarm(groups, OUT, **fields).at((0,))
    disabled = Alarm(groups, OUT)
    disabled.policy["Enabled"] = False
    tracking = Alarm(groups, OUT)
    tracking.policy["PolicyType"] = "TargetTrackingScaling"
    suspended = Alarm(groups, OUT)
    groups.client.suspend_processes(
        AutoScalingGroupName=suspended.group.name, ScalingProcesses=["AlarmNotification"]
    )
    found |= {"disabled": disabled.at((0,)), "tracking": tracking.at((0,)), "suspended": suspended.at((0,))}
    suspended.group.suspended_processes = []
    return found | {"resumed": suspended.at((1,))}


def cooldown_of_policy(groups: Groups) -> object:
    alarm = Alarm(groups, {**OUT, "Cooldown": 100})
    return alarm.at((0, 60, 99, 120)), alarm.failures


def cooldown_by_request(groups: Groups) -> object:
    """Return the codes of errors of requests that honor the cooldown, around a tenth and the end of 100 s."""
    group = groups.make(1)
    policies = plugin("scaling.policies")
    stored = put_policy(groups, group, {**OUT, "Cooldown": 100})
    policies.execute(group, stored, "a user request executed policy out", None, honor_cooldown=True)
    codes: list[str] = []
    for seconds in (9.9, 10, 99.9, 100):
        groups.clock.seconds = seconds
        try:
            policies.check_cooldown(group)
            codes.append("")
        except Exception as error:  # noqa: BLE001 - LocalStack's own, which is no part of the tests' environment
            codes.append(getattr(error, "code", repr(error)))
    return codes


def compressed_time(groups: Groups) -> object:
    os.environ["LOCAL_CLOUD_TIME_FACTOR"] = "10"
    try:
        return Alarm(groups, OUT).at((0, 5.9, 6)), cooldown_by_request(groups)
    finally:
        del os.environ["LOCAL_CLOUD_TIME_FACTOR"]


def breach_without_step(groups: Groups) -> object:
    data = '{"recentDatapoints": [90.0, 64.0]}'
    alarm = Alarm(groups, {**STEP, "EstimatedInstanceWarmup": 0}, Threshold=60.0, StateReasonData=data)
    found = alarm.at((0, 60, 120))
    once = alarm.failures
    alarm.fields["StateTransitionedTimestamp"] = BEGINNING + timedelta(seconds=130)
    alarm.fields["StateReasonData"] = data.replace("64", "65")
    return found + alarm.at((130,)), once, len(alarm.failures)


def warm_up_of_steps(groups: Groups) -> object:
    """Return the capacities after a step of one, at seconds after the launch of two more instances."""
    execute = plugin("scaling.policies").execute
    found: dict[str, list[int]] = {}
    for name, of_policy, of_group in (
        ("policy", {"EstimatedInstanceWarmup": 100}, {"DefaultInstanceWarmup": 200}),
        ("group", {}, {"DefaultInstanceWarmup": 200}),
        ("no warm-up", {"EstimatedInstanceWarmup": 0}, {}),
        ("cooldown", {}, {}),
    ):
        found[name] = []
        for seconds in (0, 99, 100, 199, 200, 299, 300):
            group = groups.make(2)
            groups.backend.extra_parameters[group.name] = of_group
            stored = put_policy(groups, group, {**STEP, **of_policy})
            groups.clock.seconds = 1_000
            group.scale(4, "")
            groups.clock.seconds = 1_000 + seconds
            execute(group, stored, "", 5.0, honor_cooldown=False)
            found[name].append(group.desired_capacity)
    return found


def limits(groups: Groups) -> object:
    """Return the capacities of a group of 3 with limits of 2 and 5, after policies that ask for others."""
    execute = plugin("scaling.policies").execute
    found: dict[str, list[int]] = {}
    for name, policy in (("simple", OUT), ("step", {**STEP, "EstimatedInstanceWarmup": 0})):
        found[name] = []
        for change in (-9, -1, 0, 1, 9):
            group = groups.make(3, MinSize=2, MaxSize=5)
            step = {"MetricIntervalLowerBound": 0, "ScalingAdjustment": change}
            changed = {"ScalingAdjustment": change} if name == "simple" else {"StepAdjustments": [step]}
            stored = put_policy(groups, group, {**policy, **changed})
            execute(group, stored, "", 1.0, honor_cooldown=True)
            found[name].append(group.desired_capacity)
    return found


def scheduled(groups: Groups) -> object:
    """Return sizes and remaining actions of a group at some times."""
    group = groups.make(1)
    hour = timedelta(hours=1)
    actions: dict[str, Any] = {
        "later": {"StartTime": BEGINNING + 2 * hour, "MinSize": 3, "MaxSize": 5},
        "first": {"StartTime": BEGINNING + hour, "DesiredCapacity": 2},
        "wrong": {"StartTime": BEGINNING + 3 * hour, "DesiredCapacity": 99},
        "often": {
            "StartTime": BEGINNING + 4 * hour,
            "Recurrence": "0 */4 * * *",
            "EndTime": BEGINNING + 8 * hour,
            "DesiredCapacity": 4,
        },
    }
    for name, action in actions.items():
        action["ScheduledActionName"] = name
    groups.backend.scheduled[group.name] = actions
    found: list[object] = []
    for hours in (0.99, 1, 2, 3, 4, 8):
        groups.clock.seconds = hours * 3_600
        if hours == 4:
            groups.client.suspend_processes(
                AutoScalingGroupName=group.name, ScalingProcesses=["ScheduledActions"]
            )
        plugin("scaling.scheduled_operations").execute_due(groups.backend, group, groups.clock.now)
        group.suspended_processes = []
        left = {name: (action["StartTime"] - BEGINNING) / hour for name, action in sorted(actions.items())}
        found.append([group.min_size, group.desired_capacity, group.max_size, left])
    return found, failures(groups, group)


def recurrences(_: Groups) -> object:
    next_time = plugin("scaling.recurrence").next_time
    return {
        f"{recurrence} {zone} {after}": time and time.isoformat()
        for recurrence, zone, after in RECURRENCES
        for time in [next_time(recurrence, zone, datetime.fromisoformat(after))]
    }


RECURRENCES: Final = (
    ("30 2 * * *", "Europe/Madrid", "2026-10-25T00:10:00+00:00"),
    ("30 2 * * *", "Europe/Madrid", "2026-10-25T00:30:00+00:00"),
    ("30 2 * * *", "Europe/Madrid", "2026-10-25T01:10:00+00:00"),
    ("0 0 10 * 1", "UTC", "2026-06-02T00:00:00+00:00"),
    ("0 0 10 * 1", "UTC", "2026-06-08T00:00:00+00:00"),
    ("0 0 10 * *", "UTC", "2026-06-02T00:00:00+00:00"),
    ("0 0 * * 1", "UTC", "2026-06-08T00:00:00+00:00"),
    ("0 0 1 1 *", "America/New_York", "2026-06-02T00:00:00+00:00"),
    ("0 0 31 2 *", "UTC", "2026-06-02T00:00:00+00:00"),
)
"""Cron expression, time zone, and the time after which its next one is looked for."""


SCENARIOS: Final = (
    alarm_that_stays,
    alarm_that_rings_again,
    alarms_without_effect,
    cooldown_of_policy,
    cooldown_by_request,
    compressed_time,
    breach_without_step,
    warm_up_of_steps,
    limits,
    scheduled,
    recurrences,
)
