"""How much an instance was measured to do: commands measure, and the program reads what they wrote."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final

from infra.facts import COST_DATA, read_rows
from infra.instance_types import instance_types

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.instance_types import InstanceType

UNMEASURED: Final = 500
"""Requests per second and vCPU where nothing was measured: a fraction of what a machine has ever shown."""


def requests_per_minute(types: tuple[InstanceType, ...], cpu_target: int, data: Path = COST_DATA) -> int:
    """Say how many requests a minute the slowest of the types is to get.

    With a measurement it is what keeps an instance's processors at the target; without one, whether the
    measurement itself or a type's benchmark is missing, it is `UNMEASURED` for each vCPU.

    Args:
        types: what the fleet may be made of.
        cpu_target: percent.
        data: where `iris load` keeps it, beside the benchmark that carries it over to other types.
    """
    per_second = min(_per_second(machine, data) or _guessed(machine, cpu_target) for machine in types)
    return max(1, round(per_second * 60 * cpu_target / 100))


def _guessed(machine: InstanceType, cpu_target: int) -> float:
    return UNMEASURED * machine.vcpus * 100 / cpu_target


def _per_second(machine: InstanceType, data: Path) -> float | None:
    """Carry the measurement over by the ratio of benchmark scores; None where a figure is missing."""
    measured, scores = _measurement(data), _scores(data)
    if measured is None or machine.name not in scores:
        return None
    per_vcpu, like = measured
    reference = instance_types().get(like)
    if reference is None or like not in scores:
        return None
    return per_vcpu * scores[machine.name] / (scores[like] / reference.vcpus)


@cache
def _measurement(data: Path) -> tuple[float, str] | None:
    """Requests per second of a vCPU that is fully used, and the type that it is like."""
    try:
        told = json.loads((data / "capacity.json").read_text(encoding="utf-8"))
        return float(told["requests_per_second_per_vcpu"]), str(told["like"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@cache
def _scores(data: Path) -> Mapping[str, float]:
    """Benchmark score by instance type, over all its vCPUs."""
    try:
        return {row["type"]: float(row["coremark"]) for row in read_rows(data / "cpu_scores.csv")}
    except (OSError, ValueError, KeyError):
        return {}
