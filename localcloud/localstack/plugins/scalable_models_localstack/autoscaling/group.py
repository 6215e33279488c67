"""Auto Scaling groups that behave like AWS's where moto's don't.

moto puts every instance in one subnet and zones at random, keeps the ended ones in the target group and the
new ones out of it, and remembers nothing of what it did.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import moto.autoscaling.models as moto_models
from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState

from scalable_models_localstack.autoscaling.activities import ended, started
from scalable_models_localstack.autoscaling.launch import Place, launch

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from moto.ec2.models.instances import Instance
    from moto.ec2.models.launch_templates import LaunchTemplateVersion


class ActivityBackend(AutoScalingBackend):
    """Backend of moto with the scaling activities of its groups, which moto does not keep."""

    activities: list[dict[str, Any]]


class Member(InstanceState):
    """An instance of a group, with what it was launched from: the group may have moved on since."""

    def __init__(self, instance: Instance, group: Group, version: LaunchTemplateVersion) -> None:
        super().__init__(
            instance,
            protected_from_scale_in=group.new_instances_protected_from_scale_in,
            autoscaling_group=group,
        )
        self.launched = datetime.now(UTC)
        self._version = version

    @property
    def launch_template(self) -> dict[str, Any]:
        """The template and the number of its version."""
        template = self._version.template
        return {
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "Version": str(self._version.number),
        }


class Group(FakeAutoScalingGroup):
    """A group that spreads over its zones, and whose ended instances leave the target group."""

    autoscaling_backend: ActivityBackend
    surplus = 0
    """Instances over the desired capacity, while some are replaced by others."""
    outgoing: AbstractSet[str] = frozenset()
    """Ids of instances that are to be replaced, and so do not count where zones are balanced."""
    refreshed_to: LaunchTemplateVersion | None = None
    """What is launched in place of the group's own template, while an instance refresh moves to it."""

    def set_desired_capacity(self, new_capacity: int | None) -> None:
        """Start or end as many instances as are missing or too many; None is the least that there may be."""
        desired = (self.min_size or 0) if new_capacity is None else new_capacity
        self.desired_capacity = desired
        missing = desired + self.surplus - len(self.active_instances())
        if missing > 0:
            self.replace_autoscaling_group_instances(missing, self.get_propagated_tags())
        for _ in range(-missing):
            if state := self._next_to_go():
                size = len(self.active_instances())
                difference = "a difference between desired and actual capacity"
                self.retire(state, f"{difference}, shrinking the capacity from {size} to {size - 1}")
        if self.name in self.autoscaling_backend.autoscaling_groups:
            self.autoscaling_backend.update_attached_elbs(self.name)
            self.autoscaling_backend.update_attached_target_groups(self.name)

    def replace_autoscaling_group_instances(self, count_needed: int, propagated_tags: dict[str, str]) -> None:
        """Start instances, each in the zone that has the fewest of them."""
        if self.ec2_launch_template is None:
            super().replace_autoscaling_group_instances(count_needed, propagated_tags)
            return
        tags = propagated_tags | {moto_models.ASG_NAME_TAG: self.name}
        version = self.refreshed_to or self.own_version()
        for _ in range(count_needed):
            before = len(self.active_instances())
            instance = launch(self.ec2_backend, version, self._emptiest_place(), tags)
            self.instance_states.append(Member(instance, self, version))
            self.autoscaling_backend.activities.append(started(self, instance, before))

    def own_version(self) -> LaunchTemplateVersion:
        """Return the version of its launch template that the group names.

        Raises:
            ValueError: it has none.
        """
        if self.ec2_launch_template is None:
            raise ValueError(f"{self.name} has no launch template")
        return self.ec2_launch_template.get_version(self.launch_template_version)

    def launch_from(self, version: LaunchTemplateVersion) -> None:
        """Name another version of a launch template from now on."""
        self.ec2_launch_template = version.template
        self.launch_template_version = self.provided_launch_template_version = str(version.number)
        if self.mixed_instances_policy:
            self.mixed_instances_policy["LaunchTemplate"]["LaunchTemplateSpecification"] = {
                "LaunchTemplateId": version.template.id,
                "LaunchTemplateName": version.template.name,
                "Version": str(version.number),
            }

    def retire(self, state: InstanceState, cause: str) -> None:
        """End an instance and take it out of the group and its target groups."""
        self.instance_states.remove(state)
        instance = state.instance
        self.autoscaling_backend.elbv2_backend.notify_terminate_instances([instance.id])
        if instance.state != "terminated":
            self.ec2_backend.terminate_instances([instance.id])
        self.autoscaling_backend.activities.append(ended(self, instance, cause))

    def _emptiest_place(self) -> Place:
        """Balance zones first, then the subnets of a zone; the first that was named wins a draw."""
        instances = [
            state.instance for state in self.instance_states if state.instance.id not in self.outgoing
        ]
        zones = Counter(instance.placement for instance in instances)
        subnets = Counter(instance.subnet_id for instance in instances)
        return min(self._places(), key=lambda place: (zones[place.zone], subnets[place.subnet_id]))

    def _places(self) -> list[Place]:
        if not self.vpc_zone_identifier:
            return [Place(zone, None) for zone in self.availability_zones]
        subnets = [self.ec2_backend.get_subnet(name) for name in self.vpc_zone_identifier.split(",")]
        return [Place(subnet.availability_zone, subnet.id) for subnet in subnets]

    def _next_to_go(self) -> InstanceState | None:
        """The oldest in the zone that has the most; None if all are protected."""
        active = self.active_instances()
        zones = Counter(state.availability_zone for state in active)
        free = [state for state in active if not state.protected_from_scale_in]
        return max(free, key=lambda state: zones[state.availability_zone], default=None)
