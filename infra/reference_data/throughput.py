"""Throughput of an instance: measured by `iris capacity`, scaled to other instance types by CPU benchmark."""

from __future__ import annotations

import json
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from infra.reference_data.csv_rows import REFERENCE_DATA, one_line_errors, read_rows
from infra.reference_data.instance_types import instance_types

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.reference_data.instance_types import InstanceType


def requests_per_minute(types: tuple[InstanceType, ...], cpu_target: int, data: Path = REFERENCE_DATA) -> int:
    """Return the requests per minute that keep the CPU of the slowest type at the target.

    Args:
        types: Instance types of the fleet.
        cpu_target: Target CPU utilization, in percent.
        data: Folder of the measurement and the benchmark scores.

    Raises:
        ReferenceDataError: The measurement or the score of a type is missing.
    """
    per_second = min(_per_second(machine, data) for machine in types)
    return max(1, round(per_second * 60 * cpu_target / 100))


def _per_second(machine: InstanceType, data: Path) -> float:
    """Return the requests per second of an instance, by the ratio of benchmark scores."""
    per_vcpu, reference_type = _measurement(data)
    scores = _scores(data)
    with one_line_errors(data / "cpu_scores.csv"):
        return (
            per_vcpu
            * scores[machine.name]
            / (scores[reference_type] / instance_types()[reference_type].vcpus)
        )


@cache
def _measurement(data: Path) -> tuple[float, str]:
    """Return the requests per second of a fully used vCPU, and the equivalent instance type."""
    file = data / "capacity.json"
    with one_line_errors(file):
        content = json.loads(file.read_text(encoding="utf-8"))
        return float(content["requests_per_second_per_vcpu"]), str(content["like"])


@cache
def _scores(data: Path) -> Mapping[str, float]:
    """Return the benchmark score of each instance type, over all its vCPUs."""
    file = data / "cpu_scores.csv"
    with one_line_errors(file):
        return MappingProxyType({row["type"]: float(row["coremark"]) for row in read_rows(file)})
