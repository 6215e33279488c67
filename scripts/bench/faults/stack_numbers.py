"""Settings of a running stack, which bound how soon a fault is noticed, and how much fails until then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from localcloud.controller import aws_queries
from localcloud.controller.reconcile_loop import RECONCILE_INTERVAL
from localcloud.load_balancer.description import describe_load_balancer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.aws.clients import Api

TURN: Final = 2 * RECONCILE_INTERVAL + 0.5
"""Maximum seconds until the controller sees what has happened: the end of one turn, and another turn."""

BALANCER_SECONDS: Final = 2.0
"""Seconds in which a load balancer is replaced."""

SUPERVISION_SECONDS: Final = 1.0
"""Seconds in which controller and supervisor notice that the other one is lost."""

FLIGHT_SECONDS: Final = 0.1
"""Maximum duration of a request: those in flight are lost with what they are at."""

BOOT_SECONDS: Final = 20.0
"""Maximum seconds until a new instance is healthy: its start, and its first health check at each zone."""

RESTORE_SECONDS: Final = 180.0
"""Maximum seconds until a new LocalStack has adopted the stack."""


@dataclass(frozen=True, kw_only=True)
class StackNumbers:
    """Health check, grace period and size of a running stack."""

    interval: float
    """Seconds between two health checks."""
    timeout: float
    """Seconds until a health check has failed."""
    threshold: int
    """Failed health checks in a row until an instance gets no more requests."""
    grace: float
    """Seconds after its start in which an instance is not replaced for its health checks."""
    instances: int
    zones: int

    @classmethod
    def read(cls, api: Api, outputs: Mapping[str, str]) -> StackNumbers:
        """Read the numbers from the AWS API."""
        group = aws_queries.describe_group(api, outputs["autoScalingGroup"])
        described = describe_load_balancer(api, outputs["loadBalancerArn"])
        check = described.target_group
        return cls(
            interval=check.get("HealthCheckIntervalSeconds", 30),
            timeout=check.get("HealthCheckTimeoutSeconds", 5),
            threshold=check.get("UnhealthyThresholdCount", 2),
            grace=group.grace_period,
            instances=len(group.instances),
            zones=len(described.zones),
        )

    @property
    def failing_seconds(self) -> float:
        """Maximum seconds until an instance that fails its checks at once gets no more requests.

        It has passed a check just before.
        """
        return self.threshold * self.interval

    @property
    def silent_seconds(self) -> float:
        """Maximum seconds until an instance that answers nothing gets no more requests."""
        return self.threshold * (self.interval + self.timeout)
