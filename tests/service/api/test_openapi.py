"""The OpenAPI document, compared with the behaviour of the service."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.bench.robustness.accepted_input import LENGTH_PATTERN
from scripts.bench.robustness.schema import check
from service.app import create_app
from service.iris.definition import MAX_CENTIMETRES
from service.settings import Settings
from tests.iris import DEFINITION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    import httpx
    from starlette.types import ASGIApp, Receive, Scope, Send

    from service.model.registry import Predictors
    from tests.service.conftest import RunningService

    Serving = Callable[[ASGIApp], AbstractContextManager[httpx.Client]]


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
        "/api/v01/predictors/{name}/predict": ["get", "post"],
        "/version": ["get"],
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
    responses = document["paths"]["/api/v01/classify"]["get"]["responses"]
    common = {"X-Served-By", "X-Request-Id", "Cache-Control"}
    assert set(responses["200"]["headers"]) == {*common, "X-Flower-Swapped", "ETag"}
    assert set(responses["304"]["headers"]) == {*common, "ETag"}
    assert set(responses["503"]["headers"]) == {*common, "Retry-After"}
    batch = document["paths"]["/api/v01/classify/batch"]["post"]["responses"]
    assert set(batch["200"]["headers"]) == {*common, "X-Flowers-Swapped", "X-Rows-Refused"}
    assert set(batch["415"]["headers"]) == {*common, "Accept", "Accept-Encoding"}
    predict = document["paths"]["/api/v01/predictors/{name}/predict"]
    assert set(predict["get"]["responses"]["200"]["headers"]) == {*common, "X-Flower-Swapped", "ETag"}
    of_batches = {"X-Flowers-Swapped", "X-Rows-Refused"}
    documented = predict["post"]["responses"]["200"]["headers"]
    assert set(documented) == {*common, "X-Flower-Swapped", *of_batches}
    assert not any(documented[name]["required"] for name in of_batches)  # one row has none of them
    assert set(document["paths"]["/livez"]["get"]["responses"]) == {"200", "406", "500"}
    assert "content" not in responses["304"]
    assert set(responses["412"]["content"]) == {"application/problem+json"}
    referred = {
        each["$ref"] for each in _objects(document["paths"]) if "$ref" in each and "/headers/" in each["$ref"]
    }
    assert referred == {f"#/components/headers/{name}" for name in document["components"]["headers"]}


def test_every_operation_that_the_limits_hold_for_documents_status_503(document: dict[str, Any]):
    refusing = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if "503" in operation["responses"]
    }
    assert refusing == set(document["paths"]) - {"/livez"}


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


def test_a_length_is_a_number(document: dict[str, Any]):
    length = document["components"]["schemas"]["FlowerRequest"]["properties"]["pl"]
    assert (length["type"], length["format"]) == ("number", "double")
    assert (length["minimum"], length["maximum"]) == (0, MAX_CENTIMETRES)


@given(st.from_regex(re.compile(LENGTH_PATTERN, re.ASCII), fullmatch=True))
def test_text_of_a_number_is_a_length(text: str):
    number = text.rstrip("\n")  # $ also matches before a last newline
    assert 0 <= DEFINITION.features[0].parse(number) <= MAX_CENTIMETRES


def test_every_operation_has_a_short_unique_name(document: dict[str, Any]):
    assert {
        (method, path): operation["operationId"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    } == {
        ("post", "/api/v01/classify"): "classify",
        ("get", "/api/v01/classify"): "classifyByQuery",
        ("get", "/api/v01/classify/{pl}/{pw}/{sl}/{sw}"): "classifyByPath",
        ("post", "/api/v01/classify/batch"): "classifyBatch",
        ("get", "/api/v01/predictors"): "listPredictors",
        ("get", "/api/v01/predictors/{name}"): "getPredictor",
        ("get", "/api/v01/predictors/{name}/predict"): "predictByQuery",
        ("post", "/api/v01/predictors/{name}/predict"): "predict",
        ("get", "/listpredictors"): "listPredictorsAtRoot",
        ("get", "/livez"): "checkLiveness",
        ("get", "/readyz"): "checkReadiness",
        ("get", "/version"): "getVersion",
    }


def _objects(part: object) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield cast("dict[str, Any]", part)
        for value in cast("dict[str, object]", part).values():
            yield from _objects(value)
    elif isinstance(part, list):
        for item in cast("list[object]", part):
            yield from _objects(item)


def test_no_schema_is_a_union_which_generators_turn_into_wrong_or_unusable_types(document: dict[str, Any]):
    for each in _objects(document):
        assert not {"anyOf", "oneOf", "allOf"} & set(each), each


def test_every_number_says_its_size(document: dict[str, Any]):
    """Without a format, a number is a float32 in Go and a BigDecimal in Java."""
    numbers = [each for each in _objects(document) if each.get("type") in ("number", "integer")]
    assert numbers
    assert all(each["format"] in {"double", "int32"} for each in numbers), numbers


def test_every_time_is_as_its_format_says(document: dict[str, Any], client: httpx.Client):
    for name in ("PredictorCard", "ModelCard"):
        assert document["components"]["schemas"][name]["properties"]["trained_at"]["format"] == "date-time"
    for predictor in client.get("/listpredictors").json()["predictors"]:
        trained_at = datetime.fromisoformat(predictor["trained_at"])
        assert trained_at.tzinfo is not None  # RFC 3339, 5.6


def test_the_document_needs_no_credentials_and_names_its_license(document: dict[str, Any]):
    assert document["security"] == []
    assert document["info"]["license"] == {"name": "Apache License 2.0", "identifier": "Apache-2.0"}


@pytest.mark.parametrize("stage", ["", "/dev"])
def test_the_paths_are_relative_to_the_document_at_the_root_and_below_a_stage(
    predictors: Predictors, serving: Serving, stage: str
):
    """API Gateway removes the stage from the path, so that the service does not know of it."""
    app = create_app(predictors, Settings())

    async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["path"].startswith(f"{stage}/")
        await app({**scope, "path": scope["path"].removeprefix(stage)}, receive, send)

    with serving(gateway) as client:
        location = f"{client.base_url}{stage}/openapi.json"
        document = client.get(location).json()
        (server,) = document["servers"]
        base = urljoin(location, server["url"]).rstrip("/")
        assert base == f"{client.base_url}{stage}"
        for path, operations in document["paths"].items():
            if "get" in operations and "{" not in path:
                expected = 422 if path == "/api/v01/classify" else 200
                assert client.get(base + path).status_code == expected
