"""Models of CSV files, from the file to answers of the service and the function, equal to scikit-learn's."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from scripts.training import export
from scripts.training.cross_validation import cross_validate, cross_validate_regression
from scripts.training.equivalence.sample_points import SampleSpace
from scripts.training.export import export_predictor, fit
from scripts.training.export_files import write_files
from scripts.training.own_data.csv_dataset import load_csv
from scripts.training.recipe import Recipe
from service.app import create_app
from service.model.definition import row_values
from service.model.registry import load_predictors
from service.settings import Settings
from tests.service.test_lambda_handler import answers, request

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    import httpx
    from starlette.types import ASGIApp

    from scripts.training.data import Dataset
    from service.model.registry import Predictor

NETWORK = {"hidden_layer_sizes": [3], "tol": 1e9, "n_iter_no_change": 2}

RECIPES = {
    "passengers-logistic": ("LogisticRegression", {}, True),
    "passengers-forest": ("RandomForestClassifier", {"n_estimators": 5}, False),
    "passengers-bayes": ("GaussianNB", {}, False),
    "passengers-boosting": ("HistGradientBoostingClassifier", {"max_iter": 5}, False),
    "passengers-network": ("MLPClassifier", NETWORK, True),
    "wine-logistic": ("LogisticRegression", {}, True),
    "wine-forest": ("RandomForestClassifier", {"n_estimators": 40}, False),
    "cancer-boosting": ("HistGradientBoostingClassifier", {"max_iter": 5}, False),
    "diabetes-ridge": ("Ridge", {}, True),
    "diabetes-forest": ("RandomForestRegressor", {"n_estimators": 5}, False),
    "diabetes-gradient": ("GradientBoostingRegressor", {"n_estimators": 5}, False),
    "diabetes-boosting": ("HistGradientBoostingRegressor", {"max_iter": 5}, False),
    "diabetes-poisson": ("HistGradientBoostingRegressor", {"max_iter": 5, "loss": "poisson"}, False),
    "diabetes-network": ("MLPRegressor", NETWORK, True),
}
"""Name -> estimator, parameters, scaled."""


def write_passengers(path: Path) -> Path:
    """Write numbers and categories, of both of which some are missing."""
    random = np.random.default_rng(3)
    lines = ["age (years),fare,port,cabin,survived"]
    for _ in range(300):
        age, port, cabin = int(random.integers(1, 80)), int(random.integers(3)), int(random.integers(3))
        fare = round(float(random.gamma(2, 20)), 2)
        survived = (cabin == 0) * 2 + (port == 1) + fare / 50 - age / 40 + random.normal() / 2 > 1
        cells = [
            "" if random.random() < 0.15 else str(age),
            str(fare),
            "" if random.random() < 0.1 else ("Southampton", "Cherbourg", "Queenstown")[port],
            ("first", "second", "third, or crew")[cabin],
            "yes" if survived else "no",
        ]
        lines.append(",".join(f'"{cell}"' if "," in cell else cell for cell in cells))
    path.write_text("\n".join(lines) + "\n")
    return path


def write_diabetes(path: Path) -> Path:
    data: Any = load_diabetes()
    rows = [[*row, target] for row, target in zip(data.data.tolist(), data.target.tolist(), strict=True)]
    lines = [[*data.feature_names, "progression (points)"], *rows]
    path.write_text("\n".join(",".join(map(str, line)) for line in lines) + "\n")
    return path


def write_classes(path: Path, data: Any) -> Path:
    """Write a classification of scikit-learn, whose names have spaces and slashes."""
    classes = [str(data.target_names[index]) for index in data.target]
    lines = [[*data.feature_names, "kind"]]
    lines += [[*row, kind] for row, kind in zip(data.data.tolist(), classes, strict=True)]
    path.write_text("\n".join(",".join(map(str, line)) for line in lines) + "\n")
    return path


@dataclass(frozen=True, kw_only=True)
class Trained:
    folder: Path
    data: Dataset
    fitted: Any
    predictor: Predictor

    def expected(self, points: Any) -> list[Any]:
        predicted = self.fitted.predict(points).tolist()
        return predicted if self.data.is_regression else [self.data.classes[index] for index in predicted]


@pytest.fixture(scope="module", params=RECIPES)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    name: str = request.param
    estimator, parameters, scaled = RECIPES[name]
    folder: Path = tmp_path_factory.mktemp(name)
    if name.startswith("diabetes"):
        data = load_csv(write_diabetes(folder / "diabetes.csv"), "progression (points)").dataset
    elif name.startswith(("wine", "cancer")):
        loaded = load_wine() if name.startswith("wine") else load_breast_cancer()
        data = load_csv(write_classes(folder / "classes.csv", loaded), "kind").dataset
    else:
        data = load_csv(write_passengers(folder / "passengers.csv"), "survived").dataset
    recipe = Recipe(name=name, estimator=estimator, parameters=parameters, scaled=scaled, seed=1)
    validate = cross_validate_regression if data.is_regression else cross_validate
    with pytest.MonkeyPatch.context() as patch:
        for kind in export.CHECKED_POINTS:
            patch.setitem(export.CHECKED_POINTS, kind, 300)
        packed = export_predictor(recipe, data, validate(recipe, data))
    write_files(packed, folder / "predictors" / name)
    loaded = load_predictors(folder / "predictors")
    loaded.unpack()
    return Trained(
        folder=folder / "predictors", data=data, fitted=fit(recipe, data), predictor=loaded.default
    )


@pytest.mark.one_python
def test_10_000_random_rows_get_the_answers_of_scikit_learn(trained: Trained):
    space = SampleSpace(trained.data.definition, trained.data.rows)
    random = np.random.default_rng(5)
    points = np.vstack([space.in_the_typical_range(5_000, random), space.over_the_whole_range(5_000, random)])
    assert np.isnan(points).any() is np.bool_(trained.data.definition.name == "passengers")
    rows = [tuple(row) for row in points.tolist()]
    ours = trained.predictor.predict_many(rows)
    if trained.data.is_regression:
        assert ours == pytest.approx(trained.expected(points), rel=1e-9, abs=1e-7)
    else:
        assert ours == trained.expected(points)
        shares = np.array([trained.predictor.probabilities(row) for row in rows[:500]])
        assert np.abs(shares - trained.fitted.predict_proba(points[:500])).max() < 1e-9
    assert trained.predictor.reproduces_known_answers()


@pytest.mark.one_python
def test_every_form_of_a_request_gets_the_answer_of_scikit_learn(
    trained: Trained, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    definition, points = trained.data.definition, trained.data.rows[:40]
    rows = [row_values(definition, row) for row in points.tolist()]
    expected = [
        pytest.approx(answer, rel=1e-9) if trained.data.is_regression else answer
        for answer in trained.expected(points)
    ]
    key = definition.response_key
    loaded = load_predictors(trained.folder)
    with serving(create_app(loaded, Settings())) as client:
        for row, answer in zip(rows[:8], expected[:8], strict=True):
            present = {name: value for name, value in row.items() if value is not None}
            assert client.get("/api/v01/classify", params=present).json() == {key: answer}
            assert client.post("/api/v01/classify", json=row).json() == {key: answer}
            detailed = client.post("/api/v01/classify?detail=true", json=present).json()
            assert detailed[key] == answer
            assert ("probabilities" in detailed) is not trained.data.is_regression
        names = definition.short_names
        table = [",".join(names)]
        table += [",".join(f'"{"" if row[name] is None else row[name]}"' for name in names) for row in rows]
        bodies = {
            "application/json": json.dumps(rows),
            "application/x-ndjson": "\n".join(map(json.dumps, rows)),
            "text/csv": "\n".join(table),
        }
        for media_type, body in bodies.items():
            for query in ("", "?detail=true"):
                batch = client.post(
                    f"/api/v01/classify/batch{query}",
                    content=body,
                    headers={"Content-Type": media_type, "Accept": "application/json"},
                )
                assert [entry[key] for entry in batch.json()] == expected
        card = client.get(f"/api/v01/predictors/{trained.predictor.name}").json()
        listed = client.get("/api/v01/predictors").json()["predictors"][0]
        assert ("accuracy" in listed) is not trained.data.is_regression
        assert listed["classes"] == card["classes"] == list(definition.classes)
        assert [("minimum" in feature) for feature in card["features"]] == [
            not feature.levels for feature in definition.features
        ]
        schema = client.get("/openapi.json").json()["components"]["schemas"]["Prediction"]
        assert schema["properties"][key]["type"] == ("number" if trained.data.is_regression else "string")
        page = client.get("/", params={name: value for name, value in rows[0].items() if value is not None})
        assert page.status_code == 200
        assert (" points</h2>" in page.text) is trained.data.is_regression
        assert ("Probabilities" in page.text) is not trained.data.is_regression


@pytest.mark.one_python
def test_the_function_gives_the_answer_of_the_service(trained: Trained):
    row = row_values(trained.data.definition, trained.data.rows[0].tolist())
    (expected,) = trained.expected(trained.data.rows[:1])
    (answer,) = answers(
        trained.folder,
        request(
            "/api/v01/classify",
            httpMethod="POST",
            body=json.dumps(row),
            headers={"content-type": "application/json"},
        ),
    )
    assert answer["statusCode"] == 200
    given = json.loads(answer["body"])[trained.data.definition.response_key]
    assert given == (pytest.approx(expected, rel=1e-9) if trained.data.is_regression else expected)


def test_an_unknown_level_is_refused_with_the_allowed_ones(
    tmp_path: Path, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    data = load_csv(write_passengers(tmp_path / "passengers.csv"), "survived").dataset
    recipe = Recipe(name="passengers", estimator="LogisticRegression", scaled=True, seed=1)
    write_files(export_predictor(recipe, data, cross_validate(recipe, data)), tmp_path / "out" / "passengers")
    row = row_values(data.definition, data.rows[0].tolist())
    with serving(create_app(load_predictors(tmp_path / "out"), Settings())) as client:
        refused = client.post("/api/v01/classify", json=row | {"port": "Hull", "fare": None})
        paths: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    errors = {error["field"]: error["allowed"] for error in refused.json()["errors"]}
    assert errors["port"] == "one of Cherbourg, Queenstown, Southampton, or nothing if it is unknown"
    assert errors["fare"].startswith("a number from 0 to")
    # OpenAPI 3.1, 4.8.12: a parameter of a path is required, also one that may be missing elsewhere.
    (by_path,) = [item["get"]["parameters"] for path, item in paths.items() if path.endswith("/{cabin}")]
    assert {each["required"] for each in by_path if each["in"] == "path"} == {True}
    assert "age" in {each["name"] for each in by_path}
