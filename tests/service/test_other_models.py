"""A model other than iris, of wines with 13 features, is served as its definition says."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sklearn.datasets import load_wine

from scripts.training.cross_validation import cross_validate
from scripts.training.data import Dataset
from scripts.training.export import export_predictor, fit
from scripts.training.export_files import write_files
from scripts.training.recipe import Recipe
from service.app import create_app, create_framework_app
from service.fast_path.classify import ClassifyFastPath
from service.fast_path.json_body import fast_body_parser
from service.model.definition_reader import read_definition
from service.model.registry import Predictors, load_predictors
from service.settings import Settings
from service.telemetry.request_stats import RequestStats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import httpx
    from starlette.types import ASGIApp

RECIPE = Recipe(
    name="wine", estimator="LogisticRegression", parameters={"max_iter": 5000}, scaled=True, seed=1
)


def wine() -> Dataset:
    data: Any = load_wine()
    names = [name.replace("/", "_") for name in data.feature_names]
    features = [
        {
            "name": name.replace("_", " "),
            "short_name": name,
            "type": "integer" if name == "proline" else "number",
            "minimum": -1 if name == "ash" else 0,
            "maximum": float(column.max()) * 2,
        }
        for name, column in zip(names, data.data.T, strict=True)
    ]
    definition = {
        "name": "wine",
        "title": "Wines of three cultivars",
        "task": "classification",
        "features": features,
        "classes": ["Barolo", "Grignolino", "Barbera"],
        "response_key": "cultivar",
        "item": "wine",
        "items": "wines",
        "example": dict(zip(names, data.data[0].tolist(), strict=True)),
    }
    return Dataset(rows=data.data, target=data.target, definition=read_definition(definition))


@pytest.fixture(scope="module")
def data() -> Dataset:
    return wine()


@pytest.fixture(scope="module")
def predictors(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Predictors:
    folder: Path = tmp_path_factory.mktemp("wine")
    write_files(export_predictor(RECIPE, data, cross_validate(RECIPE, data)), folder / "wine")
    loaded = load_predictors(folder)
    loaded.unpack()
    return loaded


@pytest.fixture(scope="module")
def expected(data: Dataset) -> list[str]:
    return [data.classes[index] for index in fit(RECIPE, data).predict(data.rows)]


@pytest.fixture
def client(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
) -> Iterator[httpx.Client]:
    with serving(create_app(predictors, Settings())) as started:
        yield started


def values_of(data: Dataset) -> list[dict[str, float]]:
    names = data.definition.short_names
    return [dict(zip(names, row, strict=True)) for row in data.rows.tolist()]


def test_every_form_of_a_request_gets_the_label_of_scikit_learn(
    client: httpx.Client, data: Dataset, expected: list[str]
):
    for values, label in zip(values_of(data)[::8], expected[::8], strict=True):
        path = "/api/v01/classify/" + "/".join(map(str, values.values()))
        assert client.get(path).json() == {"cultivar": label}
        assert client.get("/api/v01/classify", params=dict(reversed(values.items()))).json() == {
            "cultivar": label
        }
        assert client.post("/api/v01/classify", json=values).json() == {"cultivar": label}
        detailed = client.post("/api/v01/classify?detail=true", json=values).json()
        assert list(detailed) == ["cultivar", "probabilities", "predictor", "version", "notes"]
        assert detailed["cultivar"] == label


def test_batches_of_every_format_get_the_labels_of_scikit_learn(
    client: httpx.Client, data: Dataset, expected: list[str]
):
    rows = values_of(data)
    names = list(reversed(data.definition.short_names))
    table = "\n".join([",".join(names), *(",".join(str(row[name]) for name in names) for row in rows)])
    bodies = {
        "application/json": json.dumps(rows),
        "application/x-ndjson": "\n".join(map(json.dumps, rows)),
        "text/csv": table,
    }
    for media_type, body in bodies.items():
        for query in ("", "?detail=false"):  # by the fast path, and by the framework
            response = client.post(
                f"/api/v01/classify/batch{query}",
                content=body,
                headers={"Content-Type": media_type, "Accept": "application/json"},
            )
            assert [row["cultivar"] for row in response.json()] == expected
            assert "x-flowers-swapped" not in response.headers


def test_the_fast_path_answers_plain_requests_with_the_bytes_of_the_framework(
    predictors: Predictors, data: Dataset, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    default = predictors.default
    stats = RequestStats(instance="", versions={}, log_sample=0)
    paths = [
        ClassifyFastPath(default),
        ClassifyFastPath(default, parse_body=fast_body_parser(default.definition)),
    ]
    with serving(create_framework_app(predictors, Settings(), stats)) as framework:
        for values in values_of(data)[:3]:
            query = "&".join(f"{name}={value}" for name, value in reversed(values.items()))
            path = "/api/v01/classify/" + "/".join(map(str, values.values()))
            body = json.dumps(values)
            answers = [
                ("GET", "/api/v01/classify", query, "", framework.get(f"/api/v01/classify?{query}")),
                ("GET", path, "", "", framework.get(path)),
                ("POST", "/api/v01/classify", "", body, framework.post("/api/v01/classify", json=values)),
            ]
            for method, target, question, content, answer in answers:
                for fast_path in paths:
                    response = fast_path.respond(method, target.encode(), question.encode(), content.encode())
                    assert response
                    assert response.body == answer.content


@pytest.mark.parametrize(
    "change", [{"proline": 100.5}, {"alcohol": -1}, {"ash": -1.5}, {"hue": "a"}, {"hue": None}]
)
def test_what_is_not_allowed_is_left_to_the_framework_which_names_it(
    client: httpx.Client, predictors: Predictors, data: Dataset, change: dict[str, Any]
):
    values = values_of(data)[0] | change
    fast_path = ClassifyFastPath(predictors.default)
    assert fast_path.respond("POST", b"/api/v01/classify", b"", json.dumps(values).encode()) is None
    response = client.post("/api/v01/classify", json=values)
    assert response.status_code == 422
    assert response.json()["detail"] == "The request does not describe a valid wine."
    ((name, _),) = change.items()
    (error,) = response.json()["errors"]
    allowed = {feature.short_name: feature.allowed for feature in data.definition.features}
    assert (error["field"], error["allowed"]) == (name, allowed[name])


def test_the_document_and_the_page_are_made_from_the_definition(client: httpx.Client, data: Dataset):
    document = client.get("/openapi.json").json()
    assert document["info"]["title"] == "Wines of three cultivars"
    assert list(document["components"]["schemas"]["WineRequest"]["properties"]) == list(
        data.definition.short_names
    )
    assert "X-Flower-Swapped" not in document["components"]["headers"]
    page = client.get("/", params=values_of(data)[0]).text
    assert "Barolo" in page
    assert "Malic acid" in page
    assert "etal" not in page


def test_values_out_of_range_are_counted_under_the_names_of_the_definition(
    client: httpx.Client, data: Dataset
):
    client.post("/api/v01/classify", json=values_of(data)[0] | {"hue": 1000})
    assert 'iris_inputs_out_of_range_total{feature="hue",predictor="wine"} 1.0' in client.get("/metrics").text


def test_a_predictor_answers_one_row_and_batches_at_a_path_of_its_own(
    client: httpx.Client, data: Dataset, expected: list[str]
):
    path = "/api/v01/predictors/wine/predict"
    rows = values_of(data)
    answers = [{"cultivar": label} for label in expected]
    assert client.post(path, json=rows).json() == answers
    assert client.post(path, json=rows[0]).json() == answers[0]
    assert client.get(path, params=rows[0]).json() == answers[0]
    detailed = client.post(f"{path}?detail=true", json=rows[0]).json()
    assert sum(detailed["probabilities"].values()) == pytest.approx(1)
    refused = client.post(path, json=rows[0] | {"hue": "a"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "hue")
    assert client.post(path, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert client.post("/api/v01/predictors/none/predict", json=rows).status_code == 404
