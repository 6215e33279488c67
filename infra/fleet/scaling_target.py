"""Target load of one instance: the smallest of what its CPU, its network and its CPU credits allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from infra.reference_data.cpu_credits import baseline_percent
from infra.reference_data.throughput import requests_per_minute

if TYPE_CHECKING:
    from infra.reference_data.instance_types import InstanceType

Limit: TypeAlias = Literal["CPU", "CPU credits", "network bandwidth"]

BYTES_PER_REQUEST: Final = 900
"""Bytes on the wire of one prediction, in the direction with more of them: a head of 750 bytes with the
headers of the load balancer (`X-Forwarded-*`, `X-Amzn-Trace-Id`), and two frames of Ethernet, IP and TCP of
66 bytes each."""


@dataclass(frozen=True, kw_only=True)
class ScalingTarget:
    """Targets of the scaling policies for one instance."""

    requests_per_minute: int
    cpu_percent: int
    """Mean CPU utilization, in percent."""
    limit: Limit
    """Limit that a growing load reaches first."""


def scaling_target(types: tuple[InstanceType, ...], cpu_percent: int) -> ScalingTarget:
    """Return the targets that every instance type of a fleet keeps up for hours.

    Args:
        types: Instance types of the fleet.
        cpu_percent: Target CPU utilization of the configuration. Burstable types stay at their baseline where
            that is less: surplus credits cost more than another instance.
    """
    baseline = int(min(baseline_percent(machine) for machine in types))
    cpu = min(cpu_percent, baseline)
    by_cpu = requests_per_minute(types, cpu)
    bits_per_second = 1e9 * min(machine.network_baseline_gbps for machine in types)
    by_network = int(bits_per_second / 8 / BYTES_PER_REQUEST * 60)
    limit: Limit = "CPU credits" if cpu < cpu_percent else "CPU"
    if by_network < by_cpu:
        limit = "network bandwidth"
    return ScalingTarget(requests_per_minute=min(by_cpu, by_network), cpu_percent=cpu, limit=limit)
