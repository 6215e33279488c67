"""Responses to batches, without HTTP."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.batch.classify import BatchResponse, classify
from service.batch.fast_reader import FastReader
from service.batch.formats import BatchFormat
from service.batch.rows import BatchError
from service.model.explanation import explain
from tests.iris import DEFINITION, FEATURES, Flower
from tests.service.batch.requests import batch_request
from tests.service.steps import finish

if TYPE_CHECKING:
    from collections.abc import Generator

    from service.model.registry import Predictors

lengths = st.floats(0, 100)
flowers = st.lists(st.builds(Flower, lengths, lengths, lengths, lengths), min_size=1, max_size=8)


def encode(rows: list[Flower], form: BatchFormat) -> bytes:
    objects = [json.dumps(row._asdict()) for row in rows]
    match form:
        case BatchFormat.JSON:
            return f"[{','.join(objects)}]".encode()
        case BatchFormat.NDJSON:
            return "\n".join(objects).encode()
        case BatchFormat.CSV:
            lines = [",".join(map(repr, row)) for row in rows]
            return "\n".join([",".join(FEATURES), *lines]).encode()


def classify_body(
    body: bytes,
    predictors: Predictors,
    *,
    given: BatchFormat = BatchFormat.JSON,
    response_format: BatchFormat = BatchFormat.JSON,
    detail: bool = False,
) -> BatchResponse:
    return classify(batch_request(predictors, body, given, response_format, detail=detail))


def rows_of(body: bytes, form: BatchFormat) -> list[dict[str, Any]]:
    match form:
        case BatchFormat.JSON:
            return json.loads(body)
        case BatchFormat.NDJSON:
            return [json.loads(line) for line in body.splitlines()]
        case BatchFormat.CSV:
            return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


@settings(max_examples=60, deadline=None)
@given(flowers, st.sampled_from(BatchFormat), st.sampled_from(BatchFormat))
def test_every_flower_of_a_batch_gets_the_answer_of_a_single_flower(
    predictors: Predictors, rows: list[Flower], given_as: BatchFormat, response_format: BatchFormat
):
    response = classify_body(
        encode(rows, given_as), predictors, given=given_as, response_format=response_format
    )
    unswapped = [predictors.default.correct(row) for row in rows]
    expected = [predictors.default.predict(row) for row, _ in unswapped]
    assert [row["specie"] for row in rows_of(response.body, response_format)] == expected
    assert response.swapped == sum(swapped for _, swapped in unswapped)
    assert response.refused == 0


def read_nothing(_: FastReader, body: bytes, form: BatchFormat, max_flowers: int) -> Generator[None]:
    del body, form, max_flowers
    yield from ()


@settings(max_examples=60, deadline=None)
@given(rows=flowers, form=st.sampled_from(BatchFormat), detail=st.booleans(), as_text=st.booleans())
def test_both_readers_lead_to_the_same_bytes(
    predictors: Predictors, rows: list[Flower], form: BatchFormat, *, detail: bool, as_text: bool
):
    if as_text and form is not BatchFormat.CSV:
        rows = [Flower(*map(repr, row)) for row in rows]  # pyright: ignore[reportArgumentType] (so it comes)
    body = encode(rows, form)
    assert finish(FastReader(DEFINITION).read(body, form, 10)) is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FastReader, "read", read_nothing)
        strictly = classify_body(body, predictors, given=form, response_format=form, detail=detail)
    assert classify_body(body, predictors, given=form, response_format=form, detail=detail) == strictly


def test_detail_is_the_same_as_for_a_single_flower(predictors: Predictors):
    rows = [Flower(1.4, 0.2, 5.1, 3.5), Flower(5.1, 3.5, 1.4, 0.4), Flower(50, 20, 90, 80)]
    unswapped = [predictors.default.correct(row) for row in rows]
    expected = [explain(predictors.default, row, corrected=swapped) for row, swapped in unswapped]
    assert json.loads(classify_body(encode(rows, BatchFormat.JSON), predictors, detail=True).body) == expected
    table = classify_body(
        encode(rows, BatchFormat.JSON), predictors, response_format=BatchFormat.CSV, detail=True
    ).body
    for row, detail in zip(rows_of(table, BatchFormat.CSV), expected, strict=True):
        assert row["specie"] == detail["specie"]
        assert float(row["probability of Iris Setosa"]) == detail["probabilities"]["Iris Setosa"]
        assert row["swapped"] == str(detail["swapped"]).lower()
        assert row["notes"] == " ".join(detail["notes"])
        assert row["error"] == ""


MIXED = (
    b'[{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5},{"pl":"abc","pw":2,"sl":3},{"pl":6,"pw":2.5,"sl":6.3,"sw":3.3}]'
)


@pytest.mark.parametrize("detail", [False, True])
def test_an_invalid_row_has_its_errors_in_its_place_and_the_others_are_answered(
    predictors: Predictors, *, detail: bool
):
    response = classify_body(MIXED, predictors, detail=detail)
    first, second, third = json.loads(response.body)
    assert (first["specie"], third["specie"]) == ("Iris Setosa", "Iris Virginica")
    allowed = "a number of centimetres from 0 to 100"
    assert second == {
        "row": 2,
        "errors": [
            {"field": "pl", "given": "abc", "allowed": allowed},
            {"field": "sw", "given": None, "allowed": allowed},
        ],
    }
    assert response.refused == 1


@pytest.mark.parametrize("detail", [False, True])
def test_an_invalid_row_in_csv_is_a_line_with_only_the_error(predictors: Predictors, *, detail: bool):
    response = classify_body(MIXED, predictors, response_format=BatchFormat.CSV, detail=detail)
    _, bad, _ = rows_of(response.body, BatchFormat.CSV)
    error = bad.pop("error")
    assert error == (
        "row 2: pl is 'abc', but must be a number of centimetres from 0 to 100; "
        "sw is missing, but must be a number of centimetres from 0 to 100"
    )
    assert set(bad.values()) == {""}


def test_an_empty_value_in_csv_is_no_missing_one(predictors: Predictors):
    body = b'[{"pl":"","pw":1,"sl":1,"sw":1},{"pl":1,"pw":1,"sl":1,"sw":1}]'
    response = classify_body(body, predictors, response_format=BatchFormat.CSV)
    bad, _ = rows_of(response.body, BatchFormat.CSV)
    assert bad["error"] == "row 1: pl is '', but must be a number of centimetres from 0 to 100"


def test_a_batch_without_a_valid_row_is_refused_with_all_errors(predictors: Predictors):
    with pytest.raises(BatchError, match="No row of the batch") as caught:
        classify_body(b"[1,{}]", predictors)
    assert caught.value.status == 422
    assert [refused.row for refused in caught.value.refused] == [1, 2]


def test_a_batch_without_rows_has_a_response_without_rows(predictors: Predictors):
    assert classify_body(b"[]", predictors).body == b"[]"
    assert (
        classify_body(b"\n", predictors, given=BatchFormat.NDJSON, response_format=BatchFormat.NDJSON).body
        == b""
    )
    table = classify_body(
        b"pl,pw,sl,sw\n", predictors, given=BatchFormat.CSV, response_format=BatchFormat.CSV
    )
    assert table.body == b"specie,error\r\n"


def test_one_flower_more_than_allowed_is_too_many_for_both_readers(predictors: Predictors):
    row = b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}'
    for last in (row, b"1"):
        body = b"[" + b",".join([row] * 5 + [last]) + b"]"
        for maximum, fits in ((6, True), (5, False)):
            batch = batch_request(predictors, body, max_flowers=maximum)
            if fits:
                assert classify(batch).body.count(b"specie") >= 5
            else:
                with pytest.raises(BatchError, match="more than 5 flowers"):
                    classify(batch)
