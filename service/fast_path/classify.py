"""Fast path for one row: (request line, relevant headers, body) -> response, or None.

FastAPI is authoritative for every request. This shortcut produces the same bytes for the few forms in which
nearly all requests come. It takes only requests that it is certain about: unusual and invalid ones are left
to the framework, so nothing here deals with errors, documentation or content negotiation.

Only quickly imported modules of the standard library: a Lambda cold start imports this module first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from service.fast_path.row_parsers import body_parser, is_plain, path_parser, query_parser, range_check
from service.http.caching import CONTENT_HEADERS, cache_headers, entity_tag, has_match

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, Protocol

    from service.fast_path.row_parsers import ParseRow
    from service.model.feature import Row
    from service.model.predictor import Predictor

    class _ByAnswer(Protocol):
        """Responses by the index of a class, or by a value."""

        def __getitem__(self, answer: Any, /) -> EncodedResponse: ...  # noqa: ANN401 (an index or a value)

    Header = tuple[bytes, bytes]
    """Name in lower case, and value."""

CLASSIFY_PATH: Final = b"/api/v01/classify"
"""Path of the query and body forms, and prefix of the path form."""

MAX_BODY_BYTES: Final = 512
"""Maximum size of a body of four values, in bytes: ten times what they need. More values may have more."""

_MAX_LENGTH_DIGITS: Final = 3
"""Maximum digits of a body's `Content-Length`."""

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
            elif name == b"content-length" and (
                len(value) <= _MAX_LENGTH_DIGITS if has_body else value == b"0"
            ):
                continue
            elif name in {b"x-request-id", b"traceparent", b"if-none-match"}:
                identifiers = (*identifiers, (name, value))
            else:
                return None
    return identifiers if is_json or not has_body else None


class ClassifyFastPath:
    """Pre-encoded responses to plain requests about one row that name no predictor.

    Pure: without I/O, and the same request always gets the same response.
    """

    def __init__(
        self,
        predictor: Predictor,
        *,
        max_body_bytes: int | None = None,
        parse_body: ParseRow | None = None,
    ) -> None:
        """Pre-encode one response per class; those with the value of a regression are encoded when requested.

        Args:
            predictor: The default predictor.
            max_body_bytes: The service's limit of a body, if it is not the default.
            parse_body: Faster parser of a body; by default, the standard library's. With it, the other
                parsers are generated, too, which takes time to start.
        """
        generated = parse_body is not None
        definition = predictor.definition
        self.features: Final = len(definition.features)
        """Number of features."""
        self._is_plain = is_plain(definition)
        self._decide: Callable[[Row], Any] = (
            predictor.model.value if predictor.is_regression else predictor.model.decide
        )
        self._correct = predictor.hook.correct if predictor.hook else None
        self._is_allowed = range_check(definition, generated=generated)
        self._parse_body = parse_body or body_parser(definition)
        self._parse_query = query_parser(definition, generated=generated)
        self._parse_path = path_parser(definition)
        limit = MAX_BODY_BYTES * self.features // 4
        self._max_body_bytes = limit if max_body_bytes is None else min(max_body_bytes, limit)
        path = CLASSIFY_PATH.decode()
        template = "/".join([path, *(f"{{{name}}}" for name in definition.short_names)])
        self._body_responses = _Responses(f"POST {path}", predictor)
        self._query_responses = _Responses(f"GET {path}", predictor)
        self._path_responses = _Responses(f"GET {template}", predictor)

    def respond(self, method: str, path: bytes, query: bytes, body: bytes = b"") -> EncodedResponse | None:
        """Return the response to a request with plain headers, or None to leave it to the framework.

        Args:
            method: Method as sent, in capitals.
            path: Percent-encoded path.
            query: Percent-encoded query without the question mark; may be empty.
            body: The whole body.
        """
        if method == "POST" and path == CLASSIFY_PATH and not query and len(body) <= self._max_body_bytes:
            responses, row = self._body_responses, self._parse_body(body)
        elif method != "GET" or body:
            return None
        elif path == CLASSIFY_PATH:
            responses, row = self._query_responses, self._parse_query(query)
        elif query or not path.startswith(_PATH_PREFIX):
            return None
        else:
            responses, row = self._path_responses, self._parse_path(path[len(_PATH_PREFIX) :])
        if not row or not self._is_allowed(row) or not self._is_plain:
            return None
        correct = self._correct
        try:
            if correct and (corrected := correct(row)):
                return responses.corrected[self._decide(corrected)]
            return responses.as_given[self._decide(row)]
        except Exception:  # noqa: BLE001 (the framework meets the same error, and answers and logs it)
            return None


_PATH_PREFIX: Final = CLASSIFY_PATH + b"/"


class _Responses:
    """All responses to one form of request, in the order of the classes, or by the value of a regression."""

    __slots__ = ("as_given", "corrected")

    def __init__(self, route: str, predictor: Predictor) -> None:
        key, hook = predictor.definition.response_key, predictor.hook
        corrected: tuple[Header, ...] = ((hook.HEADER.lower().encode(), b"true"),) if hook else ()
        self.as_given: _ByAnswer
        self.corrected: _ByAnswer
        if predictor.is_regression:
            self.as_given = _ValueResponses(route, key, ())
            self.corrected = _ValueResponses(route, key, corrected)
        else:
            self.as_given = [_encode(route, key, name, ()) for name in predictor.classes]
            self.corrected = [_encode(route, key, name, corrected) for name in predictor.classes if hook]


class _ValueResponses:
    """Responses with the value of a regression, encoded when they are requested."""

    __slots__ = ("_headers", "_key", "_route")

    def __init__(self, route: str, key: str, headers: tuple[Header, ...]) -> None:
        self._route, self._key, self._headers = route, key, headers

    def __getitem__(self, value: float) -> EncodedResponse:
        if not _IS_WRITTEN_ALIKE <= abs(value) < 1 / _IS_WRITTEN_ALIKE:
            raise ValueError("encoders write it differently")
        return _encode(self._route, self._key, value, self._headers)


_IS_WRITTEN_ALIKE: Final = 1e-4
"""Magnitude from which on, up to its inverse, every encoder of JSON writes a number without an exponent."""


def _encode(route: str, key: str, answer: str | float, more: tuple[Header, ...]) -> EncodedResponse:
    body = json.dumps({key: answer}, ensure_ascii=False, separators=(",", ":")).encode()
    headers = (
        (b"content-length", str(len(body)).encode()),
        (b"content-type", b"application/json"),
        *more,
    )
    return EncodedResponse(route, headers, body, tag=entity_tag(body) if route.startswith("GET") else None)


def encode_headers(headers: Iterable[Header]) -> bytes:
    """Encode headers as HTTP/1.1 sends them."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])
