"""Verification of AWS Signature Version 4.

Sources: "Create a signed AWS API request" in the IAM user guide; "Authenticating Requests (AWS Signature
Version 4)" in the S3 API reference.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from botocore import utils
from botocore.auth import SIGV4_TIMESTAMP, UNSIGNED_PAYLOAD

from scalable_models_localstack.guard.canonical import signature_of
from scalable_models_localstack.guard.claim import read_claim
from scalable_models_localstack.guard.verdict import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scalable_models_localstack.guard.claim import Claim
    from scalable_models_localstack.guard.key import Key
    from scalable_models_localstack.guard.request_head import RequestHead

CLOCK_SKEW: Final = timedelta(minutes=15)
"""How far a request's time may lie from ours. Source: "Authenticating Requests", S3 API reference."""

UNSIGNED_PAYLOADS: Final = frozenset({UNSIGNED_PAYLOAD, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"})
"""What S3, and no other service, takes in place of a payload's hash."""

HASH: Final = re.compile("[0-9a-f]{64}")


def verify(head: RequestHead, hash_of_body: Callable[[], str], key: Key, now: datetime) -> None:
    """Verify that a request is signed with a key, and that it is of now.

    Args:
        head: of the request.
        hash_of_body: returns the hexadecimal SHA-256 of the body.
        key: of this local cloud.
        now: with a time zone.

    Raises:
        RefusedError: the request is unsigned, or its signature is wrong, too old, or does not cover it.
    """
    claim = read_claim(head)
    _check_scope(claim, key)
    _check_time(claim, now)
    _check_path(claim, head)
    _check_headers(claim, head)
    expected = signature_of(head, claim, _payload(claim, head, hash_of_body), key)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise RefusedError("SignatureDoesNotMatch", "The signature is not the one that the key makes.")


def _check_scope(claim: Claim, key: Key) -> None:
    if not hmac.compare_digest(claim.scope.access_key_id.encode(), key.id.encode()):
        raise RefusedError(
            "InvalidClientTokenId",
            "The access key is not the one of this local cloud, which `make env` prints.",
        )
    if claim.scope.terminator != "aws4_request" or claim.scope.day != claim.timestamp[:8]:
        raise RefusedError("SignatureDoesNotMatch", "The scope of the credential is not that of the date.")


def _check_time(claim: Claim, now: datetime) -> None:
    try:
        signed = datetime.strptime(claim.timestamp, SIGV4_TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        raise RefusedError("IncompleteSignature", "X-Amz-Date is not of the form 20150830T123600Z.") from None
    if claim.expires is None:
        fresh = abs(now - signed) <= CLOCK_SKEW
    else:
        fresh = signed - CLOCK_SKEW <= now < signed + timedelta(seconds=claim.expires)
    if not fresh:
        raise RefusedError("RequestExpired", f"The signature of {claim.timestamp} is too far from now.")


def _check_path(claim: Claim, head: RequestHead) -> None:
    """Take no path that is signed as another one: only S3 signs paths as they are."""
    normalized: str = cast("Any", utils).normalize_url_path(head.path)
    if not claim.scope.is_s3 and normalized != head.path:
        raise RefusedError("SignatureDoesNotMatch", "The path has segments that are empty or dots.")


def _check_headers(claim: Claim, head: RequestHead) -> None:
    """Require the host and all fields of AWS's own to be signed, as AWS does."""
    signed = set(claim.signed_headers)
    needed = {"host"} | {name for name in head.names if name.startswith("x-amz-")}
    if missing := sorted(needed - signed):
        raise RefusedError("SignatureDoesNotMatch", f"Not signed: {', '.join(missing)}.")
    if absent := sorted(signed - head.names):
        raise RefusedError("SignatureDoesNotMatch", f"Signed, but not there: {', '.join(absent)}.")


def _payload(claim: Claim, head: RequestHead, hash_of_body: Callable[[], str]) -> str:
    """Return what stands for the payload in the canonical request, and hold a hash against the body."""
    claimed = head.values("x-amz-content-sha256")
    if not claimed and not claim.scope.is_s3:
        return hash_of_body()
    if not claimed and claim.expires is not None:
        return UNSIGNED_PAYLOAD
    if len(claimed) != 1:
        raise RefusedError("InvalidRequest", "X-Amz-Content-SHA256 is needed once.")
    if claim.scope.is_s3 and claimed[0] in UNSIGNED_PAYLOADS:
        return claimed[0]
    if HASH.fullmatch(claimed[0]) is None:
        raise RefusedError("InvalidRequest", f"X-Amz-Content-SHA256 {claimed[0]} is not supported here.")
    if not hmac.compare_digest(claimed[0], hash_of_body()):
        raise RefusedError("XAmzContentSHA256Mismatch", "The body is not the one that was signed.")
    return claimed[0]
