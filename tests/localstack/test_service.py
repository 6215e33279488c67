"""Service behind the load balancer, as its users see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from infra.load_balancer.blocked_paths import NOT_FOUND
from scripts.training.data import load_data
from tests.trained import default_classifier

if TYPE_CHECKING:
    from tests.localstack.conftest import RunningCloud

SETOSA = b'{"specie":"Iris Setosa"}'


def test_the_courses_example_by_query(client: httpx.Client):
    answer = client.get("/api/v01/classify?pl=5.1&pw=3.5&sw=0.4&sl=1.4")
    assert (answer.status_code, answer.content) == (200, SETOSA)
    assert answer.headers["x-flower-swapped"] == "true"


def test_the_courses_example_by_path(client: httpx.Client):
    answer = client.get("/api/v01/classify/5.1/3.5/1.4/0.4")
    assert (answer.status_code, answer.content) == (200, SETOSA)


def test_the_courses_example_by_body_with_numbers_as_text(client: httpx.Client):
    answer = client.post("/api/v01/classify", json={"pl": "5.1", "pw": "3.5", "sl": "1.4", "sw": "0.4"})
    assert (answer.status_code, answer.content) == (200, SETOSA)


def test_a_flower_the_right_way_round_is_not_noted_as_swapped(client: httpx.Client):
    answer = client.get("/api/v01/classify/1.4/0.2/5.1/3.5")
    assert (answer.status_code, answer.content) == (200, SETOSA)
    assert "x-flower-swapped" not in answer.headers


def test_all_150_flowers_are_classified_as_scikit_learn_does(client: httpx.Client):
    data = load_data()
    classifier: Any = default_classifier(data)
    labels: list[int] = classifier.predict(data.rows).tolist()
    expected = [data.classes[label] for label in labels]
    paths = ["/api/v01/classify/" + "/".join(map(str, flower)) for flower in data.rows.tolist()]
    answered = [client.get(path).json()["specie"] for path in paths]
    assert len(answered) == 150
    assert answered == expected


def test_the_predictors_are_listed(client: httpx.Client):
    listed = client.get("/listpredictors")
    assert listed.status_code == 200
    assert listed.json() == client.get("/api/v01/predictors").json()
    assert "iris-logistic" in listed.text


def test_twenty_calls_on_fresh_connections_are_answered_by_both_instances(url: str, cloud: RunningCloud):
    instances = {instance["id"] for instance in cloud.settled_status()["instances"]}
    served_by = {httpx.get(f"{url}/livez").headers["x-served-by"] for _ in range(20)}
    assert served_by == instances
    assert len(served_by) == 2


@pytest.mark.parametrize("path", ["/metrics", "/metric%73"])
def test_paths_for_operators_are_answered_by_the_load_balancer_itself(client: httpx.Client, path: str):
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (404, NOT_FOUND)
    assert "x-served-by" not in answer.headers


BIG = b'{"pl": "' + b"1" * 2_000_000 + b'"}'

BAD: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/api/v01/classify?pl=abc&pw=1&sl=1&sw=1", {}, 422),
    ("GET", "/api/v01/classify?pl=1&pw=1&sl=1", {}, 422),
    ("GET", "/api/v01/classify/NaN/1/1/1", {}, 422),
    ("GET", "/api/v01/classify/1e999/1/1/1", {}, 422),
    ("GET", "/api/v01/classify/-1/1/1/1", {}, 422),
    ("POST", "/api/v01/classify", {"content": BIG, "headers": {"content-type": "application/json"}}, 413),
    ("POST", "/api/v01/classify", {"content": b"pl=1", "headers": {"content-type": "text/plain"}}, 415),
    ("GET", "/nowhere", {}, 404),
    ("DELETE", "/api/v01/classify", {}, 405),
]


@pytest.mark.parametrize(("method", "path", "given", "status"), BAD)
def test_bad_input_is_answered_with_problem_details(
    client: httpx.Client, method: str, path: str, given: dict[str, Any], status: int
):
    answer = client.request(method, path, **given)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert "Traceback" not in answer.text
