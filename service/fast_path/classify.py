"""Fast path for one flower: (request line, relevant headers, body) -> response, or None.

FastAPI is authoritative for every request. This shortcut produces the same bytes for the few forms in which
nearly all requests come. It takes only requests that it is certain about: unusual and invalid ones are left
to the framework, so nothing here deals with errors, documentation or content negotiation.

Only quickly imported modules of the standard library: a Lambda cold start imports this module first.
"""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING, Final

from service.http.caching import CONTENT_HEADERS, cache_headers, entity_tag, has_match
from service.model.flower import FEATURES, MAX_CENTIMETRES, Flower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Header = tuple[bytes, bytes]
    """Name in lower case, and value."""

    Lengths = tuple[float, float, float, float]
    """In the order of `FEATURES`; range not checked yet, and NaN possible."""

CLASSIFY_PATH: Final = b"/api/v01/classify"
"""Path of the query and body forms, and prefix of the path form."""

MAX_BODY_BYTES: Final = 512
"""Maximum size of a body, in bytes: ten times what four lengths need."""

NEUTRAL_VALUES: Final[Mapping[bytes, frozenset[bytes]]] = {
    b"accept": frozenset(
        (b"*/*", b"application/json", b"application/json, */*", b"application/json, text/plain, */*")
    )
} | dict.fromkeys(
    (
        *(b"accept-charset", b"content-encoding", b"content-length", b"content-type", b"expect"),
        *(
            b"if-match",
            b"if-none-match",
            b"origin",
            b"traceparent",
            b"transfer-encoding",
            b"upgrade",
            b"x-request-id",
        ),
    ),
    frozenset[bytes](),
)
"""Header that may change the response -> values with which it certainly does not."""

