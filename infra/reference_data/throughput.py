"""Throughput of an instance: measured by `iris load`, read by the program."""

from __future__ import annotations

import json
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from infra.reference_data.csv_rows import REFERENCE_DATA, read_rows, reading
from infra.reference_data.instance_types import instance_types

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.reference_data.instance_types import InstanceType


def requests_per_minute(types: tuple[InstanceType, ...], cpu_target: int, data: Path = REFERENCE_DATA) -> int:
    """Return how many requests a minute keep the processors of the slowest of the types at the target.

    Args:
        types: instance types of the fleet.
        cpu_target: percent.
        data: folder of the measurement and of the benchmark that carries it over to other types.

    Raises:
        ReferenceDataError: the measurement is missing, or the benchmark of a type.
    """
    per_second = min(_per_second(machine, data) for machine in types)
    return max(1, round(per_second * 60 * cpu_target / 100))


def _per_second(machine: InstanceType, data: Path) -> float:
    """Carry the measurement over by the ratio of benchmark scores."""
    per_vcpu, like = _measurement(data)
    scores = _scores(data)
    with reading(data / "cpu_scores.csv"):
        return per_vcpu * scores[machine.name] / (scores[like] / instance_types()[like].vcpus)


@cache
def _measurement(data: Path) -> tuple[float, str]:
    """Return requests per second of a vCPU that is fully used, and the instance type that it is like."""
    file = data / "capacity.json"
    with reading(file):
        content = json.loads(file.read_text(encoding="utf-8"))
        return float(content["requests_per_second_per_vcpu"]), str(content["like"])


@cache
def _scores(data: Path) -> Mapping[str, float]:
    """Return the benchmark score by instance type, over all its vCPUs."""
    file = data / "cpu_scores.csv"
    with reading(file):
        return MappingProxyType({row["type"]: float(row["coremark"]) for row in read_rows(file)})
