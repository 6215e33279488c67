"""Answers a batch: bytes in, bytes out."""

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

ROWS_AT_ONCE: Final = 1_000
"""After so many answers there is a chance to do something else: about half a millisecond."""

DETAILED_ROWS_AT_ONCE: Final = 100
"""The same, where each takes about ten times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """What is asked."""

    body: bytes
    given: BatchFormat
    """How the body is written."""
    wanted: BatchFormat
    """How to write the answer."""
    predictor: Predictor
    detail: bool
    most: int
    """A batch with more flowers is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResponse:
    """What is answered."""

    body: bytes
    flowers: int
    """Flowers that were answered."""
    swapped: int
    """Flowers that were the wrong way round, and were turned."""
    refused: int
    """ParsedRows that could not be answered; the answer says why, each in its place."""


def classify_in_steps(batch: BatchRequest) -> Generator[None, None, BatchResponse]:
    """Answer a batch. It yields now and then, so that whoever has others to serve can do so in between.

    Raises:
        BatchError: it cannot be read, has too many flowers, or not one that can be answered.
    """
    rows = yield from _read(batch)
    if rows.refused and not rows.flowers:
        raise BatchError(422, "Not one row of the batch can be answered.", refused=tuple(rows.refused))
    writer = BatchWriter(batch.wanted, batch.predictor, detail=batch.detail)
    at_once = DETAILED_ROWS_AT_ONCE if batch.detail else ROWS_AT_ONCE
    entries: list[bytes] = []
    swapped = 0
    for start in range(0, len(rows.flowers), at_once):
        if start:
            yield
        written, turned = writer.answers(rows.flowers[start : start + at_once])
        entries += written
        swapped += turned
    if rows.refused:
        refusals: dict[int, bytes] = {}
        for refused in rows.refused:
            if len(refusals) % ROWS_AT_ONCE == 0:
                yield
            refusals[refused.row] = writer.refusal(refused)
        answers = iter(entries)
        entries = [refusals.get(row) or next(answers) for row in range(1, rows.count + 1)]
    return BatchResponse(
        body=writer.whole(entries), flowers=len(rows.flowers), swapped=swapped, refused=len(rows.refused)
    )


def answer(batch: BatchRequest) -> BatchResponse:
    """Answer a batch without a pause, where nobody else waits.

    Raises:
        BatchError: as above.
    """
    work = classify_in_steps(batch)
    try:
        while True:
            next(work)
    except StopIteration as done:
        answered: BatchResponse = done.value
        return answered


def _read(batch: BatchRequest) -> Generator[None, None, ParsedRows]:
    flowers = fast_reader.read(batch.body, batch.given)
    if flowers is None:
        return (yield from strict_reader.read(batch.body, batch.given, batch.most))
    if len(flowers) > batch.most:
        raise too_many_flowers(batch.most)
    return ParsedRows(flowers=flowers, refused=[])
