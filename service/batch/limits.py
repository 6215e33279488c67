"""Limits of a batch in addition to its number of flowers, and the pace of the work on it.

Each limit holds while a batch is read, not after. The work on any body pauses every few milliseconds, and
ends where a limit is exceeded.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

from service.batch.formats import BatchFormat
from service.batch.rows import BatchError
from service.http.agreement import noun_for

if TYPE_CHECKING:
    from service.batch.rows import InvalidRow
    from service.model.definition import Definition

MAX_ROW_CHARACTERS: Final = 16_384
"""Maximum length of one row: two hundred times what four lengths need. A row is read without a pause."""

MAX_INVALID_ROWS: Final = 1_000
"""Maximum number of invalid rows. The response to a batch with more could be a hundred times as long as its
body."""

MAX_REPORTED_ROWS: Final = 100
"""Maximum number of invalid rows whose errors the refusal of a whole batch contains."""

LINES_PER_FLOWER: Final = 4
"""Maximum number of lines of CSV and NDJSON per allowed flower, blank lines included."""

_VERBS: Final = {"classification": "classified", "regression": "predicted"}

STEP_SECONDS: Final = 0.004
"""Time after which the work on a batch pauses."""


class Pace:
    """Clock of work that pauses: `if pace.is_pause_due(): yield; pace.resume()`."""

    __slots__ = ("_pause_at",)

    def __init__(self) -> None:
        self.resume()

    def is_pause_due(self) -> bool:
        """Return whether the current step has lasted for `STEP_SECONDS`."""
        return perf_counter() >= self._pause_at

    def resume(self) -> None:
        """Start the next step."""
        self._pause_at = perf_counter() + STEP_SECONDS


def check_lines(body: bytes, form: BatchFormat, max_flowers: int) -> None:
    """Refuse a table or a list of lines that consists mostly of blank lines, before reading it.

    Raises:
        BatchError: It has too many lines.
    """
    if form is BatchFormat.JSON:
        return
    maximum = LINES_PER_FLOWER * max_flowers
    breaks = body.count(b"\n")
    if form is BatchFormat.CSV:
        breaks = max(breaks, body.count(b"\r"))
    if breaks > maximum:
        raise BatchError(413, f"The batch has more than {maximum} lines.")


def too_many_rows(maximum: int, definition: Definition) -> BatchError:
    """Return the error of a batch with more rows than allowed, in the definition's words for them."""
    name = noun_for(maximum, definition.item, definition.items)
    return BatchError(413, f"The batch has more than {maximum} {name}.")


def too_long_row(row: int) -> BatchError:
    """Return the error of a batch with a row that is longer than allowed; 0 is the first line of a CSV."""
    name = f"Row {row}" if row else "The first line"
    return BatchError(413, f"{name} of the batch has more than {MAX_ROW_CHARACTERS} characters.")


def too_many_invalid_rows(refused: list[InvalidRow], task: str) -> BatchError:
    """Return the error of a batch with more invalid rows than allowed, for a model of a task."""
    return _all_refused(f"More than {MAX_INVALID_ROWS} rows of the batch cannot be {_VERBS[task]}.", refused)


def no_valid_row(refused: list[InvalidRow], task: str) -> BatchError:
    """Return the error of a batch without a valid row, for a model of a task."""
    return _all_refused(f"No row of the batch can be {_VERBS[task]}.", refused)


def _all_refused(detail: str, refused: list[InvalidRow]) -> BatchError:
    """Return the error of a batch that is refused for its invalid rows, with the errors of the first ones."""
    if len(refused) > MAX_REPORTED_ROWS:
        detail += f" The errors of the first {MAX_REPORTED_ROWS} follow."
    return BatchError(422, detail, refused=tuple(refused[:MAX_REPORTED_ROWS]))
