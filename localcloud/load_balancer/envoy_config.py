"""Plays the ALB: Envoy's configuration, as a pure function of what the AWS API says of a load balancer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.envoy_routes import exceptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

Json = dict[str, Any]

CLUSTER: Final = "fleet"

_BOUNDS: Final = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
_UNBOUNDED: Final = 1_000_000

LARGEST_EXPRESSION: Final = 1_000
"""Instructions of RE2: enough for three expressions of 128 characters, the most that a condition of an ALB
holds. Envoy takes 100 unless it is told otherwise (its documentation, "RegexMatcher")."""

POLICIES: Final = {
    "round_robin": "ROUND_ROBIN",
    "least_outstanding_requests": "LEAST_REQUEST",
    "weighted_random": "RANDOM",
}
"""The ALB's `load_balancing.algorithm.type` -> Envoy's `lb_policy`."""


@dataclass(frozen=True)
class Target:
    """An instance that may receive requests."""

    instance_id: str
    port: int
    """On 127.0.0.1: local instances share this machine's address."""


@dataclass(frozen=True)
class Files:
    """Where Envoy reads its configuration and listens for questions, all in one folder."""

    folder: Path

    @property
    def bootstrap(self) -> Path:
        """Read once at start."""
        return self.folder / "envoy.json"

    @property
    def endpoints(self) -> Path:
        """Read whenever a new version is moved into place."""
        return self.folder / "endpoints.json"

    @property
    def admin(self) -> Path:
        """Socket of the admin interface: on a file, because who reaches it can stop Envoy."""
        return self.folder / "admin.sock"


def bootstrap(
    files: Files,
    port: int,
    load_balancer: Mapping[str, str],
    target_group: Mapping[str, Any],
    target_group_attributes: Mapping[str, str],
    rules: Iterable[Mapping[str, Any]] = (),
) -> Json:
    """Configure Envoy to do what an ALB with these settings does.

    Args:
        files: where the endpoints and the admin socket are.
        port: of 127.0.0.1 to listen on.
        load_balancer: attributes as `DescribeLoadBalancerAttributes` names them.
        target_group: as `DescribeTargetGroups` describes it.
        target_group_attributes: as `DescribeTargetGroupAttributes` names them.
        rules: of the listener, as `DescribeRules` describes them, without the default.

    Raises:
        UnplayedRuleError: a rule says something that nothing here does.
    """
    idle_timeout = f"{load_balancer['idle_timeout.timeout_seconds']}s"
    return {
        "node": {"id": "local", "cluster": "local"},
        "admin": {"address": {"pipe": {"path": str(files.admin), "mode": 0o600}}},
        "layered_runtime": {
            "layers": [
                {"name": "limits", "static_layer": {"re2.max_program_size.error_level": LARGEST_EXPRESSION}}
            ]
        },
        "static_resources": {
            "listeners": [_listener(port, idle_timeout, load_balancer, exceptions(rules))],
            "clusters": [_cluster(files, idle_timeout, target_group, target_group_attributes)],
        },
    }


def _listener(port: int, idle_timeout: str, attributes: Mapping[str, str], first: Sequence[Json]) -> Json:
    forwarded_for = attributes["routing.http.xff_header_processing.mode"]
    return {
        "name": "http",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "http",
                        "typed_config": {
                            "@type": _type(
                                "filters.network.http_connection_manager.v3.HttpConnectionManager"
                            ),
                            "stat_prefix": "http",
                            "use_remote_address": True,
                            "skip_xff_append": forwarded_for == "preserve",
                            "generate_request_id": False,
                            "server_header_transformation": "PASS_THROUGH",
                            "common_http_protocol_options": {"idle_timeout": idle_timeout},
                            "route_config": {
                                "virtual_hosts": [_virtual_host(idle_timeout, first)],
                                "request_headers_to_remove": (
                                    ["x-forwarded-for"] if forwarded_for == "remove" else []
                                ),
                            },
                            "http_filters": [
                                {
                                    "name": "router",
                                    "typed_config": {
                                        "@type": _type("filters.http.router.v3.Router"),
                                        "suppress_envoy_headers": True,
                                    },
                                }
                            ],
                        },
                    }
                ]
            }
        ],
    }


