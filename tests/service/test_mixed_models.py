"""Models of different definitions behind one URL: a classification of flowers, and a regression of prices."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from scripts.bench.robustness.schema import check
from service.app import create_app
from service.model.registry import Predictors, load_predictors
from service.settings import Settings
from tests.service.houses import price, write_houses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import httpx
    from starlette.types import ASGIApp

PREDICT = "/api/v01/predictors/houses/predict"
ROWS: list[dict[str, Any]] = [
    {"area": 80.5, "rooms": 3, "heating": "heat pump"},
    {"area": 120, "rooms": 5, "heating": "gas"},
]
PRICES = [price(**row) for row in ROWS]


@pytest.fixture(scope="module")
def mixed(predictors_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Predictors:
    folder = tmp_path_factory.mktemp("mixed") / "predictors"
    shutil.copytree(predictors_folder, folder)
    write_houses(folder / "houses")
    return load_predictors(folder)


@pytest.fixture(scope="module")
def client(
    mixed: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
) -> Iterator[httpx.Client]:
    with serving(create_app(mixed, Settings())) as started:
        yield started


def test_a_regression_answers_rows_and_batches_in_every_format(client: httpx.Client):
    assert client.post(PREDICT, json=ROWS[0]).json() == {"price": PRICES[0]}
    assert client.get(PREDICT, params=ROWS[1]).json() == {"price": PRICES[1]}
    assert client.post(PREDICT, json=ROWS).json() == [{"price": each} for each in PRICES]
    table = "heating,area,rooms\nheat pump,80.5,3\ngas,120,5\n"
    answer = client.post(PREDICT, content=table, headers={"content-type": "text/csv"})
    assert answer.text.splitlines() == ["price,error", *(f"{each!r}," for each in PRICES)]
    assert "probabilities" not in client.post(f"{PREDICT}?detail=true", json=ROWS[0]).json()


def test_what_is_wrong_is_said_in_the_words_of_its_definition(client: httpx.Client):
    refused = client.post(PREDICT, json=ROWS[0] | {"rooms": 2.5, "heating": "coal"})
    assert refused.status_code == 422
    assert refused.json()["detail"] == "The request does not describe a valid house."
    assert {error["field"]: error["allowed"] for error in refused.json()["errors"]} == {
        "rooms": "a whole number from 1 to 20",
        "heating": "one of gas, heat pump",
    }


def test_batches_are_refused_in_the_words_of_their_model(
    mixed: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    flower = {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}
    with serving(create_app(mixed, Settings(batch_flowers=1))) as client:
        for kind, form in (("application/json", "[{},{}]"), ("application/x-ndjson", "{}\n{}\n")):
            for name, row, item in (("houses", ROWS[0], "house"), ("iris-bayes", flower, "flower")):
                answer = client.post(
                    f"/api/v01/predictors/{name}/predict",
                    content=form.replace("{}", json.dumps(row)),
                    headers={"content-type": kind},
                )
                assert answer.status_code == 413
                assert answer.json()["detail"] == f"The batch has more than 1 {item}."
        assert client.post(PREDICT, json=[{}]).json()["detail"] == "No row of the batch can be predicted."
        refused = client.post("/api/v01/predictors/iris-bayes/predict", json=[{}])
        assert refused.json()["detail"] == "No row of the batch can be classified."


@pytest.mark.one_python  # takes half a minute, and repeats what other tests check
@pytest.mark.parametrize("others", [["iris-logistic", "iris-forest"], ["iris-bayes"]])
def test_every_response_to_generated_requests_is_as_documented(
    others: list[str],
    predictors_folder: Path,
    tmp_path: Path,
    serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]],
):
    """Schemathesis sends requests to flowers and houses, of which either is the default one's model."""
    for name in others:
        shutil.copytree(predictors_folder / name, tmp_path / name)
    write_houses(tmp_path / "houses")
    loaded = load_predictors(tmp_path)
    assert loaded.default.name == ("iris-logistic" if "iris-logistic" in others else "houses")
    with serving(create_app(loaded, Settings())) as client:
        checked = check(str(client.base_url).rstrip("/"), examples=8, seed=1, is_mixed=True)
    assert checked.failures == 0, checked.output
    assert re.search(r"Tested: 1[12]\b", checked.output), checked.output


def test_the_routes_of_the_default_definition_have_only_its_predictors(client: httpx.Client):
    flower = {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}
    for answer in (
        client.get("/api/v01/classify", params=flower | {"predictor": "houses"}),
        client.post("/api/v01/classify?predictor=houses", json=flower),
        client.post("/api/v01/classify/batch?predictor=houses", json=[flower]),
    ):
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["field"], error["given"]) == ("predictor", "houses")
        assert "houses" not in error["allowed"]


def test_other_models_answer_beside_it(client: httpx.Client):
    flower = {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}
    assert client.post("/api/v01/predictors/iris-bayes/predict", json=flower).json() == {
        "specie": "Iris Setosa"
    }


def test_a_regression_takes_a_tensor_of_the_type_of_each_feature(client: httpx.Client):
    metadata = client.get("/v2/models/houses").json()
    assert [(each["name"], each["datatype"]) for each in metadata["inputs"]] == [
        ("area", "FP64"),
        ("rooms", "INT64"),
        ("heating", "BYTES"),
    ]
    assert metadata["outputs"] == [{"name": "price", "datatype": "FP64", "shape": [-1]}]
    inputs = [
        {**each, "shape": [2, 1], "data": [row[each["name"]] for row in ROWS]} for each in metadata["inputs"]
    ]
    answer = client.post("/v2/models/houses/infer", json={"inputs": inputs}).json()
    assert answer["outputs"] == [{"name": "price", "datatype": "FP64", "shape": [2], "data": PRICES}]
    refused = client.post(
        "/v2/models/houses/infer",
        json={"inputs": [*inputs[:2], {**inputs[2], "data": ["coal", "gas"]}]},
    )
    assert (refused.status_code, refused.json()) == (
        422,
        {"error": "Row 1: heating is coal, but must be one of gas, heat pump."},
    )


def test_the_document_shows_a_row_of_any_model(client: httpx.Client):
    operations = client.get("/openapi.json").json()["paths"]["/api/v01/predictors/{name}/predict"]
    content = operations["post"]["requestBody"]["content"]["application/json"]
    assert content["schema"]["additionalProperties"] is True
    parameters = {each["name"]: each for each in operations["get"]["parameters"]}
    assert set(parameters) == {"name", "detail", "pl", "pw", "sl", "sw", "area", "rooms", "heating"}
    assert parameters["heating"]["schema"]["enum"] == ["gas", "heat pump"]
    assert not any(parameters[name]["required"] for name in ("pl", "area"))
