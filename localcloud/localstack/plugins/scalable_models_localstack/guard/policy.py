"""Authorization of requests to LocalStack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scalable_models_localstack.guard.origin import check_host, check_sender, check_target
from scalable_models_localstack.guard.signature import verify_signature
from scalable_models_localstack.guard.stage_path import is_stage_path
from scalable_models_localstack.guard.verdict import AccessLevel, Refusal, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scalable_models_localstack.guard.key import Key
    from scalable_models_localstack.guard.request_head import RequestHead


def authorize(
    head: RequestHead, hash_body: Callable[[], str], *, port: int, key: Key, now: datetime
) -> AccessLevel | Refusal:
    """Return the access level of a request, or its refusal.

    Args:
        head: head of the request.
        hash_body: returns the hexadecimal SHA-256 of the body; called only if the signature covers it.
        port: port that received the request.
        key: key of this local cloud.
        now: current time with a time zone.
    """
    try:
        check_target(head)
        check_host(head, port)
        if is_stage_path(head):
            return AccessLevel.PUBLIC
        check_sender(head)
        verify_signature(head, hash_body, key, now)
    except RefusedError as error:
        return error.refusal
    return AccessLevel.CONTROL_PLANE
