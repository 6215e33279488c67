"""One instance refresh: it replaces the instances of a group, step by step, or takes that back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from uuid import uuid4

from scalable_models_localstack.autoscaling.group import Member
from scalable_models_localstack.autoscaling.refresh_pace import Bounds, Count, goal, to_end, to_launch
from scalable_models_localstack.services.elbv2 import is_in_service

if TYPE_CHECKING:
    from moto.autoscaling.models import InstanceState
    from moto.ec2.models.launch_templates import LaunchTemplateVersion

    from scalable_models_localstack.autoscaling.group import Group

PATIENCE: Final = timedelta(hours=1)
"""A refresh that gets no further for so long fails (Auto Scaling user guide, "Instance refresh")."""

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

OVER: Final[frozenset[Status]] = frozenset(
    {"Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"}
)


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """How a refresh goes about it."""

    told: dict[str, Any]
    """As they were given."""
    min_percent: int
    max_percent: int
    warmup: timedelta
    """After the launch of an instance, before it counts."""
    checkpoints: tuple[int, ...]
    """Percentages after which it pauses."""
    checkpoint_delay: timedelta
    bake_time: timedelta
    """Between the last replacement and the end, in which it can still be rolled back."""
    skip_matching: bool
    auto_rollback: bool


@dataclass
class Refresh:
    """Its group's lock is held whenever it is touched."""

    group: Group
    wanted: LaunchTemplateVersion
    """What instances are to be launched from."""
    desired_configuration: dict[str, Any] | None
    """As it was given; without one there is nothing to go back to."""
    preferences: Preferences
    id: str = field(default_factory=lambda: str(uuid4()))
    status: Status = "Pending"
    reason: str = ""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime | None = None
    rollback: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        members = self.group.active_instances()
        self._before = {state.instance.id for state in members}
        self._outdated: set[str] = {
            state.instance.id
            for state in members
            if not (self.preferences.skip_matching and self._matches(state))
        }
        self._total = len(self._outdated)
        self._passed = 0
        """Checkpoints that were reached."""
        self._paused_at = self._moved_at = self.started
        self._done_at: datetime | None = None
        self._last: Count | None = None
        self.group.refreshed_to = self.wanted
        self.group.outgoing = self._outdated

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end, good or bad."""
        return self.status in OVER

    @property
    def is_reversible(self) -> bool:
        """Whether the group remembers what it was launched from before."""
        return self.desired_configuration is not None

    def advance(self) -> None:
        """Do what can be done now."""
        if self.is_over:
            return
        if self.status == "Pending":
            self.status = "InProgress"
        group = self.group
        if group.autoscaling_backend.autoscaling_groups.get(group.name) is not group:
            self._end("Cancelled", "The group was deleted.")
            return
        count = self._look()
        now = datetime.now(UTC)
        if count != self._last:
            self._last, self._moved_at = count, now
        if count.outdated == 0 and count.ready >= (group.desired_capacity or 0):
            self._done_at = self._done_at or now
            if self.rollback or now - self._done_at >= self.preferences.bake_time:
                self._finish()
            else:
                self.status = "Baking"
        elif now - self._moved_at > PATIENCE + self.preferences.checkpoint_delay:
            self.give_up("The new instances did not become healthy within an hour.")
        else:
            self._replace(count)

    def cancel(self) -> None:
        """Go no further; what was replaced stays so."""
        self._drop_successors()
        self._end("Cancelled", "Cancelled by a user.")

    def roll_back(self, reason: str) -> None:
        """Replace what was launched so far by what was there before."""
        self.rollback = {
            "RollbackReason": reason,
            "RollbackStartTime": datetime.now(UTC),
            "PercentageCompleteOnRollback": self.percentage,
            "InstancesToUpdateOnRollback": len(self._outdated),
        }
        self.status, self.reason = "RollbackInProgress", reason
        self.group.refreshed_to = None
        self._drop_successors()
        self._outdated = {state.instance.id for state in self.group.active_instances()} - self._before
        self.group.outgoing = self._outdated
        self._total = len(self._outdated)
        self._last, self._moved_at = None, datetime.now(UTC)

    def give_up(self, reason: str) -> None:
        """Fail, or roll back where that was asked for."""
        if self.rollback:
            self._end("RollbackFailed", reason)
        elif self.preferences.auto_rollback:
            self.roll_back(reason)
        else:
            self._drop_successors()
            self._end("Failed", reason)

    @property
    def percentage(self) -> int:
        """How much of it is done."""
        if self._total == 0:
            return 100
        return 100 * (self._total - len(self._outdated)) // self._total

    def describe(self) -> dict[str, Any]:
        """Answer in the shape of DescribeInstanceRefreshes."""
        told = {
            "InstanceRefreshId": self.id,
            "AutoScalingGroupName": self.group.name,
            "Status": self.status,
            "StatusReason": self.reason or None,
            "StartTime": self.started,
            "EndTime": self.ended,
            "PercentageComplete": self.percentage,
            "InstancesToUpdate": len(self._outdated),
            "Strategy": "Rolling",
            "Preferences": self.preferences.told,
            "DesiredConfiguration": self.desired_configuration,
            "RollbackDetails": self.rollback,
        }
        return {name: value for name, value in told.items() if value is not None}

    def _look(self) -> Count:
        members = self.group.active_instances()
        self._outdated &= {state.instance.id for state in members}
        fresh = [state for state in members if state.instance.id not in self._outdated]
        ready = sum(self._is_ready(state) for state in fresh)
        return Count(
            outdated=len(self._outdated),
            ready=ready,
            waiting=len(fresh) - ready,
            surplus=self.group.surplus,
        )

    def _is_ready(self, state: InstanceState) -> bool:
        instance_id = state.instance.id
        balancers = self.group.autoscaling_backend.elbv2_backend
        if not all(is_in_service(balancers, arn, instance_id) for arn in self.group.target_group_arns):
            return False
        if instance_id in self._before or not isinstance(state, Member):
            return True
        return datetime.now(UTC) - state.launched >= self.preferences.warmup

    def _matches(self, state: InstanceState) -> bool:
        launched_from = state.launch_template or {}
        wanted = (self.wanted.template.id, str(self.wanted.number))
        return (launched_from.get("LaunchTemplateId"), launched_from.get("Version")) == wanted

    def _replace(self, count: Count) -> None:
        """End the outdated that may go, then launch the successors that there is room for."""
        group = self.group
        desired = group.desired_capacity or 0
        bounds = Bounds.of(desired, self.preferences.min_percent, self.preferences.max_percent)
        allowed = self._allowed()
        ending = to_end(count, bounds, allowed)
        outdated = [state for state in group.active_instances() if state.instance.id in self._outdated]
        for state in outdated[:ending]:
            self._outdated.discard(state.instance.id)
            group.surplus = max(0, group.surplus - 1)
            group.retire(state, "an instance refresh")
        # Those that are missing come first: they take room.
        group.set_desired_capacity(desired)
        group.surplus += to_launch(self._look(), bounds, allowed - ending)
        group.set_desired_capacity(desired)

    def _allowed(self) -> int:
        """Return how many may be replaced now, those under way included; none in a pause."""
        checkpoints = () if self.rollback else self.preferences.checkpoints
        done = self._total - len(self._outdated)
        now = datetime.now(UTC)
        if self._passed < len(checkpoints) and done >= goal(self._total, checkpoints, self._passed):
            self._passed += 1
            self._paused_at = now
        if checkpoints and self._passed and now - self._paused_at < self.preferences.checkpoint_delay:
            return 0
        return goal(self._total, checkpoints, self._passed) - done

    def _drop_successors(self) -> None:
        """End those that were launched for predecessors that still serve."""
        launched = [state for state in self.group.active_instances() if state.instance.id not in self._before]
        # Whoever serves stays, if there is a choice.
        launched.sort(key=self._is_ready)
        for state in launched[: self.group.surplus]:
            self.group.retire(state, "the end of an instance refresh")
        self.group.surplus = 0

    def _finish(self) -> None:
        if self.rollback:
            self._end("RollbackSuccessful", self.reason)
            return
        if self.desired_configuration:
            self.group.launch_from(self.wanted)
        self._end("Successful", "")

    def _end(self, status: Status, reason: str) -> None:
        self.status, self.reason, self.ended = status, reason, datetime.now(UTC)
        self.group.refreshed_to = None
        self.group.outgoing = frozenset()
        self.group.surplus = 0
        self.group.set_desired_capacity(self.group.desired_capacity)
