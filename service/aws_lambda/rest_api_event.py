"""Reads the events of an API Gateway REST API (Lambda proxy integration), for Mangum.

Mangum reads them too, but less exactly than the answers of a function and of a server could be the same:

* API Gateway leaves `Content-Length` out, without which a body counts as absent, and no limit would hold;
* Mangum joins repeated headers with commas, so that the second would change what the first one says;
* it stops with an error of its own at a `Host` that it does not understand, or at a parameter without UTF-8.

The form of an event: "Lambda proxy integrations in API Gateway", API Gateway developer guide. `path` is still
percent-encoded in it; the parameters of the query are not.
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
"""No other kind of event has all of these."""

_OF_THE_CONNECTION: Final = frozenset({"connection", "content-length", "expect", "transfer-encoding"})
"""Headers about bytes on their way to API Gateway, which has received them all."""


class EventError(ValueError):
    """The event is no request: a test from the console, a ping, another service's."""


class RestApiEvent(APIGateway):
    """One request, as Mangum wants to see it."""

    @classmethod
    @override
    def infer(cls, event: object, context: LambdaContext, config: LambdaConfig) -> bool:
        """Take every event: what is none of a REST API is refused with one sentence, not guessed at."""
        return True

    def __init__(self, event: object, context: LambdaContext, config: LambdaConfig) -> None:
        given = cast("dict[str, Any]", event) if isinstance(event, dict) else {}
        if missing := [key for key in _REQUIRED if key not in given]:
            raise EventError(
                "This function answers requests of an API Gateway REST API (Lambda proxy integration). "
                f"The event is none: it has no {', '.join(missing)}."
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
            if name.lower() not in _OF_THE_CONNECTION
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
        raise EventError(f"The event's body is said to be base64, but is not: {error}.") from error


def _pairs(event: Mapping[str, Any], with_lists: str, without: str) -> Iterator[tuple[str, str]]:
    """Yield every name with every value; made by hand, an event may have the simpler map alone, or null."""
    if lists := event.get(with_lists):
        for name, values in lists.items():
            for value in values:
                yield name, value
    else:
        single: dict[str, str] = event.get(without) or {}
        yield from single.items()
