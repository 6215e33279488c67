"""The OpenAPI document, compared with the behaviour of the service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.bench.robustness.schema import check
from service.model.flower import MAX_CENTIMETRES, parse_length

if TYPE_CHECKING:
    import httpx

    from tests.service.conftest import RunningService


@pytest.mark.one_python  # takes half a minute, and repeats what other tests check
def test_every_response_to_generated_requests_is_as_documented(service: RunningService):
    """Schemathesis sends valid and invalid requests at the edges of the document."""
    checked = check(service.url, examples=25, seed=1)
    assert checked.failures == 0, checked.output
    assert re.search(r"Tested: 12\b", checked.output), checked.output


@pytest.fixture(scope="session")
def document(client: httpx.Client) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def test_every_route_is_documented(document: dict[str, Any]):
    assert {path: sorted(operations) for path, operations in document["paths"].items()} == {
        "/api/v01/classify/{pl}/{pw}/{sl}/{sw}": ["get"],
        "/api/v01/classify": ["get", "post"],
        "/api/v01/classify/batch": ["post"],
        "/listpredictors": ["get"],
        "/api/v01/predictors": ["get"],
        "/api/v01/predictors/{name}": ["get"],
        "/version": ["get"],
        "/": ["get"],
        "/docs": ["get"],
        "/livez": ["get"],
        "/readyz": ["get"],
    }


def test_the_names_of_the_predictors_are_documented(document: dict[str, Any]):
    for path in ("/api/v01/classify/{pl}/{pw}/{sl}/{sw}", "/api/v01/classify", "/api/v01/classify/batch"):
        for operation in document["paths"][path].values():
            (choice,) = [each for each in operation["parameters"] if each["name"] == "predictor"]
            assert choice["schema"]["enum"] == ["iris-bayes", "iris-forest", "iris-logistic"]
            assert choice["schema"]["default"] == "iris-logistic"


def test_every_documented_error_is_a_problem(document: dict[str, Any]):
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    errors = {
        (path, method, status): answer["content"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    }
    assert len(errors) > len(document["paths"])
    assert all(content == problem for content in errors.values())
    assert set(document["components"]["schemas"]["Problem"]["required"]) >= {"title", "status", "detail"}


def test_the_response_headers_are_documented(document: dict[str, Any]):
    answer = document["paths"]["/api/v01/classify"]["get"]["responses"]["200"]
    assert set(answer["headers"]) == {
        *("X-Served-By", "X-Request-Id", "X-Flower-Swapped"),
        *("Cache-Control", "ETag"),
    }
    assert set(document["paths"]["/livez"]["get"]["responses"]) == {"200", "406", "500"}
    conditional = document["paths"]["/"]["get"]["responses"]
    assert "content" not in conditional["304"]
    assert set(conditional["412"]["content"]) == {"application/problem+json"}


def test_every_documented_example_of_a_body_is_answered(document: dict[str, Any], client: httpx.Client):
    examples = document["components"]["schemas"]["FlowerRequest"]["examples"]
    assert examples
    for example in examples:
        assert client.post("/api/v01/classify", json=example).json() == {"specie": "Iris Setosa"}


def test_every_length_has_a_description_and_an_example(document: dict[str, Any]):
    parameters = document["paths"]["/api/v01/classify/{pl}/{pw}/{sl}/{sw}"]["get"]["parameters"]
    lengths = [parameter for parameter in parameters if parameter["in"] == "path"]
    assert [length["name"] for length in lengths] == ["pl", "pw", "sl", "sw"]
    for parameter in lengths:
        assert "centimetres" in parameter["description"]
        assert parameter["schema"]["examples"]


@given(st.data())
def test_every_text_of_the_documented_pattern_is_a_length(document: dict[str, Any], data: st.DataObject):
    number, text = document["components"]["schemas"]["FlowerRequest"]["properties"]["pl"]["anyOf"]
    assert number == {"type": "number", "minimum": 0, "maximum": 100}
    pattern: re.Pattern[str] = re.compile(text["pattern"], re.ASCII)
    allowed = data.draw(st.from_regex(pattern, fullmatch=True)).rstrip(
        "\n"
    )  # $ also matches before a trailing newline
    assert 0 <= parse_length(allowed) <= MAX_CENTIMETRES
