"""Which requests reach LocalStack, and how far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scalable_models_localstack.guard.origin import check_host, check_sender, check_target
from scalable_models_localstack.guard.signature import verify
from scalable_models_localstack.guard.stage_path import is_stage_path
from scalable_models_localstack.guard.verdict import Admission, Refusal, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scalable_models_localstack.guard.key import Key
    from scalable_models_localstack.guard.request_head import RequestHead


def examine(
    head: RequestHead, hash_of_body: Callable[[], str], *, port: int, key: Key, now: datetime
) -> Admission | Refusal:
    """Decide about a request.

    Args:
        head: of the request.
        hash_of_body: returns the hexadecimal SHA-256 of the body; called only where a signature needs it.
        port: that the request was received at.
        key: of this local cloud.
        now: with a time zone.
    """
    try:
        check_target(head)
        check_host(head, port)
        if is_stage_path(head):
            return Admission.PUBLIC
        check_sender(head)
        verify(head, hash_of_body, key, now)
    except RefusedError as error:
        return error.refusal
    return Admission.CONTROL_PLANE
