"""Health checks that AWS accepts for a target group of instances behind an Application Load Balancer.

Ranges are in the API's model. Sources: ModifyTargetGroup and Matcher in the Elastic Load Balancing API
2015-12-01.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from scalable_models_localstack.services.elbv2_mistake import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUCCESS_CODES: Final = range(200, 500)
"""Status codes of the successful responses of a target."""

MATCHER: Final = re.compile(r"\d{3}(?:-\d{3})?(?:,\d{3}(?:-\d{3})?)*", re.ASCII)
"""Codes and ranges of codes, such as `200,202-299`."""


def mistakes(check: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield what is wrong with a health check in the API's shape."""
    protocol = check.get("HealthCheckProtocol", "HTTP")
    if protocol not in {"HTTP", "HTTPS"}:
        yield _invalid(
            f"Health check protocol '{protocol}' is not supported for target groups with the HTTP protocol"
        )
    if check.get("HealthCheckEnabled") is False:
        yield _invalid("Health check enabled must be true for target groups with target type 'instance'")
    path = check.get("HealthCheckPath", "/")
    if not path.startswith("/"):
        yield _invalid(f"Health check path '{path}' must begin with a '/' character")
    if check["HealthCheckIntervalSeconds"] <= check["HealthCheckTimeoutSeconds"]:
        yield _invalid("Health check interval must be greater than the timeout.")
    codes = check.get("Matcher", {}).get("HttpCode", "200")
    numbers = [int(code) for code in re.findall(r"\d+", codes)]
    if not MATCHER.fullmatch(codes) or not all(number in SUCCESS_CODES for number in numbers):
        yield _invalid(f"Health check matcher HTTP code '{codes}' must be within '200-499' inclusive")


def _invalid(message: str) -> Mistake:
    return Mistake("ValidationError", message)
