"""Any request gets an answer or a problem (RFC 9457), never a failure of the service."""

from __future__ import annotations

import gzip
import json
from copy import copy
from typing import TYPE_CHECKING, Any

import pytest

from service.app import create_app
from service.model.registry import Predictors
from service.settings import Settings
from tests.service.failing_model import FailingModel

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import httpx
    from starlette.types import ASGIApp

QUERY = "pl=1.4&pw=0.2&sl=5.1&sw=3.5"
ALLOWED = "a number of centimetres from 0 to 100"
JSON = {"content-type": "application/json"}


def problem_of(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert "Traceback" not in response.text
    return problem


def post(client: httpx.Client, body: bytes, content_type: str = "application/json") -> httpx.Response:
    return client.post("/api/v01/classify", content=body, headers={"content-type": content_type})


INVALID_TEXTS = [
    "abc",
    "NaN",
    "nan",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1",
    "-0.1",
    "100.1",
    "9" * 5000,
    "1_0",
    "0x1",
    "true",
    "null",
]


@pytest.mark.parametrize("text", INVALID_TEXTS)
def test_an_invalid_length_is_named_in_path_query_and_body(client: httpx.Client, text: str):
    responses = [
        client.get("/api/v01/classify", params={"pl": text, "pw": "1", "sl": "1", "sw": "1"}),
        client.get(f"/api/v01/classify/{text}/1/1/1"),
        post(client, json.dumps({"pl": text, "pw": 1, "sl": 1, "sw": 1}).encode()),
    ]
    for response in responses:
        (error,) = problem_of(response, 422)["errors"]
        assert (error["field"], error["allowed"]) == ("pl", ALLOWED)
        assert error["given"][:99] == text[:99]
        assert len(error["given"]) <= 100


def test_a_missing_length_is_named(client: httpx.Client):
    for response in (
        client.get("/api/v01/classify?pl=1&pw=1&sl=1"),
        post(client, b'{"pl":1,"pw":1,"sl":1}'),
    ):
        assert problem_of(response, 422)["errors"] == [{"field": "sw", "given": None, "allowed": ALLOWED}]


def test_all_invalid_lengths_are_named_at_once(client: httpx.Client):
    problem = problem_of(client.get("/api/v01/classify?pl=abc&pw=-1&sl="), 422)
    assert [error["field"] for error in problem["errors"]] == ["pl", "pw", "sl", "sw"]
    assert problem["instance"] == "/api/v01/classify"
    assert problem["title"] == "Unprocessable Content"


@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("1e999", "Infinity"),
        ("-1", "-1"),
        ("101", "101"),
        ("9" * 4000, "9" * 99 + "…"),
        ("-" + "9" * 400, "-" + "9" * 98 + "…"),
        ("true", "true"),
        ("false", "false"),
        ("null", "null"),
        ("[1]", "an array"),
        ('{"cm":1}', "an object"),
        ("[" * 500 + "]" * 500, "an array"),
        (r'"\ud800"', "?"),
        (r'"5\udc00"', "5?"),
        (r'"\u0000"', "\0"),
        ('"é"', "é"),
        ('""', ""),
    ],
)
def test_an_invalid_length_in_json_is_echoed_as_short_text(client: httpx.Client, literal: str, shown: str):
    response = post(client, f'{{"pl":{literal},"pw":1,"sl":1,"sw":1}}'.encode())
    assert problem_of(response, 422)["errors"] == [{"field": "pl", "given": shown, "allowed": ALLOWED}]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"pl=1",
        b'{"pl":1,}',
        b'{"pl":\xff}',
        b"\xff\xfe\x00",
        b"[" * 16_000,
        b'{"pl":' * 2_700,
        b'{"pl":' + b"9" * 5000 + b"}",
        b" ",
        b"\x00",
    ],
)
def test_a_body_that_is_not_json_is_a_bad_request(client: httpx.Client, body: bytes):
    assert "body" in problem_of(post(client, body), 400)["detail"]


def test_an_empty_body_of_any_content_type_is_a_bad_request(client: httpx.Client):
    for headers in ({}, JSON, {"content-type": "text/plain"}):
        response = client.post("/api/v01/classify", headers=headers)
        assert problem_of(response, 400)["detail"] == "The body is empty."


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"[]", "an array"),
        (b"[1.4,0.2,5.1,3.5]", "an array"),
        (b'"abc"', "abc"),
        (b"1", "1"),
        (b"null", "null"),
        (b"NaN", "NaN"),
        (b"true", "true"),
        (rb'"\ud800"', "?"),
    ],
)
def test_a_body_that_is_not_an_object_is_unprocessable(client: httpx.Client, body: bytes, shown: str):
    (error,) = problem_of(post(client, body), 422)["errors"]
    assert (error["field"], error["given"]) == ("body", shown)
    assert error["allowed"] == "a JSON object with pl, pw, sl, sw"


def test_strange_names_of_fields_are_ignored(client: httpx.Client):
    body = rb'{"\ud800":1,"":2,"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5,"__proto__":{}}'
    assert post(client, body).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "text/json",
        "application/jsonp",
        "application/x-ndjson",
        "application/ndjson",
        "application/json/x",
        "application/a/b+json",
        "json",
        ";",
        "",
    ],
)
def test_a_body_with_another_content_type_is_refused(client: httpx.Client, content_type: str):
    response = post(client, b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}', content_type)
    assert "application/json" in problem_of(response, 415)["detail"]
    assert response.headers["accept"] == "application/json"  # RFC 9110, 15.5.16


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/v01/classify/",
        "/api/v01/classify/1/1/1/1/",
        "/api/v01/classify/1/1/1",
        "/api/v01/classify/1/1/1/1/1",
        "/api/v01/classify//1/1/1",
        "/api/v01/classify/1%2F1/1/1/1",
        "/livez/",
        "/docs/",
        "/redoc",
        "/%00",
        "/%ff%fe",
        "/..%2f..%2fetc/passwd",
        "/" + "a" * 5000,
    ],
)
def test_an_unknown_path_is_not_found_and_never_redirected(client: httpx.Client, path: str):
    problem = problem_of(client.get(path), 404)
    assert problem["title"] == "Not Found"
    assert len(problem["instance"]) <= 300


