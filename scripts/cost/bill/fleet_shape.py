"""Shape of a fleet that is billed: instances, purchase options, zones and warm pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scripts.cost.bill.purchase_options import Purchase
from scripts.cost.bill.shared_services import Surroundings
from scripts.cost.bill.sizing import Policy

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class WarmPool:
    """Instances that have booted already and wait, so that the fleet grows faster."""

    prepared: int
    """Instances that run or wait, together."""
    least: int = 0
    """That wait in any case."""
    running: bool = False
    """Whether they wait as running ones, and are paid for as such, or stopped, with their disks alone."""

    def waiting(self, counts: NDArray[np.int64]) -> float:
        """Say how many wait on average, of so many that run by hour."""
        return float(np.maximum(self.prepared - counts, self.least).mean())


@dataclass(frozen=True, kw_only=True)
class FleetShape:
    """A fleet as it is configured."""

    instance_type: str
    alternatives: tuple[str, ...] = ()
    """Types that spot instances may be of as well."""
    policy: Policy = field(default_factory=Policy)
    purchase: Purchase = field(default_factory=Purchase)
    unlimited_credits: bool = True
    """Whether burstable instances may owe credits, which is EC2's default, or are slowed down."""
    balancers: int = 1
    rules: int = 0
    """Listener rules that each request is held against, beside the default action."""
    access_log: bool = True
    """Whether the load balancer notes every request in S3."""
    connection_log: bool = True
    """Whether it notes every connection there."""
    warm_pool: WarmPool | None = None
    around: Surroundings = field(default_factory=Surroundings)

    @property
    def types(self) -> tuple[str, ...]:
        """All instance types that it may be of, the preferred one first."""
        return (self.instance_type, *self.alternatives)
