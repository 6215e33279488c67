"""The hot path for events of an API Gateway REST API (Lambda proxy integration).

An event is read as `service/aws_lambda/rest_api_event.py` reads it, and a response is written as Mangum
writes it. What is not certain is left to them, the complaint about what is no request included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from service.fast_path.classify import CLASSIFY_PATH, NEUTRAL_VALUES, identifying_headers
from service.model.flower import FEATURES
from service.telemetry import request_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from service.fast_path.classify import ClassifyFastPath, Header

_REQUIRED: Final = frozenset(("httpMethod", "path", "resource", "requestContext"))

_PATH: Final = CLASSIFY_PATH.decode()

_READ: Final = frozenset(name.decode() for name in NEUTRAL_VALUES) - {
    "content-length",
    "expect",
    "transfer-encoding",
}
"""Headers that may change an answer. Three are about bytes on their way to API Gateway, which has them."""


class LambdaFastPath:
    """Answers events by the hot path."""

    def __init__(self, hot_path: ClassifyFastPath, *, instance_id: str) -> None:
        """Sign each response with `instance_id`."""
        self._answer = hot_path.answer
        self._instance_id = instance_id

    def answer(self, event: object) -> dict[str, Any] | None:
        """Answer one event, or return None for "not mine"."""
        if not isinstance(event, dict):
            return None
        given = cast("dict[str, Any]", event)
        path = given.get("path")
        if not isinstance(path, str) or not path.startswith(_PATH) or not given.keys() >= _REQUIRED:
            return None
        try:
            return self._answered(given, path)
        except (AttributeError, TypeError, ValueError):
            return None  # not as API Gateway sends it

    def _answered(self, event: Mapping[str, Any], path: str) -> dict[str, Any] | None:
        method: str = event["httpMethod"]
        names = identifying_headers(_headers(event), of_body=method == "POST")
        query = _query(event)
        if names is None or query is None:
            return None
        answer = self._answer(method, path.encode(), query.encode(), _body(event))
        if answer is None:
            return None
        headers = {name.decode(): value.decode() for name, value in answer.headers}
        headers["x-served-by"] = self._instance_id
        headers["x-request-id"] = (request_id.of(names) if names else request_id.new()).decode()
        if names and (traceparent := request_id.traceparent_of(names)):
            headers["traceparent"] = traceparent.decode()
        return {
            "statusCode": answer.status,
            "headers": headers,
            "multiValueHeaders": {},
            "body": answer.body.decode(),
            "isBase64Encoded": False,
        }


def _headers(event: Mapping[str, Any]) -> Sequence[Header]:
    lists: Mapping[str, Sequence[str]] | None = event.get("multiValueHeaders")
    if not lists:
        single: Mapping[str, str] = event.get("headers") or {}
        lists = {name: (value,) for name, value in single.items()}
    return [
        (lower.encode(), value.encode())
        for name, values in lists.items()
        if (lower := name.lower()) in _READ
        for value in values
    ]


def _query(event: Mapping[str, Any]) -> str | None:
    """Write the query as it may have come: it cannot be told any more how it was encoded.

    With one value for each name and as many ampersands as stand between, no value can hold one itself.
    """
    lists: Mapping[str, Sequence[str]] | None = event.get("multiValueQueryStringParameters")
    if lists:
        pairs = [f"{name}={values[0]}" for name, values in lists.items() if len(values) == 1]
        if len(pairs) < len(lists):
            return None
    else:
        single: Mapping[str, str] = event.get("queryStringParameters") or {}
        pairs = [f"{name}={value}" for name, value in single.items()]
    query = "&".join(pairs)
    return query if not pairs or len(pairs) == len(FEATURES) == query.count("&") + 1 else None


def _body(event: Mapping[str, Any]) -> bytes:
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode()
    from binascii import a2b_base64  # noqa: PLC0415 (it need not be read from the disk for what has no body)

    return a2b_base64(body, strict_mode=True)
