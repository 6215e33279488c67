"""Request ids, by which a client, a log line and a trace refer to the same request.

It imports the standard library only, as it is part of a function's cold start.
"""

from __future__ import annotations

import itertools
import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADER: Final = b"x-request-id"

TRACEPARENT_HEADER: Final = b"traceparent"
"""Header that names the trace of a request (W3C Trace Context)."""

_ACCEPTABLE: Final = rb"[A-Za-z0-9._:/+=@-]{1,128}"
"""Ids that are safe in a response header and in a log line."""

_TRACEPARENT: Final = rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
"""Version, trace, parent and flags (W3C Trace Context, 3.2), without the values that are invalid there.

Both patterns are compiled at their first use: that takes a tenth of a function's cold start.
"""


class RequestIdGenerator:
    """Generator of ids that no other process generates: a random prefix and a number."""

    def __init__(self) -> None:
        self._prefix = os.urandom(8).hex().encode()
        self._numbers = itertools.count(1)

    def generate(self) -> bytes:
        """Return an id that was never returned before."""
        return b"%b-%x" % (self._prefix, next(self._numbers))


_ids = RequestIdGenerator()


def from_headers(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the id that a request brings in its one `X-Request-Id`, or a new one.

    Names in `headers` are in lower case. An unsafe id is replaced, and so are several.
    """
    given = _single_value(HEADER, headers)
    return given if given is not None and is_valid(given) else generate()


def generate() -> bytes:
    """Return an id that was never returned before, not even by another process."""
    return _ids.generate()


def is_valid(given: bytes) -> bool:
    """Return whether an id of a client can be used."""
    return re.fullmatch(_ACCEPTABLE, given) is not None


def reseed() -> None:
    """Change the random prefix: for a process that is a copy, of another process or from a snapshot."""
    global _ids  # noqa: PLW0603 (there is one sequence in a process)
    _ids = RequestIdGenerator()


os.register_at_fork(after_in_child=reseed)


def traceparent_from_headers(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """Return the one well-formed `traceparent` of a request, if it has one."""
    given = _single_value(TRACEPARENT_HEADER, headers)
    return given if given is not None and is_valid_traceparent(given) else None


def is_valid_traceparent(given: bytes) -> bool:
    """Return whether a `traceparent` is well formed."""
    return re.fullmatch(_TRACEPARENT, given) is not None


def trace_id_of(traceparent: bytes) -> str:
    """Return the id of the trace in a well-formed `traceparent`: 32 hexadecimal digits."""
    return traceparent[3:35].decode()


def _single_value(name: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    values = [value for key, value in headers if key == name]
    return values[0] if len(values) == 1 else None
