"""Throughput of a vCPU: measured on one machine, and scaled to other types by their benchmark scores."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
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

MAXIMUM_SECONDS_PER_BYTE: Final = 1e-3
"""Maximum processor time of a byte, in seconds: a thousand times what was measured."""

MEASURED_BYTES: Final = 500
"""Size of a request or a response, headers included, up to which the measured throughput holds."""


class CapacityError(ValueError):
    """Error for a measurement that fails or can't be used."""


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Measured throughput of a machine."""

    requests_per_second_per_vcpu: float
    """Throughput of one process that fully uses its vCPU, for a typical mix of requests."""
    low: float | None = None
    """The same in the worst case: no query, and a connection for each request; None: as above."""
    high: float | None = None
    """The same for identical requests on connections that stay open, the best case; None: as above."""
    seconds_per_byte: float = 0.0
    """Processor time for each byte of a request or a response beyond `MEASURED_BYTES`."""
    microseconds: Mapping[str, float] = field(default_factory=dict[str, float], hash=False)
    """Kind of request -> processor time of one (`request_mix`)."""
    mix: Mapping[str, float] = field(default_factory=dict[str, float], hash=False)
    """Kind of request -> its share of the mix, in percent; empty: unknown."""
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
    """`assumed` if the middle of its range is no measurement."""

    def __post_init__(self) -> None:
        if not MINIMUM_THROUGHPUT <= self.requests_per_second_per_vcpu <= MAXIMUM_THROUGHPUT:
            raise CapacityError(
                f"The requests per second and vCPU are between {MINIMUM_THROUGHPUT:g} and "
                f"{MAXIMUM_THROUGHPUT:,.15g}, not {self.requests_per_second_per_vcpu:g}."
            )
        if not MINIMUM_THROUGHPUT <= self.lowest <= self.requests_per_second_per_vcpu <= self.highest:
            raise CapacityError("The requests per second and vCPU are between the low and the high ones.")
        if not 0 <= self.seconds_per_byte <= MAXIMUM_SECONDS_PER_BYTE:
            raise CapacityError(
                f"The seconds per byte are between 0 and {MAXIMUM_SECONDS_PER_BYTE:g}, not "
                f"{self.seconds_per_byte:g}."
            )
        benchmark_score(self.like)

    @property
    def lowest(self) -> float:
        """Requests per second and vCPU in the worst case."""
        return self.requests_per_second_per_vcpu if self.low is None else self.low

    @property
    def highest(self) -> float:
        """Requests per second and vCPU in the best case."""
        return self.requests_per_second_per_vcpu if self.high is None else self.high

    @property
    def has_range(self) -> bool:
        """True if the worst and the best case are known."""
        return self.lowest < self.highest

    def at(self, per_vcpu: float) -> Capacity:
        """Return the same with another throughput, without a range."""
        return replace(self, requests_per_second_per_vcpu=per_vcpu, low=None, high=None)

    def with_payload(self, request_bytes: int, response_bytes: int) -> Capacity:
        """Return the throughput for messages of a size: their bytes take processor time, too.

        The larger of both counts, since in a batch the response grows with the request.
        """
        more = max(0, max(request_bytes, response_bytes) - MEASURED_BYTES) * self.seconds_per_byte
        if not more:
            return self
        per_vcpu = 1 / (1 / self.requests_per_second_per_vcpu + more)
        return replace(self.at(per_vcpu), seconds_per_byte=0.0)


def read_capacity(path: Path = CAPACITY_FILE) -> Capacity:
    """Read a measurement.

    Raises:
        CapacityError: the file can't be read, or lacks a value.
    """
    try:
        content = _json_object(path.read_bytes())
        target, low, high = (content.get(it) for it in ("p99_target_ms", "low", "high"))
        return Capacity(
            requests_per_second_per_vcpu=float(cast("float", content["requests_per_second_per_vcpu"])),
            low=None if low is None else float(cast("float", low)),
            high=None if high is None else float(cast("float", high)),
            seconds_per_byte=float(cast("float", content.get("seconds_per_byte", 0.0))),
            microseconds=_by_kind(content.get("microseconds")),
            mix=_by_kind(content.get("mix")),
            p99_ms=float(cast("float", content["p99_ms"])),
            machine=str(content["machine"]),
            like=str(content["like"]),
            measured_on=date.fromisoformat(str(content["measured_on"])),
            commit=str(content["commit"]),
            how=str(content["how"]),
            p99_target_ms=None if target is None else float(cast("float", target)),
            basis="assumed" if content.get("basis") == "assumed" else "measured",
        )
    except FileNotFoundError as error:
        raise CapacityError(f"{path} is missing: `iris capacity --output {path}` measures it.") from error
    except OSError as error:
        raise CapacityError(f"{path} can't be read: {error.strerror}.") from error
    except CapacityError as error:
        raise CapacityError(f"{path}: {error}") from error
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CapacityError(f"{path} is no measurement of capacity: {str(error).rstrip('.')}.") from error
    except KeyError as error:
        raise CapacityError(f"{path} has no {error.args[0]}.") from error


def _json_object(content: bytes) -> dict[str, object]:
    try:
        found = cast("object", json.loads(content))
    except UnicodeDecodeError as error:
        raise TypeError("it is no UTF-8") from error
    if not isinstance(found, dict):
        raise TypeError("it is no JSON object")
    return cast("dict[str, object]", found)


def _by_kind(content: object) -> dict[str, float]:
    if not isinstance(content, dict | None):
        raise TypeError(f"{content!r} is no mapping of kinds of request to numbers")
    figures = cast("dict[str, float]", content or {})
    return {name: float(value) for name, value in figures.items()}


def as_json(capacity: Capacity) -> str:
    """Return a measurement as JSON, as `read_capacity` reads it."""
    content = asdict(capacity)
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
