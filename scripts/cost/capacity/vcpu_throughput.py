"""How much a vCPU does: measured on one machine, carried over to others by their benchmark."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from infra.reference_data.csv_rows import read_rows, reading
from infra.reference_data.instance_types import instance_types
from scripts.cost.prices.nearest import UnknownNameError
from scripts.cost.prices.snapshot import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.reference_data.instance_types import Architecture
    from scripts.cost.prices.tariff import Basis

MEASURED: Final = DATA / "capacity.json"
"""The measurement that the project carries."""

SCORES: Final = DATA / "cpu_scores.csv"

LAMBDA_MB_PER_VCPU: Final = 1_769
"""Memory with which a function has one vCPU (Lambda developer guide, "Configure function memory")."""

LAMBDA_LIKE: Final[Mapping[Architecture, str]] = MappingProxyType(
    {"arm64": "c6g.large", "x86_64": "m5.large"}
)
"""EC2 types whose vCPU is taken for Lambda's: Graviton2, and a Xeon of Lambda's older hosts. Assumed."""


class CapacityError(ValueError):
    """The measurement can't be used."""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What a machine was measured to do."""

    requests_per_second_per_vcpu: float
    """With one process, whose vCPU is fully used."""
    p99_ms: float
    """Time within which 99 of 100 requests were answered meanwhile."""
    machine: str
    """Its processor, as the machine itself says."""
    like: str
    """EC2 type with the same processor: its benchmark stands for the machine's."""
    measured_on: date
    commit: str
    how: str
    p99_target_ms: float | None = None
    """What the p99 was held to; None where nothing was asked of it."""
    basis: Basis = "measured"
    """`assumed` where it was given by hand."""

    def __post_init__(self) -> None:
        if self.requests_per_second_per_vcpu <= 0:
            raise CapacityError("A vCPU answers more than no requests per second.")
        score(self.like)


def read(path: Path = MEASURED) -> Capacity:
    """Read a measurement.

    Raises:
        CapacityError: the file can't be read, or lacks something.
    """
    try:
        content = cast("dict[str, object]", json.loads(path.read_text(encoding="utf-8")))
        target = content.get("p99_target_ms")
        return Capacity(
            requests_per_second_per_vcpu=float(cast("float", content["requests_per_second_per_vcpu"])),
            p99_ms=float(cast("float", content["p99_ms"])),
            machine=str(content["machine"]),
            like=str(content["like"]),
            measured_on=date.fromisoformat(str(content["measured_on"])),
            commit=str(content["commit"]),
            how=str(content["how"]),
            p99_target_ms=None if target is None else float(cast("float", target)),
        )
    except FileNotFoundError as error:
        raise CapacityError(f"{path} is missing: `iris load --output {path}` measures it.") from error
    except (OSError, ValueError, TypeError) as error:
        raise CapacityError(f"{path} is no measurement of capacity: {error}.") from error
    except KeyError as error:
        raise CapacityError(f"{path} does not say {error.args[0]}.") from error


def as_json(capacity: Capacity) -> str:
    """Write a measurement as `read` takes it."""
    content = {key: value for key, value in asdict(capacity).items() if key != "basis"}
    return json.dumps(content | {"measured_on": capacity.measured_on.isoformat()}, indent=2) + "\n"


def of_instance(capacity: Capacity, instance_type: str) -> float:
    """Requests per second of an instance with all its vCPUs fully used.

    Raises:
        UnknownNameError: the type was never benchmarked.
    """
    return capacity.requests_per_second_per_vcpu * score(instance_type) / _score_per_vcpu(capacity.like)


def basis_of_instance(capacity: Capacity) -> Basis:
    """Say how an instance's throughput is known: not measured, for the machine only resembles one."""
    return "assumed" if capacity.basis == "assumed" else "scaled"


def function_ms(capacity: Capacity, architecture: Architecture, memory_mb: int) -> float:
    """Milliseconds of computation for a request in a function; below one vCPU it gets its share of time."""
    per_vcpu = capacity.requests_per_second_per_vcpu * (
        _score_per_vcpu(LAMBDA_LIKE[architecture]) / _score_per_vcpu(capacity.like)
    )
    return 1_000 / per_vcpu / vcpu_share(memory_mb)


def vcpu_share(memory_mb: int) -> float:
    """Share of a vCPU that one request can use; it runs in a single thread."""
    return min(1.0, memory_mb / LAMBDA_MB_PER_VCPU)


def score(instance_type: str) -> float:
    """Return a type's benchmark score, over all its vCPUs.

    Raises:
        UnknownNameError: the type was never benchmarked.
    """
    if instance_type not in scores():
        raise UnknownNameError("instance type", instance_type, scores(), where="with a benchmark score")
    return scores()[instance_type]


@cache
def scores() -> Mapping[str, float]:
    """Benchmark score by instance type, over all its vCPUs; the source stands at the head of the CSV."""
    with reading(SCORES):
        return MappingProxyType({row["type"]: float(row["coremark"]) for row in read_rows(SCORES)})


def _score_per_vcpu(instance_type: str) -> float:
    return scores()[instance_type] / instance_types()[instance_type].vcpus
