"""Requests signed by botocore."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from scalable_models_localstack.guard.key import Key
from scalable_models_localstack.guard.policy import authorize
from scalable_models_localstack.guard.request_head import RequestHead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scalable_models_localstack.guard.verdict import AccessLevel, Refusal

PORT: Final = 4566
HOST: Final = f"127.0.0.1:{PORT}"
KEY: Final = Key("IRISAAAAAAAAAAAAAAAA", "the secret of this local cloud")
REGION: Final = "eu-central-1"


def signed(
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    service: str = "ec2",
    key: Key = KEY,
    host: str = HOST,
) -> RequestHead:
    """Sign a request in its header, as boto3 does, at this moment."""
    request = AWSRequest(method, f"http://{host}{target}", {**(headers or {}), "Host": host}, body)
    # S3's signer overwrites a given hash of the payload.
    own_rules = service == "s3" and "X-Amz-Content-SHA256" not in (headers or {})
    signer = S3SigV4Auth if own_rules else SigV4Auth
    cast("Any", signer)(Credentials(key.id, key.secret), service, REGION).add_auth(request)
    return RequestHead(method, target, tuple(cast("Any", request.headers).items()))


def presigned(method: str, target: str, *, expires: int = 60, key: Key = KEY) -> RequestHead:
    """Sign a request to S3 in its query, at this moment."""
    request = AWSRequest(method, f"http://{HOST}{target}", {"Host": HOST})
    signer = cast("Any", S3SigV4QueryAuth)(Credentials(key.id, key.secret), "s3", REGION, expires=expires)
    signer.add_auth(request)
    return RequestHead(method, str(request.url).removeprefix(f"http://{HOST}"), (("Host", HOST),))


def examined(head: RequestHead, body: bytes = b"", *, now: datetime | None = None) -> AccessLevel | Refusal:
    """Authorize a request that was received at the port."""
    return authorize(
        head, lambda: hashlib.sha256(body).hexdigest(), port=PORT, key=KEY, now=now or datetime.now(UTC)
    )


def with_header(head: RequestHead, name: str, value: str) -> RequestHead:
    """Return the request with one more header field."""
    return replace(head, headers=(*head.headers, (name, value)))


def without_header(head: RequestHead, name: str) -> RequestHead:
    """Return the request without a header field."""
    return replace(head, headers=tuple(each for each in head.headers if each[0].lower() != name))
