"""Auto Scaling groups that behave like AWS's where moto's differ.

moto launches all instances into one subnet with random zones, leaves terminated instances in the target
group, does not register new ones, and records no scaling activities.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import moto.autoscaling.models as moto_models
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState

from scalable_models_localstack.autoscaling.activities import launch_activity, termination_activity
from scalable_models_localstack.autoscaling.launch import Placement, launch_instance
from scalable_models_localstack.autoscaling.lost_zones import usable_places
from scalable_models_localstack.autoscaling.scaling.termination_order import Candidate, termination_order
from scalable_models_localstack.autoscaling.survivors import Survivors, instance_id_of_next_launch
from scalable_models_localstack.autoscaling.time_factor import compressed

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from moto.ec2.models.instances import Instance
    from moto.ec2.models.launch_templates import LaunchTemplateVersion


REPLACEMENT: Final = ("ReplaceUnhealthy", "Terminate")
"""Processes without which an unhealthy instance is only marked (EC2 Auto Scaling user guide, "How suspended
processes affect other processes")."""


class ActivityBackend(AutoScalingBackend):
    """moto's backend with the scaling activities of its groups, which moto does not record."""

    activities: list[dict[str, Any]]
    survivors: Survivors
    extra_parameters: dict[str, dict[str, Any]]


class GroupMember(InstanceState):
    """Instance of a group with its launch template version, which the group may have replaced since."""

    def __init__(
        self, instance: Instance, group: ScalingGroup, version: LaunchTemplateVersion | None
    ) -> None:
        super().__init__(
            instance,
            protected_from_scale_in=group.new_instances_protected_from_scale_in,
            autoscaling_group=group,
        )
        self.launched = datetime.now(UTC)
        self._version = version

    @property
    def launch_template(self) -> dict[str, Any] | None:
        """Launch template and version number of the instance; None if it was launched without one."""
        if self._version is None:
            return None
        template = self._version.template
        return {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "Version": str(self._version.number),
        }


class ScalingGroup(FakeAutoScalingGroup):
    """Group that balances its zones and deregisters its terminated instances."""

    autoscaling_backend: ActivityBackend
    offered: AbstractSet[tuple[str, str]] = frozenset()
    """Instance id and ARN of each target group to which the instance was added, or was not, while that was
    suspended. What is deregistered by hand stays so."""
    scaling_cause = ""
    """Cause of the scaling in progress, such as a policy, in the words of its activities."""
    cooldown_until = datetime.min.replace(tzinfo=UTC)
    """End of the cooldown, which blocks simple policies and requests that honor it."""
    surplus = 0
    """Number of instances above the desired capacity during replacements."""
    outgoing: AbstractSet[str] = frozenset()
    """Ids of instances that will be replaced and are ignored in the balance of zones."""
    refresh_version: LaunchTemplateVersion | None = None
    """Launch template version of an instance refresh in progress, which overrides the group's own."""

    def is_suspended(self, process: str) -> bool:
        """Return whether a process of the group, such as `Launch`, is suspended."""
        return any(each["ProcessName"] == process for each in self.suspended_processes)

    def check_health(self, cause: str) -> None:
        """Mark the instances in service that EC2 does not run, and replace all that are marked.

        Each of the two can be suspended.
        """
        if not self.is_suspended("HealthCheck"):
            for state in self.active_instances():
                if state.instance.state != "running":
                    state.health_status = "Unhealthy"
        self.replace_unhealthy(cause)

    def replace_unhealthy(self, cause: str) -> None:
        """Replace the instances in service that are marked as unhealthy, unless that is suspended."""
        if any(self.is_suspended(process) for process in REPLACEMENT):
            return
        for state in self.active_instances():
            if state.health_status == "Unhealthy":
                self.remove_instance(state, cause)
        self.settle()

    def scale(self, size: int, cause: str) -> None:
        """Set the desired capacity for a reason, which the scaling activities then name."""
        self.scaling_cause = cause
        try:
            self.set_desired_capacity(size)
        finally:
            self.scaling_cause = ""

    def start_cooldown(self, seconds: float) -> None:
        """Start a cooldown of AWS's `seconds` at the end of a scaling activity, which is now."""
        self.cooldown_until = datetime.now(UTC) + timedelta(seconds=compressed(seconds))

    def settle(self) -> None:
        """Launch or terminate what the desired capacity requires and the processes allow."""
        self.set_desired_capacity(self.desired_capacity)

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        """Launch missing instances or terminate surplus ones; None stands for the minimum size."""
        desired = (self.min_size or 0) if new_capacity is None else new_capacity
        if vars(self).get("desired_capacity", desired) != desired:
            self.start_cooldown(self.default_cooldown)
        self.desired_capacity = desired
        missing = desired + self.surplus - len(self.active_instances())
        if missing > 0 and not self.is_suspended("Launch"):
            self.replace_autoscaling_group_instances(missing, self.get_propagated_tags())
        for _ in range(-missing):
            state = None if self.is_suspended("Terminate") else self._next_to_terminate()
            if state:
                size = len(self.active_instances())
                difference = "a difference between desired and actual capacity"
                self.remove_instance(state, f"{difference}, shrinking the capacity from {size} to {size - 1}")
        if self.name in self.autoscaling_backend.autoscaling_groups:
            self.autoscaling_backend.update_attached_elbs(self.name)
            self.autoscaling_backend.update_attached_target_groups(self.name)

    def replace_autoscaling_group_instances(self, count_needed: int, propagated_tags: dict[str, str]) -> None:
        """Launch instances, each in the zone with the fewest instances; adopt survivors first."""
        if self.ec2_launch_template is None:
            super().replace_autoscaling_group_instances(count_needed, propagated_tags)
            return
        tags = propagated_tags | {moto_models.ASG_NAME_TAG: self.name}
        version = self.refresh_version or self.configured_version()
        for _ in range(count_needed):
            before = len(self.active_instances())
            instance_id, place = self._next_launch()
            with instance_id_of_next_launch(instance_id):
                instance = launch_instance(self.ec2_backend, version, place, tags)
            self.instance_states.append(GroupMember(instance, self, version))
            self.autoscaling_backend.activities.append(
                launch_activity(self, instance, before, self.scaling_cause)
            )

    def configured_version(self) -> LaunchTemplateVersion:
        """Return the launch template version that the group is configured with.

        Raises:
            ValueError: it has no launch template.
        """
        if self.ec2_launch_template is None:
            raise ValueError(f"{self.name} has no launch template")
        return self.ec2_launch_template.get_version(self.launch_template_version)

    def set_version(self, version: LaunchTemplateVersion) -> None:
        """Set the group's launch template version."""
        self.ec2_launch_template = version.template
        self.launch_template_version = self.provided_launch_template_version = str(version.number)
        if self.mixed_instances_policy:
            self.mixed_instances_policy["LaunchTemplate"]["LaunchTemplateSpecification"] = {
                "LaunchTemplateId": version.template.id,
                "LaunchTemplateName": version.template.name,
                "Version": str(version.number),
            }

    def remove_instance(self, state: InstanceState, cause: str) -> None:
        """Terminate an instance and remove it from the group and its target groups."""
        self.forget_instance(state)
        instance = state.instance
        if instance.state != "terminated":
            self.ec2_backend.terminate_instances([instance.id])
        self.autoscaling_backend.activities.append(
            termination_activity(self, instance, cause, self.scaling_cause)
        )

    def forget_instance(self, state: InstanceState) -> None:
        """Remove an instance, which may go on running, from the group and its target groups."""
        self.instance_states.remove(state)
        self.take_out_of_service(state)

    def take_out_of_service(self, state: InstanceState) -> None:
        """Deregister an instance from all target groups of the group."""
        self.autoscaling_backend.elbv2_backend.notify_terminate_instances([state.instance.id])
        self.offered = {pair for pair in self.offered if pair[0] != state.instance.id}

    def version_of(self, instance: Instance) -> LaunchTemplateVersion | None:
        """Return the launch template version that an instance was launched from; None without one."""
        tags = {
            tag["key"]: tag["value"] for tag in self.ec2_backend.describe_tags({"resource-id": [instance.id]})
        }
        template, number = (tags.get(f"aws:ec2launchtemplate:{key}") for key in ("id", "version"))
        return self.ec2_backend.get_launch_template(template).get_version(number) if template else None

    def _next_launch(self) -> tuple[str | None, Placement]:
        """Return the id of a survivor and its place, or None and the place of a new instance."""
        places = {place.zone: place for place in reversed(self._placements())}
        if survivor := self.autoscaling_backend.survivors.take(places):
            instance_id, zone = survivor
            return instance_id, places[zone]
        return None, self._least_used_placement()

    def _least_used_placement(self) -> Placement:
        """Return the zone and subnet with the fewest instances; the first configured one in case of a tie."""
        instances = [
            state.instance for state in self.instance_states if state.instance.id not in self.outgoing
        ]
        zones = Counter(instance.placement for instance in instances)
        subnets = Counter(instance.subnet_id for instance in instances)
        return min(self._placements(), key=lambda place: (zones[place.zone], subnets[place.subnet_id]))

    def _placements(self) -> list[Placement]:
        if not self.vpc_zone_identifier:
            return usable_places([Placement(zone, None) for zone in self.availability_zones])
        subnets = [self.ec2_backend.get_subnet(name) for name in self.vpc_zone_identifier.split(",")]
        return usable_places([Placement(subnet.availability_zone, subnet.id) for subnet in subnets])

    def _next_to_terminate(self) -> InstanceState | None:
        """Return the first instance in the zone with the most; None if all are protected from scale-in.

        The termination policies put the instances of a zone in order ("Configure termination policies").
        """
        active = self.active_instances()
        zones = Counter(state.availability_zone for state in active)
        unprotected = [state for state in active if not state.protected_from_scale_in]
        return min(
            unprotected,
            key=lambda state: (
                -zones[state.availability_zone],
                termination_order(self.termination_policies, self._candidate(state)),
            ),
            default=None,
        )

    def _candidate(self, state: InstanceState) -> Candidate:
        template = state.launch_template or {}
        now = self.refresh_version.template if self.refresh_version else self.ec2_launch_template
        age = datetime.now(UTC) - state.launched if isinstance(state, GroupMember) else timedelta()
        return Candidate(
            age=age.total_seconds(),
            has_current_template=now is not None and template.get("LaunchTemplateId") == now.id,
            template_version=int(template.get("Version", 0)),
        )
