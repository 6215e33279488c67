"""Errors of Elastic Load Balancing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localstack.aws.api import CommonServiceException

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scalable_models_localstack.services.elbv2_mistake import Mistake


def raise_first(mistakes: Iterable[Mistake]) -> None:
    """Raise the first of the mistakes in a request, if it has one.

    Raises:
        CommonServiceException: the mistake.
    """
    for mistake in mistakes:
        raise CommonServiceException(mistake.code, mistake.message, sender_fault=True)
