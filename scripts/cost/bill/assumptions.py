"""Assumptions of the calculation: figures that have not been measured, each with its range and its source."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

HALF_TO_DOUBLE: Final = (0.5, 2.0)
"""Plausible range of a figure without a better one, as factors."""


class AssumptionError(ValueError):
    """Error for an assumption that does not exist or has an impossible value."""


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """Declaration of an assumption."""

    name: str
    """Name of its field, for `--assume`."""
    label: str
    """Description; a key of `translations`."""
    unit: str
    source: str
    """Reason for its default; a key of `translations`."""
    plausible: tuple[float, float]
    """Factors between which it may lie."""
    limits: tuple[float, float]
    """Minimum and maximum of a value that makes sense."""
    whole: bool
    """True if it is a whole number."""

    def value_in(self, assumptions: Assumptions) -> float:
        """Return its value."""
        return float(getattr(assumptions, self.name))

    def ends(self, assumptions: Assumptions) -> tuple[float, float]:
        """Return the ends of its plausible range, within its limits."""
        value, (minimum, maximum) = self.value_in(assumptions), self.limits
        low, high = (min(max(value * factor, minimum), maximum) for factor in self.plausible)
        return (round(low), round(high)) if self.whole else (low, high)

    def in_place(self, assumptions: Assumptions, value: float) -> Assumptions:
        """Return the assumptions with another value of it.

        Raises:
            AssumptionError: the value is impossible.
        """
        minimum, maximum = self.limits
        if not minimum <= value <= maximum:
            raise AssumptionError(
                f"{self.name} is between {minimum:,.15g} and {maximum:,.15g} ({self.unit}), not "
                f"{value:,.15g}."
            )
        if self.whole and value != int(value):
            raise AssumptionError(f"{self.name} is a whole number, not {value:g}.")
        changed: dict[str, Any] = {self.name: int(value) if self.whole else value}
        return replace(assumptions, **changed)


def _assumed(
    default: float,
    label: str,
    unit: str,
    source: str,
    *,
    limits: tuple[float, float],
    plausible: tuple[float, float] = HALF_TO_DOUBLE,
) -> Any:  # noqa: ANN401 (the type of the field)
    """Declare an assumption."""
    whole = isinstance(default, int)
    declaration = {
        "label": label,
        "unit": unit,
        "source": source,
        "plausible": plausible,
        "limits": limits,
        "whole": whole,
    }
    return field(default=default, metadata=declaration)


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """Assumptions on the use and the operation of the service, apart from its demand."""

    requests_per_connection: float = _assumed(
        10.0,
        "requests per connection",
        "requests",
        "Assumed: RequestCount / NewConnectionCount in CloudWatch measures it.",
        limits=(1, 1e6),
    )
    """Requests that a client sends over one connection to the load balancer."""
    connection_seconds: float = _assumed(
        60.0,
        "duration of a connection",
        "s",
        "Default idle timeout of an Application Load Balancer.",
        limits=(0, 4_000),
    )
    """Time for which a connection stays open."""
    boot_seconds: float = _assumed(
        120.0, "boot time", "s", "Assumed: from the launch to the first request.", limits=(0, 86_400)
    )
    """Time from the launch of an instance until it receives requests; it is billed without being useful."""
    disk_gb: int = _assumed(
        8, "size of a disk", "GB", "Root volume of Amazon Linux 2023.", limits=(1, 16_384)
    )
    """Size of each instance's gp3 volume."""
    aws_traffic_gb: float = _assumed(
        1.0,
        "traffic to AWS services",
        "GB",
        "Assumed: metrics, logs and updates of an instance.",
        limits=(0, 1e6),
    )
    """GB per month between an instance and AWS services other than S3, through interface endpoints if there
    are any, otherwise through a NAT gateway."""
    function_overhead_ms: float = _assumed(
        1.0,
        "duration of a request in the function",
        "ms",
        "Assumed: the runtime's own part of the billed duration.",
        limits=(0, 900_000),
        plausible=(0.5, 5),
    )
    """Time that Lambda bills for each request in addition to its computation."""
    cold_start_percent: float = _assumed(
        0.1,
        "cold starts",
        "%",
        "Assumed: AWS sees fewer than 1 % in production.",
        limits=(0, 100),
        plausible=(0, 10),
    )
    """Share of a function's requests that start a new environment."""
    cold_start_ms: float = _assumed(
        400.0,
        "duration of a cold start",
        "ms",
        "Assumed: `make bench-coldstart` measures it.",
        limits=(0, 900_000),
    )
    """Billed duration of a cold start (INIT) at one vCPU; with less memory it takes longer."""
    function_log_bytes: int = _assumed(
        350,
        "log of a request in the function",
        "bytes",
        "Lines START, END and REPORT of Lambda.",
        limits=(0, 10**6),
    )
    """Bytes that Lambda itself logs for each request: START, END and REPORT."""
    api_log_bytes: int = _assumed(
        400,
        "log of an API call",
        "bytes",
        "JSON with the thirteen fields of the access log.",
        limits=(0, 10**6),
    )
    """Bytes of a line in a REST API's access log: JSON with thirteen fields."""
    firewall_log_bytes: int = _assumed(
        1_500,
        "log of a request in the firewall",
        "bytes",
        "JSON with the headers and the results of the rule groups.",
        limits=(0, 10**6),
    )
    """Bytes that WAF logs for a request: JSON with its headers and the result of each rule group."""
    balancer_log_bytes: int = _assumed(
        60,
        "log of a request in the load balancer",
        "bytes",
        "Compressed: a line has about 500 bytes and resembles its neighbours.",
        limits=(0, 10**6),
    )
    """Compressed bytes of a line in the load balancer's access log or connection log."""
    log_days: int = _assumed(30, "retention of logs", "days", "Default of the stack.", limits=(1, 3_653))
    """Retention of logs, in days."""
    free_tier: bool = False
    """True if no other use of the account counts against AWS's always-free tiers."""


ASSUMPTIONS: Final[Mapping[str, Assumption]] = {
    it.name: Assumption(name=it.name, **it.metadata) for it in fields(Assumptions) if it.metadata
}
"""Name -> declaration of each assumption."""


def with_values(assumptions: Assumptions, values: Mapping[str, object]) -> Assumptions:
    """Return the assumptions with other values, by name; texts are read as numbers.

    Raises:
        AssumptionError: a name is unknown, or a value impossible.
    """
    for name, value in values.items():
        if name not in ASSUMPTIONS:
            from infra.config_reader import did_you_mean

            hint = did_you_mean(name, ASSUMPTIONS, maximum=3)
            known = f"{hint[0].upper()}{hint[1:]}" if hint else f"There are {', '.join(ASSUMPTIONS)}."
            raise AssumptionError(f"No assumption {name!r}. {known}")
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise AssumptionError(f"{name} takes a number, not {value!r}.")
        try:
            number = float(value)
        except (ValueError, OverflowError):
            raise AssumptionError(f"{name} takes a number, not {value!r}.") from None
        assumptions = ASSUMPTIONS[name].in_place(assumptions, number)
    return assumptions
