"""Emulation of the ALB: Envoy's configuration as a pure function of the AWS API's descriptions."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.envoy_http import forwarded_for_options, http_options, refused_requests
from localcloud.load_balancer.envoy_policies import LOAD_HEADER, fail_open_percentage, policy_options
from localcloud.load_balancer.firewall.envoy_filter import firewall_cluster, firewall_filter
from localcloud.load_balancer.routing.envoy_routes import listener_rule_routes
from localcloud.load_balancer.routing.forwarding import CLUSTER, Forwarding
from localcloud.load_balancer.routing.sticky_sessions import sticky_filters
from localcloud.state_dir import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from localcloud.load_balancer.routing.forwarding import TargetGroup

Json = dict[str, Any]

_THRESHOLDS: Final = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
_UNLIMITED: Final = 1_000_000

_QUIET: Final = "60s"
"""Time after which a thread that hangs is counted, in a statistic that is not read here. By default it is
0.2 s, and each thread wakes up ten times a second to show that it does not hang."""

SELECTIONS: Final = 1_000
"""Number of times that a retry selects a target until it is another one: with least outstanding requests, a
target that refuses connections is selected first, and of two the other one at every 256th time on average."""

MAXIMUM_REGEX_SIZE: Final = 1_000
"""Maximum program size of RE2, in instructions: enough for three expressions of 128 characters, the limit of
an ALB condition. Envoy's default is 100 (its documentation, "RegexMatcher")."""

RESPONSE_TIMES: Final = [round(1.25**power, 2) for power in range(50)]
"""Bounds of the intervals by which response times are counted, in milliseconds up to a minute, 25 % apart."""


@dataclass(frozen=True)
class EnvoyTarget:
    """Instance that can receive requests."""

    instance_id: str
    port: int
    """Port on 127.0.0.1, the address of all local instances."""
    zone: str = ""
    """Availability zone; "" if it is not known."""
    healthy: bool = True
    """False if it has failed its health checks."""


@dataclass(frozen=True)
class EnvoyFiles:
    """Envoy's configuration files and admin socket, all in one folder."""

    folder: Path

    def versions(self) -> dict[str, str]:
        """Return the version of the content of each file by its name, without those that have none."""
        found = {"bootstrap": _read(self.bootstrap).get("node", {}).get("metadata", {}).get("version")}
        for part, file in self._followed.items():
            found[part] = _read(file).get("version_info")
        return {part: version for part, version in found.items() if version}

    @property
    def _followed(self) -> dict[str, Path]:
        return {"listeners": self.listeners, "clusters": self.clusters, "endpoints": self.endpoints}

    @property
    def bootstrap(self) -> Path:
        """Bootstrap configuration, read once at start."""
        return self.folder / "envoy.json"

    @property
    def listeners(self) -> Path:
        """Listener configuration, read again when it is replaced."""
        return self.folder / "listeners.json"

    @property
    def clusters(self) -> Path:
        """Configuration of the target group and its health check, read again when it is replaced."""
        return self.folder / "clusters.json"

    @property
    def endpoints(self) -> Path:
        """Endpoint configuration, read again when it is replaced."""
        return self.endpoints_of(CLUSTER)

    def endpoints_of(self, cluster: str) -> Path:
        """Return the path of a cluster's endpoint configuration: Envoy reads a file for one cluster."""
        return self.folder / f"endpoints{cluster.removeprefix(CLUSTER)}.json"

    @property
    def admin(self) -> Path:
        """Unix socket of the admin interface, protected by file permissions because it can stop Envoy."""
        return self.folder / "admin.sock"


def _read(file: Path) -> Json:
    try:
        return read_json(file) or {}
    except (FileNotFoundError, ValueError):
        return {}


