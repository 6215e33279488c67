"""Target tracking of one fleet: its datapoints, the states of its alarms, and its metrics in CloudWatch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from localcloud.controller import aws_queries
from localcloud.controller.scaling import cloudwatch_metrics
from localcloud.controller.scaling.cloudwatch_metrics import GroupCounts
from localcloud.controller.scaling.target_tracking import alarm_states, tracked_capacity
from localcloud.load_balancer.response_counters import NO_RESPONSES, sum_of_responses
from localcloud.localstack.time_factor import TIME_FACTOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localcloud.aws.clients import Api
    from localcloud.controller.aws_queries import GroupDescription
    from localcloud.controller.scaling.metrics import Datapoint, MetricWindow
    from localcloud.controller.scaling.target_tracking import InstanceHealth
    from localcloud.event_log import EventLog
    from localcloud.load_balancer.balancer import LoadBalancer
    from localcloud.load_balancer.response_counters import ResponseCounters


class FleetScaling:
    """Target tracking of one Auto Scaling group behind a load balancer."""

    def __init__(
        self, api: Api, group_name: str, balancer: LoadBalancer, events: EventLog, metrics: MetricWindow
    ) -> None:
        """Follow the policies of a group, with the datapoints that are already there."""
        self._api = api
        self._group_name = group_name
        self._balancer = balancer
        self._events = events
        self.metrics = metrics
        """Datapoints of the fleet."""
        self._responses: dict[str, ResponseCounters] = {}
        """Last reading of each zone's load balancer."""
        self._policies = aws_queries.describe_policies(api, group_name)

    def follow(self) -> None:
        """Read the policies again."""
        before, self._policies = self._policies, aws_queries.describe_policies(self._api, self._group_name)
        for name in self._policies.ignored:
            if name not in before.ignored:
                self._events.append(
                    f"the policy {name} is not followed: it has a metric that is unknown here"
                )

    def warm_up(self, group: GroupDescription) -> float:
        """Return the seconds after its start in which an instance of a group warms up."""
        return group.warm_up / TIME_FACTOR

    def turn(self, group: GroupDescription, health: Sequence[InstanceHealth], datapoint: Datapoint) -> None:
        """Evaluate the policies with a new datapoint, which is the latest of the window.

        Args:
            group: the group.
            health: health of its instances in service.
            datapoint: the new datapoint.
        """
        self._set_alarms()
        if "AlarmNotification" not in group.suspended:
            self._scale(group, health, datapoint)
        self._publish(group, health, datapoint)

    def _scale(self, group: GroupDescription, health: Sequence[InstanceHealth], datapoint: Datapoint) -> None:
        warm_up = self.warm_up(group)
        capacity = tracked_capacity(
            group.desired,
            self._policies.tracking,
            self.metrics.datapoints,
            group.limits,
            is_warming=any(instance.age < warm_up for instance in health),
        )
        if capacity == group.desired:
            return
        figures = ", ".join(
            f"{policy.metric} {datapoint.value(policy.metric):.0f} of {policy.target:.0f}"
            for policy in self._policies.tracking
        )
        self._events.append(f"the group goes from {group.desired} to {capacity} instances ({figures})")
        aws_queries.set_desired_capacity(self._api, self._group_name, capacity)

    def _set_alarms(self) -> None:
        """Set the states of the alarms in CloudWatch, where they differ."""
        names = [name for policy in self._policies.tracking for name in policy.alarms]
        present = aws_queries.alarm_states(self._api, names)
        for policy in self._policies.tracking:
            states = alarm_states(policy, self.metrics.datapoints)
            values = [datapoint.value(policy.metric) for datapoint in self.metrics.datapoints]
            for name in policy.alarms:
                state = states.high if "-AlarmHigh-" in name else states.low
                if name in present and present[name] != state:
                    aws_queries.set_alarm_state(
                        self._api,
                        name,
                        state,
                        f"The latest datapoints were {', '.join(f'{value:.1f}' for value in values)}.",
                        json.dumps({"recentDatapoints": values, "threshold": policy.target}),
                    )

    def _publish(
        self, group: GroupDescription, health: Sequence[InstanceHealth], datapoint: Datapoint
    ) -> None:
        healthy = sum(instance.healthy for instance in health)
        counts = GroupCounts(
            minimum=group.limits.minimum,
            maximum=group.limits.maximum,
            desired=group.desired,
            in_service=len(group.in_service),
            standby=len(group.ids - group.in_service),
            healthy=healthy,
            unhealthy=len(health) - healthy,
        )
        responses = self._balancer.responses()
        of_zones = [
            counters.since(self._responses.get(zone, NO_RESPONSES)) for zone, counters in responses.items()
        ]
        self._responses |= responses
        of_balancer = cloudwatch_metrics.balancer_metrics(
            self._balancer.arn.rpartition(":")[2].removeprefix("loadbalancer/"),
            self._balancer.description.target_group_arn.rpartition(":")[2],
            counts,
            datapoint,
            sum_of_responses(of_zones),
        )
        *of_group, cpu = cloudwatch_metrics.group_metrics(self._group_name, counts, datapoint)
        for namespace, metrics in (
            ("AWS/ApplicationELB", of_balancer),
            ("AWS/AutoScaling", of_group),
            ("AWS/EC2", [cpu]),
        ):
            cloudwatch_metrics.put(self._api, namespace, metrics)
