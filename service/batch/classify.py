"""Classification of a batch: bytes in, bytes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from service.batch import fast_reader, strict_reader
from service.batch.rows import BatchError, ParsedRows, too_many_flowers
from service.batch.writer import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Generator

    from service.batch.formats import BatchFormat
    from service.model.registry import Predictor

ROWS_PER_STEP: Final = 1_000
"""Number of rows answered between two pauses: about half a millisecond."""

DETAILED_ROWS_PER_STEP: Final = 100
"""The same for detailed rows, each of which takes about ten times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """Body of a batch, and how to answer it."""

    body: bytes
    body_format: BatchFormat
    response_format: BatchFormat
    predictor: Predictor
    detail: bool
    max_flowers: int
    """Maximum number of rows; a larger batch is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResponse:
    """Encoded response to a batch, with the counts that its headers show."""

    body: bytes
    flowers: int
    """Number of flowers that were classified."""
    swapped: int
    """Number of flowers among them whose petals and sepals were exchanged."""
    refused: int
    """Number of rows that could not be classified; the body has the errors of each in its place."""


def classify_in_steps(batch: BatchRequest) -> Generator[None, None, BatchResponse]:
    """Classify a batch, yielding between steps so that an event loop can serve other requests.

    Raises:
        BatchError: The batch cannot be read, has too many rows, or has no valid one.
    """
    rows = yield from _read(batch)
    if rows.refused and not rows.flowers:
        raise BatchError(422, "No row of the batch can be classified.", refused=tuple(rows.refused))
    writer = BatchWriter(batch.response_format, batch.predictor, detail=batch.detail)
    step = DETAILED_ROWS_PER_STEP if batch.detail else ROWS_PER_STEP
    entries: list[bytes] = []
    swapped = 0
    for start in range(0, len(rows.flowers), step):
        if start:
            yield
        encoded, swapped_in_step = writer.encode_flowers(rows.flowers[start : start + step])
        entries += encoded
        swapped += swapped_in_step
    if rows.refused:
        refusals: dict[int, bytes] = {}
        for invalid in rows.refused:
            if len(refusals) % ROWS_PER_STEP == 0:
                yield
            refusals[invalid.row] = writer.encode_invalid_row(invalid)
        predictions = iter(entries)
        entries = [refusals.get(row) or next(predictions) for row in range(1, rows.count + 1)]
    return BatchResponse(
        body=writer.join(entries), flowers=len(rows.flowers), swapped=swapped, refused=len(rows.refused)
    )


def classify(batch: BatchRequest) -> BatchResponse:
    """Classify a batch in one go, where no event loop has to serve other requests.

    Raises:
        BatchError: As in `classify_in_steps`.
    """
    steps = classify_in_steps(batch)
    try:
        while True:
            next(steps)
    except StopIteration as finished:
        response: BatchResponse = finished.value
        return response


def _read(batch: BatchRequest) -> Generator[None, None, ParsedRows]:
    flowers = fast_reader.read(batch.body, batch.body_format)
    if flowers is None:
        return (yield from strict_reader.read(batch.body, batch.body_format, batch.max_flowers))
    if len(flowers) > batch.max_flowers:
        raise too_many_flowers(batch.max_flowers)
    return ParsedRows(flowers=flowers, refused=[])
