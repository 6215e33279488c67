"""Fast path for the events of an API Gateway REST API (Lambda proxy integration).

Events are read as `service/aws_lambda/rest_api_event.py` reads them, and responses are written as Mangum
writes them. Every other event is left to both, including events that are not HTTP requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from service.fast_path.classify import CLASSIFY_PATH, NEUTRAL_VALUES, ClassifyFastPath, identifying_headers
from service.telemetry import request_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from service.fast_path.classify import Header
    from service.model.predictor import Predictor

_REQUIRED: Final = frozenset(("httpMethod", "path", "resource", "requestContext"))

_PATH: Final = CLASSIFY_PATH.decode()

_RELEVANT_HEADERS: Final = frozenset(name.decode() for name in NEUTRAL_VALUES) - {
    "content-length",
    "expect",
    "transfer-encoding",
}
"""Headers that may change a response. Three others are about the connection, which ends at API Gateway."""


class LambdaFastPath:
    """Lambda events answered by the fast path."""

    def __init__(self, fast_path: ClassifyFastPath, *, instance_id: str) -> None:
        """Create the fast path; `instance_id` is the value of `X-Served-By`."""
        self._compute = fast_path.respond
        self._features = fast_path.features
        self._instance_id = instance_id

    @classmethod
    def mount(cls, predictor: Predictor, *, instance_id: str, max_body_bytes: int | None) -> LambdaFastPath:
        """Create the fast path for the default predictor; without a limit of a body, it has the default."""
        fast_path = ClassifyFastPath(predictor, max_body_bytes=max_body_bytes)
        return cls(fast_path, instance_id=instance_id)

    def respond(self, event: object) -> dict[str, Any] | None:
        """Return the response to an event, or None to leave it to the framework."""
        if not isinstance(event, dict):
            return None
        fields = cast("dict[str, Any]", event)
        path = fields.get("path")
        if not isinstance(path, str) or not path.startswith(_PATH) or not fields.keys() >= _REQUIRED:
            return None
        try:
            return self._respond_to(fields, path)
        except (AttributeError, TypeError, ValueError):
            return None  # malformed: API Gateway sends no such event

    def _respond_to(self, event: Mapping[str, Any], path: str) -> dict[str, Any] | None:
        method: str = event["httpMethod"]
        identifiers = identifying_headers(_headers(event), has_body=method == "POST")
        query = _query(event, self._features)
        if identifiers is None or query is None:
            return None
        response = self._compute(method, path.encode(), query.encode(), _body(event))
        if response is None:
            return None
        if identifiers:
            response = response.for_client(identifiers)
        headers = {name.decode(): value.decode() for name, value in response.headers}
        headers["x-served-by"] = self._instance_id
        headers["x-request-id"] = (
            request_id.from_headers(identifiers) if identifiers else request_id.generate()
        ).decode()
        if identifiers and (traceparent := request_id.traceparent_from_headers(identifiers)):
            headers["traceparent"] = traceparent.decode()
        return {
            "statusCode": response.status,
            "headers": headers,
            "multiValueHeaders": {},
            "body": response.body.decode(),
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
        if (lower := name.lower()) in _RELEVANT_HEADERS
        for value in values
    ]


def _query(event: Mapping[str, Any], features: int) -> str | None:
    """Rebuild a query string; API Gateway has decoded the original.

    With one value for each feature, a value with an ampersand of its own makes one field too many, which
    the parser of queries leaves to the framework.
    """
    lists: Mapping[str, Sequence[str]] | None = event.get("multiValueQueryStringParameters")
    if lists:
        pairs = [f"{name}={values[0]}" for name, values in lists.items() if len(values) == 1]
        if len(pairs) < len(lists):
            return None
    else:
        single: Mapping[str, str] = event.get("queryStringParameters") or {}
        pairs = [f"{name}={value}" for name, value in single.items()]
    return "&".join(pairs) if not pairs or len(pairs) == features else None


def _body(event: Mapping[str, Any]) -> bytes:
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode()
    from binascii import a2b_base64  # noqa: PLC0415 (not read from disk where there is no body)

    return a2b_base64(body, strict_mode=True)
