"""Errors of AWS during a check, which are results as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from scripts.deploy.checks.check_result import CheckResult, ok
from scripts.deploy.preflight import findings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    ("error", "state", "shown"),
    [
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListHostedZonesByName"),
            "note",
            "can't be checked: An error occurred (AccessDenied)",
        ),
        (EndpointConnectionError(endpoint_url="https://x"), "problem", "AWS can't be reached"),
    ],
)
def test_an_error_of_aws_ends_a_check_with_a_result_and_keeps_those_before(
    error: Exception, state: str, shown: str
):
    def check() -> Iterator[CheckResult]:
        yield ok("region", "eu-west-1")
        raise error

    first, last = findings("hosted zone", check)
    assert (first.check, first.state) == ("region", "ok")
    assert (last.check, last.state) == ("hosted zone", state)
    assert last.message.startswith(shown)
    assert last.fix
