"""Envoy's part of the firewall: the filter that asks it about each request, and its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.envoy_http import appends_address
from localcloud.load_balancer.firewall.check_protocol import APPENDED_HEADER, SOURCE_HEADER
from localcloud.load_balancer.firewall.rules.reserved_names import INSERTED_PREFIX
from localcloud.load_balancer.firewall.rules.web_request import BODY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Json = dict[str, Any]

CLUSTER: Final = "firewall"

ANSWER_TIMEOUT: Final = "5s"
"""Time in which the firewall answers; a busy machine is slow."""

UNINSPECTED_HEADERS: Final = ("connection", "expect", "te", "trailer", "transfer-encoding", "upgrade")
"""Headers of one connection, which are not sent on."""

NOT_OF_ENVOY: Final = "[^x].*|x[^-].*|x-[^e].*|x-e[^n].*"
"""Names of response headers other than Envoy's own, which begin with x-envoy-."""


def firewall_filter(attributes: Mapping[str, str]) -> Json:
    """Return the HTTP filter that asks the firewall about each request.

    Like an ALB, it refuses requests with 500 while the firewall does not answer, unless the attribute
    `waf.fail_open.enabled` is true (ELB user guide, "Load balancer attributes").
    """
    added = {SOURCE_HEADER: "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"}
    if appends_address(attributes):
        added[APPENDED_HEADER] = "true"
    return {
        "name": "firewall",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
            "transport_api_version": "V3",
            "failure_mode_allow": attributes.get("waf.fail_open.enabled") == "true",
            "status_on_error": {"code": 500},
            # One byte more than is inspected shows that there are more.
            "with_request_body": {"max_request_bytes": BODY_LIMIT + 1, "allow_partial_message": True},
            "allowed_headers": {"patterns": [{"safe_regex": {"regex": ".*"}}]},
            "disallowed_headers": {
                "patterns": [{"exact": name, "ignore_case": True} for name in UNINSPECTED_HEADERS]
            },
            "http_service": {
                "server_uri": {"uri": "http://firewall", "cluster": CLUSTER, "timeout": ANSWER_TIMEOUT},
                "authorization_request": {
                    "headers_to_add": [{"key": name, "value": value} for name, value in added.items()]
                },
                "authorization_response": {
                    "allowed_upstream_headers": {"patterns": [{"prefix": INSERTED_PREFIX}]},
                    "allowed_client_headers": {"patterns": [{"safe_regex": {"regex": NOT_OF_ENVOY}}]},
                },
                # Bridges the start of another process, as long as an answer may take: pauses are random, of a
                # quarter of a second on average.
                "retry_policy": {
                    "retry_on": "connect-failure,reset",
                    "num_retries": 100,
                    "retry_back_off": {"base_interval": "0.1s", "max_interval": "0.5s"},
                },
            },
        },
    }


def firewall_cluster(socket: Path) -> Json:
    """Return the cluster of the firewall's process."""
    endpoint = {"endpoint": {"address": {"pipe": {"path": str(socket)}}}}
    return {
        "name": CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "circuit_breakers": {
            "thresholds": [
                dict.fromkeys(
                    ("max_connections", "max_pending_requests", "max_requests", "max_retries"), 1_000_000
                )
            ]
        },
        "load_assignment": {"cluster_name": CLUSTER, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
