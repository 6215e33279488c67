"""Model card of a trained predictor: its data, its metrics, and the answers that it must give."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from scripts.training.cross_validation import cross_validate, cross_validate_regression
from scripts.training.data import load_data
from scripts.training.export import ExportedPredictor, export_predictor, fit, manifest_bytes
from scripts.training.held_out import score_held_out
from scripts.training.recipe import Recipe
from tests.scripts.training.diabetes import diabetes

BAYES = Recipe(name="iris-bayes", estimator="GaussianNB", seed=3)
RIDGE = Recipe(name="sugar", estimator="Ridge", parameters={"solver": "cholesky"}, scaled=True, seed=7)


@cache
def flowers() -> ExportedPredictor:
    return export_predictor(BAYES, load_data(), cross_validate(BAYES, load_data()))


@cache
def sugar() -> ExportedPredictor:
    data = diabetes()
    return export_predictor(
        RIDGE, data, cross_validate_regression(RIDGE, data), held_out=score_held_out(RIDGE, data)
    )


def test_the_card_names_the_recipe_the_data_and_the_libraries():
    card = flowers().manifest
    assert {key: card[key] for key in ("name", "kind", "estimator", "parameters", "scaled")} == {
        "name": "iris-bayes",
        "kind": "gaussian",
        "estimator": "GaussianNB",
        "parameters": {},
        "scaled": False,
    }
    assert card["classes"] == ["Iris Setosa", "Iris Versicolor", "Iris Virginica"]
    training = card["training"]
    assert (training["rows"], training["rows_per_class"], training["seed"]) == (150, [50, 50, 50], 3)
    assert set(card["libraries"]) == {"python", "numpy", "scikit-learn"}
    # Fisher, 1936: petals of 1.0 to 6.9 cm.
    petal = next(it for it in card["features"] if it["long_name"] == "petal length")
    assert (petal["minimum"], petal["maximum"], petal["unit"], petal["name"]) == (1.0, 6.9, "cm", "pl")


def test_the_card_has_the_metrics_of_the_cross_validation():
    validated, metrics = cross_validate(BAYES, load_data()), flowers().manifest["metrics"]
    assert metrics["measured_by"] == "cross-validation, 5 stratified folds"
    assert metrics["accuracy"] == validated.accuracy
    assert metrics["accuracy_per_fold"] == list(validated.accuracy_per_fold)
    assert metrics["log_loss"] == pytest.approx(validated.log_loss, rel=1e-5)
    assert metrics["confusion"] == [list(row) for row in validated.confusion]
    assert metrics["per_class"]["Iris Virginica"] == {
        "precision": validated.precision[2],
        "recall": validated.recall[2],
    }
    assert "held_out" not in metrics


def test_the_card_of_a_regression_has_its_errors_and_those_on_held_out_rows():
    data = diabetes()
    validated, card = cross_validate_regression(RIDGE, data), sugar().manifest
    metrics = card["metrics"]
    assert metrics["measured_by"] == "cross-validation, 5 folds"
    for name in ("r2", "mean_absolute_error", "root_mean_squared_error"):
        assert metrics[name] == pytest.approx(getattr(validated, name), rel=1e-5)
    assert metrics["r2_per_fold"] == pytest.approx(validated.r2_per_fold, rel=1e-5)
    assert metrics["held_out"] == score_held_out(RIDGE, data).content()
    assert "rows_per_class" not in card["training"]
    assert card["training"]["rows"] == 442


# The answers that a service must give before it is ready: one of each class, as typical as a row is.
def test_a_known_answer_is_that_of_the_row_of_each_class_next_to_its_mean():
    data = load_data()
    fitted: Any = fit(BAYES, data)
    answers = flowers().manifest["known_answers"]
    assert len(answers) == 3
    for label, answer in enumerate(answers):
        rows = data.rows[data.target == label]
        distances = np.linalg.norm(rows - rows.mean(axis=0), axis=1)
        typical = rows[[int(distances.argmin())]]
        assert list(answer["values"].values()) == typical[0].tolist()
        assert answer["specie"] == data.classes[int(fitted.predict(typical)[0])]
        assert answer["probabilities"] == pytest.approx(fitted.predict_proba(typical)[0], abs=1e-9)


def test_the_known_answers_of_a_regression_are_those_of_its_smallest_middle_and_largest_value():
    data = diabetes()
    fitted: Any = fit(RIDGE, data)
    order = np.argsort(data.target)
    key = data.definition.response_key
    answers = sugar().manifest["known_answers"]
    assert len(answers) == 3
    for answer, index in zip(answers, (order[0], order[221], order[441]), strict=True):
        assert list(answer["values"].values()) == data.rows[index].tolist()
        assert answer[key] == pytest.approx(float(fitted.predict(data.rows[[index]])[0]), rel=1e-11)


def test_the_date_is_in_the_file_and_no_part_of_the_version():
    content = json.loads(manifest_bytes(flowers(), trained_at="2026-11-22T00:00:00Z"))
    assert content == flowers().manifest | {"trained_at": "2026-11-22T00:00:00Z"}
    again = export_predictor(BAYES, load_data(), cross_validate(BAYES, load_data()))
    assert again.manifest == flowers().manifest
    assert again.predictor == flowers().predictor
    assert flowers().predictor.endswith(b"}\n")
