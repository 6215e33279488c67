"""Signatures of requests without a boto3 client, such as requests to LocalStack's own routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

if TYPE_CHECKING:
    from localcloud.aws.clients import Api

SERVICE: Final = "localstack"
"""Service name in the credential scope of such signatures; AWS has no service of this name."""


def signed_headers(
    method: str, url: str, api: Api, body: bytes = b"", *, service: str = SERVICE
) -> dict[str, str]:
    """Return the header fields of a signed request (AWS Signature Version 4).

    Args:
        method: HTTP method.
        url: URL with its query.
        api: source of the key and the region.
        body: request body.
        service: service in the credential scope.
    """
    key = BotocoreCredentials(api.credentials.access_key_id, api.credentials.secret_access_key)
    request = AWSRequest(method, url, data=body)
    SigV4Auth(key, service, api.region).add_auth(request)
    return dict(request.headers.items())
