"""CPU credits of the burstable instance types (T3, T3a, T4g).

One credit is one vCPU at full speed for a minute. Source: EC2 user guide, "Key concepts for burstable
performance instances".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from infra.reference_data.instance_types import InstanceType

CREDITS_PER_HOUR: Final = {
    "nano": 6,
    "micro": 12,
    "small": 24,
    "medium": 24,
    "large": 36,
    "xlarge": 96,
    "2xlarge": 192,
}
"""Credits that a size earns per hour, the same in all three families."""

BURSTABLE_FAMILIES: Final = frozenset({"t3", "t3a", "t4g"})

CREDITS_PER_VCPU_HOUR: Final = 60


def is_burstable(instance_type: str) -> bool:
    """Return whether the type is burstable."""
    return instance_type.split(".", maxsplit=1)[0] in BURSTABLE_FAMILIES


def credits_per_hour(instance_type: str) -> int:
    """Return the credits that a burstable type earns per hour."""
    return CREDITS_PER_HOUR[instance_type.split(".")[1]]


def baseline_percent(machine: InstanceType) -> float:
    """Return the CPU utilization that a type keeps up without surplus credits: 100 unless it is burstable."""
    if not is_burstable(machine.name):
        return 100.0
    return 100 * credits_per_hour(machine.name) / (machine.vcpus * CREDITS_PER_VCPU_HOUR)
