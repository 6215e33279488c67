"""Requests of Envoy to the firewall, and what it does without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from localcloud.load_balancer.firewall.check_protocol import APPENDED_HEADER, SOURCE_HEADER
from localcloud.load_balancer.firewall.envoy_filter import firewall_filter

if TYPE_CHECKING:
    from collections.abc import Mapping

MODE = "routing.http.xff_header_processing.mode"
PORT = "routing.http.xff_client_port.enabled"


def options(attributes: Mapping[str, str]) -> dict[str, Any]:
    return firewall_filter({MODE: "append", **attributes})["typed_config"]


# The firewall reads the client's address from the end of X-Forwarded-For only where Envoy has appended it.
@pytest.mark.parametrize(
    ("attributes", "is_told"),
    [
        ({}, True),
        ({MODE: "remove"}, True),
        ({MODE: "preserve"}, False),
        ({PORT: "true"}, False),
        ({PORT: "true", MODE: "remove"}, True),
    ],
)
def test_the_firewall_is_told_whether_the_address_of_the_client_is_appended(
    attributes: dict[str, str], *, is_told: bool
):
    request = options(attributes)["http_service"]["authorization_request"]
    added = {header["key"]: header["value"] for header in request["headers_to_add"]}
    assert added.pop(SOURCE_HEADER) == "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"
    assert added == ({APPENDED_HEADER: "true"} if is_told else {})


# ELB user guide, "Load balancer attributes": waf.fail_open.enabled is false by default.
@pytest.mark.parametrize(("value", "allows"), [(None, False), ("false", False), ("true", True)])
def test_requests_pass_without_an_answer_only_where_the_attribute_says_so(value: str | None, *, allows: bool):
    found = options({} if value is None else {"waf.fail_open.enabled": value})
    assert (found["failure_mode_allow"], found["status_on_error"]) == (allows, {"code": 500})


def test_the_firewall_gets_8_kb_of_a_body_and_a_byte_that_shows_that_there_are_more():
    # AWS WAF developer guide, "Oversize web request components in AWS WAF": 8 KB of an ALB's request.
    assert options({})["with_request_body"] == {"max_request_bytes": 8_193, "allow_partial_message": True}


def test_the_firewall_gets_all_headers_but_those_of_the_connection():
    found = options({})
    (allowed,) = found["allowed_headers"]["patterns"]
    assert allowed == {"safe_regex": {"regex": ".*"}}
    left_out = {each["exact"]: each["ignore_case"] for each in found["disallowed_headers"]["patterns"]}
    names = ("connection", "expect", "te", "trailer", "transfer-encoding", "upgrade")
    assert left_out == dict.fromkeys(names, True)
