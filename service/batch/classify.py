"""Classification of a batch: bytes in, bytes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Final

from service.batch.fast_reader import FastReader
from service.batch.limits import STEP_SECONDS, Pace, check_lines, no_valid_row
from service.batch.rows import ParsedRows
from service.batch.strict_reader import StrictReader
from service.batch.writer import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from service.batch.formats import BatchFormat
    from service.batch.rows import InvalidRow
    from service.model.definition import Definition
    from service.model.feature import Row
    from service.model.registry import Predictor

FIRST_PIECE_FLOWERS: Final = 16
MAX_PIECE_FLOWERS: Final = 1_024
"""Numbers of flowers that are answered in one go. The first piece shows how long the model takes."""


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
    is_unusual: bool = False
    """True if the fast reader has already left the body to the strict one."""
    on_out_of_range: Callable[[str], object] = field(default=lambda _: None)
    """Receives the name of a feature for each value that is out of its range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResponse:
    """Encoded response to a batch, with the counts that its headers show."""

    body: bytes
    flowers: int
    """Number of flowers that were classified."""
    swapped: int
    """Number of flowers among them that the hook has corrected."""
    refused: int
    """Number of rows that could not be classified; the body has the errors of each in its place."""


def classify_in_steps(batch: BatchRequest) -> Generator[None, None, BatchResponse]:
    """Classify a batch, yielding between steps so that an event loop can serve other requests.

    Raises:
        BatchError: The batch cannot be read, has too many rows, or has no valid one.
    """
    rows = yield from _read(batch)
    if rows.refused and not rows.flowers:
        raise no_valid_row(rows.refused, batch.predictor.definition.task)
    writer = BatchWriter(batch.response_format, batch.predictor, detail=batch.detail)
    entries, swapped = yield from _encode_flowers(writer, rows.flowers)
    if rows.refused:
        refusals = yield from _encode_invalid_rows(writer, rows.refused)
        predictions = iter(entries)
        entries = [refusals.get(row) or next(predictions) for row in range(1, rows.count + 1)]
    return BatchResponse(
        body=writer.join(entries), flowers=len(rows.flowers), swapped=swapped, refused=len(rows.refused)
    )


def classify_valid_in_steps(
    writer: BatchWriter, body: bytes, max_flowers: int
) -> Generator[None, None, BatchResponse | None]:
    """Classify a batch in the format of its response; return None if it has no row, or an unusual one.

    Raises:
        BatchError: As in `classify_in_steps`.
    """
    check_lines(body, writer.form, max_flowers)
    flowers = yield from _fast_reader(writer.predictor.definition).read(body, writer.form, max_flowers)
    if not flowers:
        return None
    entries, swapped = yield from _encode_flowers(writer, flowers)
    return BatchResponse(body=writer.join(entries), flowers=len(flowers), swapped=swapped, refused=0)


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


def _encode_flowers(
    writer: BatchWriter, flowers: list[Row]
) -> Generator[None, None, tuple[list[bytes], int]]:
    entries: list[bytes] = []
    swapped = 0
    pace = Pace()
    size = FIRST_PIECE_FLOWERS
    while len(entries) < len(flowers):
        if pace.is_pause_due():
            yield
            pace.resume()
        started = perf_counter()
        encoded, swapped_in_piece = writer.encode_flowers(flowers[len(entries) : len(entries) + size])
        entries += encoded
        swapped += swapped_in_piece
        took = perf_counter() - started
        if took < STEP_SECONDS / 4:
            size = min(2 * size, MAX_PIECE_FLOWERS)
        elif took > STEP_SECONDS:
            size = max(size // 2, 1)
    return entries, swapped


def _encode_invalid_rows(
    writer: BatchWriter, refused: list[InvalidRow]
) -> Generator[None, None, dict[int, bytes]]:
    entries: dict[int, bytes] = {}
    pace = Pace()
    for invalid in refused:
        if pace.is_pause_due():
            yield
            pace.resume()
        entries[invalid.row] = writer.encode_invalid_row(invalid)
    return entries


def _read(batch: BatchRequest) -> Generator[None, None, ParsedRows]:
    check_lines(batch.body, batch.body_format, batch.max_flowers)
    flowers = None
    if not batch.is_unusual:
        reader = _fast_reader(batch.predictor.definition)
        flowers = yield from reader.read(batch.body, batch.body_format, batch.max_flowers)
    if flowers is None:
        strict_reader = StrictReader(batch.predictor.definition, batch.on_out_of_range)
        return (yield from strict_reader.read(batch.body, batch.body_format, batch.max_flowers))
    return ParsedRows(flowers=flowers, refused=[])


@lru_cache
def _fast_reader(definition: Definition) -> FastReader:
    return FastReader(definition)
