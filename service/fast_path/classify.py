"""One flower, without the framework: (request line, headers that matter, body) -> answer, or "not mine".

FastAPI is the authority on every request. This is a short cut to the very same bytes for the few forms in
which nearly all of them come. Only what is certain is taken: whatever is unusual, let alone wrong, is left to
the authority, so that nothing needs to be known here about errors, documentation or content negotiation.

Standard library alone, and of that only what is quick to import: a function that wakes up imports this first.
"""

from __future__ import annotations

import json
from itertools import permutations
from typing import TYPE_CHECKING, Final

from service.model.flower import FEATURES, MAX_CENTIMETRES, Flower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Header = tuple[bytes, bytes]
    """Name in lower case, and value."""

    Lengths = tuple[float, float, float, float]
    """In the order of `FEATURES`; not yet known to be in range, or even numbers."""

CLASSIFY_PATH: Final = b"/api/v01/classify"
"""Path of the forms that have their lengths in query and body; in the third form, they follow it."""

MAX_BODY_BYTES: Final = 512
"""In bytes. Four lengths fit ten times over."""

NEUTRAL_VALUES: Final[Mapping[bytes, frozenset[bytes]]] = {
    b"accept": frozenset(
        (b"*/*", b"application/json", b"application/json, */*", b"application/json, text/plain, */*")
    )
} | dict.fromkeys(
    (
        *(b"accept-charset", b"content-encoding", b"content-length", b"content-type", b"expect", b"origin"),
        *(b"traceparent", b"transfer-encoding", b"upgrade", b"x-request-id"),
    ),
    frozenset[bytes](),
)
"""Header that may change the answer -> the values with which it certainly does not."""