def _virtual_host(idle_timeout: str, first: Sequence[Json]) -> Json:
    return {
        "name": "everything",
        "domains": ["*"],
        "routes": [
            *first,
            {
                "match": {"prefix": "/"},
                # An ALB answers 504 when a target stays silent for the idle timeout.
                "route": {"cluster": CLUSTER, "timeout": idle_timeout},
            },
        ],
        # Only what never reached a target is sent again, so nothing is done twice. A local instance that died
        # refuses connections at once; without this, its share of the requests would fail until it is out.
        "retry_policy": {
            "retry_on": "connect-failure,refused-stream",
            "num_retries": 3,
            "retry_host_predicate": [
                {
                    "name": "elsewhere",
                    "typed_config": {
                        "@type": _type("retry.host.previous_hosts.v3.PreviousHostsPredicate"),
                    },
                }
            ],
            "host_selection_retry_max_attempts": 5,
        },
    }


def _cluster(
    files: Files, idle_timeout: str, target_group: Mapping[str, Any], attributes: Mapping[str, str]
) -> Json:
    cluster: Json = {
        "name": CLUSTER,
        "type": "EDS",
        "eds_cluster_config": {
            "eds_config": {
                "path_config_source": {
                    "path": str(files.endpoints),
                    "watched_directory": {"path": str(files.folder)},
                }
            }
        },
        "connect_timeout": "1s",
        # Envoy's own bounds (1,024 requests, 3 retries at a time) are not the ALB's.
        "circuit_breakers": {"thresholds": [dict.fromkeys(_BOUNDS, _UNBOUNDED)]},
        "lb_policy": POLICIES[attributes["load_balancing.algorithm.type"]],
        # The ALB routes to the healthy targets however few they are, and to all only when none is healthy.
        "common_lb_config": {"healthy_panic_threshold": {"value": 1}},
        # Targets that were deregistered get nothing new, healthy or not.
        "ignore_health_on_host_removal": True,
        "health_checks": [_health_check(target_group)],
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": _type("upstreams.http.v3.HttpProtocolOptions"),
                # Shorter than the server's, or a request meets a connection that was just closed.
                "common_http_protocol_options": {"idle_timeout": idle_timeout},
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }
    slow_start = int(attributes.get("slow_start.duration_seconds", "0"))
    if slow_start:
        cluster["round_robin_lb_config"] = {"slow_start_config": {"slow_start_window": f"{slow_start}s"}}
    return cluster


def _health_check(target_group: Mapping[str, Any]) -> Json:
    interval = f"{target_group['HealthCheckIntervalSeconds']}s"
    return {
        "timeout": f"{target_group['HealthCheckTimeoutSeconds']}s",
        "interval": interval,
        # Otherwise Envoy asks an idle cluster only once a minute; the ALB makes no such difference.
        "no_traffic_interval": interval,
        "unhealthy_threshold": target_group["UnhealthyThresholdCount"],
        "healthy_threshold": target_group["HealthyThresholdCount"],
        "http_health_check": {
            "path": target_group["HealthCheckPath"],
            "expected_statuses": list(_expected_statuses(target_group["Matcher"]["HttpCode"])),
        },
    }


def _expected_statuses(matcher: str) -> Iterable[Json]:
    """Read an ALB's success codes: `200`, `200,202` or `200-299`. Envoy's ranges exclude their end."""
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        yield {"start": int(first), "end": int(last or first) + 1}


def endpoints(targets: Iterable[Target]) -> Json:
    """List the registered targets as Envoy's endpoint discovery wants them."""
    return {
        "resources": [
            {
                "@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
                "cluster_name": CLUSTER,
                "endpoints": [{"lb_endpoints": [_endpoint(target) for target in targets]}],
            }
        ]
    }


def _endpoint(target: Target) -> Json:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": target.port}}
    return {"endpoint": {"address": address, "hostname": target.instance_id}}


@dataclass(frozen=True)
class TargetStatus:
    """What Envoy knows of a target."""

    healthy: bool
    requests: int
    """Sent to it since it was registered."""


def statuses(clusters: Json) -> dict[str, TargetStatus]:
    """Read the targets' state from Envoy's `/clusters?format=json`, by instance id."""
    hosts = [
        host
        # Absent while Envoy has only just started.
        for cluster in clusters.get("cluster_statuses", [])
        if cluster["name"] == CLUSTER
        for host in cluster.get("host_statuses", [])
    ]
    return {host["hostname"]: _status(host) for host in hosts}


def _status(host: Json) -> TargetStatus:
    health = host["health_status"]
    counters = {stat["name"]: int(stat.get("value", 0)) for stat in host["stats"]}
    return TargetStatus(
        healthy=not (health.get("failed_active_health_check") or health.get("pending_active_hc")),
        requests=counters["rq_total"],
    )


def _type(name: str) -> str:
    return f"type.googleapis.com/envoy.extensions.{name}"
