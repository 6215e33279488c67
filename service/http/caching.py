"""Caching of responses (RFC 9111): `Cache-Control` and entity tags.

Without `Cache-Control`, a cache may reuse a response for as long as it sees fit (RFC 9111, 4.2.2). Errors,
responses to POST and those that change with time or instance are never stored. All others have an entity tag
and are revalidated before each use: a release of a model takes effect immediately, and a page or model card
that is still the same is not sent again.

Part of a function's cold start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from service.model.registry import hex_digest

if TYPE_CHECKING:
    from collections.abc import Iterable

NO_STORE: Final = b"no-store"
"""`Cache-Control` of responses that no cache may store."""

REVALIDATE: Final = b"no-cache"
"""`Cache-Control` of responses that a cache may store, and must revalidate before each use."""

NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
"""Header of every response with content: browsers use its content type as it is (Fetch standard, 3.6)."""

CONTENT_HEADERS: Final = frozenset({b"content-language", b"content-length", b"content-type"})
"""Headers that 304 leaves out, as the client has stored them (RFC 9110, 15.4.5)."""

NOT_MODIFIED_BYTES: Final = "not_modified_bytes"
"""Key in the state of a request (ASGI): length of the content that its response with status 304 stands
for."""

_DIGITS: Final = 32
"""Hexadecimal digits of an entity tag: 128 bits."""


def entity_tag(body: bytes) -> bytes:
    """Return the entity tag of a body, with its quotes, and without the prefix of a weak one."""
    return b'"%b"' % hex_digest(body)[:_DIGITS].encode()


def cache_headers(tag: bytes | None) -> list[tuple[bytes, bytes]]:
    """Return the headers of a response with an entity tag, or of one that must not be stored.

    The tag is sent as a weak one. A strong one would promise equal bytes, but API Gateway compresses
    responses of the function without changing the tag (RFC 9110, 8.8.1).
    """
    if tag is None:
        return [(b"cache-control", NO_STORE), NO_SNIFFING]
    return [(b"cache-control", REVALIDATE), (b"etag", b"W/" + tag), NO_SNIFFING]


def has_match(if_none_match: Iterable[bytes], tag: bytes) -> bool:
    """Return whether values of `If-None-Match` list a tag or `*`, by weak comparison (RFC 9110, 13.1.2)."""
    return any(
        listed.strip(b" \t").removeprefix(b"W/") == tag or value == b"*"
        for value in if_none_match
        for listed in value.split(b",")
    )