_JSON: Final = frozenset(
    (
        *(b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"),
        *(b"application/json; charset=UTF-8", b"application/json;charset=UTF-8"),
    )
)
"""What the usual clients call JSON. RFC 8259 (11) knows no parameter, but many send one."""


class Answer:
    """What the authority would have answered."""

    __slots__ = ("body", "head", "headers", "route", "status")

    def __init__(self, route: str, headers: tuple[Header, ...], body: bytes) -> None:
        """Prepare an answer with status 200.

        Args:
            route: Method and template, as telemetry counts it.
            headers: Those that the authority sets itself, in its order.
            body: All of it.
        """
        self.route = route
        self.status = 200
        self.headers = headers
        self.head = encode_headers(headers)
        """The headers as they go over the wire."""
        self.body = body


def identifying_headers(headers: Iterable[Header], *, of_body: bool) -> Sequence[Header] | None:
    """Return the headers that name a request and its trace, or None where any other might change the answer.

    Args:
        headers: of the request.
        of_body: whether they are to announce a body, which must be short and JSON, or none.
    """
    names: Sequence[Header] = ()
    said_json = False
    for name, value in headers:
        if name in NEUTRAL_VALUES and value not in NEUTRAL_VALUES[name]:
            if name == b"content-type" and value in _JSON:
                said_json = True
            elif name == b"content-length" and (len(value) <= 3 if of_body else value == b"0"):  # noqa: PLR2004 (digits)
                continue
            elif name in {b"x-request-id", b"traceparent"}:
                names = (*names, (name, value))
            else:
                return None
    return names if said_json or not of_body else None


class ClassifyFastPath:
    """Answers the plain requests about one flower that name no predictor.

    Pure: it reads and writes nothing, and the same request always has the same answer.
    """

    def __init__(
        self,
        classes: Sequence[str],
        decide: Callable[[Flower], int],
        *,
        max_body_bytes: int | None = None,
        read: Callable[[bytes], Lengths | None] | None = None,
    ) -> None:
        """Prepare every answer that there can be.

        Args:
            classes: What a flower can be.
            decide: Asks the predictor that answers where none is named; returns an index of `classes`.
            max_body_bytes: Longer bodies are refused, where the limit is not the default one.
            read: Reads a body, where there is something quicker for it than the standard library.
        """
        self._decide = decide
        self._read = read or lengths_in_body
        self._longest_body = MAX_BODY_BYTES if max_body_bytes is None else min(max_body_bytes, MAX_BODY_BYTES)
        path = CLASSIFY_PATH.decode()
        self._by_body = _Answers(f"POST {path}", classes)
        self._by_query = _Answers(f"GET {path}", classes)
        self._by_path = _Answers(f"GET {path}/{{pl}}/{{pw}}/{{sl}}/{{sw}}", classes)

    def answer(self, method: str, path: bytes, query: bytes, body: bytes = b"") -> Answer | None:
        """Answer one request, whose headers are known to be plain, or return None for "not mine".

        Args:
            method: As sent, in capitals.
            path: Still percent-encoded.
            query: The same; without its question mark, and empty where there is none.
            body: All of it.
        """
        if method == "POST" and path == CLASSIFY_PATH and not query and len(body) <= self._longest_body:
            answers, lengths = self._by_body, self._read(body)
        elif method != "GET" or body:
            return None
        elif path == CLASSIFY_PATH:
            answers, lengths = self._by_query, lengths_in_query(query)
        else:
            answers, lengths = self._by_path, None if query else lengths_in_path(path)
        if not lengths:
            return None
        pl, pw, sl, sw = lengths
        # What is not a number fails here too.
        if not (
            0 <= pl <= MAX_CENTIMETRES
            and 0 <= pw <= MAX_CENTIMETRES
            and 0 <= sl <= MAX_CENTIMETRES
            and 0 <= sw <= MAX_CENTIMETRES
        ):
            return None
        try:
            if pl > sl and pw > sw:
                return answers.swapped[self._decide(_flower((sl, sw, pl, pw)))]
            return answers.right_way[self._decide(_flower((pl, pw, sl, sw)))]
        except Exception:  # noqa: BLE001 (the authority will meet the same one, and knows what to say of it)
            return None


class _Answers:
    """All that there can be to one form of request, in the order of the classes."""

    __slots__ = ("right_way", "swapped")

    def __init__(self, route: str, classes: Iterable[str]) -> None:
        self.right_way: list[Answer] = []
        self.swapped: list[Answer] = []
        for specie in classes:
            body = json.dumps({"specie": specie}, ensure_ascii=False, separators=(",", ":")).encode()
            headers = (
                (b"content-length", str(len(body)).encode()),
                (b"content-type", b"application/json"),
            )
            swapped = (*headers, (b"x-flower-swapped", b"true"))
            self.right_way.append(Answer(route, headers, body))
            self.swapped.append(Answer(route, swapped, body))


def encode_headers(headers: Iterable[Header]) -> bytes:
    """Write headers as they go over the wire."""
    return b"".join([b"%b: %b\r\n" % header for header in headers])


_flower: Final = Flower._make
"""Makes a flower of a tuple, in less time than its constructor takes."""

_DIGITS: Final = b"0123456789."
"""Of these alone, float() reads what the authority reads."""

_BEFORE_LENGTHS: Final = CLASSIFY_PATH + b"/"

_TEXT_DIGITS: Final = _DIGITS.decode()

_PLACES: Final = {
    b"&".join(name.encode() + b"=" for name in order): tuple(order.index(name) for name in FEATURES)
    for order in permutations(FEATURES)
}
"""What is left of a query without its digits -> where each of the lengths is."""


def lengths_in_path(path: bytes) -> Lengths | None:
    """Read `/api/v01/classify/{pl}/{pw}/{sl}/{sw}`."""
    if not path.startswith(_BEFORE_LENGTHS):
        return None
    given = path[len(_BEFORE_LENGTHS) :]
    if given.translate(None, _DIGITS) != b"///":
        return None
    pl, pw, sl, sw = given.split(b"/")
    try:
        return float(pl), float(pw), float(sl), float(sw)
    except ValueError:
        return None


def lengths_in_query(query: bytes) -> Lengths | None:
    """Read `pl=...&pw=...&sl=...&sw=...`, in any order."""
    places = _PLACES.get(query.translate(None, _DIGITS))
    if not places:
        return None
    pl, pw, sl, sw = places
    pairs = query.split(b"&")
    try:
        # Behind "pl=". A digit within a name would shift the "=" into the number, which then is none.
        return float(pairs[pl][3:]), float(pairs[pw][3:]), float(pairs[sl][3:]), float(pairs[sw][3:])
    except ValueError:
        return None


def lengths_in_body(body: bytes) -> Lengths | None:
    """Read `{"pl":...,"pw":...,"sl":...,"sw":...}`, in any order, each a number or one in quotes."""
    try:
        given: dict[str, object] = json.loads(body)
        # There are as many colons as fields, unless one was given twice.
        if len(given) != len(FEATURES) or body.count(b":") != len(FEATURES):
            return None
        return _length(given["pl"]), _length(given["pw"]), _length(given["sl"]), _length(given["sw"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _length(given: object) -> float:
    if isinstance(given, float):
        return given
    if isinstance(given, str) and not given.strip(_TEXT_DIGITS):
        return float(given)
    if isinstance(given, int) and not isinstance(given, bool) and given <= MAX_CENTIMETRES:
        return float(given)
    raise ValueError
