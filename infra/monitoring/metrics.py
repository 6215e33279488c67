"""CloudWatch metrics that alarms, dashboard and scaling read, by the shape that sends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One of CloudWatch's metrics."""

    namespace: str
    name: str
    stat: str
    """How the data points of a minute become one: `Sum`, `Maximum`, `p99`."""
    dimensions: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class FleetSignals:
    """How CloudWatch knows the fleet and its load balancer."""

    load_balancer: pulumi.Input[str]
    target_group: pulumi.Input[str]
    group: pulumi.Input[str]
    """The Auto Scaling group."""
    instance_type: str
    """What an instance of it costs is the price of this type."""

    def of_balancer(self, name: str, stat: str) -> Metric:
        """A metric of all that the load balancer does."""
        dimensions = {"LoadBalancer": self.load_balancer}
        return Metric(namespace="AWS/ApplicationELB", name=name, stat=stat, dimensions=dimensions)

    def of_targets(self, name: str, stat: str) -> Metric:
        """A metric of the instances, as the load balancer sees them."""
        dimensions = {"LoadBalancer": self.load_balancer, "TargetGroup": self.target_group}
        return Metric(namespace="AWS/ApplicationELB", name=name, stat=stat, dimensions=dimensions)

    def of_group(self, name: str, stat: str) -> Metric:
        """A metric of the group as a whole."""
        dimensions = {"AutoScalingGroupName": self.group}
        return Metric(namespace="AWS/AutoScaling", name=name, stat=stat, dimensions=dimensions)

    def of_instances(self, name: str, stat: str) -> Metric:
        """A metric of the instances, as EC2 sees them."""
        dimensions = {"AutoScalingGroupName": self.group}
        return Metric(namespace="AWS/EC2", name=name, stat=stat, dimensions=dimensions)


@dataclass(frozen=True, kw_only=True)
class FunctionSignals:
    """How CloudWatch knows the function and its API."""

    function: pulumi.Input[str]
    alias: pulumi.Input[str]
    """`<function>:<alias>`: what is called by any other name is nobody's traffic."""
    api: pulumi.Input[str]
    stage: pulumi.Input[str]
    memory_mb: int
    architecture: str
    """What a second of it costs depends on both."""

    def of_alias(self, name: str, stat: str) -> Metric:
        """A metric of the versions that serve, old and new together while traffic shifts."""
        dimensions = {"FunctionName": self.function, "Resource": self.alias}
        return Metric(namespace="AWS/Lambda", name=name, stat=stat, dimensions=dimensions)

    def of_function(self, name: str, stat: str) -> Metric:
        """A metric of all versions."""
        return Metric(
            namespace="AWS/Lambda", name=name, stat=stat, dimensions={"FunctionName": self.function}
        )

    def of_api(self, name: str, stat: str) -> Metric:
        """A metric of the API's stage."""
        dimensions = {"ApiName": self.api, "Stage": self.stage}
        return Metric(namespace="AWS/ApiGateway", name=name, stat=stat, dimensions=dimensions)


@dataclass(frozen=True, kw_only=True)
class FirewallSignals:
    """How CloudWatch knows the web ACL."""

    web_acl: str
    region: pulumi.Input[str]

    def of_rules(self, name: str, stat: str, rule: str = "ALL") -> Metric:
        """A metric of one of the ACL's rules, or of all together."""
        dimensions = {"WebACL": self.web_acl, "Region": self.region, "Rule": rule}
        return Metric(namespace="AWS/WAFV2", name=name, stat=stat, dimensions=dimensions)


Signals: TypeAlias = FleetSignals | FunctionSignals
