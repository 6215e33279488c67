"""Batches over HTTP."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from service.app import create_app
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import httpx
    from starlette.types import ASGIApp

    from service.model.registry import Predictors

PATH = "/api/v01/classify/batch"
NDJSON = "application/x-ndjson"
ROWS = [{"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}, {"pl": "2.5", "pw": "6.0", "sl": "6.3", "sw": "3.3"}]
LINES = "\n".join(map(json.dumps, ROWS))
CSV_BODY = "sw,sl,pw,pl\n3.5,5.1,0.2,1.4\n3.3,6.3,6.0,2.5\n"
SPECIES = ["Iris Setosa", "Iris Virginica"]
FORMS = {
    "application/json": json.dumps(ROWS),
    NDJSON: LINES,
    "application/jsonl": LINES,
    "text/csv": CSV_BODY,
}


def post(client: httpx.Client, body: str | bytes, content_type: str, **headers: str) -> httpx.Response:
    return client.post(PATH, content=body, headers={"content-type": content_type} | headers)


def species(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    match response.headers["content-type"]:
        case "application/json":
            rows: list[dict[str, str]] = response.json()
        case "application/x-ndjson" | "application/jsonl":
            rows = [json.loads(line) for line in response.text.splitlines()]
        case "text/csv; charset=utf-8":
            rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
        case other:
            pytest.fail(other)
    return [row["specie"] for row in rows]


@pytest.mark.parametrize("accepted", [None, *FORMS])
@pytest.mark.parametrize("given", list(FORMS))
def test_a_batch_of_every_format_is_answered_in_every_format(
    client: httpx.Client, given: str, accepted: str | None
):
    response = post(client, FORMS[given], given, accept=accepted or "*/*")
    assert species(response) == SPECIES
    assert response.headers["content-type"].partition(";")[0] == (accepted or given)
    assert response.headers["vary"] == "Accept"


# RFC 9110, 8.3.1: types are case-insensitive.
@pytest.mark.parametrize(
    "given", ["Application/JSONL", "application/jsonl; charset=utf-8", "Application/X-NDJSON"]
)
def test_the_response_has_the_type_of_the_body_in_any_spelling(client: httpx.Client, given: str):
    response = post(client, LINES, given)
    assert species(response) == SPECIES
    assert response.headers["content-type"] == given.partition(";")[0].lower()


def test_a_first_line_that_does_not_name_the_columns_is_a_problem_that_names_them(client: httpx.Client):
    response = post(client, "pl,pw,sl\n1,2,3\n", "text/csv")
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert (error["field"], error["given"]) == ("sw", None)
    assert "in the first line, which names pl, pw, sl, sw" in error["allowed"]


def test_the_response_has_the_format_that_the_client_prefers(client: httpx.Client):
    response = post(client, CSV_BODY, "text/csv", accept="application/json;q=0.5, application/x-ndjson;q=0.9")
    assert response.headers["content-type"] == NDJSON
    assert post(client, CSV_BODY, "text/csv", accept="image/png").status_code == 406


def test_the_headers_count_swapped_flowers_and_refused_rows(client: httpx.Client):
    rows: list[Any] = [*ROWS, {"pl": 5.1, "pw": 3.5, "sl": 1.4, "sw": 0.4}, {}, 1]
    response = post(client, json.dumps(rows), "application/json")
    assert response.status_code == 200
    assert (response.headers["x-flowers-swapped"], response.headers["x-rows-refused"]) == ("1", "2")
    assert [entry.get("row") for entry in response.json()] == [None, None, None, 4, 5]


def test_a_batch_without_a_valid_row_is_a_problem_that_names_rows_and_fields(client: httpx.Client):
    response = post(client, "pl,pw,sl,sw\n1,2,3,x\n-1,2,3,4\n", "text/csv")
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    allowed = "a number of centimetres from 0 to 100"
    assert response.json()["errors"] == [
        {"field": "sw", "given": "x", "allowed": allowed, "row": 1},
        {"field": "pl", "given": "-1", "allowed": allowed, "row": 2},
    ]


def test_predictor_and_detail_apply_to_all_rows(client: httpx.Client):
    response = client.post(f"{PATH}?detail=true&predictor=iris-logistic", json=ROWS)
    alone = [client.post("/api/v01/classify?detail=true", json=row).json() for row in ROWS]
    assert response.json() == alone


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("", "application/json", 400),
        ("", "text/csv", 400),
        ("", NDJSON, 400),
        ("[", "application/json", 400),
        ("{}", "application/json", 422),
        ("[]", "text/plain", 415),
        ("[]", "", 415),
        (CSV_BODY, "text/csv; charset=utf-16", 415),
        ("a,b\n1,2\n", "text/csv", 422),
        ("\n".join([json.dumps(ROWS[0])] * 10_001), NDJSON, 413),
        ("\n".join(["{}"] * 1_001), NDJSON, 422),
    ],
)
def test_an_invalid_batch_is_a_problem(client: httpx.Client, body: str, content_type: str, status: int):
    response = post(client, body, content_type)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    if status == 415:
        assert (
            response.headers["accept"]
            == "application/json, application/x-ndjson, text/csv, application/jsonl"
        )


def test_the_maximum_number_of_flowers_is_configurable_and_named(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    with serving(create_app(predictors, Settings(batch_flowers=1))) as client:
        response = client.post(PATH, json=ROWS)
    assert response.status_code == 413
    assert response.json()["detail"] == "The batch has more than 1 flower."


def test_batches_are_classified_without_a_framework():
    program = (
        "import sys, service.batch.classify;"
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'pydantic', 'fastapi', 'starlette', 'numpy', 'uvicorn'}))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert output.stdout.strip() == "[]"
