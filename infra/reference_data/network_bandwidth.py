"""Network bandwidth of the EC2 instance types."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from infra.reference_data.csv_rows import REFERENCE_DATA, one_line_errors, read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.reference_data.instance_types import InstanceType


@dataclass(frozen=True, kw_only=True)
class NetworkBandwidth:
    """Bandwidth in each direction, in Gbit/s."""

    baseline_gbps: float
    """Bandwidth that is always there."""
    burst_gbps: float
    """Bandwidth for minutes, by credits that a lower load earns."""


def network_bandwidth(machine: InstanceType, data: Path = REFERENCE_DATA) -> NetworkBandwidth:
    """Return the bandwidth of an instance type; the head of the CSV file names the source.

    Raises:
        ReferenceDataError: The file or the type is missing.
    """
    file = data / "network_bandwidth.csv"
    with one_line_errors(file):
        return _bandwidths(file)[machine.name]


@cache
def _bandwidths(file: Path) -> Mapping[str, NetworkBandwidth]:
    return MappingProxyType(
        {
            row["type"]: NetworkBandwidth(
                baseline_gbps=float(row["baseline_gbps"]), burst_gbps=float(row["burst_gbps"])
            )
            for row in read_rows(file)
        }
    )
