"""Zones of a load balancer: the Envoys, the targets and the health of each, and those that have been lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.load_balancer.envoy_config import TargetStatus
from localcloud.state_dir import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from localcloud.load_balancer.envoy_config import EnvoyTarget
    from localcloud.state_dir import StateDir


def zones_of_envoys(state_dir: StateDir) -> list[str]:
    """Return the zones with an Envoy of their own, as they were configured; none before that."""
    return _read(state_dir.zones)


def lost_zones(state_dir: StateDir) -> set[str]:
    """Return the zones that an operator has made fail."""
    return set(_read(state_dir.lost_zones))


def _read(file: Path) -> list[str]:
    return list(read_json(file) or [])


def is_cross_zone(load_balancer: Mapping[str, str], target_group: Mapping[str, str]) -> bool:
    """Return whether each zone's Envoy sends to the targets of all zones.

    An ALB always does, unless the target group switches it off ("Cross-zone load balancing for target groups"
    in the user guide for Application Load Balancers).

    Args:
        load_balancer: attributes from `DescribeLoadBalancerAttributes`.
        target_group: attributes from `DescribeTargetGroupAttributes`.
    """
    key = "load_balancing.cross_zone.enabled"
    of_group = target_group.get(key, "use_load_balancer_configuration")
    if of_group == "use_load_balancer_configuration":
        return load_balancer.get(key, "true") == "true"
    return of_group == "true"


def targets_of_zone(zone: str, targets: Sequence[EnvoyTarget], *, cross_zone: bool) -> list[EnvoyTarget]:
    """Return the targets to which the Envoy of a zone sends; "" stands for an Envoy of all zones."""
    return [target for target in targets if cross_zone or not zone or target.zone == zone]


def serving_zones(zones: Sequence[str], targets: Sequence[EnvoyTarget], *, cross_zone: bool) -> list[str]:
    """Return the zones whose Envoys accept connections.

    Without cross-zone load balancing, an ALB takes a zone without healthy targets out of DNS, unless no zone
    has any ("Target group health" in the user guide for Application Load Balancers).
    """
    if cross_zone:
        return list(zones)
    healthy = {target.zone for target in targets if target.healthy}
    return [zone for zone in zones if not zone or zone in healthy] or list(zones)


def merge_statuses(of_zones: Iterable[Mapping[str, TargetStatus]]) -> dict[str, TargetStatus]:
    """Return the status of each target over several Envoys, of which each checks it by itself.

    A target is healthy if one of them reaches it, and unhealthy if none of those that have checked it does.
    Its requests are those of all.
    """
    merged: dict[str, TargetStatus] = {}
    for statuses in of_zones:
        for name, status in statuses.items():
            before = merged.get(name)
            if before is None:
                merged[name] = status
                continue
            known = [each for each in (before.healthy, status.healthy) if each is not None]
            merged[name] = TargetStatus(
                healthy=any(known) if known else None, requests=before.requests + status.requests
            )
    return merged
