"""Attributes and health checks that AWS accepts of load balancers and target groups.

Source: LoadBalancerAttribute, TargetGroupAttribute and Matcher, Elastic Load Balancing API 2015-12-01.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from scalable_models_localstack.services import elbv2_health_check
from scalable_models_localstack.services.elbv2_attributes import (
    LOAD_BALANCER,
    TARGET_GROUP,
    Attribute,
    conflicts,
    defaults,
    mistakes,
)


class Expected(NamedTuple):
    """Default of an attribute, its words, and its first and last number; without both, any text."""

    default: str
    words: tuple[str, ...] = ()
    numbers: tuple[int, int] | None = None


TEXT = Expected("")
OFF = Expected("false", ("true", "false"))
DAY, WEEK = 86_400, 604_800

OF_BALANCER: dict[str, Expected] = {
    "access_logs.s3.bucket": TEXT,
    "access_logs.s3.enabled": OFF,
    "access_logs.s3.prefix": TEXT,
    "client_keep_alive.seconds": Expected("3600", (), (60, WEEK)),
    "connection_logs.s3.bucket": TEXT,
    "connection_logs.s3.enabled": OFF,
    "connection_logs.s3.prefix": TEXT,
    "deletion_protection.enabled": OFF,
    "health_check_logs.s3.bucket": TEXT,
    "health_check_logs.s3.enabled": OFF,
    "health_check_logs.s3.prefix": TEXT,
    "idle_timeout.timeout_seconds": Expected("60", (), (1, 4_000)),
    "load_balancing.cross_zone.enabled": Expected("true", ("true",)),
    "routing.http.desync_mitigation_mode": Expected("defensive", ("monitor", "defensive", "strictest")),
    "routing.http.drop_invalid_header_fields.enabled": OFF,
    "routing.http.preserve_host_header.enabled": OFF,
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": OFF,
    "routing.http.xff_client_port.enabled": OFF,
    "routing.http.xff_header_processing.mode": Expected("append", ("append", "preserve", "remove")),
    "routing.http2.enabled": Expected("true", ("true", "false")),
    "waf.fail_open.enabled": OFF,
    "zonal_shift.config.enabled": OFF,
}
HEALTH = "target_group_health"
OF_TARGET_GROUP: dict[str, Expected] = {
    "deregistration_delay.timeout_seconds": Expected("300", (), (0, 3_600)),
    "load_balancing.algorithm.anomaly_mitigation": Expected("off", ("on", "off")),
    "load_balancing.algorithm.type": Expected(
        "round_robin", ("round_robin", "least_outstanding_requests", "weighted_random")
    ),
    "load_balancing.cross_zone.enabled": Expected(
        "use_load_balancer_configuration", ("true", "false", "use_load_balancer_configuration")
    ),
    "slow_start.duration_seconds": Expected("0", ("0",), (30, 900)),
    "stickiness.app_cookie.cookie_name": TEXT,
    "stickiness.app_cookie.duration_seconds": Expected(str(DAY), (), (1, WEEK)),
    "stickiness.enabled": OFF,
    "stickiness.lb_cookie.duration_seconds": Expected(str(DAY), (), (1, WEEK)),
    "stickiness.type": Expected("lb_cookie", ("lb_cookie", "app_cookie")),
    f"{HEALTH}.dns_failover.minimum_healthy_targets.count": Expected("1", ("off",), (1, 1_000)),
    f"{HEALTH}.dns_failover.minimum_healthy_targets.percentage": Expected("off", ("off",), (1, 100)),
    f"{HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count": Expected("1", (), (1, 1_000)),
    f"{HEALTH}.unhealthy_state_routing.minimum_healthy_targets.percentage": Expected(
        "off", ("off",), (1, 100)
    ),
}
ALL = [
    pytest.param(known, key, expected, id=f"{kind}: {key}")
    for kind, known, attributes in (
        ("load balancer", LOAD_BALANCER, OF_BALANCER),
        ("target group", TARGET_GROUP, OF_TARGET_GROUP),
    )
    for key, expected in attributes.items()
]


def test_these_are_all_attributes():
    assert (set(LOAD_BALANCER), set(TARGET_GROUP)) == (set(OF_BALANCER), set(OF_TARGET_GROUP))


def test_a_new_resource_has_the_defaults_and_no_cookie_of_an_application():
    assert defaults(LOAD_BALANCER) == {key: expected.default for key, expected in OF_BALANCER.items()}
    new = {key: expected.default for key, expected in OF_TARGET_GROUP.items()}
    del new["stickiness.app_cookie.cookie_name"]
    assert defaults(TARGET_GROUP) == new


@pytest.mark.parametrize(("known", "key", "expected"), ALL)
def test_an_attribute_takes_its_words_and_its_numbers_up_to_the_bounds(
    known: dict[str, Attribute], key: str, expected: Expected
):
    def is_accepted(value: object) -> bool:
        found = list(mistakes("It", known, {key: str(value)}))
        assert [mistake.code for mistake in found] in ([], ["ValidationError"])
        return not found

    numbers = expected.numbers
    is_any = not expected.words and numbers is None
    assert all(is_accepted(value) for value in (expected.default, *expected.words, *(numbers or ())))
    assert [is_accepted(value) for value in ("maybe", "1.5", " 1", "")] == [is_any] * 4
    if numbers is None:
        assert is_accepted(1) is is_any
    else:
        assert not is_accepted(numbers[0] - 1)
        assert not is_accepted(numbers[1] + 1)


def test_each_wrong_or_unknown_attribute_is_a_mistake_of_its_own():
    given = {"stickiness.enabled": "yes", "no.such": "1", "stickiness.type": "lb_cookie"}
    assert [mistake.message for mistake in mistakes("Target group", TARGET_GROUP, given)] == [
        "'stickiness.enabled' value 'yes' must be one of [true, false]",
        "Target group attribute key 'no.such' is not recognized",
    ]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"load_balancing.algorithm.type": "round_robin", "slow_start.duration_seconds": "30"}, []),
        ({"load_balancing.algorithm.type": "weighted_random", "slow_start.duration_seconds": "0"}, []),
        ({"load_balancing.algorithm.type": "weighted_random"}, []),
        (
            {"load_balancing.algorithm.type": "weighted_random", "slow_start.duration_seconds": "30"},
            ["You cannot enable both slow start and weighted random algorithm on a target group"],
        ),
        ({"stickiness.type": "app_cookie", "stickiness.app_cookie.cookie_name": "session"}, []),
        (
            {"stickiness.type": "app_cookie"},
            ["You must set an application cookie name to enable stickiness of type 'app_cookie'"],
        ),
        *(
            ({"stickiness.app_cookie.cookie_name": name}, [f"The cookie name '{name}' is reserved"])
            for name in ("AWSALB", "AWSALBAPP-0", "AWSALBTG")
        ),
    ],
)
def test_attributes_that_contradict_each_other_are_a_conflict(
    attributes: dict[str, str], expected: list[str]
):
    found = list(conflicts(attributes))
    assert [mistake.message for mistake in found] == expected
    assert {mistake.code for mistake in found} <= {"InvalidConfigurationRequest"}


CHECK = {"HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": 9}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"HealthCheckProtocol": "HTTPS"},
        {"HealthCheckPath": "/"},
        {"HealthCheckEnabled": True},
        *(
            {"Matcher": {"HttpCode": codes}}
            for codes in ("200", "499", "200-499", "200,202-299", "200-299,400")
        ),
    ],
)
def test_a_health_check_that_aws_takes_has_no_mistake(change: dict[str, Any]):
    assert list(elbv2_health_check.mistakes(CHECK | change)) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"HealthCheckTimeoutSeconds": 10}, "Health check interval must be greater than the timeout."),
        ({"HealthCheckProtocol": "TCP"}, "Health check protocol 'TCP' is not supported"),
        ({"HealthCheckPath": "readyz"}, "Health check path 'readyz' must begin with a '/'"),
        ({"HealthCheckEnabled": False}, "Health check enabled must be true"),
        *(
            (
                {"Matcher": {"HttpCode": codes}},
                f"Health check matcher HTTP code '{codes}' must be within '200-499'",
            )
            for codes in ("199", "500", "199-299", "200-500", "2xx", "200,", "200-", "200 201", "")
        ),
    ],
)
def test_a_health_check_that_aws_refuses_has_one_mistake(change: dict[str, Any], message: str):
    (mistake,) = elbv2_health_check.mistakes(CHECK | change)
    assert mistake.code == "ValidationError"
    assert mistake.message.startswith(message)
