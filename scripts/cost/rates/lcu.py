"""Load balancer capacity units (LCU): four dimensions of usage, of which the largest is billed.

Source of all limits: https://aws.amazon.com/elasticloadbalancing/pricing/, "LCU details".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

NEW_CONNECTIONS_PER_SECOND: Final = 25
"""New connections per second in a unit."""

ACTIVE_CONNECTIONS: Final = 3_000
"""Active connections in a unit."""

GIGABYTES_PER_HOUR: Final = Decimal(1)
"""GB per hour in a unit, for instances as targets."""

GIGABYTES_PER_HOUR_TO_LAMBDA: Final = Decimal("0.4")
"""GB per hour in a unit, for Lambda functions as targets."""

EVALUATIONS_PER_SECOND: Final = 1_000
"""Rule evaluations per second in a unit."""

FREE_RULES: Final = 10
"""Rules whose evaluations are free for every request."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerHour:
    """Usage of a load balancer in an hour."""

    new_connections: Decimal
    """New connections per second."""
    active_connections: Decimal
    """Concurrent connections, sampled each minute."""
    gigabytes: Decimal
    """GB of requests and responses, each of 10**9 bytes."""
    requests: Decimal
    """Requests per second."""
    rules: int = 0
    """Rules that are evaluated for each request."""
    to_lambda: bool = False
    """True if the targets are Lambda functions."""

    @property
    def dimensions(self) -> dict[str, Decimal]:
        """Capacity units of each dimension."""
        gigabytes = GIGABYTES_PER_HOUR_TO_LAMBDA if self.to_lambda else GIGABYTES_PER_HOUR
        return {
            "new connections": self.new_connections / NEW_CONNECTIONS_PER_SECOND,
            "active connections": self.active_connections / ACTIVE_CONNECTIONS,
            "processed bytes": self.gigabytes / gigabytes,
            "rule evaluations": self.requests * max(0, self.rules - FREE_RULES) / EVALUATIONS_PER_SECOND,
        }

    @property
    def capacity_units(self) -> Decimal:
        """Capacity units of the largest dimension, which is the only one that is billed."""
        return max(self.dimensions.values())
