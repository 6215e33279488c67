"""Throughput of a vCPU: measured on one machine, and scaled to other types by their benchmark scores."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

from infra.reference_data.csv_rows import one_line_errors, read_rows
from infra.reference_data.instance_types import instance_types
from scripts.cost.prices.snapshot import DATA, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.reference_data.instance_types import Architecture
    from scripts.cost.prices.tariff import Basis

CAPACITY_FILE: Final = DATA / "capacity.json"
"""The project's own measurement."""

SCORES_FILE: Final = DATA / "cpu_scores.csv"
"""CoreMark scores by instance type; its first lines name the source."""

LAMBDA_MB_PER_VCPU: Final = 1_769
"""Memory in MB with which a function has one vCPU (Lambda developer guide, "Configure function memory")."""

LAMBDA_EQUIVALENT_TYPES: Final[Mapping[Architecture, str]] = MappingProxyType(
    {"arm64": "c6g.large", "x86_64": "m5.large"}
)
"""EC2 types whose vCPU is assumed to equal Lambda's: Graviton2, and a Xeon of Lambda's older hosts."""

MINIMUM_THROUGHPUT: Final = 0.001
"""Minimum of a measurement, in requests per second and vCPU: a quarter of an hour for each request."""

MAXIMUM_THROUGHPUT: Final = 1e8
"""Maximum of a measurement, in requests per second and vCPU: some cycles of a processor for each request."""


class CapacityError(ValueError):
    """Error for a measurement that fails or can't be used."""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Measured throughput of a machine."""

    requests_per_second_per_vcpu: float
    """Throughput of one process that fully uses its vCPU."""
    p99_ms: float
    """Latency within which 99 of 100 requests were answered."""
    machine: str
    """Its processor, as the operating system names it."""
    like: str
    """EC2 type with the same processor, whose benchmark score is used for the machine."""
    measured_on: date
    commit: str
    how: str
    p99_target_ms: float | None = None
    """Target of the p99; None: no target."""
    basis: Basis = "measured"
    """`assumed` if it is no measurement."""

    def __post_init__(self) -> None:
        if not MINIMUM_THROUGHPUT <= self.requests_per_second_per_vcpu <= MAXIMUM_THROUGHPUT:
            raise CapacityError(
                f"The requests per second and vCPU are between {MINIMUM_THROUGHPUT:g} and "
                f"{MAXIMUM_THROUGHPUT:,g}, not {self.requests_per_second_per_vcpu:g}."
            )
        benchmark_score(self.like)


def read_capacity(path: Path = CAPACITY_FILE) -> Capacity:
    """Read a measurement.

    Raises:
        CapacityError: the file can't be read, or lacks a value.
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
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CapacityError(f"{path} is no measurement of capacity: {error}.") from error
    except KeyError as error:
        raise CapacityError(f"{path} has no {error.args[0]}.") from error


def as_json(capacity: Capacity) -> str:
    """Return a measurement as JSON, as `read_capacity` reads it."""
    content = {key: value for key, value in asdict(capacity).items() if key != "basis"}
    return json.dumps(content | {"measured_on": capacity.measured_on.isoformat()}, indent=2) + "\n"


def instance_throughput(capacity: Capacity, instance_type: str) -> float:
    """Return the requests per second of an instance whose vCPUs are all fully used.

    Raises:
        UnknownNameError: the type has no benchmark score.
    """
    return (
        capacity.requests_per_second_per_vcpu
        * benchmark_score(instance_type)
        / _score_per_vcpu(capacity.like)
    )


def instance_throughput_basis(capacity: Capacity) -> Basis:
    """Return the basis of an instance's throughput: scaled, since the measured machine is no EC2 instance."""
    return "assumed" if capacity.basis == "assumed" else "scaled"


def function_milliseconds(capacity: Capacity, architecture: Architecture, memory_mb: int) -> float:
    """Return the milliseconds of computation per request in a function, which may have a share of a vCPU."""
    per_vcpu = capacity.requests_per_second_per_vcpu * (
        _score_per_vcpu(LAMBDA_EQUIVALENT_TYPES[architecture]) / _score_per_vcpu(capacity.like)
    )
    return 1_000 / per_vcpu / vcpu_share(memory_mb)


def vcpu_share(memory_mb: int) -> float:
    """Return the share of a vCPU that a request can use; it runs in a single thread."""
    return min(1.0, memory_mb / LAMBDA_MB_PER_VCPU)


def benchmark_score(instance_type: str) -> float:
    """Return the benchmark score of a type, over all its vCPUs.

    Raises:
        UnknownNameError: the type has no benchmark score.
    """
    if instance_type not in benchmark_scores():
        raise UnknownNameError(
            "instance type", instance_type, benchmark_scores(), where="with a benchmark score"
        )
    return benchmark_scores()[instance_type]


@cache
def benchmark_scores() -> Mapping[str, float]:
    """Read the benchmark scores by instance type, over all vCPUs."""
    with one_line_errors(SCORES_FILE):
        return MappingProxyType({row["type"]: float(row["coremark"]) for row in read_rows(SCORES_FILE)})


def _score_per_vcpu(instance_type: str) -> float:
    return benchmark_scores()[instance_type] / instance_types()[instance_type].vcpus
