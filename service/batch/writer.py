"""Encoder of a batch's response, in the requested format."""

from __future__ import annotations

import csv
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

import msgspec

from service.batch.formats import BatchFormat
from service.model.explanation import explain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from service.batch.rows import InvalidRow
    from service.model.feature import Row
    from service.model.registry import Predictor

_encode_json: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class BatchWriter:
    """Encoder of one entry per row, and of the body that joins them."""

    form: BatchFormat
    predictor: Predictor
    _: KW_ONLY
    detail: bool

    def encode_flowers(self, flowers: list[Row]) -> tuple[list[bytes], int]:
        """Encode the prediction of each row, and count the rows that the hook has corrected."""
        hook = self.predictor.hook
        to_correct = hook.to_correct(flowers) if hook else ()
        rows = list(flowers) if to_correct else flowers
        for index in to_correct:
            rows[index], _ = self.predictor.correct(flowers[index])
        if self.detail:
            indices = set(to_correct)
            entries = [
                self._encode_explanation(explain(self.predictor, row, corrected=index in indices))
                for index, row in enumerate(rows)
            ]
        elif self.predictor.is_regression:
            entries = list(map(self._encode_value, map(self.predictor.model.value, rows)))
        else:
            by_class = self._entries_by_class
            entries = [by_class[index] for index in self.predictor.model.decide_all(rows)]
        return entries, len(to_correct)

    def encode_invalid_row(self, invalid: InvalidRow) -> bytes:
        """Encode the faults of an invalid row."""
        if self.form is not BatchFormat.CSV:
            return _encode_json({"row": invalid.row, "errors": [fault._asdict() for fault in invalid.faults]})
        reasons = (
            f"{fault.field} is {'missing' if fault.given is None else repr(fault.given)}, but must be "
            f"{fault.allowed}"
            for fault in invalid.faults
        )
        return _csv_line([*([""] * (len(self._columns) - 1)), f"row {invalid.row}: {'; '.join(reasons)}"])

    def join(self, entries: Iterable[bytes]) -> bytes:
        """Join the entries of all rows into a body."""
        match self.form:
            case BatchFormat.JSON:
                return b"[" + b",".join(entries) + b"]"
            case BatchFormat.NDJSON:
                return b"".join([entry + b"\n" for entry in entries])
            case BatchFormat.CSV:
                return _csv_line(self._columns) + b"".join(entries)

    @cached_property
    def _entries_by_class(self) -> list[bytes]:
        """Pre-encoded entry of each class, in the order of the classes."""
        if self.form is BatchFormat.CSV:
            return [_csv_line([name, ""]) for name in self.predictor.classes]
        key = self.predictor.definition.response_key
        return [_encode_json({key: name}) for name in self.predictor.classes]

    def _encode_value(self, value: float) -> bytes:
        """Encode the value of a regression."""
        if self.form is BatchFormat.CSV:
            return _csv_line([repr(value), ""])
        return _encode_json({self.predictor.definition.response_key: value})

    def _encode_explanation(self, explanation: dict[str, Any]) -> bytes:
        if self.form is not BatchFormat.CSV:
            return _encode_json(explanation)
        hook = self.predictor.hook
        answer = explanation[self.predictor.definition.response_key]
        return _csv_line(
            [
                repr(answer) if self.predictor.is_regression else answer,
                *map(repr, explanation.get("probabilities", {}).values()),
                explanation["predictor"],
                explanation["version"],
                *(["true" if explanation[hook.RESPONSE_KEY] else "false"] if hook else []),
                " ".join(explanation["notes"]),
                "",
            ]
        )

    @cached_property
    def _columns(self) -> list[str]:
        key, hook = self.predictor.definition.response_key, self.predictor.hook
        if not self.detail:
            return [key, "error"]
        probabilities = [f"probability of {name}" for name in self.predictor.classes]
        correction = [hook.RESPONSE_KEY] if hook else []
        return [key, *probabilities, "predictor", "version", *correction, "notes", "error"]


def _csv_line(cells: Sequence[str]) -> bytes:
    text = StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
