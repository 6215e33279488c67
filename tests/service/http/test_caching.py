"""Headers about caching, and the comparison of entity tags."""

from __future__ import annotations

import hashlib

import pytest

from service.http.caching import cache_headers, entity_tag, has_match

TAG = b'"a1"'


def test_a_tag_is_of_the_content():
    digest = hashlib.sha256(b"{}").hexdigest()
    assert entity_tag(b"{}") == f'"{digest[:32]}"'.encode()
    assert entity_tag(b"{} ") != entity_tag(b"{}")


# RFC 9110, 8.8.3.2: weak comparison ignores the prefix; 13.1.2: `*` matches any representation.
@pytest.mark.parametrize(
    ("values", "matches"),
    [
        ([], False),
        ([b""], False),
        ([b'"a1"'], True),
        ([b'W/"a1"'], True),
        ([b'"b2", W/"a1"'], True),
        ([b'"b2" ,\t"a1" '], True),
        ([b'"b2"', b'"a1"'], True),
        ([b"*"], True),
        ([b'"b2"', b"*"], True),
        ([b'"b2"'], False),
        ([b'"a1'], False),
        ([b"a1"], False),
        ([b'w/"a1"'], False),
        ([b'"b2", *'], False),
    ],
)
def test_a_tag_is_compared_with_each_that_the_client_has(values: list[bytes], *, matches: bool):
    assert has_match(values, TAG) is matches


# RFC 9111, 5.2.2: `no-cache` is revalidated before each use, `no-store` is not kept at all.
def test_a_response_is_revalidated_by_its_weak_tag_or_never_stored():
    assert dict(cache_headers(TAG)) == {
        b"cache-control": b"no-cache",
        b"etag": b'W/"a1"',
        b"x-content-type-options": b"nosniff",
    }
    assert dict(cache_headers(None)) == {b"cache-control": b"no-store", b"x-content-type-options": b"nosniff"}