def configuration_files(
    files: EnvoyFiles,
    port: int,
    load_balancer: Mapping[str, str],
    target_group: Mapping[str, Any],
    target_group_attributes: Mapping[str, str],
    rules: Iterable[Mapping[str, Any]] = (),
    firewall: Path | None = None,
    others: Sequence[TargetGroup] = (),
) -> dict[Path, Json]:
    """Return the contents of the files with which Envoy behaves like an ALB with these settings.

    The bootstrap configuration depends only on the folder. Envoy follows the others while it runs, when they
    are replaced.

    Args:
        files: paths of the files and of the admin socket.
        port: port on 127.0.0.1 to listen on.
        load_balancer: attributes from `DescribeLoadBalancerAttributes`.
        target_group: description from `DescribeTargetGroups`.
        target_group_attributes: attributes from `DescribeTargetGroupAttributes`.
        rules: the listener's rules from `DescribeRules`, without the default.
        firewall: socket of the firewall that allows or blocks each request, if there is one.
        others: other target groups to which rules can forward. Their endpoint files have to exist.

    Raises:
        UnsupportedRuleError: a rule has an unsupported condition or action.
    """
    idle_timeout = f"{load_balancer['idle_timeout.timeout_seconds']}s"
    by_arn = {str(group.settings["TargetGroupArn"]): group for group in others}
    forwarding = Forwarding(idle_timeout, target_group.get("TargetGroupArn"), by_arn)
    filters = [firewall_filter(load_balancer)] if firewall else []
    filters += sticky_filters(target_group_attributes, [group.attributes for group in others])
    listener = _listener(port, load_balancer, listener_rule_routes(rules, forwarding), forwarding, filters)
    clusters = [
        _cluster(files, CLUSTER, idle_timeout, target_group, target_group_attributes),
        *(_cluster(files, group.cluster, idle_timeout, group.settings, group.attributes) for group in others),
        *([firewall_cluster(firewall)] if firewall else []),
    ]
    return {
        files.bootstrap: _bootstrap(files),
        files.clusters: _resources("cluster.v3.Cluster", *clusters),
        files.listeners: _resources("listener.v3.Listener", listener),
    }


def _resources(type_name: str, *resources: Json) -> Json:
    """Return the content of a file of Envoy's discovery services (xDS), with a version that Envoy reports."""
    name = f"type.googleapis.com/envoy.config.{type_name}"
    content = [{"@type": name, **resource} for resource in resources]
    return {"version_info": _digest(content), "resources": content}


def with_cluster(content: Json, cluster: Json) -> Json:
    """Return the content of a file of clusters with another one, unless it has one of that name."""
    resources: list[Json] = content["resources"]
    if any(each["name"] == cluster["name"] for each in resources):
        return content
    return _resources("cluster.v3.Cluster", *resources, cluster)


def _digest(content: Any) -> str:  # noqa: ANN401 - any JSON
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def no_listeners() -> Json:
    """Return the content of a listener file with which Envoy accepts no new connections."""
    return _resources("listener.v3.Listener")


def _watched(files: EnvoyFiles, file: Path) -> Json:
    """Return a source that Envoy reads again when a file of its folder is replaced."""
    return {"path_config_source": {"path": str(file), "watched_directory": {"path": str(files.folder)}}}


def _bootstrap(files: EnvoyFiles) -> Json:
    content = _bootstrap_content(files)
    # Envoy reports its node, which is otherwise only of use to a control plane.
    node = {"id": "local", "cluster": "local", "metadata": {"version": _digest(content)}}
    return {"node": node, **content}


def _bootstrap_content(files: EnvoyFiles) -> Json:
    watchdog = {"miss_timeout": _QUIET, "megamiss_timeout": _QUIET}
    return {
        "stats_config": {
            "histogram_bucket_settings": [
                {"match": {"suffix": ".upstream_rq_time"}, "buckets": RESPONSE_TIMES}
            ]
        },
        "watchdogs": {"main_thread_watchdog": watchdog, "worker_watchdog": watchdog},
        "admin": {"address": {"pipe": {"path": str(files.admin), "mode": 0o600}}},
        "layered_runtime": {
            "layers": [
                {"name": "limits", "static_layer": {"re2.max_program_size.error_level": MAXIMUM_REGEX_SIZE}}
            ]
        },
        "dynamic_resources": {
            "lds_config": _watched(files, files.listeners),
            "cds_config": _watched(files, files.clusters),
        },
    }


def _listener(
    port: int,
    attributes: Mapping[str, str],
    rule_routes: Sequence[Json],
    forwarding: Forwarding,
    filters: Sequence[Json],
) -> Json:
    return {
        "name": "http",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        # Shared with the Envoys of the other zones. Envoy ignores it where the system can't do that.
        "enable_reuse_port": True,
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
                            "generate_request_id": False,
                            "server_header_transformation": "PASS_THROUGH",
                            **http_options(attributes),
                            "route_config": {
                                "virtual_hosts": [_virtual_host(rule_routes, forwarding.default())],
                                # The cluster of a new target group can be a moment later than its route.
                                "validate_clusters": False,
                                **forwarded_for_options(attributes),
                            },
                            "http_filters": [
                                *filters,
                                {
                                    "name": "router",
                                    "typed_config": {
                                        "@type": _type("filters.http.router.v3.Router"),
                                        "suppress_envoy_headers": True,
                                    },
                                },
                            ],
                        },
                    }
                ]
            }
        ],
    }


