from __future__ import annotations

import gzip

import pytest

from tests.conformance.differences import Difference, assert_conforms
from tests.conformance.responses import ClientResponse

OURS = ClientResponse(404, {"content-type": ("text/plain",), "content-length": ("2",)}, b"no")
KNOWN = {"a": Difference("The proxy answers it.", status=200, headers={"content-length": "3"}, body=b"yes")}
THEIRS = ClientResponse(200, {"content-type": ("text/plain",), "content-length": ("3",)}, b"yes")


def test_equal_responses_and_known_differences_pass():
    assert_conforms("b", OURS, OURS, KNOWN)
    assert_conforms("a", OURS, THEIRS, KNOWN)


@pytest.mark.parametrize(
    "other",
    [
        ClientResponse(200, OURS.headers, OURS.body),
        ClientResponse(404, {**OURS.headers, "content-type": ("text/html",)}, OURS.body),
        ClientResponse(404, OURS.headers, b"No"),
    ],
)
def test_an_unknown_difference_fails(other: ClientResponse):
    with pytest.raises(AssertionError):
        assert_conforms("b", OURS, other, KNOWN)


def test_a_known_difference_that_no_longer_exists_fails():
    with pytest.raises(AssertionError, match="no longer differs"):
        assert_conforms("a", OURS, OURS, KNOWN)


def test_a_known_difference_that_has_changed_fails():
    with pytest.raises(AssertionError, match="differs in another way"):
        assert_conforms("a", OURS, ClientResponse(200, THEIRS.headers | {"allow": ("GET",)}, b"yes"), KNOWN)


def test_a_compressed_response_is_compared_after_decompression():
    unpacked = ClientResponse.of(200, [("Content-Length", "5000")], b"x" * 5_000)
    packed = gzip.compress(b"x" * 5_000)
    headers = [("Content-Encoding", "gzip"), ("Content-Length", str(len(packed)))]
    assert ClientResponse.of(200, headers, packed) == unpacked


def test_served_by_may_differ_but_must_be_present():
    one = ClientResponse.of(200, [("X-Served-By", "i-1")], b"")
    assert one == ClientResponse.of(200, [("x-served-by", "i-2")], b"")
    assert one != ClientResponse.of(200, [], b"")
