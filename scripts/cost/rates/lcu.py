"""Load balancer capacity units (LCU): four dimensions of use, of which the largest is paid for.

Source of all limits: https://aws.amazon.com/elasticloadbalancing/pricing/, "LCU details".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

NEW_CONNECTIONS_PER_SECOND: Final = 25
ACTIVE_CONNECTIONS: Final = 3_000
GIGABYTES_PER_HOUR: Final = Decimal(1)
GIGABYTES_PER_HOUR_TO_LAMBDA: Final = Decimal("0.4")
EVALUATIONS_PER_SECOND: Final = 1_000
FREE_RULES: Final = 10
"""Rules that are evaluated for every request before evaluations count."""


@dataclass(frozen=True, kw_only=True)
class HourOfBalancing:
    """What a load balancer does in an hour."""

    new_connections: Decimal
    """A second."""
    active_connections: Decimal
    """At a time, sampled each minute."""
    gigabytes: Decimal
    """Requests and responses together, in 10**9 bytes."""
    requests: Decimal
    """A second."""
    rules: int = 0
    """Evaluated for each request."""
    to_lambda: bool = False

    @property
    def dimensions(self) -> dict[str, Decimal]:
        """Capacity units by each dimension."""
        gigabytes = GIGABYTES_PER_HOUR_TO_LAMBDA if self.to_lambda else GIGABYTES_PER_HOUR
        return {
            "new connections": self.new_connections / NEW_CONNECTIONS_PER_SECOND,
            "active connections": self.active_connections / ACTIVE_CONNECTIONS,
            "processed bytes": self.gigabytes / gigabytes,
            "rule evaluations": self.requests * max(0, self.rules - FREE_RULES) / EVALUATIONS_PER_SECOND,
        }

    @property
    def capacity_units(self) -> Decimal:
        """The largest dimension's; the others are free."""
        return max(self.dimensions.values())