def _virtual_host(rule_routes: Sequence[Json], forward: Json) -> Json:
    return {
        "name": "everything",
        "domains": ["*"],
        "response_headers_to_remove": [LOAD_HEADER],
        "routes": [
            *refused_requests(),
            *rule_routes,
            {
                "match": {"prefix": "/"},
                "route": forward,
            },
        ],
        # Only requests that never reached a target are retried, so none is processed twice. A dead local
        # instance refuses connections; without retries, its share of the requests would fail until it is
        # removed.
        "retry_policy": {
            "retry_on": "connect-failure,refused-stream",
            "num_retries": 3,
            "retry_host_predicate": [
                {
                    "name": "other_host",
                    "typed_config": {
                        "@type": _type("retry.host.previous_hosts.v3.PreviousHostsPredicate"),
                    },
                }
            ],
            "host_selection_retry_max_attempts": SELECTIONS,
        },
    }


def _cluster(
    files: EnvoyFiles,
    name: str,
    idle_timeout: str,
    target_group: Mapping[str, Any],
    attributes: Mapping[str, str],
) -> Json:
    return {
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": _watched(files, files.endpoints_of(name))},
        "connect_timeout": "1s",
        # The ALB does not have Envoy's default limits (1,024 requests, 3 retries at a time).
        "circuit_breakers": {"thresholds": [dict.fromkeys(_THRESHOLDS, _UNLIMITED)]},
        "common_lb_config": {"healthy_panic_threshold": {"value": fail_open_percentage(attributes)}},
        # Deregistered targets get no new requests, healthy or not.
        "ignore_health_on_host_removal": True,
        "health_checks": [_health_check(target_group)],
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": _type("upstreams.http.v3.HttpProtocolOptions"),
                # Shorter than the server's keep-alive, to avoid sending a request on a connection that was
                # just closed.
                "common_http_protocol_options": {"idle_timeout": idle_timeout},
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
        **policy_options(attributes),
    }


def _health_check(target_group: Mapping[str, Any]) -> Json:
    interval = f"{target_group['HealthCheckIntervalSeconds']}s"
    return {
        "timeout": f"{target_group['HealthCheckTimeoutSeconds']}s",
        "interval": interval,
        # Envoy's default checks an idle cluster only once a minute; the ALB makes no such difference.
        "no_traffic_interval": interval,
        "unhealthy_threshold": target_group["UnhealthyThresholdCount"],
        "healthy_threshold": target_group["HealthyThresholdCount"],
        "http_health_check": {
            "path": target_group["HealthCheckPath"],
            "expected_statuses": list(_expected_statuses(target_group["Matcher"]["HttpCode"])),
        },
    }


def _expected_statuses(matcher: str) -> Iterable[Json]:
    """Convert an ALB's success codes (`200`, `200,202`, `200-299`) to Envoy's half-open ranges."""
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        yield {"start": int(first), "end": int(last or first) + 1}


def endpoint_config(targets: Iterable[EnvoyTarget], cluster: str = CLUSTER) -> Json:
    """Return the registered targets as a resource of Envoy's endpoint discovery service (EDS)."""
    return _resources(
        "endpoint.v3.ClusterLoadAssignment",
        {
            "cluster_name": cluster,
            "endpoints": [{"lb_endpoints": [_endpoint(target) for target in targets]}],
        },
    )


def _endpoint(target: EnvoyTarget) -> Json:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": target.port}}
    return {"endpoint": {"address": address, "hostname": target.instance_id}}


@dataclass(frozen=True)
class TargetStatus:
    """Health and request count of a target, as reported by Envoy."""

    healthy: bool | None
    """None until the first health check: Envoy has just started, or the target was just registered."""
    requests: int
    """Requests sent to it since its registration."""


def parse_target_statuses(clusters: Json) -> dict[str, TargetStatus]:
    """Parse the target statuses from Envoy's `/clusters?format=json`, by instance id.

    The health of a target of several groups is that in the group to which the listener forwards; its requests
    are those of all groups.
    """
    statuses: dict[str, TargetStatus] = {}
    # Absent immediately after Envoy's start.
    for cluster in sorted(clusters.get("cluster_statuses", []), key=lambda cluster: cluster["name"]):
        if cluster["name"].partition("-")[0] != CLUSTER:
            continue
        for host in cluster.get("host_statuses", []):
            name, status = host["hostname"], _status(host)
            before = statuses.get(name, TargetStatus(status.healthy, requests=0))
            statuses[name] = TargetStatus(before.healthy, before.requests + status.requests)
    return statuses


def _status(host: Json) -> TargetStatus:
    health = host["health_status"]
    counters = {stat["name"]: int(stat.get("value", 0)) for stat in host["stats"]}
    # Until its first health check a host counts as failed as well (Envoy API, HostHealthStatus).
    pending = health.get("pending_active_hc", False)
    return TargetStatus(
        healthy=None if pending else not health.get("failed_active_health_check"),
        requests=counters["rq_total"],
    )


def _type(name: str) -> str:
    return f"type.googleapis.com/envoy.extensions.{name}"