def test_the_instance_of_a_problem_is_a_valid_uri(client: httpx.Client):
    assert problem_of(client.get("/caf%C3%A9 <x>"), 404)["instance"] == "/caf%C3%A9%20%3Cx%3E"
    assert problem_of(client.get("/a:b@c/(d)*;e=f,g"), 404)["instance"] == "/a:b@c/(d)*;e=f,g"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v01/classify", "GET, HEAD, OPTIONS, POST"),
        ("PUT", "/api/v01/classify", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/api/v01/classify/1/1/1/1", "GET, HEAD, OPTIONS"),
        ("POST", "/listpredictors", "GET, HEAD, OPTIONS"),
        ("PATCH", "/livez", "GET, HEAD, OPTIONS"),
        ("TRACE", "/readyz", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_refused_with_all_allowed_ones(
    client: httpx.Client, method: str, path: str, allowed: str
):
    response = client.request(method, path)
    problem_of(response, 405)
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/api/v01/classify", "GET, HEAD, OPTIONS, POST"), ("/api/v01/classify/batch", "OPTIONS, POST")],
)
def test_options_is_answered_with_the_allowed_methods(client: httpx.Client, path: str, allowed: str):
    response = client.options(path)
    assert (response.status_code, response.content, response.headers["allow"]) == (204, b"", allowed)
    problem_of(client.options("/nowhere"), 404)


@pytest.mark.parametrize(
    "accept", ["image/png", "text/*", "application/json;q=0", "*/*;q=0", "application/xml"]
)
@pytest.mark.parametrize("path", ["/livez", f"/api/v01/classify?{QUERY}", "/api/v01/predictors"])
def test_a_client_that_accepts_no_json_gets_406(client: httpx.Client, path: str, accept: str):
    problem = problem_of(client.get(path, headers={"accept": accept}), 406)
    assert "application/json" in problem["detail"]


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/*", "text/html, */*;q=0.1", "Application/JSON; charset=utf-8", ",,"]
)
def test_a_client_that_accepts_json_among_others_gets_it(client: httpx.Client, accept: str):
    assert client.get("/livez", headers={"accept": accept}).json() == {"status": "alive"}


@pytest.mark.parametrize("path", ["/api/v01/classify", "/api/v01/classify/batch"])
def test_an_encoded_body_is_refused_with_the_accepted_encoding(client: httpx.Client, path: str):
    packed = gzip.compress(b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}')
    response = client.post(path, content=packed, headers=JSON | {"content-encoding": "gzip"})
    problem_of(response, 415)
    assert response.headers["accept-encoding"] == "identity"


# RFC 9110, 5.3: several lines of a list are one list.
def test_each_line_of_accept_counts(client: httpx.Client):
    for refusing in ("image/png", "application/json;q=0"):
        lines = [("accept", refusing), ("accept", "*/*" if refusing == "image/png" else "text/html")]
        status = 200 if refusing == "image/png" else 406
        for given in (lines, lines[::-1]):
            assert client.get("/livez", headers=given).status_code == status


# RFC 9110, 8.4.1: codings are case-insensitive.
@pytest.mark.parametrize("coding", ["identity", "Identity", "IDENTITY", ""])
def test_a_body_with_the_encoding_identity_is_read(client: httpx.Client, coding: str):
    body = b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}'
    response = client.post("/api/v01/classify", content=body, headers=JSON | {"content-encoding": coding})
    assert response.status_code == 200


def test_no_body_has_no_encoding_that_could_be_refused(client: httpx.Client):
    response = client.post("/api/v01/classify", headers=JSON | {"content-encoding": "gzip"})
    assert problem_of(response, 400)["detail"] == "The body is empty."


def test_an_unknown_predictor_is_a_problem_that_names_the_predictors(client: httpx.Client):
    for response in (
        client.get(f"/api/v01/classify?{QUERY}&predictor=oracle"),
        client.get("/api/v01/classify/1.4/0.2/5.1/3.5?predictor=oracle"),
        client.post("/api/v01/classify?predictor=oracle", json={"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}),
        client.post("/api/v01/classify/batch?predictor=oracle", json=[]),
    ):
        (error,) = problem_of(response, 422)["errors"]
        assert (error["field"], error["given"]) == ("predictor", "oracle")
        assert "iris-logistic" in error["allowed"]


@pytest.mark.parametrize("given", ["1", "yes", "True", ""])
def test_detail_is_true_or_false_and_nothing_else(client: httpx.Client, given: str):
    problem = problem_of(client.get(f"/api/v01/classify?{QUERY}&detail={given}"), 422)
    assert problem["errors"] == [{"field": "detail", "given": given, "allowed": "true or false"}]


def test_an_internal_error_is_a_problem_that_reveals_nothing(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    predictor = copy(predictors.default)
    predictor.model = FailingModel()
    broken = Predictors([predictor])
    with serving(create_app(broken, Settings(instance_id="i-broken"))) as client:
        for path in (f"/api/v01/classify?{QUERY}", "/readyz"):
            response = client.get(path)
            problem_of(response, 500)
            assert "secret" not in response.text
            assert "ZeroDivision" not in response.text
            assert response.headers["x-served-by"] == "i-broken"
            assert response.headers["connection"] == "close"  # the server closes it after the error
        assert client.get("/livez").status_code == 200
