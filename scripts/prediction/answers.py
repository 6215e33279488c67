"""Answers to a batch of CSV: by a trained predictor in this process, with the code of the service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from service.batch.classify import BatchRequest, classify
from service.batch.formats import BatchFormat
from service.batch.limits import MAX_REPORTED_ROWS
from service.batch.rows import BatchError
from service.model.feature import Feature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.model.registry import Predictor

Entry = dict[str, Any]
"""Entry of a batch's response: the prediction of a row, or its `errors`."""


class PredictionError(Exception):
    """Rows can't be predicted; the message is one line."""


class AllRowsInvalidError(Exception):
    """No row of a batch is valid; it has the entries of the first ones only."""

    def __init__(self, entries: list[Entry]) -> None:
        super().__init__(f"{len(entries)} invalid rows")
        self.entries = entries


class BatchPredictor(Protocol):
    """Predictor of batches."""

    @property
    def features(self) -> Sequence[Feature] | None:
        """Features that it takes; None if they are unknown."""
        ...

    @property
    def maximum_rows(self) -> int:
        """Maximum number of rows of a batch."""
        ...

    @property
    def maximum_bytes(self) -> int:
        """Maximum size of a batch's rows, in bytes."""
        ...

    def answer(self, header: str, lines: Sequence[str]) -> list[Entry]:
        """Return the entry of each line.

        Raises:
            AllRowsInvalidError: No line is valid.
            PredictionError: The batch can't be answered.
        """
        ...


def answer_all(predictor: BatchPredictor, header: str, lines: Sequence[str]) -> list[Entry]:
    """Return the entry of each line, also if none is valid: then, a response has only some of the errors.

    Raises:
        PredictionError: The batch can't be answered.
    """
    try:
        return predictor.answer(header, lines)
    except AllRowsInvalidError as error:
        if len(error.entries) == len(lines):
            return error.entries
        if len(lines) <= MAX_REPORTED_ROWS:
            raise PredictionError("the errors of a batch's rows are missing in its response") from error
        steps = range(0, len(lines), MAX_REPORTED_ROWS)
        pieces = (lines[start : start + MAX_REPORTED_ROWS] for start in steps)
        return [entry for piece in pieces for entry in answer_all(predictor, header, piece)]


def unknown_feature(short_name: str) -> Feature:
    """Return a feature of which only the short name is known: its cells are taken as they are."""
    return Feature(name=short_name, short_name=short_name, type="category")


class LocalPredictor:
    """Trained predictor in this process."""

    def __init__(self, predictor: Predictor) -> None:
        """Create it for a loaded predictor."""
        self.maximum_rows = 2_000
        self.maximum_bytes = 1_000_000
        self._predictor = predictor
        self.features = predictor.definition.features

    def answer(self, header: str, lines: Sequence[str]) -> list[Entry]:
        """Return the entry of each line, as `BatchPredictor` describes."""
        batch = BatchRequest(
            body="".join([header, *lines]).encode(),
            body_format=BatchFormat.CSV,
            response_format=BatchFormat.JSON,
            predictor=self._predictor,
            detail=False,
            max_flowers=len(lines),
        )
        try:
            entries: list[Entry] = json.loads(classify(batch).body)
        except BatchError as error:
            if not error.refused:
                raise PredictionError(error.detail) from error
            raise AllRowsInvalidError(
                [{"errors": [fault._asdict() for fault in row.faults]} for row in error.refused]
            ) from error
        return entries
