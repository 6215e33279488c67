"""Writes the answers to the rows of a batch, in the form that was asked for."""

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

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class BatchWriter:
    """Writes entries, one for each row, and puts them together."""

    form: BatchFormat
    predictor: Predictor
    _: KW_ONLY
    detail: bool

    def answers(self, flowers: list[Flower]) -> tuple[list[bytes], int]:
        """Write what the predictor says of each flower, and count those that were the wrong way round."""
        # The same as `unswap` asks, here without a call for each flower.
        swapped = [place for place, (pl, pw, sl, sw) in enumerate(flowers) if pl > sl and pw > sw]
        upright = list(flowers) if swapped else flowers
        for place in swapped:
            upright[place], _ = unswap(Flower(*flowers[place]))
        if self.detail:
            turned = set(swapped)
            entries = [
                self._detailed(explain(self.predictor, Flower(*flower), swapped=place in turned))
                for place, flower in enumerate(upright)
            ]
        else:
            plain = self._plain
            entries = [plain[index] for index in self.predictor.model.decide_all(upright)]
        return entries, len(swapped)

    def refusal(self, refused: InvalidRow) -> bytes:
        """Write what is wrong with a row."""
        if self.form is not BatchFormat.CSV:
            return _encode({"row": refused.row, "errors": [fault._asdict() for fault in refused.faults]})
        reasons = (
            f"{fault.field} is {'missing' if fault.given is None else repr(fault.given)}, "
            f"but takes {fault.allowed}"
            for fault in refused.faults
        )
        return _line([*([""] * (len(self._columns) - 1)), f"row {refused.row}: {'; '.join(reasons)}"])

    def whole(self, entries: Iterable[bytes]) -> bytes:
        """Put the entries of all rows together."""
        match self.form:
            case BatchFormat.JSON:
                return b"[" + b",".join(entries) + b"]"
            case BatchFormat.NDJSON:
                return b"".join([entry + b"\n" for entry in entries])
            case BatchFormat.CSV:
                return _line(self._columns) + b"".join(entries)

    @cached_property
    def _plain(self) -> list[bytes]:
        """The entry of each class: there are no others."""
        if self.form is BatchFormat.CSV:
            return [_line([specie, ""]) for specie in self.predictor.classes]
        return [_encode({"specie": specie}) for specie in self.predictor.classes]

    def _detailed(self, detail: Explanation) -> bytes:
        if self.form is not BatchFormat.CSV:
            return _encode(detail)
        return _line(
            [
                detail["specie"],
                *map(repr, detail["probabilities"].values()),
                detail["predictor"],
                detail["version"],
                "true" if detail["swapped"] else "false",
                " ".join(detail["notes"]),
                "",
            ]
        )

    @cached_property
    def _columns(self) -> list[str]:
        if not self.detail:
            return ["specie", "error"]
        probabilities = [f"probability of {specie}" for specie in self.predictor.classes]
        return ["specie", *probabilities, "predictor", "version", "swapped", "notes", "error"]


def _line(cells: Sequence[str]) -> bytes:
    text = StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
