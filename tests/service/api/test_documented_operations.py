"""Operations, parameters, headers and schemas of the OpenAPI document, as a client is generated from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from service.api.application import create_api
from service.settings import Settings

if TYPE_CHECKING:
    from service.model.registry import Predictors

BY_PATH: Final = "/api/v01/classify/{pl}/{pw}/{sl}/{sw}"
PREDICT: Final = "/api/v01/predictors/{name}/predict"
BATCH: Final = "/api/v01/classify/batch"
FORMATS: Final = ["application/json", "application/x-ndjson", "application/jsonl", "text/csv"]
LENGTHS: Final = ("pl", "pw", "sl", "sw")
NO_BODY: Final[list[str]] = []


@pytest.fixture(scope="module")
def document(predictors: Predictors) -> dict[str, Any]:
    return create_api(predictors, Settings()).openapi()


# Any path can be refused for `Accept` (406) or fail (500); all but health checks can be over a limit (503).
# What caches may store has conditional requests (304, 412); a body can be malformed, too large or of another
# type (400, 413, 415).
CONDITIONAL: Final = {304, 412}
ANY: Final = {200, 406, 500}
WITH_BODY: Final = {400, 413, 415}


@pytest.mark.parametrize(
    ("method", "path", "tag", "statuses", "given", "answered"),
    [
        ("get", BY_PATH, "classify", {*ANY, *CONDITIONAL, 404, 422, 503}, NO_BODY, FORMATS[:1]),
        ("get", "/api/v01/classify", "classify", {*ANY, *CONDITIONAL, 422, 503}, NO_BODY, FORMATS[:1]),
        ("post", "/api/v01/classify", "classify", {*ANY, *WITH_BODY, 422, 503}, FORMATS[:1], FORMATS[:1]),
        ("post", BATCH, "classify", {*ANY, *WITH_BODY, 422, 503}, FORMATS, FORMATS),
        ("get", "/listpredictors", "predictors", {*ANY, *CONDITIONAL, 503}, NO_BODY, FORMATS[:1]),
        ("get", "/api/v01/predictors", "predictors", {*ANY, *CONDITIONAL, 503}, NO_BODY, FORMATS[:1]),
        (
            *("get", "/api/v01/predictors/{name}", "predictors"),
            *({*ANY, *CONDITIONAL, 404, 503}, NO_BODY, FORMATS[:1]),
        ),
        ("get", PREDICT, "predictors", {*ANY, *CONDITIONAL, 404, 422, 503}, NO_BODY, FORMATS[:1]),
        ("post", PREDICT, "predictors", {*ANY, *WITH_BODY, 404, 422, 503}, FORMATS, FORMATS),
        ("get", "/livez", "health", ANY, NO_BODY, FORMATS[:1]),
        ("get", "/readyz", "health", {*ANY, 503}, NO_BODY, FORMATS[:1]),
        ("get", "/version", "health", {*ANY, 503}, NO_BODY, FORMATS[:1]),
    ],
)
def test_an_operation_documents_every_status_and_media_type(
    document: dict[str, Any],
    method: str,
    path: str,
    tag: str,
    statuses: set[int],
    given: list[str],
    answered: list[str],
):
    operation = document["paths"][path][method]
    assert operation["tags"] == [tag]
    assert list(map(int, operation["responses"])) == sorted(statuses)
    assert all(response["description"] for response in operation["responses"].values())
    assert sorted(operation["responses"]["200"]["content"]) == sorted(answered)
    body = operation.get("requestBody", {"content": {}})
    assert sorted(body["content"]) == sorted(given)
    assert body.get("required") is (True if given else None)


@pytest.mark.parametrize(
    ("path", "method", "required"),
    [
        (BY_PATH, "get", {("path", name) for name in LENGTHS}),
        ("/api/v01/classify", "get", {("query", name) for name in LENGTHS}),
        (PREDICT, "get", {("path", "name"), *(("query", name) for name in LENGTHS)}),
        (PREDICT, "post", {("path", "name")}),
        ("/api/v01/predictors/{name}", "get", {("path", "name")}),
        (BATCH, "post", set[tuple[str, str]]()),
    ],
)
def test_the_values_of_a_row_are_required_and_the_options_are_not(
    document: dict[str, Any], path: str, method: str, required: set[tuple[str, str]]
):
    parameters = document["paths"][path][method]["parameters"]
    assert {(each["in"], each["name"]) for each in parameters if each["required"]} == required
    optional = {(each["in"], each["name"]) for each in parameters if not each["required"]}
    assert optional <= {("query", "detail"), ("query", "predictor")}
    for each in parameters:
        expected = {"detail": "boolean", "predictor": "string", "name": "string"}.get(each["name"], "number")
        assert each["schema"]["type"] == expected
        assert each["description"]


TEXT: Final = {"type": "string"}
COUNT: Final = {"type": "integer", "format": "int32", "minimum": 0}


def test_a_header_is_required_if_every_such_response_has_it(document: dict[str, Any]):
    headers = document["components"]["headers"]
    assert {name: (header.get("required", False), header["schema"]) for name, header in headers.items()} == {
        "X-Served-By": (True, TEXT),
        "X-Request-Id": (True, TEXT),
        "X-Rows-Refused": (True, COUNT),
        "X-Flowers-Swapped": (True, COUNT),
        "X-Flower-Swapped": (False, {"type": "string", "enum": ["true"]}),
        "Cache-Control": (True, {"type": "string", "enum": ["no-cache", "no-store"]}),
        "ETag": (True, TEXT),
        "Retry-After": (False, COUNT | {"minimum": 1}),
        "Accept": (False, TEXT),
        "Accept-Encoding": (False, TEXT),
    }


@pytest.mark.parametrize(
    ("name", "required", "optional"),
    [
        ("FlowerRequest", {*LENGTHS}, set[str]()),
        ("Prediction", {"specie"}, {"probabilities", "predictor", "version", "swapped", "notes"}),
        (
            *("BatchEntry", set[str]()),
            {"specie", "probabilities", "predictor", "version", "swapped", "notes", "row", "errors"},
        ),
        ("Problem", {"title", "status", "detail", "instance"}, {"type", "errors"}),
        ("FieldProblem", {"field", "given", "allowed"}, {"row"}),
        ("FeatureCard", {"name", "long_name", "unit"}, {"minimum", "maximum"}),
        (
            "PredictorCard",
            {"name", "version", "kind", "default", "features", "classes", "trained_at"},
            {"accuracy"},
        ),
        ("Version", {"service", "python", "instance", "predictors"}, set[str]()),
        ("Health", {"status"}, set[str]()),
    ],
)
def test_a_schema_requires_what_every_response_or_request_has(
    document: dict[str, Any], name: str, required: set[str], optional: set[str]
):
    schema = document["components"]["schemas"][name]
    assert set(schema.get("required", ())) == required
    assert set(schema["properties"]) == required | optional


def test_names_of_what_no_response_has_are_not_in_the_document(document: dict[str, Any]):
    assert not {"HTTPValidationError", "ValidationError", "RefusedRow"} & set(
        document["components"]["schemas"]
    )


# An example is what people and generators try first.
def test_the_example_of_every_format_of_a_batch_has_the_example_of_the_definition(document: dict[str, Any]):
    content = document["paths"][BATCH]["post"]["requestBody"]["content"]
    flower = {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}
    line = '{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}\n'
    assert content["application/json"]["example"] == [flower, flower]
    assert content["application/x-ndjson"]["example"] == content["application/jsonl"]["example"] == 2 * line
    assert content["text/csv"]["example"] == "sw,sl,pw,pl\r\n" + 2 * "3.5,5.1,0.2,1.4\r\n"
    answered = document["paths"][BATCH]["post"]["responses"]["200"]["content"]
    assert answered["text/csv"]["example"] == "specie,error\r\nIris Setosa,\r\nIris Virginica,\r\n"
    assert answered["application/x-ndjson"]["example"] == (
        '{"specie":"Iris Setosa"}\n{"specie":"Iris Virginica"}\n'
    )
    examples = document["paths"][BY_PATH]["get"]["parameters"]
    assert {each["name"]: each["schema"]["examples"] for each in examples if each["in"] == "path"} == {
        name: [value] for name, value in flower.items()
    }
