"""Maximum size of a request's body, known before the body is received.

Without it, a request without a signature could fill the memory with a form and the disk with anything else.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NoReturn

from scalable_models_localstack.guard.claim import parse_claim
from scalable_models_localstack.guard.policy import authorize
from scalable_models_localstack.guard.verdict import AccessLevel, Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from scalable_models_localstack.guard.key import Key
    from scalable_models_localstack.guard.request_head import RequestHead

STAGE_LIMIT: Final = 10 * 2**20
"""Maximum bytes of a request to a REST API. Source: "Quotas for configuring and running a REST API", API
Gateway's developer guide."""

S3_LIMIT: Final = 5 * 2**30
"""Maximum bytes of a single upload. Source: "Uploading objects", S3 user guide."""

API_LIMIT: Final = 70_167_211
"""Maximum bytes of a request to any other service: that of Lambda's CreateFunction, the largest, which
contains an archive of 50 MB in base64. Source: the error message of that operation."""


class BodyPendingError(Exception):
    """Need for the body of a request that is not received yet."""


def body_limit(head: RequestHead, *, port: int, key: Key, now: datetime) -> int | Refusal:
    """Return the maximum size of a request's body in bytes, or the refusal that needs no body.

    Args:
        head: head of the request.
        port: port that received the request.
        key: key of this local cloud.
        now: current time with a time zone.
    """
    try:
        verdict = authorize(head, _pending_hash, port=port, key=key, now=now)
    except BodyPendingError:
        verdict = AccessLevel.CONTROL_PLANE
    match verdict:
        case Refusal():
            return verdict
        case AccessLevel.PUBLIC:
            return STAGE_LIMIT
        case AccessLevel.CONTROL_PLANE:
            return S3_LIMIT if parse_claim(head).scope.is_s3 else API_LIMIT


def body_too_large(limit: int) -> Refusal:
    """Return the refusal of a body with more than `limit` bytes, in API Gateway's words."""
    message = f"HTTP content length exceeded {limit} bytes."
    return Refusal("RequestEntityTooLargeException", message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _pending_hash() -> NoReturn:
    raise BodyPendingError
