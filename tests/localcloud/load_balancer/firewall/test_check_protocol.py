"""Requests of Envoy to the firewall, and the answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from localcloud.load_balancer.firewall.check_protocol import ALLOWED, CheckProtocol, answer, parse_check
from localcloud.load_balancer.firewall.rules.web_acl import BlockResponse, RuleMatch, Verdict
from tests.localcloud.load_balancer.firewall.acls import ALL_GROUPS, groups

if TYPE_CHECKING:
    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

CHECK = (
    b"POST /a%20b?c=d HTTP/1.1\r\nhost: example.com\r\nx-firewall-source: 192.0.2.1\r\n"
    b"x-forwarded-for: 203.0.113.9,192.0.2.1\r\nx-firewall-appended-address: true\r\n"
    b"x-forwarded-proto: http\r\nx-envoy-internal: true\r\nCookie: a=B\r\ncontent-length: 5\r\n\r\nhello"
)

BLOCK = RuleMatch("rule", "Block")


def test_a_check_is_the_request_of_the_client():
    parsed = parse_check(CHECK + b"GET")
    assert parsed is not None
    request, size = parsed
    assert size == len(CHECK)
    assert (request.method, request.path, request.query) == ("POST", "/a%20b", "c=d")
    assert (request.source, request.body, request.has_larger_body) == ("192.0.2.1", "hello", False)
    assert request.headers == (
        ("host", "example.com"),
        ("x-forwarded-for", "203.0.113.9"),
        ("cookie", "a=B"),
    )


def test_an_address_that_only_envoy_has_added_is_not_the_clients():
    parsed = parse_check(CHECK.replace(b"203.0.113.9,", b""))
    assert parsed is not None
    assert not parsed[0].header("x-forwarded-for")


def test_a_body_above_8_kb_is_cut_and_marked():
    head = b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n"
    found = [parse_check(head % size + b"x" * size) for size in (8_192, 8_193)]
    assert [(len(each[0].body), each[0].has_larger_body) for each in found if each] == [
        (8_192, False),
        (8_192, True),
    ]


HOSTILE = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60)

EVERY_GROUP = groups(*ALL_GROUPS)


@given(target=HOSTILE, name=HOSTILE, value=HOSTILE, body=st.binary(max_size=200))
def test_every_check_gets_an_answer(target: str, name: str, value: str, body: bytes):
    head = (
        f"GET /{target.replace(' ', '')} HTTP/1.1\r\n{name}: {value}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    # Envoy sends no other length; in this text, a name ends at its first colon.
    if name.partition(":")[0].lower() != "content-length":
        parsed = parse_check(head.encode("latin-1") + body)
        assert parsed is not None
        assert answer(EVERY_GROUP.evaluate(parsed[0], 0), "GET").startswith(b"HTTP/1.1 ")


@given(length=st.integers(0, len(CHECK) - 1))
def test_a_check_is_read_only_when_it_is_whole(length: int):
    assert parse_check(CHECK[:length]) is None


def test_the_answer_to_head_has_no_body():
    blocked = Verdict(is_allowed=False, terminating=BLOCK)
    assert answer(blocked, "GET").endswith(b"</html>\r\n")
    assert answer(blocked, "HEAD").endswith(b"content-length: 118\r\n\r\n")


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict(is_allowed=True, terminating=BLOCK), ALLOWED),
        (
            Verdict(is_allowed=True, terminating=BLOCK, inserted_headers=(("x-amzn-waf-a", "1"),)),
            b"HTTP/1.1 200 -\r\nx-amzn-waf-a: 1\r\ncontent-length: 0\r\n\r\n",
        ),
        (
            Verdict(is_allowed=False, terminating=BLOCK, response=BlockResponse(429, (("a", "1"),), "slow")),
            b"HTTP/1.1 429 -\r\nserver: awselb/2.0\r\na: 1\r\ncontent-length: 4\r\n\r\nslow",
        ),
        (
            Verdict(
                is_allowed=False,
                terminating=BLOCK,
                response=BlockResponse(403, (), "{}", "application/json"),
            ),
            (
                b"HTTP/1.1 403 -\r\nserver: awselb/2.0\r\ncontent-type: application/json\r\n"
                b"content-length: 2\r\n\r\n{}"
            ),
        ),
    ],
)
def test_a_verdict_becomes_a_response(verdict: Verdict, expected: bytes):
    assert answer(verdict, "GET") == expected


class Connection(asyncio.WriteTransport):
    """Connection to Envoy, whose answers are noted."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    @override
    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.written.append(data)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_requests_are_answered_in_their_order_in_whatever_pieces_they_come(size: int):
    targets: list[str] = []

    def decide(checked: WebRequest) -> Verdict:
        targets.append(checked.target)
        return Verdict(is_allowed=checked.target != "/no", terminating=BLOCK)

    protocol, connection = CheckProtocol(decide), Connection()
    protocol.connection_made(connection)
    sent = b"".join(
        b"POST %s HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc" % path for path in (b"/a", b"/no", b"/c")
    )
    for begin in range(0, len(sent), size):
        protocol.data_received(sent[begin : begin + size])
    assert targets == ["/a", "/no", "/c"]
    assert [each.partition(b" -")[0].partition(b" OK")[0] for each in connection.written] == [
        b"HTTP/1.1 200",
        b"HTTP/1.1 403",
        b"HTTP/1.1 200",
    ]
