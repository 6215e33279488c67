"""Instance refreshes over hours of a simulated clock, as LocalStack's interpreter performs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.localcloud.localstack.virtual_time.simulated import plugin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.localcloud.localstack.virtual_time.simulated import Groups

CONFIGURED: Final[dict[str, Any]] = {"LaunchTemplate": {}}
"""Desired configuration, which makes a rollback possible."""


class Refresh:
    """Refresh of a new group from version 1 to 2."""

    def __init__(self, groups: Groups, size: int, preferences: dict[str, Any], **group: Any) -> None:
        self._groups = groups
        self.group = groups.make(size, **group)
        self.refresh = plugin("refresh.instance_refresh").InstanceRefresh(
            group=self.group,
            target_version=groups.version(2),
            desired_configuration=CONFIGURED,
            preferences=plugin("refresh.preferences").parse(preferences, default_warmup=0),
        )

    def turn(self, seconds: float) -> None:
        self._groups.clock.seconds = seconds
        self.refresh.advance()

    @property
    def versions(self) -> str:
        """Version of each instance of the group, in order."""
        return "".join(sorted(state.launch_template["Version"] for state in self.group.instance_states))

    def at(self, times: Iterable[float]) -> list[tuple[str, str]]:
        """Return the status and the versions at some times."""
        found: list[tuple[str, str]] = []
        for seconds in times:
            self.turn(seconds)
            found.append((self.refresh.status, self.versions))
        return found

    def description(self) -> dict[str, Any]:
        """Return its description with seconds instead of times, and without what is requested or random."""
        described = self.refresh.describe()
        beginning = described.pop("StartTime")
        if "EndTime" in described:
            described["EndTime"] = (described["EndTime"] - beginning).total_seconds()
        if details := described.get("RollbackDetails"):
            began = (details["RollbackStartTime"] - beginning).total_seconds()
            described["RollbackDetails"] = {**details, "RollbackStartTime": began}
        for name in ("InstanceRefreshId", "AutoScalingGroupName", "Preferences", "DesiredConfiguration"):
            del described[name]
        return described


BOTH_AT_ONCE: Final[dict[str, Any]] = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200}
NEVER_READY: Final[dict[str, Any]] = {**BOTH_AT_ONCE, "InstanceWarmup": 999_999}
HOUR: Final = 3_600


def warm_up(groups: Groups) -> object:
    refresh = Refresh(groups, 2, {**BOTH_AT_ONCE, "InstanceWarmup": 300})
    return refresh.at((0, 299, 300, 301)), refresh.description()


def bake_time(groups: Groups) -> object:
    refresh = Refresh(groups, 2, {**BOTH_AT_ONCE, "BakeTime": 600})
    found = refresh.at((0, 1, 2, 601, 602))
    return found, refresh.group.launch_template_version


def checkpoints(groups: Groups) -> object:
    refresh = Refresh(groups, 4, {**BOTH_AT_ONCE, "CheckpointPercentages": [50, 100]})
    found = refresh.at((0, 1, 2, HOUR, HOUR + 1, HOUR + 2, HOUR + 3))
    return found, refresh.description()


def stall(groups: Groups) -> object:
    refresh = Refresh(groups, 2, NEVER_READY)
    found = refresh.at((0, 1, HOUR + 1, HOUR + 2))
    return found, refresh.description(), refresh.group.launch_template_version


def stall_at_checkpoint(groups: Groups) -> object:
    delayed = {**BOTH_AT_ONCE, "CheckpointPercentages": [50, 100], "CheckpointDelay": 7_200}
    return Refresh(groups, 2, delayed).at((0, 1, 2, 7_200, 7_201, 7_202, 7_203))


def stall_with_auto_rollback(groups: Groups) -> object:
    refresh = Refresh(groups, 2, {**NEVER_READY, "AutoRollback": True})
    found = refresh.at((0, 1, HOUR + 2, HOUR + 3))
    return found, refresh.description(), refresh.group.launch_template_version


def stall_of_rollback(groups: Groups) -> object:
    refresh = Refresh(groups, 2, BOTH_AT_ONCE)
    refresh.turn(0)
    refresh.turn(1)
    refresh.refresh.preferences = plugin("refresh.preferences").parse(NEVER_READY, default_warmup=0)
    refresh.refresh.roll_back("Rolled back by a user.")
    return refresh.at((2, 3, HOUR + 3, HOUR + 4)), refresh.description()


def suspended(groups: Groups) -> object:
    refresh = Refresh(groups, 2, BOTH_AT_ONCE)
    name = refresh.group.name
    groups.client.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=["InstanceRefresh"])
    found = refresh.at((0, 3 * HOUR))
    refresh.group.suspended_processes = []
    return found + refresh.at((3 * HOUR + 1, 3 * HOUR + 2, 3 * HOUR + 3))


def protected(groups: Groups) -> object:
    refresh = Refresh(groups, 2, BOTH_AT_ONCE, NewInstancesProtectedFromScaleIn=True)
    return refresh.at((0, HOUR, HOUR + 1))


def rolled_back(groups: Groups) -> object:
    refresh = Refresh(groups, 4, {"MinHealthyPercentage": 75, "MaxHealthyPercentage": 100})
    found = refresh.at((0,))
    refresh.refresh.roll_back("Rolled back by a user.")
    details = refresh.description()
    return found + refresh.at((1, 2)), details, refresh.description()


SCENARIOS: Final = (
    warm_up,
    bake_time,
    checkpoints,
    stall,
    stall_at_checkpoint,
    stall_with_auto_rollback,
    stall_of_rollback,
    suspended,
    protected,
    rolled_back,
)
