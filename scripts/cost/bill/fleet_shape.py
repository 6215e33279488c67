"""Shape of a fleet that is billed: instances, purchase options, zones and warm pool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scripts.cost.bill.purchase_options import PurchaseOptions
from scripts.cost.bill.shared_services import SharedServices
from scripts.cost.bill.sizing import SizingPolicy

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class WarmPool:
    """Pre-initialised instances, with which the fleet scales out faster."""

    maximum_prepared: int
    """Maximum number of instances that run or wait, together."""
    minimum: int = 0
    """Minimum number of waiting instances."""
    running: bool = False
    """True if they wait running, at the full price, or stopped, where only their disks are billed."""

    def mean_waiting(self, counts: NDArray[np.int64]) -> float:
        """Return the mean number of waiting instances, given the number of running ones in each hour."""
        return float(np.maximum(self.maximum_prepared - counts, self.minimum).mean())


@dataclass(frozen=True, kw_only=True)
class FleetShape:
    """Configuration of a fleet."""

    instance_type: str
    alternatives: tuple[str, ...] = ()
    """Further types of its spot instances."""
    policy: SizingPolicy = field(default_factory=SizingPolicy)
    purchase: PurchaseOptions = field(default_factory=PurchaseOptions)
    unlimited_credits: bool = True
    """True if burstable instances spend surplus credits, which is EC2's default, or are throttled."""
    load_balancers: int = 1
    internal_load_balancers: int = 0
    """Those of them that have no public address."""
    rules: int = 0
    """Listener rules that are evaluated for each request, apart from the default action."""
    access_log: bool = True
    """True if the load balancer logs every request in S3."""
    connection_log: bool = True
    """True if the load balancer logs every connection in S3."""
    warm_pool: WarmPool | None = None
    detailed_monitoring: bool = False
    """True if each instance sends its metrics to CloudWatch every minute."""
    shared: SharedServices = field(default_factory=SharedServices)

    @property
    def types(self) -> tuple[str, ...]:
        """All its instance types, the preferred one first."""
        return (self.instance_type, *self.alternatives)