_JSON_CONTENT_TYPES: Final = frozenset(
    (
        *(b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"),
        *(b"application/json; charset=UTF-8", b"application/json;charset=UTF-8"),
    )
)
"""Content types of JSON that common clients send. RFC 8259 (11) defines no parameter, but many send one."""


class EncodedResponse:
    """Pre-encoded response, equal to the framework's."""

    __slots__ = (
        "body",
        "encoded_headers",
        "headers",
        "not_modified",
        "route",
        "status",
        "status_line",
        "tag",
    )

    def __init__(
        self, route: str, headers: tuple[Header, ...], body: bytes, *, tag: bytes | None = None
    ) -> None:
        """Create a response with status 200, or with 304 if it has no body.

        Args:
            route: Method and path template, as in the request statistics.
            headers: Headers that the framework sets, in its order, without those about caching.
            body: The whole body.
            tag: Entity tag; None for a response that caches must not store.
        """
        self.route = route
        self.status = 200 if body else 304
        self.status_line = b"HTTP/1.1 200 OK\r\n" if body else b"HTTP/1.1 304 Not Modified\r\n"
        self.headers = (*headers, *cache_headers(tag))
        self.encoded_headers = encode_headers(self.headers)
        """`headers` as sent over the connection."""
        self.body = body
        self.tag = tag
        self.not_modified: EncodedResponse | None = None
        """Response to a client that has this one already."""
        if tag and body:
            about_request = tuple(header for header in headers if header[0] not in CONTENT_HEADERS)
            self.not_modified = EncodedResponse(route, about_request, b"", tag=tag)

    def for_client(self, identifiers: Iterable[Header]) -> EncodedResponse:
        """Return the response to a client with these headers: this one, or 304 if the client has it."""
        if self.tag and self.not_modified:
            stored = [value for name, value in identifiers if name == b"if-none-match"]
            if has_match(stored, self.tag):
                return self.not_modified
        return self


def identifying_headers(headers: Iterable[Header], *, has_body: bool) -> Sequence[Header] | None:
    """Return the headers that identify a request, its trace and what its client has stored.

    None if another header might change the response.

    Args:
        headers: Headers of the request.
        has_body: Whether a short JSON body must be announced, or none at all.
    """
    identifiers: Sequence[Header] = ()
    is_json = False
    for name, value in headers:
        if name in NEUTRAL_VALUES and value not in NEUTRAL_VALUES[name]:
            if name == b"content-type" and value in _JSON_CONTENT_TYPES:
                is_json = True
            elif name == b"content-length" and (len(value) <= 3 if has_body else value == b"0"):  # noqa: PLR2004 (digits)
                continue
            elif name in {b"x-request-id", b"traceparent", b"if-none-match"}:
                identifiers = (*identifiers, (name, value))
            else:
                return None
    return identifiers if is_json or not has_body else None


class ClassifyFastPath:
    """Pre-encoded responses to plain requests about one flower that name no predictor.

    Pure: without I/O, and the same request always gets the same response.
    """

    def __init__(
        self,
        classes: Sequence[str],
        decide: Callable[[Flower], int],
        *,
        max_body_bytes: int | None = None,
        parse_body: Callable[[bytes], Lengths | None] | None = None,
    ) -> None:
        """Pre-encode one response per class.

        Args:
            classes: Names of the classes.
            decide: Returns the default predictor's decision, an index of `classes`.
            max_body_bytes: The service's limit of a body, if it is not the default.
            parse_body: Faster parser of a body; by default, the standard library's.
        """
        self._decide = decide
        self._parse_body = parse_body or lengths_in_body
        self._max_body_bytes = (
            MAX_BODY_BYTES if max_body_bytes is None else min(max_body_bytes, MAX_BODY_BYTES)
        )
        path = CLASSIFY_PATH.decode()
        self._body_responses = _ResponsesByClass(f"POST {path}", classes)
        self._query_responses = _ResponsesByClass(f"GET {path}", classes)
        self._path_responses = _ResponsesByClass(f"GET {path}/{{pl}}/{{pw}}/{{sl}}/{{sw}}", classes)

    def respond(self, method: str, path: bytes, query: bytes, body: bytes = b"") -> EncodedResponse | None:
        """Return the response to a request with plain headers, or None to leave it to the framework.

        Args:
            method: Method as sent, in capitals.
            path: Percent-encoded path.
            query: Percent-encoded query without the question mark; may be empty.
            body: The whole body.
        """
        if method == "POST" and path == CLASSIFY_PATH and not query and len(body) <= self._max_body_bytes:
            responses, lengths = self._body_responses, self._parse_body(body)
        elif method != "GET" or body:
            return None
        elif path == CLASSIFY_PATH:
            responses, lengths = self._query_responses, lengths_in_query(query)
        else:
            responses, lengths = self._path_responses, None if query else lengths_in_path(path)
        if not lengths:
            return None
        pl, pw, sl, sw = lengths
        # NaN fails these comparisons too.
        if not (
            0 <= pl <= MAX_CENTIMETRES
            and 0 <= pw <= MAX_CENTIMETRES
            and 0 <= sl <= MAX_CENTIMETRES
            and 0 <= sw <= MAX_CENTIMETRES
        ):
            return None
        try:
            if pl > sl and pw > sw:
                return responses.swapped[self._decide(_make_flower((sl, sw, pl, pw)))]
            return responses.as_given[self._decide(_make_flower((pl, pw, sl, sw)))]
        except Exception:  # noqa: BLE001 (the framework meets the same error, and answers and logs it)
            return None


class _ResponsesByClass:
    """All responses to one form of request, in the order of the classes."""

    __slots__ = ("as_given", "swapped")

    def __init__(self, route: str, classes: Iterable[str]) -> None:
        self.as_given: list[EncodedResponse] = []
        self.swapped: list[EncodedResponse] = []
        for specie in classes:
            body = json.dumps({"specie": specie}, ensure_ascii=False, separators=(",", ":")).encode()
            headers = (
                (b"content-length", str(len(body)).encode()),
                (b"content-type", b"application/json"),
            )
            swapped = (*headers, (b"x-flower-swapped", b"true"))
            tag = entity_tag(body) if route.startswith("GET") else None
            self.as_given.append(EncodedResponse(route, headers, body, tag=tag))
            self.swapped.append(EncodedResponse(route, swapped, body, tag=tag))


def encode_headers(headers: Iterable[Header]) -> bytes:
    """Encode headers as HTTP/1.1 sends them."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


_make_flower: Final = Flower._make
"""Creates a flower from a tuple, faster than the constructor."""

_DIGITS: Final = b"0123456789."
"""Characters of which float() reads every text exactly as the framework does."""

_PATH_PREFIX: Final = CLASSIFY_PATH + b"/"

_TEXT_DIGITS: Final = _DIGITS.decode()

_POSITIONS: Final = {
    b"&".join(name.encode() + b"=" for name in order): tuple(order.index(name) for name in FEATURES)
    for order in permutations(FEATURES)
}
"""Query without its digits -> positions of the lengths in it, in the order of `FEATURES`."""


def lengths_in_path(path: bytes) -> Lengths | None:
    """Parse `/api/v01/classify/{pl}/{pw}/{sl}/{sw}`."""
    if not path.startswith(_PATH_PREFIX):
        return None
    numbers = path[len(_PATH_PREFIX) :]
    if numbers.translate(None, _DIGITS) != b"///":
        return None
    pl, pw, sl, sw = numbers.split(b"/")
    try:
        return float(pl), float(pw), float(sl), float(sw)
    except ValueError:
        return None


def lengths_in_query(query: bytes) -> Lengths | None:
    """Parse `pl=...&pw=...&sl=...&sw=...`, in any order."""
    positions = _POSITIONS.get(query.translate(None, _DIGITS))
    if not positions:
        return None
    pl, pw, sl, sw = positions
    pairs = query.split(b"&")
    try:
        # After "pl=". A digit within a name would shift the "=" into the number, which float() then refuses.
        return float(pairs[pl][3:]), float(pairs[pw][3:]), float(pairs[sl][3:]), float(pairs[sw][3:])
    except ValueError:
        return None


def lengths_in_body(body: bytes) -> Lengths | None:
    """Parse `{"pl":...,"pw":...,"sl":...,"sw":...}`, in any order, each a number or one in quotes."""
    try:
        fields: dict[str, object] = json.loads(body)
        # There are as many colons as fields, unless a field is repeated.
        if len(fields) != len(FEATURES) or body.count(b":") != len(FEATURES):
            return None
        return _number(fields["pl"]), _number(fields["pw"]), _number(fields["sl"]), _number(fields["sw"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _number(value: object) -> float:
    if isinstance(value, float):
        return value
    if isinstance(value, str) and not value.strip(_TEXT_DIGITS):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool) and value <= MAX_CENTIMETRES:
        return float(value)
    raise ValueError
