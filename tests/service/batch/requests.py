"""Batches of the tests, with the service's own limit of flowers unless another one is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.batch.classify import BatchRequest
from service.batch.formats import BatchFormat

if TYPE_CHECKING:
    from service.model.registry import Predictors


def batch_request(
    predictors: Predictors,
    body: bytes,
    given: BatchFormat = BatchFormat.JSON,
    response_format: BatchFormat | None = None,
    *,
    detail: bool = False,
    max_flowers: int = 10_000,
) -> BatchRequest:
    """Return a batch for the default predictor, answered in its own format unless another one is given."""
    return BatchRequest(
        body=body,
        body_format=given,
        response_format=response_format or given,
        predictor=predictors.default,
        detail=detail,
        max_flowers=max_flowers,
    )
