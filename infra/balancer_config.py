"""What the load balancer may be: types, ranges and relations of its keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from infra.reading import Part, Reader, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

Algorithm: TypeAlias = Literal["round_robin", "least_outstanding_requests", "weighted_random"]

ALGORITHMS: Final[tuple[Algorithm, ...]] = ("round_robin", "least_outstanding_requests", "weighted_random")
"""How a balancer chooses among instances (ELB user guide, "Routing algorithms")."""


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the balancer finds out which instances may get requests. Times are in seconds."""

    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int


@dataclass(frozen=True, kw_only=True)
class BalancerConfig:
    """A load balancer and its targets. Times are in seconds; `Pulumi.yaml` says what each one means."""

    algorithm: Algorithm
    health_check: HealthCheck
    deregistration_delay: int
    idle_timeout: int
    keep_alive: int
    """The instances' own, which goes with the balancer's idle timeout."""


@dataclass(frozen=True)
class BalancerPart(Part[BalancerConfig]):
    """The balancer's keys, with that which the fleet's have relations with."""

    health_check_interval: Setting[int]


def read_balancer(read: Reader) -> BalancerPart:
    """Read the balancer's keys; `read` keeps what is wrong with each, the part what is wrong between them."""
    algorithm = read.choice("algorithm", ALGORITHMS)
    # From here to the idle timeout: ELB API reference 2015-12-01, CreateTargetGroup, TargetGroupAttribute
    # and LoadBalancerAttribute.
    interval = read.whole("healthCheckInterval", 5, 300)
    timeout = read.whole("healthCheckTimeout", 2, 120)
    healthy_threshold = read.whole("healthyThreshold", 2, 10)
    unhealthy_threshold = read.whole("unhealthyThreshold", 2, 10)
    deregistration_delay = read.whole("deregistrationDelay", 0, 3_600)
    idle_timeout = read.whole("idleTimeout", 1, 4_000)
    keep_alive = read.whole("keepAlive", 2, 4_060)
    return BalancerPart(
        (*_overlapping_checks(timeout, interval), *_closed_too_early(keep_alive, idle_timeout)),
        lambda: BalancerConfig(
            algorithm=algorithm.value,
            health_check=HealthCheck(
                interval=interval.value,
                timeout=timeout.value,
                healthy_threshold=healthy_threshold.value,
                unhealthy_threshold=unhealthy_threshold.value,
            ),
            deregistration_delay=deregistration_delay.value,
            idle_timeout=idle_timeout.value,
            keep_alive=keep_alive.value,
        ),
        interval,
    )


# As in the fleet's, a relation names its settings, and what cannot be read takes no part.


def _overlapping_checks(timeout: Setting[int], interval: Setting[int]) -> Iterator[str]:
    wait, every = timeout.readable, interval.readable
    if wait is not None and every is not None and wait >= every:
        yield f"healthCheckTimeout {wait} is not below healthCheckInterval {every}"


def _closed_too_early(keep_alive: Setting[int], idle_timeout: Setting[int]) -> Iterator[str]:
    service, balancer = keep_alive.readable, idle_timeout.readable
    if service is not None and balancer is not None and service <= balancer:
        yield (
            f"keepAlive {service} is not above idleTimeout {balancer}: "
            f"the balancer would send requests into connections that the service has closed"
        )
