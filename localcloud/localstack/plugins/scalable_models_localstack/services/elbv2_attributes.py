"""Attributes of load balancers and target groups: their defaults, and the values that AWS accepts.

Sources: LoadBalancerAttribute and TargetGroupAttribute in the Elastic Load Balancing API 2015-12-01; "Load
balancer attributes" and "Target group attributes" in the user guide for Application Load Balancers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from scalable_models_localstack.services.elbv2_mistake import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BOOLEAN: Final = ("true", "false")
DAY: Final = 86_400
WEEK: Final = 7 * DAY
"""Seconds, the maximum of a cookie's duration and of a connection's keep-alive."""


class Attribute(NamedTuple):
    """Attribute with its default and its values: words, numbers in a range, or both; neither means any."""

    default: str
    words: tuple[str, ...] = ()
    numbers: range = range(0)

    def accepts(self, value: str) -> bool:
        """Return whether a value is one of the attribute's."""
        if not self.words and not self.numbers:
            return True
        return value in self.words or (
            re.fullmatch(r"\d{1,9}", value, re.ASCII) is not None and int(value) in self.numbers
        )

    @property
    def allowed(self) -> str:
        """Description of the values, as moto and AWS word it."""
        number = f"between '{self.numbers[0]}-{self.numbers[-1]}' inclusive" if self.numbers else ""
        return " or ".join(
            part for part in (f"one of [{', '.join(self.words)}]" if self.words else "", number) if part
        )


def _seconds(default: int, minimum: int, maximum: int) -> Attribute:
    return Attribute(str(default), numbers=range(minimum, maximum + 1))


def _switch(default: str = "false") -> Attribute:
    return Attribute(default, BOOLEAN)


LOAD_BALANCER: Final[Mapping[str, Attribute]] = {
    "access_logs.s3.bucket": Attribute(""),
    "access_logs.s3.enabled": _switch(),
    "access_logs.s3.prefix": Attribute(""),
    "client_keep_alive.seconds": _seconds(3600, 60, WEEK),
    "connection_logs.s3.bucket": Attribute(""),
    "connection_logs.s3.enabled": _switch(),
    "connection_logs.s3.prefix": Attribute(""),
    "deletion_protection.enabled": _switch(),
    "health_check_logs.s3.bucket": Attribute(""),
    "health_check_logs.s3.enabled": _switch(),
    "health_check_logs.s3.prefix": Attribute(""),
    "idle_timeout.timeout_seconds": _seconds(60, 1, 4000),
    # An Application Load Balancer is always cross-zone; only a target group can switch it off.
    "load_balancing.cross_zone.enabled": Attribute("true", ("true",)),
    "routing.http.desync_mitigation_mode": Attribute("defensive", ("monitor", "defensive", "strictest")),
    "routing.http.drop_invalid_header_fields.enabled": _switch(),
    "routing.http.preserve_host_header.enabled": _switch(),
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": _switch(),
    "routing.http.xff_client_port.enabled": _switch(),
    "routing.http.xff_header_processing.mode": Attribute("append", ("append", "preserve", "remove")),
    "routing.http2.enabled": _switch("true"),
    "waf.fail_open.enabled": _switch(),
    "zonal_shift.config.enabled": _switch(),
}
"""Attributes of an Application Load Balancer."""

TARGET_GROUP: Final[Mapping[str, Attribute]] = {
    "deregistration_delay.timeout_seconds": _seconds(300, 0, 3600),
    "load_balancing.algorithm.anomaly_mitigation": Attribute("off", ("on", "off")),
    "load_balancing.algorithm.type": Attribute(
        "round_robin", ("round_robin", "least_outstanding_requests", "weighted_random")
    ),
    "load_balancing.cross_zone.enabled": Attribute(
        "use_load_balancer_configuration", ("true", "false", "use_load_balancer_configuration")
    ),
    "slow_start.duration_seconds": Attribute("0", ("0",), range(30, 901)),
    "stickiness.app_cookie.cookie_name": Attribute(""),
    "stickiness.app_cookie.duration_seconds": _seconds(DAY, 1, WEEK),
    "stickiness.enabled": _switch(),
    "stickiness.lb_cookie.duration_seconds": _seconds(DAY, 1, WEEK),
    "stickiness.type": Attribute("lb_cookie", ("lb_cookie", "app_cookie")),
    "target_group_health.dns_failover.minimum_healthy_targets.count": Attribute(
        "1", ("off",), range(1, 1001)
    ),
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": Attribute(
        "off", ("off",), range(1, 101)
    ),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": Attribute(
        "1", (), range(1, 1001)
    ),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": Attribute(
        "off", ("off",), range(1, 101)
    ),
}
"""Attributes of a target group of instances behind an Application Load Balancer."""

ALGORITHMS_WITHOUT_SLOW_START: Final = {
    "least_outstanding_requests": "least outstanding requests",
    "weighted_random": "weighted random",
}
"""Algorithm -> its name in the error ("You cannot enable both slow start and weighted random algorithm on a
target group", kubernetes-sigs/aws-load-balancer-controller issue 3686)."""

RESERVED_COOKIES: Final = ("AWSALB", "AWSALBAPP", "AWSALBTG")
"""Beginnings of names that an application's cookie can't have."""


def mistakes(kind: str, known: Mapping[str, Attribute], given: Mapping[str, str]) -> Iterator[Mistake]:
    """Yield what is wrong with attributes of a kind of resource, such as `Target group`, each by itself."""
    for key, value in given.items():
        attribute = known.get(key)
        if attribute is None:
            yield Mistake("ValidationError", f"{kind} attribute key '{key}' is not recognized")
        elif not attribute.accepts(value):
            yield Mistake("ValidationError", f"'{key}' value '{value}' must be {attribute.allowed}")


def conflicts(attributes: Mapping[str, str]) -> Iterator[Mistake]:
    """Yield what contradicts itself in all attributes that a target group would have."""
    algorithm = attributes.get("load_balancing.algorithm.type", "")
    named = ALGORITHMS_WITHOUT_SLOW_START.get(algorithm)
    if named is not None and attributes.get("slow_start.duration_seconds", "0") != "0":
        yield _conflict(f"You cannot enable both slow start and {named} algorithm on a target group")
    cookie = attributes.get("stickiness.app_cookie.cookie_name", "")
    if attributes.get("stickiness.type") == "app_cookie" and not cookie:
        yield _conflict("You must set an application cookie name to enable stickiness of type 'app_cookie'")
    if cookie.startswith(RESERVED_COOKIES):
        yield _conflict(f"The cookie name '{cookie}' is reserved")


def defaults(known: Mapping[str, Attribute]) -> dict[str, str]:
    """Return the attributes of a new resource; AWS leaves out a cookie name that is not set."""
    return {
        key: attribute.default
        for key, attribute in known.items()
        if key != "stickiness.app_cookie.cookie_name"
    }


def _conflict(message: str) -> Mistake:
    return Mistake("InvalidConfigurationRequest", message)
