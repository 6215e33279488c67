"""Auto Scaling backend of an account in a region, which replaces moto's."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any, Final

import moto.autoscaling.models as moto_models
from moto.autoscaling.models import AutoScalingBackend

from scalable_models_localstack.autoscaling.group import ActivityBackend, ScalingGroup
from scalable_models_localstack.autoscaling.survivors import Survivors

if TYPE_CHECKING:
    from collections.abc import Collection

    from scalable_models_localstack.autoscaling.refresh.instance_refresh import InstanceRefresh

EC2_HEALTH_CHECK: Final = "an EC2 health check indicating it has been terminated or stopped"
"""Cause of a termination, in AWS's words."""


def install() -> None:
    """Replace moto's classes for all new backends and groups."""
    moto_models.autoscaling_backends.backend = ScalingBackend
    moto_models.FakeAutoScalingGroup = ScalingGroup


class ScalingBackend(ActivityBackend):
    """All groups of an account in a region."""

    # moto derives the URLs of a backend from the name of its module.
    __module__ = AutoScalingBackend.__module__

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.activities: list[dict[str, Any]] = []
        self.survivors = Survivors.read()
        self.extra_parameters: dict[str, dict[str, Any]] = {}
        """Parameters of CreateAutoScalingGroup that moto does not store, by the group's name."""
        self.scaling_policies: dict[str, dict[str, dict[str, Any]]] = {}
        """Scaling policies in the shape of DescribePolicies, by the group's name and their own."""
        self.scheduled: dict[str, dict[str, dict[str, Any]]] = {}
        """Scheduled actions in the shape of DescribeScheduledActions, by the group's name and their own."""
        self.refreshes: dict[str, list[InstanceRefresh]] = {}
        """Instance refreshes by the group's name, oldest first."""
        self.lock: Final = RLock()
        """Lock for changes to groups: LocalStack is multi-threaded, and moto is not thread-safe."""

    def delete_auto_scaling_group(self, group_name: str) -> None:
        """Delete a group and all its instances, including those of a refresh in progress."""
        with self.lock:
            group = self.autoscaling_groups.get(group_name)
            if isinstance(group, ScalingGroup):
                group.surplus = 0
                group.suspended_processes = []
                for state in list(group.instance_states):
                    group.remove_instance(state, "a user request to delete the group")
            super().delete_auto_scaling_group(group_name)
            for store in (self.refreshes, self.scaling_policies, self.scheduled, self.extra_parameters):
                store.pop(group_name, None)

    def replace_instances(self, instance_ids: Collection[str], cause: str) -> None:
        """Terminate the instances that are members of groups, and launch replacements."""
        with self.lock:
            for group in self.autoscaling_groups.values():
                gone = [state for state in group.instance_states if state.instance.id in instance_ids]
                if gone and isinstance(group, ScalingGroup):
                    for state in gone:
                        group.remove_instance(state, cause)
                    group.set_desired_capacity(group.desired_capacity)

    def notify_terminate_instances(self, instance_ids: list[str]) -> None:
        """Replace instances in service that EC2 terminated or stopped, unless that is suspended.

        moto does not register the new ones as targets. In standby, health is not checked.
        """
        with self.lock:
            for group in self.autoscaling_groups.values():
                if isinstance(group, ScalingGroup) and any(
                    state.instance.id in instance_ids for state in group.active_instances()
                ):
                    group.check_health(EC2_HEALTH_CHECK)

    def update_attached_target_groups(self, group_name: str) -> None:
        """Register each running instance once with each target group, unless that is suspended.

        moto's method fails if an instance is not running, and undoes what was deregistered by hand.
        """
        group = self.autoscaling_groups[group_name]
        if not isinstance(group, ScalingGroup):
            return
        running = [state.instance for state in group.active_instances() if state.instance.state == "running"]
        for arn in group.target_group_arns:
            target_group = self.elbv2_backend.target_groups[arn]
            new = [instance for instance in running if (instance.id, arn) not in group.offered]
            group.offered = {*group.offered, *((instance.id, arn) for instance in new)}
            if not group.is_suspended("AddToLoadBalancer"):
                target_group.register([{"Id": instance.id, "Port": target_group.port} for instance in new])
