"""Headers with which the fast path is certain of the response, and those that it leaves to the framework."""

from __future__ import annotations

import pytest

from service.fast_path.classify import identifying_headers

JSON = (b"content-type", b"application/json")
PLAIN = [(b"host", b"x"), (b"user-agent", b"curl/8"), (b"accept", b"*/*")]


@pytest.mark.parametrize(
    "header",
    [
        # RFC 9110, 12.5: what the client prefers.
        (b"accept", b"text/html"),
        (b"accept", b"application/json;q=0.9"),
        (b"accept-charset", b"utf-16"),
        # RFC 9110, 8.4 and 13.1; RFC 9112, 6.1: what changes or delimits the body, and conditions.
        (b"content-encoding", b"gzip"),
        (b"content-encoding", b"identity"),
        (b"transfer-encoding", b"chunked"),
        (b"if-match", b"*"),
        (b"expect", b"100-continue"),
        (b"upgrade", b"h2c"),
        # Fetch standard: the response has headers for the page's origin.
        (b"origin", b"https://example.org"),
        (b"content-type", b"text/plain"),
        (b"content-length", b"1000"),
    ],
)
def test_a_header_that_may_change_the_response_is_left_to_the_framework(header: tuple[bytes, bytes]):
    assert identifying_headers([*PLAIN, header], has_body=False) is None
    assert identifying_headers([*PLAIN, JSON, header], has_body=True) is None


def test_a_body_needs_a_content_type_of_json_and_a_request_without_one_must_not_announce_any():
    assert identifying_headers([*PLAIN, JSON, (b"content-length", b"999")], has_body=True) == ()
    assert identifying_headers([*PLAIN, (b"content-length", b"37")], has_body=True) is None
    assert identifying_headers([*PLAIN, (b"content-length", b"0")], has_body=False) == ()
    assert identifying_headers([*PLAIN, (b"content-length", b"5")], has_body=False) is None


def test_what_identifies_the_request_is_returned_in_its_order():
    identifiers = [
        (b"x-request-id", b"a"),
        (b"if-none-match", b"*"),
        (b"traceparent", b"b"),
        (b"x-request-id", b"c"),
    ]
    assert identifying_headers([*PLAIN, *identifiers], has_body=False) == tuple(identifiers)
