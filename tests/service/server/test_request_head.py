"""Heads of requests: their target, `Host` and transfer coding (RFC 9112, 3.2 and 6.1)."""

from __future__ import annotations

import pytest

from service.server.request_head import RefusedRequestError, check_framing, check_hosts, to_origin_form


@pytest.mark.parametrize(
    ("method", "target", "origin"),
    [
        (b"GET", b"/a?b", b"/a?b"),
        (b"GET", b"http://iris/a?b", b"/a?b"),
        (b"GET", b"HTTP://iris:80", b"/"),
        (b"GET", b"https://[::1]:443?b", b"/?b"),
        (b"OPTIONS", b"*", b"*"),
        # RFC 9112, 3.2.4: without a path and a query it stands for the server as a whole.
        (b"OPTIONS", b"http://iris:80", b"*"),
        (b"OPTIONS", b"http://iris?b", b"/?b"),
    ],
)
def test_a_target_is_served_by_its_path_and_query(method: bytes, target: bytes, origin: bytes):
    assert to_origin_form(method, target) == origin


@pytest.mark.parametrize(
    "target",
    [
        # RFC 9110, 4.2.1: a URI with an empty host is invalid.
        *(b"http://:80/", b"http:///a", b"https://:443"),
        *(b"*", b"a", b"", b"/a#b", b"http://iris/#b", b"ftp://iris/", b"http://user@iris/"),
    ],
)
def test_a_target_without_a_host_or_of_another_form_is_refused(target: bytes):
    with pytest.raises(RefusedRequestError) as refused:
        to_origin_form(b"GET", target)
    assert refused.value.status == 400


# RFC 9112, 3.2: HTTP/1.1 has exactly one Host; HTTP/1.0 did not know it. It may be empty.
@pytest.mark.parametrize(
    ("version", "hosts"),
    [("1.1", [b"x"]), ("1.1", [b""]), ("1.0", []), ("1.0", [b"x:80"]), ("1.1", [b"[::1]:"])],
)
def test_a_request_with_the_hosts_of_its_version_is_served(version: str, hosts: list[bytes]):
    check_hosts(version, hosts)


@pytest.mark.parametrize(
    ("version", "hosts"),
    [
        ("1.1", []),
        ("1.1", [b"x", b"x"]),
        ("1.0", [b"x", b"y"]),
        ("1.0", [b"u@x"]),
        ("1.1", [b"x:y"]),
        ("1.1", [b"%2"]),
    ],
)
def test_missing_repeated_and_malformed_hosts_are_refused(version: str, hosts: list[bytes]):
    with pytest.raises(RefusedRequestError) as refused:
        check_hosts(version, hosts)
    assert refused.value.status == 400


# RFC 9112, 6.1: 501 for a coding that the server does not understand; 6.3: 400 without chunked at the end.
@pytest.mark.parametrize(
    ("version", "codings", "status"),
    [
        ("1.1", [b"gzip, chunked"], 501),
        ("1.1", [b"gzip", b"chunked"], 501),
        ("1.1", [b"chunked, gzip"], 400),
        ("1.1", [b"chunked", b"Chunked"], 400),
        ("1.1", [b""], 400),
        ("1.0", [b"chunked"], 400),
        ("2.0", [], 400),
        ("0.9", [], 400),
    ],
)
def test_other_codings_and_versions_are_refused(version: str, codings: list[bytes], status: int):
    with pytest.raises(RefusedRequestError) as refused:
        check_framing(version, [(b"transfer-encoding", coding) for coding in codings])
    assert refused.value.status == status


@pytest.mark.parametrize("codings", [[], [b"chunked"], [b" CHUNKED "]])
def test_a_body_in_chunks_or_of_a_known_length_is_served(codings: list[bytes]):
    check_framing("1.1", [(b"host", b"x"), *((b"transfer-encoding", coding) for coding in codings)])
