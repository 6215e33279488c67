"""Encoder of a batch's response, in the requested format."""

from __future__ import annotations

import csv
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from io import StringIO
from typing import TYPE_CHECKING, Final

import msgspec

from service.batch.formats import BatchFormat
from service.model.explanation import Explanation, explain
from service.model.flower import Flower, unswap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from service.batch.rows import InvalidRow
    from service.model.registry import Predictor

_encode_json: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class BatchWriter:
    """Encoder of one entry per row, and of the body that joins them."""

    form: BatchFormat
    predictor: Predictor
    _: KW_ONLY
    detail: bool

    def encode_flowers(self, flowers: list[Flower]) -> tuple[list[bytes], int]:
        """Encode the prediction of each flower, and count the swapped flowers."""
        # The condition of `unswap`, without a call for each flower.
        swapped = [index for index, (pl, pw, sl, sw) in enumerate(flowers) if pl > sl and pw > sw]
        upright = list(flowers) if swapped else flowers
        for index in swapped:
            upright[index], _ = unswap(Flower(*flowers[index]))
        if self.detail:
            swapped_indices = set(swapped)
            entries = [
                self._encode_explanation(
                    explain(self.predictor, Flower(*flower), swapped=index in swapped_indices)
                )
                for index, flower in enumerate(upright)
            ]
        else:
            by_class = self._entries_by_class
            entries = [by_class[index] for index in self.predictor.model.decide_all(upright)]
        return entries, len(swapped)

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
            return [_csv_line([specie, ""]) for specie in self.predictor.classes]
        return [_encode_json({"specie": specie}) for specie in self.predictor.classes]

    def _encode_explanation(self, explanation: Explanation) -> bytes:
        if self.form is not BatchFormat.CSV:
            return _encode_json(explanation)
        return _csv_line(
            [
                explanation["specie"],
                *map(repr, explanation["probabilities"].values()),
                explanation["predictor"],
                explanation["version"],
                "true" if explanation["swapped"] else "false",
                " ".join(explanation["notes"]),
                "",
            ]
        )

    @cached_property
    def _columns(self) -> list[str]:
        if not self.detail:
            return ["specie", "error"]
        probabilities = [f"probability of {specie}" for specie in self.predictor.classes]
        return ["specie", *probabilities, "predictor", "version", "swapped", "notes", "error"]


def _csv_line(cells: Sequence[str]) -> bytes:
    text = StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
