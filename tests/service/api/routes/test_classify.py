"""One flower, in the path, the query or the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.training.data import load_data
from tests.iris import FEATURES
from tests.trained import default_classifier

if TYPE_CHECKING:
    from service.model.registry import Predictors

BODY = {"pl": "5.1", "pw": "3.5", "sl": "1.4", "sw": "0.4"}
COURSE_EXAMPLE = "/api/v01/classify?pl=5.1&pw=3.5&sw=0.4&sl=1.4"
SETOSA = b'{"specie":"Iris Setosa"}'


def by_path(client: httpx.Client, flower: dict[str, Any]) -> httpx.Response:
    return client.get("/api/v01/classify/{pl}/{pw}/{sl}/{sw}".format(**flower))


def by_query(client: httpx.Client, flower: dict[str, Any]) -> httpx.Response:
    return client.get("/api/v01/classify", params=flower)


def by_body(client: httpx.Client, flower: dict[str, Any]) -> httpx.Response:
    return client.post("/api/v01/classify", json=flower)


def test_the_course_example_is_a_swapped_setosa(client: httpx.Client):
    response = client.get(COURSE_EXAMPLE)
    assert (response.status_code, response.content) == (200, SETOSA)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-flower-swapped"] == "true"


def test_the_response_to_an_upright_flower_has_no_swapped_header(client: httpx.Client):
    response = client.get("/api/v01/classify/1.4/0.2/5.1/3.5")
    assert (response.status_code, response.content) == (200, SETOSA)
    assert "x-flower-swapped" not in response.headers


@pytest.mark.parametrize("ask", [by_path, by_query, by_body])
def test_lengths_as_text_give_the_same_answer_in_path_query_and_body(client: httpx.Client, ask: Any):
    response = ask(client, BODY)
    assert (response.status_code, response.content) == (200, SETOSA)
    assert response.headers["x-flower-swapped"] == "true"


def test_a_body_may_mix_numbers_and_text(client: httpx.Client):
    response = client.post("/api/v01/classify", json={"pl": 6.0, "pw": "2.5", "sl": 6.3, "sw": "33e-1"})
    assert response.json() == {"specie": "Iris Virginica"}


def test_unknown_fields_are_ignored(client: httpx.Client):
    assert client.post("/api/v01/classify", json=BODY | {"colour": "blue"}).content == SETOSA
    assert client.get(COURSE_EXAMPLE + "&colour=blue").content == SETOSA


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.iris+json"],
)
def test_json_and_formats_based_on_json_are_accepted(client: httpx.Client, content_type: str):
    body = b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}'
    response = client.post("/api/v01/classify", content=body, headers={"content-type": content_type})
    assert response.content == SETOSA


def test_the_150_flowers_are_classified_as_by_scikit_learn_in_path_query_and_body(client: httpx.Client):
    data = load_data()
    fitted: Any = default_classifier(data)
    expected: list[str] = [data.classes[index] for index in fitted.predict(data.rows)]
    flowers: list[dict[str, Any]] = [dict(zip(FEATURES, row, strict=True)) for row in data.rows.tolist()]
    for ask in (by_path, by_query, by_body):
        responses = [ask(client, flower) for flower in flowers]
        assert [response.json()["specie"] for response in responses] == expected
        assert not any("x-flower-swapped" in response.headers for response in responses)


lengths = st.floats(0, 100)


@settings(max_examples=50, deadline=None)
@given(lengths, lengths, lengths, lengths)
def test_exchanging_petals_and_sepals_never_changes_the_answer(
    client: httpx.Client, short: float, narrow: float, more_length: float, more_width: float
):
    longer, wider = min(100.0, short + more_length + 0.1), min(100.0, narrow + more_width + 0.1)
    if longer <= short or wider <= narrow:
        return
    right = {"pl": short, "pw": narrow, "sl": longer, "sw": wider}
    wrong = {"pl": longer, "pw": wider, "sl": short, "sw": narrow}
    answers = [by_query(client, right), by_query(client, wrong)]
    assert answers[0].content == answers[1].content
    assert ["x-flower-swapped" in answer.headers for answer in answers] == [False, True]


@pytest.mark.parametrize("ask", [by_path, by_query, by_body])
def test_detail_adds_probabilities_and_the_predictor(client: httpx.Client, predictors: Predictors, ask: Any):
    predictor = predictors.default
    for flower, swapped in ((BODY, True), ({"pl": 1.4, "pw": 0.4, "sl": 5.1, "sw": 3.5}, False)):
        explanation = client.send(
            with_query(ask(client, flower).request, detail="true", predictor=predictor.name)
        ).json()
        upright, _ = predictor.correct(tuple(float(flower[name]) for name in FEATURES))
        assert explanation == {
            "specie": "Iris Setosa",
            "probabilities": dict(zip(predictor.classes, predictor.probabilities(upright), strict=True)),
            "predictor": "iris-logistic",
            "version": predictor.version,
            "swapped": swapped,
            "notes": [],
        }


def with_query(request: httpx.Request, **parameters: str) -> httpx.Request:
    url = request.url.copy_merge_params(parameters)
    return httpx.Request(request.method, url, content=request.content, headers=request.headers)


def test_a_flower_far_outside_the_training_data_gets_notes(client: httpx.Client):
    explanation = client.get("/api/v01/classify/50/20/90/80?detail=true").json()
    assert len(explanation["notes"]) == 4
    assert "petal length of 50 cm" in explanation["notes"][0]


def test_without_detail_the_response_has_only_the_species(client: httpx.Client):
    assert client.get(COURSE_EXAMPLE + "&detail=false&predictor=iris-logistic").content == SETOSA


def test_every_response_names_its_instance(client: httpx.Client):
    for path in (COURSE_EXAMPLE, "/livez", "/nowhere", "/api/v01/classify?pl=abc"):
        assert client.get(path).headers.get_list("x-served-by") == ["i-test"]


def test_head_is_answered_like_get_without_the_body(client: httpx.Client):
    with_body, without = client.get(COURSE_EXAMPLE), client.head(COURSE_EXAMPLE)
    assert (without.status_code, without.content) == (200, b"")
    for header in ("content-length", "content-type", "x-flower-swapped"):
        assert without.headers[header] == with_body.headers[header]


def test_no_response_has_a_server_header(client: httpx.Client):
    assert "server" not in client.get("/livez").headers
