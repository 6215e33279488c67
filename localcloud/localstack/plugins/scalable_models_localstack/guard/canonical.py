"""Expected signature of a request, computed with botocore's canonical request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from scalable_models_localstack.guard.claim import SIGNATURE

if TYPE_CHECKING:
    from scalable_models_localstack.guard.claim import Claim
    from scalable_models_localstack.guard.key import Key
    from scalable_models_localstack.guard.request_head import RequestHead


def compute_signature(head: RequestHead, claim: Claim, payload: str, key: Key) -> str:
    """Compute the expected signature of a request.

    Args:
        head: head of the request.
        claim: scope, time and signed headers of the signature.
        payload: hash of the body, or its replacement.
        key: key that signs.
    """
    kind = _S3Signer if claim.scope.is_s3 else _Signer
    signer = cast("Any", kind(Credentials(key.id, key.secret), claim.scope.service, claim.scope.region))
    request = cast("Any", AWSRequest(head.method, _url(head), _signed_headers(head, claim)))
    request.context["timestamp"] = claim.timestamp
    request.context["payload"] = payload
    return signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)


def _url(head: RequestHead) -> str:
    """Return the URL without the signature parameter, which is not part of a presigned URL's signature."""
    kept = [pair for pair in head.query.split("&") if pair.partition("=")[0] != SIGNATURE]
    return f"http://host{head.path}?{'&'.join(kept)}"


def _signed_headers(head: RequestHead, claim: Claim) -> HTTPHeaders:
    headers = HTTPHeaders()
    for name in claim.signed_headers:
        for value in head.values(name):
            headers[name] = value  # adds a field: an email.message.Message
    return headers


class _Signer(SigV4Auth):
    """Signer that covers exactly the headers and the payload that the request declares as signed."""

    def headers_to_sign(self, request: Any) -> HTTPHeaders:  # noqa: ANN401 - botocore is untyped
        return request.headers

    def payload(self, request: Any) -> str:  # noqa: ANN401 - the same
        return request.context["payload"]


class _S3Signer(_Signer, S3SigV4Auth):
    """Signer with S3's rules for paths."""
