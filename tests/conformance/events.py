"""Events of an API Gateway REST API for HTTP requests, and HTTP responses of a function's responses.

As documented in the API Gateway developer guide, "Lambda proxy integrations in API Gateway", with `*/*` as
binary media type: every body is in base64. The path is as sent, the query is decoded, and `Content-Length`
and `Connection` are missing.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from tests.conformance.responses import ClientResponse

if TYPE_CHECKING:
    from tests.conformance.cases import Request


def to_rest_api_event(request: Request) -> dict[str, Any]:
    """Return the event that API Gateway sends for a request."""
    path, _, query = request.target.partition("?")
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters.setdefault(name, []).append(value)
    headers: dict[str, list[str]] = {"Host": ["abc123.execute-api.eu-central-1.amazonaws.com"]}
    for name, value in request.headers:
        headers.setdefault(name, []).append(value)
    headers |= {"X-Forwarded-For": ["192.0.2.7"], "X-Forwarded-Port": ["443"], "X-Forwarded-Proto": ["https"]}
    return {
        "resource": "/" if path == "/" else "/{proxy+}",
        "path": path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": None if path == "/" else {"proxy": unquote(path).strip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": "abc123.execute-api.eu-central-1.amazonaws.com",
            "httpMethod": request.method,
            "identity": {"sourceIp": "192.0.2.7", "userAgent": None},
            "path": f"/live{path}",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": 1_428_582_896_000,
            "resourcePath": "/{proxy+}",
            "stage": "live",
        },
        "body": b64encode(request.body).decode() if request.body else None,
        "isBase64Encoded": bool(request.body),
    }


def from_lambda_response(response: dict[str, Any]) -> ClientResponse:
    """Return the HTTP response that API Gateway sends for a response of the function."""
    several: dict[str, list[str]] = response.get("multiValueHeaders") or {}
    headers = [*response["headers"].items(), *((name, v) for name, values in several.items() for v in values)]
    body: str = response["body"]
    content = b64decode(body) if response["isBase64Encoded"] else body.encode()
    return ClientResponse.of(response["statusCode"], headers, content)
