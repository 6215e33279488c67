"""Forwarding to target groups: Envoy's clusters, and the routes to one or several of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.routing.sticky_sessions import sticky_overrides
from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

CLUSTER: Final = "fleet"
"""Envoy's cluster of the target group to which the listener forwards; others have this prefix."""

GROUP_COOKIE: Final = "AWSALBTG"
"""Cookie that binds a client to one of several target groups (ELB user guide, "Sticky sessions")."""


@dataclass(frozen=True)
class TargetGroup:
    """Target group beside that of the listener's default action."""

    settings: Mapping[str, Any]
    """Description from `DescribeTargetGroups`."""
    attributes: Mapping[str, str]
    """Attributes from `DescribeTargetGroupAttributes`."""

    @property
    def cluster(self) -> str:
        """Name of its cluster, with the id at the end of its ARN."""
        return f"{CLUSTER}-{str(self.settings['TargetGroupArn']).rpartition('/')[2]}"


@dataclass(frozen=True)
class Forwarding:
    """Target groups to which the rules of a listener can forward."""

    timeout: str
    """Time in which a target has to respond, as Envoy writes it. After it, an ALB answers 504."""
    arn: str | None = None
    """ARN of the target group to which the listener forwards; None stands for any that is not named."""
    others: Mapping[str, TargetGroup] = field(default_factory=dict[str, TargetGroup])
    """Other target groups by ARN."""

    def default(self) -> Json:
        """Return the action of a request that no rule handles."""
        return {"cluster": CLUSTER, "timeout": self.timeout}

    def routes(self, action: Mapping[str, Any]) -> list[Json]:
        """Return Envoy's routes for an action that forwards, with the headers that each has to match.

        Raises:
            UnsupportedRuleError: a target group has no instances, or does not exist.
        """
        config: Mapping[str, Any] = action.get("ForwardConfig", {})
        weights = {
            str(group.get("TargetGroupArn")): int(group.get("Weight", 1))
            for group in config.get("TargetGroups") or [action]
        }
        clusters: list[Json] = [
            {**self._cluster(arn), "weight": weight} for arn, weight in weights.items() if weight
        ]
        sticky: Mapping[str, Any] = config.get("TargetGroupStickinessConfig", {})
        if not clusters:
            return [{"direct_response": {"status": 503}}]
        if len(clusters) == 1:
            return [self._to_one(clusters[0])]
        bound: list[Json] = []
        if sticky.get("Enabled"):
            for cluster in clusters:
                cluster["response_headers_to_add"] = [
                    _set_cookie(cluster["name"], sticky.get("DurationSeconds", 3_600))
                ]
            bound = [
                {"headers": [_cookie_match(cluster["name"])], **self._to_one(cluster)} for cluster in clusters
            ]
        weighted = {"weighted_clusters": {"clusters": clusters}, "timeout": self.timeout}
        return [*bound, {"route": weighted}]

    def _to_one(self, cluster: Json) -> Json:
        options = {key: value for key, value in cluster.items() if key not in {"name", "weight"}}
        return {"route": {"cluster": cluster["name"], "timeout": self.timeout}, **options}

    def _cluster(self, arn: str) -> Json:
        if arn in {str(None), self.arn} or self.arn is None:
            return {"name": CLUSTER}
        group = self.others.get(arn)
        if group is None:
            raise UnsupportedRuleError(f"there is no target group {arn}")
        if (kind := group.settings.get("TargetType", "instance")) != "instance":
            raise UnsupportedRuleError(
                f"the local load balancer does not support target groups of type {kind}"
            )
        return {"name": group.cluster, "typed_per_filter_config": sticky_overrides(group.attributes)}


def _set_cookie(group: str, seconds: int) -> Json:
    value = f"{GROUP_COOKIE}={group}; Max-Age={seconds}; Path=/"
    return {"header": {"key": "set-cookie", "value": value}, "append_action": "APPEND_IF_EXISTS_OR_ADD"}


def _cookie_match(group: str) -> Json:
    expression = rf"(.*;)?\s*{GROUP_COOKIE}={group}\s*(;.*)?"
    return {"name": "cookie", "string_match": {"safe_regex": {"regex": expression}}}
