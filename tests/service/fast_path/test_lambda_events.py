"""The fast path returns exactly the responses of the framework to events, or leaves them to it."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.aws_lambda.mangum_app import add_request_context, create_adapter, create_application
from service.fast_path.classify import ClassifyFastPath
from service.fast_path.lambda_events import LambdaFastPath
from service.settings import Settings
from tests.conformance.cases import Request
from tests.conformance.events import to_rest_api_event
from tests.service.generated import CLASSIFY, GeneratedRequest, requests

if TYPE_CHECKING:
    from collections.abc import Generator

    from service.aws_lambda.handler import EventAdapter
    from service.model.registry import Predictors

FLOWER = b'{"pl":"5.1","pw":"3.5","sl":"1.4","sw":"0.4"}'
JSON = ("Content-Type", "application/json")


@pytest.fixture(scope="module")
def with_the_framework(predictors: Predictors) -> Generator[EventAdapter]:
    yield create_adapter(
        add_request_context(create_application(predictors, Settings()), instance_id="i-test")
    )
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(None)


@pytest.fixture(scope="module")
def fast_path(predictors: Predictors) -> LambdaFastPath:
    default = predictors.default
    return LambdaFastPath(ClassifyFastPath(default), instance_id="i-test")


def event_for(request: GeneratedRequest) -> dict[str, Any]:
    return to_rest_api_event(Request("", request.method, request.target, request.body, request.headers))


def comparable(response: dict[str, Any]) -> list[tuple[str, object]]:
    """Return the whole response in its order, with a generated id replaced."""
    headers: dict[str, str] = dict(response["headers"])
    prefix, _, number = headers.get("x-request-id", "").partition("-")
    if len(prefix) == 16 and number.isalnum():
        headers["x-request-id"] = "generated"
    return [(name, list(headers.items()) if name == "headers" else part) for name, part in response.items()]


def as_text(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event as API Gateway sends it without binary media types."""
    try:
        return event | {"body": b64decode(event["body"] or "").decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return event


def with_single_values(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with single values only, as in a handwritten test event."""
    return {name: value for name, value in event.items() if not name.startswith("multiValue")}


def as_sent(event: dict[str, Any]) -> dict[str, Any]:
    return event


FORMS = [as_sent, as_text, with_single_values]


@pytest.mark.one_python  # thousands of generated requests through two of our own implementations
@settings(max_examples=1_000, deadline=None)
@given(requests(), st.sampled_from(FORMS))
def test_a_response_of_the_fast_path_is_that_of_the_framework(
    with_the_framework: EventAdapter, fast_path: LambdaFastPath, request_: GeneratedRequest, form: Any
):
    given = form(event_for(request_))
    answered = fast_path.respond(given)
    if answered is not None:
        assert comparable(answered) == comparable(with_the_framework(given, None))


PLAIN = [
    GeneratedRequest("POST", CLASSIFY, (JSON,), (FLOWER,)),
    GeneratedRequest("POST", CLASSIFY, (("content-type", "application/json; charset=utf-8"),), (FLOWER,)),
    GeneratedRequest("GET", f"{CLASSIFY}?pl=5.1&pw=3.5&sw=0.4&sl=1.4", (("X-Request-Id", "mine"),)),
    GeneratedRequest("GET", f"{CLASSIFY}/6/2.5/6.3/3.3", (("traceparent", f"00-{'a' * 32}-{'b' * 16}-01"),)),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("request_", PLAIN, ids=lambda request: request.target)
def test_plain_requests_are_answered_by_the_fast_path(
    with_the_framework: EventAdapter, fast_path: LambdaFastPath, request_: GeneratedRequest, form: Any
):
    given = form(event_for(request_))
    answered = fast_path.respond(given)
    assert answered is not None
    assert answered["statusCode"] == 200
    assert comparable(answered) == comparable(with_the_framework(given, None))


UNUSUAL_PARAMETERS: list[object] = [
    {"pl": ["1.4"], "pw": ["0.2"], "sl": ["5.1"]},
    {"pl": ["1.4&pw=0.2"], "sl": ["5.1"], "sw": ["3.5"]},
    {"pl": ["1.4&pw=0.2"], "sl": ["5.1"], "sw": ["3.5"], "pw": []},
    {"pl": ["1.4", "1.5"], "pw": ["0.2"], "sl": ["5.1"], "sw": ["3.5"]},
    {"pl": ["1.4"], "pw": ["0.2"], "sl": ["5.1"], "sw": ["3.5"], "detail": ["true"]},
    {"pl=1.4&pw": ["0.2"], "sl": ["5.1"], "sw": ["3.5"], "": []},
    {"pl": [1.4], "pw": [None], "sl": ["5.1"], "sw": [{}]},
    {"pl": "1.4", "pw": "0.2", "sl": "5.1", "sw": "3.5"},
]


@pytest.mark.parametrize("parameters", UNUSUAL_PARAMETERS)
def test_unusual_parameters_are_left_to_the_framework(fast_path: LambdaFastPath, parameters: object):
    request = replace(PLAIN[2], target=CLASSIFY)
    assert fast_path.respond(event_for(request) | {"multiValueQueryStringParameters": parameters}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": None},
        {"path": b"/api/v01/classify"},
        {"httpMethod": None},
        {"body": "!", "isBase64Encoded": True},
        {"body": b64encode(FLOWER).decode() + "!", "isBase64Encoded": True},
        {"body": f" {b64encode(FLOWER).decode()}", "isBase64Encoded": True},
        {"body": "\ud800", "isBase64Encoded": False},
        {"body": 1},
        {"multiValueHeaders": {"Accept": None}},
        {"multiValueHeaders": {1: ["2"]}},
    ],
)
def test_malformed_events_are_left_to_the_framework(fast_path: LambdaFastPath, wrong: dict[str, Any]):
    assert fast_path.respond(event_for(PLAIN[0]) | wrong) is None


@pytest.mark.parametrize("missing", ["httpMethod", "path", "resource", "requestContext"])
def test_events_that_are_no_requests_are_left_to_the_framework(fast_path: LambdaFastPath, missing: str):
    assert (
        fast_path.respond({name: value for name, value in event_for(PLAIN[0]).items() if name != missing})
        is None
    )
    assert fast_path.respond("ping") is None


def test_each_event_gets_a_response_of_its_own(fast_path: LambdaFastPath):
    first, second = fast_path.respond(event_for(PLAIN[3])), fast_path.respond(event_for(PLAIN[3]))
    assert first is not None
    assert second is not None
    first["headers"].clear()
    assert second["headers"]["content-length"] == "27"


@pytest.mark.parametrize("fourth", ["%26sw=0.4", "&sw=0.4%26model=iris-tree", "&sw=0.4%26sw=0.4"])
@pytest.mark.parametrize("form", FORMS)
def test_an_ampersand_in_a_value_separates_no_parameters(
    with_the_framework: EventAdapter, fast_path: LambdaFastPath, form: Any, fourth: str
):
    # API Gateway decodes %26: joined again, three values would be those of four parameters, and four of five.
    query = "pl=5.1&pw=3.5&sl=1.4" + fourth
    request = GeneratedRequest("GET", f"{CLASSIFY}?{query}", ())
    given = form(event_for(request))
    assert fast_path.respond(given) is None
    assert with_the_framework(given, None)["statusCode"] == 422


def test_a_repeated_parameter_is_left_to_the_framework(fast_path: LambdaFastPath):
    query = "pl=5.1&pw=3.5&sl=1.4&sw=0.4"
    assert fast_path.respond(event_for(GeneratedRequest("GET", f"{CLASSIFY}?{query}", ())))
    repeated = GeneratedRequest("GET", f"{CLASSIFY}?{query}&predictor=a&predictor=b", ())
    assert fast_path.respond(event_for(repeated)) is None
