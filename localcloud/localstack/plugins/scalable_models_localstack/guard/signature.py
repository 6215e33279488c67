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

CLOCK_SKEW: Final = timedelta(minutes=5)
"""Maximum difference between a request's time and ours, so that a captured request cannot be repeated later.
Source: "Elements of an AWS API request signature", IAM user guide."""

S3_CLOCK_SKEW: Final = timedelta(minutes=15)
"""The same for S3. Source: "Authenticating Requests", S3 API reference."""

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
    declared = _declared_payload(claim, head)
    expected = compute_signature(head, claim, declared or hash_body(), key)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise RefusedError("SignatureDoesNotMatch", "The signature does not match the request and the key.")
    # The signature of a declared hash is verified first, without the body.
    if declared is not None and declared not in UNSIGNED_PAYLOADS and declared != hash_body():
        raise RefusedError("XAmzContentSHA256Mismatch", "The body is not the signed one.")


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
    skew = S3_CLOCK_SKEW if claim.scope.is_s3 else CLOCK_SKEW
    if claim.expires is None:
        fresh = abs(now - signed) <= skew
    else:
        fresh = signed - skew <= now < signed + timedelta(seconds=claim.expires)
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


def _declared_payload(claim: Claim, head: RequestHead) -> str | None:
    """Return the payload's declared hash, or S3's replacement of it; None if only the body tells its hash."""
    declared = head.values("x-amz-content-sha256")
    if not declared and not claim.scope.is_s3:
        return None
    if not declared and claim.expires is not None:
        return UNSIGNED_PAYLOAD
    if len(declared) != 1:
        raise RefusedError("InvalidRequest", "X-Amz-Content-SHA256 is required once.")
    supported = HASH.fullmatch(declared[0]) or (claim.scope.is_s3 and declared[0] in UNSIGNED_PAYLOADS)
    if not supported:
        raise RefusedError("InvalidRequest", f"X-Amz-Content-SHA256 {declared[0]} is not supported here.")
    return declared[0]
