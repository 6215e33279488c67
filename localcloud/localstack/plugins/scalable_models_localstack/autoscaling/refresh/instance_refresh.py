"""Instance refresh: gradual replacement of a group's instances, and its rollback."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from uuid import uuid4

from scalable_models_localstack.autoscaling.group import GroupMember
from scalable_models_localstack.autoscaling.refresh.pace import (
    InstanceCounts,
    InstanceLimits,
    checkpoint_goal,
    launches_allowed,
    terminations_allowed,
)
from scalable_models_localstack.services.elbv2 import is_in_service

if TYPE_CHECKING:
    from moto.autoscaling.models import InstanceState
    from moto.ec2.models.launch_templates import LaunchTemplateVersion

    from scalable_models_localstack.autoscaling.group import ScalingGroup
    from scalable_models_localstack.autoscaling.refresh.preferences import RefreshPreferences

STALL_TIMEOUT: Final = timedelta(hours=1)
"""Time without progress after which a refresh fails (Auto Scaling user guide, "Instance refresh")."""

PROCESSES: Final = ("InstanceRefresh", "Launch", "Terminate")
"""Processes without which a refresh pauses ("How suspended processes affect other processes")."""

Status: TypeAlias = Literal[
    "Pending",
    "InProgress",
    "Baking",
    "Successful",
    "Failed",
    "Cancelling",
    "Cancelled",
    "RollbackInProgress",
    "RollbackFailed",
    "RollbackSuccessful",
]

FINAL_STATUSES: Final[frozenset[Status]] = frozenset(
    {"Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"}
)


@dataclass
class InstanceRefresh:
    """Instance refresh of a group; all calls hold the backend's lock."""

    group: ScalingGroup
    target_version: LaunchTemplateVersion
    """Launch template version of the new instances."""
    desired_configuration: dict[str, Any] | None
    """Desired configuration as requested; without it, a rollback is impossible."""
    preferences: RefreshPreferences
    id: str = field(default_factory=lambda: str(uuid4()))
    status: Status = "Pending"
    reason: str = ""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    rollback: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        members = self.group.instance_states
        self._before = {state.instance.id for state in members}
        self._outdated: set[str] = {
            state.instance.id
            for state in members
            if not (self.preferences.skip_matching and self._matches(state))
        }
        self._total = len(self._outdated)
        self._checkpoints_passed = 0
        """Number of checkpoints passed."""
        self._paused_at = self._moved_at = self.started
        self._done_at: datetime | None = None
        self._last: InstanceCounts | None = None
        self.group.refresh_version = self.target_version
        self.group.outgoing = self._outdated

    @property
    def is_finished(self) -> bool:
        """True if the status is final."""
        return self.status in FINAL_STATUSES

    @property
    def is_reversible(self) -> bool:
        """True if the group still has the previous launch template version."""
        return self.desired_configuration is not None

    def advance(self) -> None:
        """Perform the next possible replacements."""
        if self.is_finished:
            return
        if self.status == "Pending":
            self.status = "InProgress"
        group = self.group
        if group.autoscaling_backend.autoscaling_groups.get(group.name) is not group:
            self._end("Cancelled", "The group was deleted.")
            return
        now = datetime.now(UTC)
        is_paused = any(group.is_suspended(process) for process in PROCESSES)
        if not is_paused:
            self._sort_out()
        count = self._count_instances()
        if is_paused or count != self._last:
            self._last, self._moved_at = count, now
        if not self._outdated and count.ready >= (group.desired_capacity or 0):
            self._done_at = self._done_at or now
            if self.rollback or now - self._done_at >= self.preferences.bake_time:
                self._finish()
            else:
                self.status = "Baking"
        elif self._is_stalled(now):
            self.fail("No instance was replaced within an hour.")
        elif not is_paused:
            self._replace(count)

    @property
    def _checkpoints(self) -> tuple[int, ...]:
        """Percentages of replaced instances at which it pauses; none in a rollback."""
        return () if self.rollback else self.preferences.checkpoints

    def _is_stalled(self, now: datetime) -> bool:
        pause = self.preferences.checkpoint_delay if self._checkpoints else timedelta()
        return now - self._moved_at > STALL_TIMEOUT + pause

    def cancel(self) -> None:
        """Cancel the refresh without undoing replacements."""
        self._terminate_surplus()
        self._end("Cancelled", "Cancelled by a user.")

    def roll_back(self, reason: str) -> None:
        """Replace the new instances by instances of the previous version."""
        self.rollback = {
            "RollbackReason": reason,
            "RollbackStartTime": datetime.now(UTC),
            "PercentageCompleteOnRollback": self.percentage,
            "InstancesToUpdateOnRollback": len(self._outdated),
        }
        self.status, self.reason = "RollbackInProgress", reason
        self.group.refresh_version = None
        self._terminate_surplus()
        self._outdated = {state.instance.id for state in self.group.instance_states} - self._before
        self.group.outgoing = self._outdated
        self._total = len(self._outdated)
        self._last, self._moved_at = None, datetime.now(UTC)

    def fail(self, reason: str) -> None:
        """Fail, or roll back if AutoRollback is set."""
        if self.rollback:
            self._end("RollbackFailed", reason)
        elif self.preferences.auto_rollback:
            self.roll_back(reason)
        else:
            self._terminate_surplus()
            self._end("Failed", reason)

    @property
    def percentage(self) -> int:
        """Percentage of instances that are replaced."""
        if self._total == 0:
            return 100
        return 100 * (self._total - len(self._outdated)) // self._total

    def describe(self) -> dict[str, Any]:
        """Return the refresh in the shape of DescribeInstanceRefreshes."""
        description = {
            "InstanceRefreshId": self.id,
            "AutoScalingGroupName": self.group.name,
            "Status": self.status,
            "StatusReason": self.reason or None,
            "StartTime": self.started,
            "EndTime": self.ended,
            "PercentageComplete": self.percentage,
            "InstancesToUpdate": len(self._outdated),
            "Preferences": self.preferences.requested,
            "DesiredConfiguration": self.desired_configuration,
            "RollbackDetails": self.rollback,
        }
        return {name: value for name, value in description.items() if value is not None}

    def _sort_out(self) -> None:
        """Terminate or leave outdated instances that are protected or in standby, as the preferences say."""
        for state in list(self.group.instance_states):
            is_standby = state.lifecycle_state == "Standby"
            behavior = self.preferences.standby if is_standby else self._behavior_if_protected(state)
            if state.instance.id not in self._outdated or behavior not in {"Ignore", "Terminate"}:
                continue
            self._outdated.discard(state.instance.id)
            if behavior == "Terminate":
                self.group.remove_instance(state, "an instance refresh")

    def _behavior_if_protected(self, state: InstanceState) -> str:
        return self.preferences.protected if state.protected_from_scale_in else "Refresh"

    def _count_instances(self) -> InstanceCounts:
        self._outdated &= {state.instance.id for state in self.group.instance_states}
        members = self.group.active_instances()
        outdated = [state for state in members if state.instance.id in self._outdated]
        current = [state for state in members if state.instance.id not in self._outdated]
        ready = sum(self._is_ready(state) for state in current)
        return InstanceCounts(
            outdated=len(outdated),
            held=sum(self._behavior_if_protected(state) == "Wait" for state in outdated),
            ready=ready,
            waiting=len(current) - ready,
            surplus=self.group.surplus,
        )

    def _is_ready(self, state: InstanceState) -> bool:
        instance_id = state.instance.id
        balancers = self.group.autoscaling_backend.elbv2_backend
        if not all(is_in_service(balancers, arn, instance_id) for arn in self.group.target_group_arns):
            return False
        if instance_id in self._before or not isinstance(state, GroupMember):
            return True
        return datetime.now(UTC) - state.launched >= self.preferences.warmup

    def _matches(self, state: InstanceState) -> bool:
        launched_from = state.launch_template or {}
        target = (self.target_version.template.id, str(self.target_version.number))
        return (launched_from.get("LaunchTemplateId"), launched_from.get("Version")) == target

    def _replace(self, count: InstanceCounts) -> None:
        """Terminate as many outdated instances as allowed, then launch as many new ones as allowed."""
        group = self.group
        desired = group.desired_capacity or 0
        limits = InstanceLimits.of(desired, self.preferences.min_percent, self.preferences.max_percent)
        allowed = self._replacements_allowed()
        terminations = terminations_allowed(count, limits, allowed)
        replaceable = [
            state
            for state in group.active_instances()
            if state.instance.id in self._outdated and self._behavior_if_protected(state) != "Wait"
        ]
        for state in replaceable[:terminations]:
            self._outdated.discard(state.instance.id)
            group.surplus = max(0, group.surplus - 1)
            group.remove_instance(state, "an instance refresh")
        # Launch missing instances first, because they count towards the maximum.
        group.set_desired_capacity(desired)
        group.surplus += launches_allowed(self._count_instances(), limits, allowed - terminations)
        group.set_desired_capacity(desired)

    def _replacements_allowed(self) -> int:
        """Return how many instances can be replaced now, including those in progress; 0 during a pause."""
        checkpoints = self._checkpoints
        done = self._total - len(self._outdated)
        now = datetime.now(UTC)
        if self._checkpoints_passed < len(checkpoints) and done >= checkpoint_goal(
            self._total, checkpoints, self._checkpoints_passed
        ):
            self._checkpoints_passed += 1
            self._paused_at = now
        if (
            checkpoints
            and self._checkpoints_passed
            and now - self._paused_at < self.preferences.checkpoint_delay
        ):
            return 0
        return checkpoint_goal(self._total, checkpoints, self._checkpoints_passed) - done

    def _terminate_surplus(self) -> None:
        """Terminate the instances launched in addition to predecessors that are still running."""
        launched = [state for state in self.group.active_instances() if state.instance.id not in self._before]
        # Prefer to keep the ready ones.
        launched.sort(key=self._is_ready)
        for state in launched[: self.group.surplus]:
            self.group.remove_instance(state, "the end of an instance refresh")
        self.group.surplus = 0

    def _finish(self) -> None:
        if self.rollback:
            self._end("RollbackSuccessful", self.reason)
            return
        if self.desired_configuration:
            self.group.set_version(self.target_version)
        self._end("Successful", "")

    def _end(self, status: Status, reason: str) -> None:
        self.status, self.reason, self.ended = status, reason, datetime.now(UTC)
        self.group.refresh_version = None
        self.group.outgoing = frozenset()
        self.group.surplus = 0
        self.group.set_desired_capacity(self.group.desired_capacity)
