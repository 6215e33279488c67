"""Load balancer section of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import Field

from infra.config_reader import Flag, Parser, Seconds, Section, parse_names

if TYPE_CHECKING:
    from collections.abc import Iterator

XForwardedForMode: TypeAlias = Literal["append", "preserve", "remove"]

Operators: TypeAlias = Literal["health", "metrics", "version", "docs"]

OPERATORS_PATHS: Final[dict[Operators, tuple[str, ...]]] = {
    "health": ("/livez", "/readyz", "/v2/health/*"),
    "metrics": ("/metrics",),
    "version": ("/version", "/v2"),
    "docs": ("/docs", "/docs/*", "/openapi.json"),
}
"""A word of the configuration -> paths for operators of the service, as a load balancer's patterns."""

PublicPaths: TypeAlias = Annotated[
    tuple[Operators, ...],
    Parser(
        parse_names(tuple(OPERATORS_PATHS)),
        f"any of {', '.join(OPERATORS_PATHS)}, separated by commas, or nothing",
    ),
]


class LoadBalancerConfig(Section):
    """Load balancer."""

    # Ranges: ELB API reference 2015-12-01, LoadBalancerAttribute.
    load_balancer_idle_timeout_seconds: Seconds = Field(
        default=60, ge=1, le=4_000, description="Idle time after which the load balancer closes a connection."
    )
    service_keep_alive_seconds: Seconds = Field(
        default=75,
        ge=2,
        le=4_060,
        description="Idle time after which the service closes a connection. Above "
        "loadBalancerIdleTimeoutSeconds, or clients see random 502s.",
    )
    http2: Flag = Field(
        default=True,
        description="Accept HTTP/2 from clients. Browsers use it only over TLS, and so only with a "
        "domainName.",
    )
    x_forwarded_for_mode: XForwardedForMode = Field(
        default="append",
        description="Treatment of X-Forwarded-For by the load balancer. append = add the client's address, "
        "the only one that can be trusted; preserve = leave the client's header; remove = drop the header.",
    )
    public_paths: PublicPaths = Field(
        default="",
        validate_default=True,
        description="Paths besides predictions that clients reach, separated by commas. health = /livez, "
        "/readyz and /v2/health; metrics = /metrics; version = /version and /v2; docs = /docs and "
        "/openapi.json. Load balancer and function answer the others with 404, in any spelling.",
    )
    load_balancer_access_logs: Flag = Field(
        default=True,
        description="Write access logs of the load balancer to the log bucket. They cost only their storage.",
    )
    load_balancer_connection_logs: Flag = Field(
        default=True,
        description="Write connection logs of the load balancer as well, with the TLS version and the reason "
        "of a failure.",
    )

    @property
    def blocked_path_rules(self) -> tuple[Operators, ...]:
        """Words of the paths that the load balancer answers with 404."""
        return tuple(word for word in OPERATORS_PATHS if word not in self.public_paths)

    @property
    def blocked_paths(self) -> tuple[str, ...]:
        """Paths that are answered with 404; one that ends with `*` stands for all that begin with it."""
        return tuple(path for word in self.blocked_path_rules for path in OPERATORS_PATHS[word])


def keep_alive_below_idle_timeout(
    service_keep_alive_seconds: int, load_balancer_idle_timeout_seconds: int
) -> Iterator[str]:
    """Check that the load balancer closes idle connections before the service does."""
    if service_keep_alive_seconds <= load_balancer_idle_timeout_seconds:
        yield (
            f"serviceKeepAliveSeconds {service_keep_alive_seconds} is not above "
            f"loadBalancerIdleTimeoutSeconds {load_balancer_idle_timeout_seconds}: the load balancer would "
            "send requests into connections that the service has closed"
        )


RELATIONS: Final = (keep_alive_below_idle_timeout,)
