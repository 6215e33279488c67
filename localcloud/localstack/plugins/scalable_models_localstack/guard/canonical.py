"""Signature that a key makes of a request, by botocore's own canonical request."""

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


def signature_of(head: RequestHead, claim: Claim, payload: str, key: Key) -> str:
    """Compute the signature that a request should have.

    Args:
        head: of the request.
        claim: what the signature is to cover.
        payload: hash of the body, or what stands for it.
        key: that signs.
    """
    kind = _S3Signer if claim.scope.is_s3 else _Signer
    signer = cast("Any", kind(Credentials(key.id, key.secret), claim.scope.service, claim.scope.region))
    request = cast("Any", AWSRequest(head.method, _url(head), _signed_headers(head, claim)))
    request.context["timestamp"] = claim.timestamp
    request.context["payload"] = payload
    return signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)


def _url(head: RequestHead) -> str:
    """Return the URL without the signature, which a presigned one cannot have signed."""
    kept = [pair for pair in head.query.split("&") if pair.partition("=")[0] != SIGNATURE]
    return f"http://host{head.path}?{'&'.join(kept)}"


def _signed_headers(head: RequestHead, claim: Claim) -> HTTPHeaders:
    headers = HTTPHeaders()
    for name in claim.signed_headers:
        for value in head.values(name):
            headers[name] = value  # adds a line: it is an email.message.Message
    return headers


class _Signer(SigV4Auth):
    """Signer of what a request says that is signed of it, and of nothing else."""

    def headers_to_sign(self, request: Any) -> HTTPHeaders:  # noqa: ANN401 - botocore carries no types
        return request.headers

    def payload(self, request: Any) -> str:  # noqa: ANN401 - the same
        return request.context["payload"]


class _S3Signer(_Signer, S3SigV4Auth):
    """The same by S3's rules."""
