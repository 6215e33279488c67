"""Emulation of the algorithms of a target group: Envoy's load balancing policies and outlier detection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

ALGORITHM: Final = "load_balancing.algorithm.type"

LEAST_LOAD: Final = "least_load"
"""Algorithm of local clouds only, which an ALB does not have; the tag of `ALGORITHM_TAG` selects it."""

ALGORITHM_TAG: Final = "local-cloud:algorithm"
"""Tag of a target group with the value `least_load`, which replaces the algorithm: the AWS API refuses it as
an attribute. On AWS, the tag has no effect."""

LOAD_HEADER: Final = "endpoint-load-metrics"
"""Response header in which the instances of a local cloud report their load; clients do not get it."""

_POLICIES: Final = "load_balancing_policies"
_TYPE: Final = f"type.googleapis.com/envoy.extensions.{_POLICIES}"

COMPARED_TARGETS: Final = 8
"""Number of targets at random of which Envoy takes the one with the fewest requests; they may be the same.
Of two targets, one that answers nothing gets 0.4 % of the requests; with Envoy's default of two, a quarter.
A comparison of all (`FULL_SCAN`) would send each retry to a target that refuses connections too, as that has
no requests in progress."""

LB_POLICIES: Final[Mapping[str, Json]] = {
    "round_robin": {"lb_policy": "ROUND_ROBIN"},
    "least_outstanding_requests": {
        "load_balancing_policy": {
            "policies": [
                {
                    "typed_extension_config": {
                        "name": f"envoy.{_POLICIES}.least_request",
                        "typed_config": {
                            "@type": f"{_TYPE}.least_request.v3.LeastRequest",
                            "choice_count": COMPARED_TARGETS,
                        },
                    }
                }
            ]
        },
    },
    "weighted_random": {"lb_policy": "RANDOM"},
}
"""The ALB's `load_balancing.algorithm.type` -> the policy of Envoy's cluster."""

_LEAST_LOAD_POLICY: Final = "client_side_weighted_round_robin"

ANOMALY_DETECTION: Final[Json] = {
    "interval": "2s",
    "base_ejection_time": "4s",
    "max_ejection_time": "20s",
    "max_ejection_percent": 50,
    "failure_percentage_threshold": 10,
    "failure_percentage_minimum_hosts": 3,
    "failure_percentage_request_volume": 10,
    "enforcing_failure_percentage": 100,
    "enforcing_consecutive_5xx": 0,
    "enforcing_consecutive_gateway_failure": 0,
    "enforcing_success_rate": 0,
}
"""Approximation of anomaly mitigation: an ALB gives less of the traffic to a target that answers with more
errors 5xx or fails more connections than the others, from three healthy targets (ELB user guide, "Automatic
Target Weights"). Envoy can't lower a weight by itself: a target of which a tenth of the requests fails gets
none for 4 s, and longer each further time, so that its share is lower on average."""


def fail_open_percentage(attributes: Mapping[str, str]) -> int:
    """Return the percentage of healthy targets below which an ALB routes requests to all of them.

    Without one, it does so if none is healthy (ELB user guide, "Target group health").
    """
    key = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage"
    percentage = attributes.get(key, "off")
    return 1 if percentage == "off" else int(percentage)


def tagged_algorithm(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the attribute that a target group's tags replace: the algorithm, if it is tagged so."""
    return {ALGORITHM: LEAST_LOAD} if tags.get(ALGORITHM_TAG) == LEAST_LOAD else {}


def policy_options(attributes: Mapping[str, str]) -> Json:
    """Return the options of Envoy's cluster for these attributes of a target group."""
    algorithm = attributes[ALGORITHM]
    if algorithm == LEAST_LOAD:
        return {"load_balancing_policy": {"policies": [{"typed_extension_config": _LEAST_LOAD_EXTENSION}]}}
    options = dict(LB_POLICIES[algorithm])
    slow_start = int(attributes.get("slow_start.duration_seconds", "0"))
    if slow_start:
        options["round_robin_lb_config"] = {"slow_start_config": {"slow_start_window": f"{slow_start}s"}}
    if attributes.get("load_balancing.algorithm.anomaly_mitigation") == "on":
        options["outlier_detection"] = ANOMALY_DETECTION
    return options


_LEAST_LOAD_EXTENSION: Final[Json] = {
    "name": f"envoy.{_POLICIES}.{_LEAST_LOAD_POLICY}",
    "typed_config": {
        "@type": f"{_TYPE}.{_LEAST_LOAD_POLICY}.v3.ClientSideWeightedRoundRobin",
        # Weights count once an instance has reported for a second, and until 10 s after its last report.
        "blackout_period": "1s",
        "weight_expiration_period": "10s",
        "weight_update_period": "1s",
    },
}
"""Weights by the load that each instance reports (ORCA): rate divided by utilization."""
