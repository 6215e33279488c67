"""Many flowers at once, over HTTP."""

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
TABLE = "sw,sl,pw,pl\n3.5,5.1,0.2,1.4\n3.3,6.3,6.0,2.5\n"
SPECIES = ["Iris Setosa", "Iris Virginica"]
FORMS = {"application/json": json.dumps(ROWS), NDJSON: LINES, "application/jsonl": LINES, "text/csv": TABLE}


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


@pytest.mark.parametrize("wanted", [None, *FORMS])
@pytest.mark.parametrize("given", list(FORMS))
def test_a_batch_comes_in_each_form_and_is_answered_in_each(
    client: httpx.Client, given: str, wanted: str | None
):
    response = post(client, FORMS[given], given, accept=wanted or "*/*")
    assert species(response) == SPECIES
    assert response.headers["content-type"].partition(";")[0] == (wanted or given)
    assert response.headers["vary"] == "Accept"


def test_the_form_that_is_liked_best_is_taken(client: httpx.Client):
    response = post(client, TABLE, "text/csv", accept="application/json;q=0.5, application/x-ndjson;q=0.9")
    assert response.headers["content-type"] == NDJSON
    assert post(client, TABLE, "text/csv", accept="image/png").status_code == 406


def test_the_headers_count_flowers_that_were_turned_and_rows_that_were_refused(client: httpx.Client):
    rows: list[Any] = [*ROWS, {"pl": 5.1, "pw": 3.5, "sl": 1.4, "sw": 0.4}, {}, 1]
    response = post(client, json.dumps(rows), "application/json")
    assert response.status_code == 200
    assert (response.headers["x-flowers-swapped"], response.headers["x-rows-refused"]) == ("1", "2")
    assert [entry.get("row") for entry in response.json()] == [None, None, None, 4, 5]


def test_a_batch_with_no_good_row_is_a_problem_that_names_rows_and_fields(client: httpx.Client):
    response = post(client, "pl,pw,sl,sw\n1,2,3,x\n-1,2,3,4\n", "text/csv")
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    allowed = "a number of centimetres from 0 to 100"
    assert response.json()["errors"] == [
        {"field": "sw", "given": "x", "allowed": allowed, "row": 1},
        {"field": "pl", "given": "-1", "allowed": allowed, "row": 2},
    ]


def test_the_predictor_and_detail_are_chosen_for_all_rows(client: httpx.Client):
    response = client.post(f"{PATH}?detail=true&predictor=iris-logistic", json=ROWS)
    alone = [client.post("/api/v01/classify?detail=true", json=row).json() for row in ROWS]
    assert response.json() == alone


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("", "application/json", 400),
        ("[", "application/json", 400),
        ("{}", "application/json", 422),
        ("[]", "text/plain", 415),
        ("[]", "", 415),
        (TABLE, "text/csv; charset=utf-16", 415),
        ("a,b\n1,2\n", "text/csv", 422),
        ("\n".join(["{}"] * 10_001), NDJSON, 413),
    ],
)
def test_what_is_no_batch_is_a_problem(client: httpx.Client, body: str, content_type: str, status: int):
    response = post(client, body, content_type)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    if status == 415:
        assert (
            response.headers["accept"]
            == "application/json, application/x-ndjson, text/csv, application/jsonl"
        )


def test_the_most_flowers_of_a_batch_are_said_and_set(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    with serving(create_app(predictors, Settings(batch_flowers=1))) as client:
        response = client.post(PATH, json=ROWS)
    assert response.status_code == 413
    assert response.json()["detail"] == "The batch has more than 1 flowers."


def test_batches_are_answered_without_any_framework():
    program = (
        "import sys, service.batch.classify;"
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " & {'pydantic', 'fastapi', 'starlette', 'numpy', 'uvicorn'}))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert output.stdout.strip() == "[]"
