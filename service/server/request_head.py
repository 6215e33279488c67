"""Validity of a request's head, beyond what the parser checks (RFC 9110 and 9112)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    Headers = Iterable[tuple[bytes, bytes]]

VERSIONS: Final = frozenset({"1.0", "1.1"})
"""Versions of HTTP that share this syntax; the parser also accepts 0.9 and 2.0."""

_CHARACTER: Final = rb"[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}"
_HOST: Final = re.compile(rb"(?:(?:%b)*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?" % _CHARACTER)
"""`Host`: a name, possibly empty, or an address, and a port (RFC 9110, 7.2; RFC 3986, 3.2)."""

_ABSOLUTE_FORM: Final = re.compile(rb"https?://([^/?#]+)(/[^?]*)?(\?.*)?", re.IGNORECASE | re.DOTALL)


class RefusedRequestError(Exception):
    """Request that the server refuses by itself, as the last one of its connection."""

    def __init__(self, status: int, detail: str, *, retry_after: int = 0) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


def hosts_in(headers: Headers) -> list[bytes]:
    """Return the values of `Host`."""
    return [value for name, value in headers if name == b"host"]


def check_hosts(version: str, hosts: list[bytes]) -> None:
    """Refuse several or malformed `Host`, and none in HTTP/1.1 (RFC 9112, 3.2).

    Raises:
        RefusedRequestError: With status 400.
    """
    if len(hosts) > 1 or (not hosts and version != "1.0"):
        raise RefusedRequestError(400, "The request must have exactly one Host.")
    if hosts and not _HOST.fullmatch(hosts[0]):
        raise RefusedRequestError(400, "The request's Host is malformed.")


def check_framing(version: str, headers: Headers) -> None:
    """Refuse versions and transfer codings that the service does not implement.

    Raises:
        RefusedRequestError: With status 501 for another transfer coding before `chunked`; with 400 for a body
            that does not end with `chunked` (RFC 9112, 6.1 and 6.3), or for another version.
    """
    if version not in VERSIONS:
        raise RefusedRequestError(400, "The service supports HTTP/1.1 and HTTP/1.0 only.")
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if not codings:
        return
    if version == "1.0":
        raise RefusedRequestError(400, "HTTP/1.0 has no Transfer-Encoding.")
    *others, last = [coding.strip().lower() for coding in b",".join(codings).split(b",")]
    if last != b"chunked" or b"chunked" in others:
        raise RefusedRequestError(400, "Transfer-Encoding must end with chunked, and have it once.")
    if others:
        raise RefusedRequestError(501, "The service supports no Transfer-Encoding but chunked.")


def to_origin_form(method: bytes, target: bytes) -> bytes:
    """Return the target as a path with its query, or `*` (RFC 9112, 3.2).

    Raises:
        RefusedRequestError: With status 400 for a target in another form, or with a fragment.
    """
    if b"#" not in target:
        if target.startswith(b"/") or (target == b"*" and method == b"OPTIONS"):
            return target
        absolute = _ABSOLUTE_FORM.fullmatch(target)
        if absolute and _HOST.fullmatch(absolute[1]) and not absolute[1].startswith(b":"):
            path = absolute[2] or (b"*" if method == b"OPTIONS" and absolute[3] is None else b"/")
            return path + (absolute[3] or b"")
    raise RefusedRequestError(400, "The request's target is malformed.")
