"""EC2 instance types that the fleet supports."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from infra.reference_data.csv_rows import REFERENCE_DATA, one_line_errors, read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

Architecture: TypeAlias = Literal["arm64", "x86_64"]

FILE: Final = REFERENCE_DATA / "instance_types.csv"

ARCHITECTURES: Final[tuple[Architecture, ...]] = ("arm64", "x86_64")
"""Architectures, in the spelling of EC2, Lambda and the Amazon Linux image names."""


@dataclass(frozen=True, kw_only=True)
class InstanceType:
    """EC2 instance type."""

    name: str
    """Name, such as `t4g.small`."""
    vcpus: int
    """Number of vCPUs: hardware threads, or cores."""
    memory_gib: float
    """Memory, in GiB (2**30 bytes)."""
    architecture: Architecture
    """Architecture of its processor."""
    network_baseline_gbps: float
    """Network bandwidth in each direction that is always there, in Gbit/s."""
    network_burst_gbps: float
    """Network bandwidth for minutes, by credits that a lower load earns."""


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Return all instance types by name; the head of the CSV file names the source."""
    with one_line_errors(FILE):
        return MappingProxyType({row["type"]: _instance_type(row) for row in read_rows(FILE)})


def _instance_type(row: Mapping[str, str]) -> InstanceType:
    architectures: dict[str, Architecture] = {name: name for name in ARCHITECTURES}
    return InstanceType(
        name=row["type"],
        vcpus=int(row["vcpu"]),
        memory_gib=float(row["memory_gib"]),
        architecture=architectures[row["architecture"]],
        network_baseline_gbps=float(row["network_baseline_gbps"]),
        network_burst_gbps=float(row["network_burst_gbps"]),
    )
