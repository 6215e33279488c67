"""What the load balancer may be: types, ranges and relations of its keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from infra.config_reader import Part, Reader, Setting
from infra.load_balancer.target_group_config import TargetConfig, read_targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.network.domain_config import Domain, DomainSettings

ForwardedFor: TypeAlias = Literal["append", "preserve", "remove"]

FORWARDED_FOR: Final[tuple[ForwardedFor, ...]] = ("append", "preserve", "remove")

Operators: TypeAlias = Literal["health", "metrics", "version", "docs"]

OPERATORS_PATHS: Final[dict[Operators, tuple[str, ...]]] = {
    "health": ("/livez", "/readyz"),
    "metrics": ("/metrics",),
    "version": ("/version",),
    "docs": ("/docs", "/docs/*", "/openapi.json"),
}
"""A word of the configuration -> paths that are for those who run the service, as a balancer's patterns."""


@dataclass(frozen=True, kw_only=True)
class BalancerConfig:
    """A load balancer and its targets. Times are in seconds; `Pulumi.yaml` says what each one means."""

    targets: TargetConfig
    idle_timeout: int
    keep_alive: int
    """The instances' own, which goes with the balancer's idle timeout."""
    http2: bool
    forwarded_for: ForwardedFor
    hidden: tuple[Operators, ...]
    """What the world asks for in vain."""
    access_logs: bool
    connection_logs: bool
    domain: Domain | None


@dataclass(frozen=True)
class BalancerPart(Part[BalancerConfig]):
    """The balancer's keys, with that which the fleet's have relations with."""

    health_check_interval: Setting[int]
    deregistration_delay: Setting[int]


def read_balancer(read: Reader, min_instances: Setting[int], domain: DomainSettings) -> BalancerPart:
    """Read the balancer's keys; `read` keeps what is wrong with each, the part what is wrong between them."""
    targets = read_targets(read, min_instances)
    # ELB API reference 2015-12-01, LoadBalancerAttribute.
    idle_timeout = read.whole("loadBalancerIdleTimeoutSeconds", 1, 4_000)
    keep_alive = read.whole("serviceKeepAliveSeconds", 2, 4_060)
    http2 = read.flag("http2")
    forwarded_for = read.choice("xForwardedForMode", FORWARDED_FOR)
    public = read.words("publicPaths", tuple(OPERATORS_PATHS))
    access_logs = read.flag("loadBalancerAccessLogs")
    connection_logs = read.flag("loadBalancerConnectionLogs")
    return BalancerPart(
        (*targets.contradictions, *_closed_too_early(keep_alive, idle_timeout)),
        lambda: BalancerConfig(
            targets=targets.value(),
            idle_timeout=idle_timeout.value,
            keep_alive=keep_alive.value,
            http2=http2.value,
            forwarded_for=forwarded_for.value,
            hidden=tuple(word for word in OPERATORS_PATHS if word not in public.value),
            access_logs=access_logs.value,
            connection_logs=connection_logs.value,
            domain=domain.value,
        ),
        targets.health_check_interval,
        targets.deregistration_delay,
    )


# As in the fleet's, a relation names its settings, and what cannot be read takes no part.


def _closed_too_early(keep_alive: Setting[int], idle_timeout: Setting[int]) -> Iterator[str]:
    service, balancer = keep_alive.readable, idle_timeout.readable
    if service is not None and balancer is not None and service <= balancer:
        yield (
            f"serviceKeepAliveSeconds {service} is not above loadBalancerIdleTimeoutSeconds {balancer}: "
            f"the balancer would send requests into connections that the service has closed"
        )
