"""Auto Scaling groups of an account in a region, in place of the ones that moto keeps."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any, Final

import moto.autoscaling.models as moto_models
from moto.autoscaling.models import AutoScalingBackend

from scalable_models_localstack.autoscaling.group import ActivityBackend, Group

if TYPE_CHECKING:
    from collections.abc import Collection

    from scalable_models_localstack.autoscaling.instance_refresh import Refresh

EC2_CHECK: Final = "an EC2 health check indicating it has been terminated or stopped"
"""Why an instance left, in AWS's words."""


def install() -> None:
    """Make moto use these classes for every backend and group that it makes from now on."""
    moto_models.autoscaling_backends.backend = Backend
    moto_models.FakeAutoScalingGroup = Group


class Backend(ActivityBackend):
    """All groups of an account in a region."""

    # moto finds the URLs that it serves by the name of this module.
    __module__ = AutoScalingBackend.__module__

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.activities: list[dict[str, Any]] = []
        self.remembered: dict[str, dict[str, Any]] = {}
        """What moto forgets of the parameters that a group was made with, by the group's name."""
        self.refreshes: dict[str, list[Refresh]] = {}
        """All that there were, by the group's name, the latest last."""
        self.lock: Final = RLock()
        """Held while groups change: LocalStack answers on many threads, and moto guards nothing."""

    def delete_auto_scaling_group(self, group_name: str) -> None:
        """Delete a group and all its instances, those of a refresh under way included."""
        with self.lock:
            group = self.autoscaling_groups.get(group_name)
            if isinstance(group, Group):
                group.surplus = 0
            super().delete_auto_scaling_group(group_name)
            self.refreshes.pop(group_name, None)

    def take_out_of_service(self, instance_ids: Collection[str], cause: str) -> None:
        """End the groups' members among the instances and start others in their place."""
        with self.lock:
            for group in self.autoscaling_groups.values():
                gone = [state for state in group.instance_states if state.instance.id in instance_ids]
                if gone and isinstance(group, Group):
                    for state in gone:
                        group.retire(state, cause)
                    group.set_desired_capacity(group.desired_capacity)

    def notify_terminate_instances(self, instance_ids: list[str]) -> None:
        """Hear from EC2 that instances were terminated. moto's doesn't register the new ones as targets."""
        self.take_out_of_service(instance_ids, EC2_CHECK)

    def update_attached_target_groups(self, group_name: str) -> None:
        """Register who serves and isn't registered. moto's fails when any instance doesn't run."""
        group = self.autoscaling_groups[group_name]
        serving = [state.instance for state in group.active_instances() if state.instance.state == "running"]
        for arn in group.target_group_arns:
            target_group = self.elbv2_backend.target_groups[arn]
            new = [instance for instance in serving if instance.id not in target_group.targets]
            target_group.register([{"Id": instance.id, "Port": target_group.port} for instance in new])
