"""CloudWatch metrics of each shape and of the web ACL, for alarms and dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi


@dataclass(frozen=True, kw_only=True)
class Metric:
    """CloudWatch metric with a statistic."""

    namespace: str
    name: str
    stat: str
    """Statistic of a period: `Sum`, `Maximum`, `p99`."""
    dimensions: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class FleetMetrics:
    """Metrics of the fleet and its load balancer."""

    load_balancer: pulumi.Input[str]
    target_group: pulumi.Input[str]
    group: pulumi.Input[str]
    """Name of the Auto Scaling group."""
    instance_type: str
    """Instance type whose price the cost per hour uses."""
    replacement_seconds: int
    """Seconds from the failure of an instance to the first request of its successor, at most."""

    def load_balancer_metric(self, name: str, stat: str) -> Metric:
        """Return a metric of the load balancer."""
        dimensions = {"LoadBalancer": self.load_balancer}
        return Metric(namespace="AWS/ApplicationELB", name=name, stat=stat, dimensions=dimensions)

    def target_group_metric(self, name: str, stat: str) -> Metric:
        """Return a metric of the target group."""
        dimensions = {"LoadBalancer": self.load_balancer, "TargetGroup": self.target_group}
        return Metric(namespace="AWS/ApplicationELB", name=name, stat=stat, dimensions=dimensions)

    def group_metric(self, name: str, stat: str) -> Metric:
        """Return a metric of the Auto Scaling group."""
        dimensions = {"AutoScalingGroupName": self.group}
        return Metric(namespace="AWS/AutoScaling", name=name, stat=stat, dimensions=dimensions)

    def instance_metric(self, name: str, stat: str) -> Metric:
        """Return an EC2 metric of the instances in the group."""
        dimensions = {"AutoScalingGroupName": self.group}
        return Metric(namespace="AWS/EC2", name=name, stat=stat, dimensions=dimensions)


@dataclass(frozen=True, kw_only=True)
class FunctionMetrics:
    """Metrics of the function and its API."""

    function: pulumi.Input[str]
    alias: pulumi.Input[str]
    """`<function>:<alias>`: only the alias receives traffic."""
    api: pulumi.Input[str]
    stage: pulumi.Input[str]
    memory_mb: int
    architecture: str
    """Memory and architecture determine the price per second."""
    client_errors: tuple[str, str]
    """Namespace and name of the metric of the function's own responses with a status of 4xx."""

    def alias_metric(self, name: str, stat: str) -> Metric:
        """Return a metric of the alias: both versions together while traffic shifts."""
        dimensions = {"FunctionName": self.function, "Resource": self.alias}
        return Metric(namespace="AWS/Lambda", name=name, stat=stat, dimensions=dimensions)

    @property
    def client_errors_metric(self) -> Metric:
        """Responses of the function itself with a status of 4xx."""
        namespace, name = self.client_errors
        return Metric(namespace=namespace, name=name, stat="Sum", dimensions={})

    def function_metric(self, name: str, stat: str) -> Metric:
        """Return a metric of all versions of the function."""
        return Metric(
            namespace="AWS/Lambda", name=name, stat=stat, dimensions={"FunctionName": self.function}
        )

    def api_metric(self, name: str, stat: str) -> Metric:
        """Return a metric of the API stage."""
        dimensions = {"ApiName": self.api, "Stage": self.stage}
        return Metric(namespace="AWS/ApiGateway", name=name, stat=stat, dimensions=dimensions)


@dataclass(frozen=True, kw_only=True)
class FirewallMetrics:
    """Metrics of the web ACL."""

    web_acl: str
    region: pulumi.Input[str]

    def rule_metric(self, name: str, stat: str, rule: str = "ALL") -> Metric:
        """Return a metric of one rule, or of all together."""
        dimensions = {"WebACL": self.web_acl, "Region": self.region, "Rule": rule}
        return Metric(namespace="AWS/WAFV2", name=name, stat=stat, dimensions=dimensions)


ShapeMetrics: TypeAlias = FleetMetrics | FunctionMetrics
