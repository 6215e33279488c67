from __future__ import annotations

import importlib.metadata
import platform
from copy import copy
from typing import TYPE_CHECKING

from service.app import create_app
from service.model.registry import Predictors
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import httpx
    from starlette.types import ASGIApp


def test_both_listings_show_the_default_predictor(client: httpx.Client, predictors: Predictors):
    short, long = client.get("/listpredictors"), client.get("/api/v01/predictors")
    assert short.status_code == long.status_code == 200
    assert short.content == long.content
    predictor = predictors.default
    listed = {shown["name"]: shown for shown in short.json()["predictors"]}
    assert list(listed) == ["iris-bayes", "iris-forest", "iris-logistic"]
    assert [shown["default"] for shown in listed.values()] == [False, False, True]
    assert listed["iris-logistic"] == {
        "name": "iris-logistic",
        "version": predictor.version,
        "kind": "linear",
        "default": True,
        "features": ["pl", "pw", "sl", "sw"],
        "classes": ["Iris Setosa", "Iris Versicolor", "Iris Virginica"],
        "accuracy": predictor.accuracy,
        "trained_at": predictor.trained_at,
    }


def test_a_model_card_has_everything_but_the_known_answers(client: httpx.Client, predictors: Predictors):
    card = client.get("/api/v01/predictors/iris-logistic").json()
    assert card == {**predictors.default.card, "default": True}
    assert card["features"][0] == {
        "name": "pl",
        "long_name": "petal length",
        "unit": "cm",
        "minimum": 1.0,
        "maximum": 6.9,
    }
    assert {"training", "metrics", "version", "trained_at"} <= set(card)


def test_an_unknown_model_card_is_a_problem_that_names_the_predictors(client: httpx.Client):
    response = client.get("/api/v01/predictors/oracle")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert (
        response.json()["detail"]
        == "There is no such predictor. Available: iris-bayes, iris-forest, iris-logistic."
    )


def test_the_version_shows_service_python_instance_and_predictors(
    client: httpx.Client, predictors: Predictors
):
    assert client.get("/version").json() == {
        "service": importlib.metadata.version("scalable-models"),
        "python": platform.python_version(),
        "instance": "i-test",
        "predictors": [{"name": one.name, "version": one.version} for one in predictors],
    }


def test_a_running_service_is_alive_and_ready(client: httpx.Client):
    assert client.get("/livez").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_a_failing_predictor_makes_the_service_unready_but_not_dead(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    failing = copy(predictors.default)
    wrong = copy(failing.known_answers[0])
    wrong.answer = "Iris Virginica"
    failing.known_answers = (wrong, *failing.known_answers[1:])
    with serving(create_app(Predictors([failing]), Settings())) as client:
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert "iris-logistic" in response.json()["detail"]
        assert client.get("/livez").status_code == 200
