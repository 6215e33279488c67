"""Authorization of requests by the guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scalable_models_localstack.guard.key import Key
from scalable_models_localstack.guard.policy import authorize
from scalable_models_localstack.guard.request_head import RequestHead
from scalable_models_localstack.guard.verdict import AccessLevel, Refusal
from tests.localcloud.guard.signed import (
    HOST,
    KEY,
    PORT,
    examined,
    presigned,
    signed,
    with_header,
    without_header,
)

CREATE_STACK = "/?Action=CreateStack&StackName=x&TemplateURL=http%3A%2F%2Fevil.example%2F&Version=2010-05-15"
STAGE = "/_aws/execute-api/abc123/live/api/v01/classify?pl=1.4"
DEPRECATED_STAGE = "/restapis/abc123/live/_user_request_/livez"


def refused(verdict: object) -> str:
    assert isinstance(verdict, Refusal), verdict
    return verdict.code


@pytest.mark.parametrize(
    "host", ["127.0.0.1:4566", "localhost:4566", "[::1]:4566", "127.0.0.1", "localhost", "[::1]"]
)
@pytest.mark.parametrize("target", ["/", CREATE_STACK, "/_localstack/health", "/_aws/sns/sms-messages"])
def test_a_signed_request_to_a_loopback_host_passes(host: str, target: str):
    assert examined(signed("GET", target, host=host)) is AccessLevel.CONTROL_PLANE


FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:4566",
    "localhost.",
    "localhost.:4566",
    "localhost.evil.example:4566",
    "127.0.0.1.nip.io:4566",
    "127.0.0.1:4567",
    "127.0.0.1:",
    "127.0.0.1:04566",
    "127.0.0.1:4566:4566",
    "127.0.0.2:4566",
    "127.1:4566",
    "127.0.0.1.:4566",
    "0177.0.0.1:4566",
    "0x7f000001:4566",
    "[::ffff:127.0.0.1]:4566",
    "[0:0:0:0:0:0:0:1]:4566",
    "LOCALHOST.evil.example:4566",
    "localhost%2e:4566",
    "2130706433:4566",
    "0.0.0.0:4566",
    "::1",
    "[::1]:80",
    "[::]:4566",
    "user@127.0.0.1:4566",
    "127.0.0.1:4566@evil.example",
    "127.0.0.1, evil.example",
    "localhost.localstack.cloud:4566",
    "bucket.s3.localhost.localstack.cloud:4566",
    "abc123.execute-api.localhost.localstack.cloud:4566",
    "",
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("target", ["/", CREATE_STACK, STAGE, DEPRECATED_STAGE])
def test_another_host_is_refused_with_or_without_a_signature(host: str, target: str):
    unsigned = RequestHead("GET", target, (("Host", host),))
    also_signed = signed("GET", target, host=host or HOST)
    if not host:
        also_signed = with_header(without_header(also_signed, "host"), "Host", host)
    assert refused(examined(unsigned)) == "AccessDenied"
    assert refused(examined(also_signed)) == "AccessDenied"


@pytest.mark.parametrize("hosts", [[], [HOST, HOST], [HOST, "evil.example"], ["evil.example", HOST]])
def test_a_missing_or_repeated_host_is_refused(hosts: list[str]):
    head = RequestHead("GET", STAGE, tuple(("Host", host) for host in hosts))
    assert refused(examined(head)) == "AccessDenied"


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/",
        f"http://{HOST}/",
        f"http://{HOST}{STAGE}",
        "evil.example:443",
        "*",
        "",
        "?Action=CreateStack",
        "\\\\evil.example",
        "/#fragment",
        f"{STAGE}#fragment",
        "/with space",
        "/tab\t",
        "/caf\xe9",
        "/\x7f",
    ],
)
def test_a_target_that_is_not_a_plain_path_is_refused(target: str):
    # RFC 9112, section 3.2: clients send the origin form to a server; all other forms are for proxies.
    head = replace(signed("GET", "/"), target=target)
    assert refused(examined(head)) == "AccessDenied"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("origin", f"http://{HOST}"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("sec-fetch-site", ""),
        ("Sec-Fetch-Site", "None"),
    ],
)
def test_a_request_from_a_web_page_is_refused_even_if_signed(name: str, value: str):
    for head in (signed("GET", "/"), signed("GET", "/_localstack/health"), presigned("GET", "/bucket/key")):
        assert refused(examined(with_header(head, name, value))) == "AccessDenied"


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_a_url_typed_into_a_browser_passes_if_it_is_signed(site: str):
    head = with_header(presigned("GET", "/bucket/key"), "Sec-Fetch-Site", site)
    assert examined(head) is AccessLevel.CONTROL_PLANE
    assert refused(examined(RequestHead("GET", "/", (("Host", HOST), ("Sec-Fetch-Site", site)))))


@pytest.mark.parametrize(
    "target",
    [
        "/",
        CREATE_STACK,
        "/_localstack/health",
        "/_localstack/init",
        "/_aws/sns/sms-messages",
        "/_aws/sqs/messages",
        "/_aws/lambda/init",
        "/bucket/key",
        "/health",
        "/2015-03-31/functions",
        "/restapis",
        "/restapis/abc123/stages/live",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"])
def test_an_unsigned_request_is_refused(method: str, target: str):
    assert refused(examined(RequestHead(method, target, (("Host", HOST),)))) == "MissingAuthenticationToken"


@pytest.mark.parametrize("target", [STAGE, DEPRECATED_STAGE, "/_aws/execute-api/abc123/live"])
@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
        {"Authorization": "Bearer of-another-kind"},
        {"X-Amz-Target": "AmazonSSM.PutParameter"},
    ],
    ids=["plain", "from another site", "with a token", "with a target"],
)
def test_a_deployed_stage_is_public_and_leads_nowhere_else(target: str, extra: dict[str, str]):
    head = RequestHead("POST", target, (("Host", HOST), *extra.items()))
    assert examined(head) is AccessLevel.PUBLIC


def test_the_body_is_hashed_only_after_all_other_checks():
    def hash_body() -> str:
        raise AssertionError("the body was read")

    for head in (
        RequestHead("POST", "/", (("Host", HOST),)),
        with_header(signed("POST", "/"), "Origin", "null"),
        signed("POST", "/", host="evil.example"),
        signed("POST", "/", key=Key("another", "another")),
    ):
        verdict = authorize(head, hash_body, port=PORT, key=KEY, now=datetime.now(UTC))
        assert isinstance(verdict, Refusal)
