"""Events of an API Gateway REST API (Lambda proxy integration) as ASGI requests, for Mangum.

Mangum's own reader differs from a server in three ways, so that the same request would be answered
differently:

* API Gateway leaves out `Content-Length`, without which a body counts as absent, and no limit applies;
* Mangum joins repeated headers with commas, so that the second one changes the meaning of the first;
* it fails at a `Host` that it cannot parse, and at a parameter that is not UTF-8.

The format is that of "Lambda proxy integrations in API Gateway" in the API Gateway developer guide. `path` is
still percent-encoded in an event; the parameters of the query are not.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote, urlencode

from mangum.handlers import APIGateway
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mangum.types import LambdaConfig, LambdaContext, Scope

_REQUIRED: Final = ("httpMethod", "path", "resource", "requestContext")
"""Keys that no other type of event has together."""

_CONNECTION_HEADERS: Final = frozenset({"connection", "content-length", "expect", "transfer-encoding"})
"""Headers about the connection to API Gateway, which has received the whole request."""


class EventError(ValueError):
    """The event is no request of a REST API, such as a test event of the console."""


class RestApiEvent(APIGateway):
    """One request, in the interface of Mangum's handlers."""

    @classmethod
    @override
    def infer(cls, event: object, context: LambdaContext, config: LambdaConfig) -> bool:
        """Return True for every event, so that another type of event is refused with one sentence."""
        return True

    def __init__(self, event: object, context: LambdaContext, config: LambdaConfig) -> None:
        given = cast("dict[str, Any]", event) if isinstance(event, dict) else {}
        if missing := [key for key in _REQUIRED if key not in given]:
            raise EventError(
                "This function answers requests of an API Gateway REST API (Lambda proxy integration). "
                f"This event is none: it has no {', '.join(missing)}."
            )
        super().__init__(given, context, config)
        self._body = _body(given)

    @property
    @override
    def body(self) -> bytes:
        return self._body

    @property
    @override
    def scope(self) -> Scope:
        headers = [
            (name.lower().encode(), value.encode("utf-8", "replace"))
            for name, value in _pairs(self.event, "multiValueHeaders", "headers")
            if name.lower() not in _CONNECTION_HEADERS
        ]
        if self._body:
            headers.append((b"content-length", str(len(self._body)).encode()))
        parameters = _pairs(self.event, "multiValueQueryStringParameters", "queryStringParameters")
        identity: dict[str, str | None] = self.event["requestContext"].get("identity") or {}
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "http_version": "1.1",
            "scheme": "https",
            "method": self.event["httpMethod"],
            "path": unquote(self.event["path"]),
            "raw_path": None,
            "query_string": urlencode(list(parameters), errors="replace").encode(),
            "root_path": "",
            "headers": headers,
            "server": None,
            "client": (identity.get("sourceIp") or "", 0),
            "aws.event": self.event,
            "aws.context": self.context,
        }


def _body(event: Mapping[str, Any]) -> bytes:
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "replace")
    try:
        return b64decode(body, validate=True)
    except binascii.Error as error:
        raise EventError(f"The event's body is not valid base64: {error}.") from error


def _pairs(event: Mapping[str, Any], with_lists: str, without: str) -> Iterator[tuple[str, str]]:
    """Yield every name with each of its values; test events can have only the simpler map, or null."""
    if lists := event.get(with_lists):
        for name, values in lists.items():
            for value in values:
                yield name, value
    else:
        single: dict[str, str] = event.get(without) or {}
        yield from single.items()
