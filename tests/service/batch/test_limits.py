"""Limits of a batch: the work on any body pauses in time, and ends at the first limit exceeded."""

from __future__ import annotations

from time import thread_time
from typing import TYPE_CHECKING

import pytest

from service.batch.classify import BatchRequest, BatchResponse, classify_in_steps
from service.batch.formats import BatchFormat
from service.batch.rows import BatchError
from tests.service.batch.requests import batch_request
from tests.service.steps import finish

if TYPE_CHECKING:
    from service.model.registry import Predictors

MEGABYTE = 1_048_576
HEADER = b"pl,pw,sl,sw\n"
FLOWER = b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}'


def filled(start: bytes, unit: bytes, end: bytes = b"") -> bytes:
    """Return a body of a megabyte."""
    return start + unit * ((MEGABYTE - len(start) - len(end)) // len(unit)) + end


KEYS = b",".join(b'"%06d":0' % key for key in range(90_000))
EXPENSIVE = {
    "line feeds": (BatchFormat.CSV, filled(HEADER, b"\n"), 413),
    "carriage returns": (BatchFormat.CSV, filled(HEADER, b"\r"), 413),
    "line ends": (BatchFormat.CSV, filled(HEADER, b"\r\n"), 413),
    "rows of a digit": (BatchFormat.CSV, filled(HEADER, b"1\n"), 413),
    "as many lines as allowed": (BatchFormat.CSV, HEADER + b"\n" * 39_999, 200),
    "a million columns": (BatchFormat.CSV, filled(b"pl,pw,sl,sw", b","), 413),
    "a million cells": (BatchFormat.CSV, filled(HEADER, b","), 413),
    "line breaks in quotes": (BatchFormat.CSV, filled(HEADER, b'"' + b"\n" * 50 + b'",'), 413),
    "a cell of a megabyte": (BatchFormat.CSV, filled(HEADER + b'"', b"1"), 413),
    "wide rows": (BatchFormat.CSV, filled(HEADER, b"," * 16_000 + b"\n"), 422),
    "invalid rows": (BatchFormat.CSV, HEADER + b'abc,,"",-1\n' * 10_000, 422),
    "a comma at the end of each row": (BatchFormat.CSV, HEADER + b"1,2,3,4,\n" * 10_000, 422),
    "empty objects": (BatchFormat.JSON, filled(b"[", b"{},", b"{}]"), 422),
    "empty arrays": (BatchFormat.JSON, filled(b"[", b"[],", b"[]]"), 422),
    "numbers": (BatchFormat.JSON, filled(b"[", b"1,", b"1]"), 422),
    "an object of many keys": (BatchFormat.JSON, b"[{%b}]" % KEYS, 413),
    "a repeated key": (BatchFormat.JSON, filled(b'[{"pl":1,"pw":1,"sl":1', b',"sw":1', b"}]"), 413),
    "an array of objects in a row": (BatchFormat.JSON, filled(b"[[", b"{},", b"{}]]"), 413),
    "an object instead of an array": (BatchFormat.JSON, b"{%b}" % KEYS, 422),
    "escapes": (BatchFormat.JSON, filled(b'["', rb"\u0001", b'"]'), 413),
    "a long number": (BatchFormat.JSON, filled(b'[{"pl":0.', b"1", b"}]"), 413),
    "long integers": (BatchFormat.JSON, filled(b"[", b"9" * 4_300 + b",", b"1]"), 422),
    "too long integers": (BatchFormat.JSON, filled(b"[", b"9" * 4_301 + b",", b"1]"), 400),
    "nested arrays": (BatchFormat.JSON, b"[" * MEGABYTE, 400),
    "nested objects": (BatchFormat.JSON, filled(b"[", b'{"":'), 400),
    "spaces": (BatchFormat.JSON, filled(b"[", b" ", b"]"), 200),
    "UTF-16": (
        BatchFormat.JSON,
        filled(b"[", b"{},", b"{}]")[: MEGABYTE // 2].decode().encode("utf-16"),
        422,
    ),
    "valid rows beyond the limit": (BatchFormat.JSON, filled(b"[", FLOWER + b",", FLOWER + b"]"), 413),
    "blank lines": (BatchFormat.NDJSON, filled(FLOWER, b"\n"), 413),
    "lines of a space": (BatchFormat.NDJSON, filled(FLOWER, b" \n"), 413),
    "lines of an empty object": (BatchFormat.NDJSON, filled(FLOWER + b"\n", b"{}\n"), 413),
    "10,000 lines of an empty object": (BatchFormat.NDJSON, FLOWER + b"\n{}" * 9_999, 422),
    "a line of a megabyte": (BatchFormat.NDJSON, filled(FLOWER + b"\n", b"1"), 200),
    "long lines": (BatchFormat.NDJSON, filled(FLOWER + b"\n", b"{%b}\n" % KEYS[:16_000]), 200),
    "10,000 flowers": (BatchFormat.CSV, HEADER + b"1.4,0.2,5.1,3.5\n" * 10_000, 200),
    "1,000 invalid rows": (BatchFormat.JSON, b"[%b]" % b",".join([FLOWER, *[b"{}"] * 1_000]), 200),
}
"""Name -> format, body, and status of the answer."""

STEP_SECONDS = 0.020
"""Maximum processor time between two pauses."""

ATTEMPTS = 5
"""A busy machine lengthens a step of one attempt; an expensive step is long in each of them."""

TOTAL_SECONDS = 1.0
"""Maximum processor time of the whole batch; some took 3 s."""


@pytest.mark.parametrize("detail", [False, True])
@pytest.mark.parametrize("name", EXPENSIVE)
def test_no_batch_keeps_others_waiting(predictors: Predictors, name: str, *, detail: bool):
    form, body, expected = EXPENSIVE[name]
    batch = batch_request(predictors, body, form, detail=detail)
    attempts = [run_in_steps(batch) for _ in range(ATTEMPTS)]
    assert {status for status, _longest, _total in attempts} == {expected}
    assert min(longest for _status, longest, _total in attempts) < STEP_SECONDS
    assert min(total for _status, _longest, total in attempts) < TOTAL_SECONDS


def run_in_steps(batch: BatchRequest) -> tuple[int, float, float]:
    """Return the status of the answer, and the processor time of its longest step and of all steps."""
    status = 200
    steps = classify_in_steps(batch)
    started = step_started = thread_time()
    longest = 0.0
    try:
        while True:
            next(steps)
            now = thread_time()
            longest, step_started = max(longest, now - step_started), now
    except StopIteration:
        pass
    except BatchError as error:
        status = error.status
    now = thread_time()
    return status, max(longest, now - step_started), now - started


def refusal_of(
    predictors: Predictors, form: BatchFormat, body: bytes, max_flowers: int = 10_000
) -> BatchError:
    batch = batch_request(predictors, body, form, max_flowers=max_flowers)
    with pytest.raises(BatchError) as caught:
        finish(classify_in_steps(batch))
    return caught.value


def answer_of(predictors: Predictors, form: BatchFormat, body: bytes) -> BatchResponse:
    return finish(classify_in_steps(batch_request(predictors, body, form)))


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("form", [BatchFormat.JSON, BatchFormat.CSV])
def test_a_row_may_have_16384_characters(predictors: Predictors, form: BatchFormat, *, fast: bool):
    if form is BatchFormat.JSON:
        digits = 16_384 - len(b'{"pl":1,"pw":1,"sl":1,"sw":1.}')
        rows = [b'{"pl":1,"pw":1,"sl":1,"sw":1.%b}' % (b"0" * each) for each in (digits, digits + 1)]
        other = FLOWER if fast else b'{"pl":1,"pw":1,"sl":1,"sw":1,"x":1}'
        fits, long = (b"[%b,%b,%b]" % (other, row, other) for row in rows)
    else:
        digits = 16_384 - len(b"1,1,1,1.")
        rows = [b"1,1,1,1.%b\n" % (b"0" * each) for each in (digits, digits + 3)]
        other = b"1,1,1,1\n" if fast else b"1,1,1, 1\n"
        fits, long = (HEADER + other + row + other for row in rows)
    assert answer_of(predictors, form, fits).flowers == 3
    refusal = refusal_of(predictors, form, long)
    assert (refusal.status, refusal.detail) == (413, "Row 2 of the batch has more than 16384 characters.")


def test_a_line_of_ndjson_that_is_too_long_is_one_invalid_row(predictors: Predictors):
    answer = answer_of(
        predictors, BatchFormat.NDJSON, b"%b\n%b\n%b" % (FLOWER, FLOWER.ljust(16_385) + b"x", FLOWER)
    )
    assert (answer.flowers, answer.refused) == (2, 1)
    assert b'"allowed":"up to 16384 characters"' in answer.body


@pytest.mark.parametrize(
    ("length", "end", "refused"), [(16_384, b"\n", 0), (16_384, b"\r\n", 0), (16_385, b"\n", 1)]
)
def test_a_line_of_ndjson_may_have_16384_characters_without_its_end(
    predictors: Predictors, length: int, end: bytes, refused: int
):
    unusual = b'{"pl":1,"pw":1,"sl":1,"sw":1,"x":1}'  # which the strict reader reads
    body = end.join([unusual, FLOWER.ljust(length), unusual])
    assert answer_of(predictors, BatchFormat.NDJSON, body).refused == refused


def test_a_first_line_that_is_too_long_is_named(predictors: Predictors):
    refusal = refusal_of(predictors, BatchFormat.CSV, b"pl,pw,sl,sw" + b"," * 20_000)
    assert refusal.detail == "The first line of the batch has more than 16384 characters."


def test_a_batch_with_more_than_a_thousand_invalid_rows_is_refused_with_the_errors_of_a_hundred(
    predictors: Predictors,
):
    body = b"[%b]" % b",".join([FLOWER, *[b"{}"] * 1_001])
    refusal = refusal_of(predictors, BatchFormat.JSON, body)
    assert refusal.status == 422
    assert refusal.detail == (
        "More than 1000 rows of the batch cannot be classified. The errors of the first 100 follow."
    )
    assert [invalid.row for invalid in refusal.refused] == list(range(2, 102))


def test_blank_lines_count_as_lines_but_not_as_flowers(predictors: Predictors):
    spaced = HEADER + b"1,1,1,1\n\n\n" * 10_000
    assert answer_of(predictors, BatchFormat.CSV, spaced).flowers == 10_000
    refusal = refusal_of(predictors, BatchFormat.CSV, HEADER + b"\n" * 12, max_flowers=3)
    assert (refusal.status, refusal.detail) == (413, "The batch has more than 12 lines.")
