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

from scalable_models_localstack.guard.canonical import compute_signature
from scalable_models_localstack.guard.claim import parse_claim
from scalable_models_localstack.guard.verdict import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from scalable_models_localstack.guard.claim import Claim
    from scalable_models_localstack.guard.key import Key
    from scalable_models_localstack.guard.request_head import RequestHead

CLOCK_SKEW: Final = timedelta(minutes=15)
"""Maximum difference between a request's time and ours. Source: "Authenticating Requests", S3 API
reference."""

UNSIGNED_PAYLOADS: Final = frozenset({UNSIGNED_PAYLOAD, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"})
"""Replacements of a payload's hash that only S3 accepts."""

HASH: Final = re.compile("[0-9a-f]{64}")


def verify_signature(head: RequestHead, hash_body: Callable[[], str], key: Key, now: datetime) -> None:
    """Verify that a request is signed with a key and is not too old.

    Args:
        head: head of the request.
        hash_body: returns the hexadecimal SHA-256 of the body.
        key: key of this local cloud.
        now: current time with a time zone.

    Raises:
        RefusedError: the request is unsigned, or its signature is wrong, too old or incomplete.
    """
    claim = parse_claim(head)
    _check_scope(claim, key)
    _check_time(claim, now)
    _check_path(claim, head)
    _check_headers(claim, head)
    expected = compute_signature(head, claim, _payload(claim, head, hash_body), key)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise RefusedError("SignatureDoesNotMatch", "The signature does not match the request and the key.")


def _check_scope(claim: Claim, key: Key) -> None:
    if not hmac.compare_digest(claim.scope.access_key_id.encode(), key.id.encode()):
        raise RefusedError(
            "InvalidClientTokenId",
            "The access key is not that of this local cloud, which `make env` prints.",
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
    """Check that the path is normalised, except for S3, which signs paths unchanged."""
    normalized: str = cast("Any", utils).normalize_url_path(head.path)
    if not claim.scope.is_s3 and normalized != head.path:
        raise RefusedError("SignatureDoesNotMatch", "The path has segments that are empty or dots.")


def _check_headers(claim: Claim, head: RequestHead) -> None:
    """Check that the host and all x-amz-* fields are signed, as AWS requires."""
    signed = set(claim.signed_headers)
    required = {"host"} | {name for name in head.names if name.startswith("x-amz-")}
    if missing := sorted(required - signed):
        raise RefusedError("SignatureDoesNotMatch", f"Not signed: {', '.join(missing)}.")
    if absent := sorted(signed - head.names):
        raise RefusedError("SignatureDoesNotMatch", f"Signed, but absent: {', '.join(absent)}.")


def _payload(claim: Claim, head: RequestHead, hash_body: Callable[[], str]) -> str:
    """Return the payload's hash in the canonical request; check a declared hash against the body."""
    claimed = head.values("x-amz-content-sha256")
    if not claimed and not claim.scope.is_s3:
        return hash_body()
    if not claimed and claim.expires is not None:
        return UNSIGNED_PAYLOAD
    if len(claimed) != 1:
        raise RefusedError("InvalidRequest", "X-Amz-Content-SHA256 is required once.")
    if claim.scope.is_s3 and claimed[0] in UNSIGNED_PAYLOADS:
        return claimed[0]
    if HASH.fullmatch(claimed[0]) is None:
        raise RefusedError("InvalidRequest", f"X-Amz-Content-SHA256 {claimed[0]} is not supported here.")
    if not hmac.compare_digest(claimed[0], hash_body()):
        raise RefusedError("XAmzContentSHA256Mismatch", "The body is not the signed one.")
    return claimed[0]
