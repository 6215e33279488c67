"""Signatures of requests that no boto3 client makes, such as those to LocalStack's own routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

if TYPE_CHECKING:
    from localcloud.aws.clients import Api

SERVICE: Final = "localstack"
"""Service in the scope of such signatures; AWS has none of this name."""


def signed_headers(
    method: str, url: str, api: Api, body: bytes = b"", *, service: str = SERVICE
) -> dict[str, str]:
    """Return the header fields that sign a request (AWS Signature Version 4).

    Args:
        method: of HTTP.
        url: with its query.
        api: whose key signs, in whose region.
        body: of the request.
        service: that the signature is for.
    """
    key = BotocoreCredentials(api.credentials.access_key_id, api.credentials.secret_access_key)
    request = AWSRequest(method, url, data=body)
    # botocore carries no types.
    cast("Any", SigV4Auth)(key, service, api.region).add_auth(request)
    return dict(cast("Any", request.headers).items())
