"""Problem details (RFC 9457), and the errors of the Open Inference Protocol, which have its own format."""

from __future__ import annotations

import json

import pytest

from service.http.problem_details import problem_response, reason_phrase
from service.http.problem_schema import FieldProblem


# RFC 9110, 15.5.14, 15.5.15 and 15.5.21: Python before 3.13 had the names of RFC 7231.
@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (400, "Bad Request"),
        (404, "Not Found"),
        (413, "Content Too Large"),
        (414, "URI Too Long"),
        (422, "Unprocessable Content"),
        (503, "Service Unavailable"),
    ],
)
def test_a_problem_is_called_by_its_status(status: int, phrase: str):
    assert reason_phrase(status) == phrase


def test_a_problem_has_its_members_and_no_cache_keeps_it():
    error = FieldProblem(field="pl", given=None, allowed="a number", row=2)
    response = problem_response(422, "No.", path="/a b?é", errors=[error], headers={"Allow": "GET"})
    assert json.loads(bytes(response.body)) == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "No.",
        "instance": "/a%20b%3F%C3%A9",
        "errors": [{"field": "pl", "given": None, "allowed": "a number", "row": 2}],
    }
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["allow"] == "GET"


def test_a_problem_about_no_field_has_no_errors_and_an_error_of_no_row_no_number():
    assert "errors" not in json.loads(bytes(problem_response(404, "No.", path="/").body))
    error = FieldProblem(field="pl", given="x", allowed="a number")
    (shown,) = json.loads(bytes(problem_response(422, "No.", path="/", errors=[error]).body))["errors"]
    assert shown == {"field": "pl", "given": "x", "allowed": "a number"}


def test_the_instance_of_a_long_path_is_its_beginning():
    body = json.loads(bytes(problem_response(404, "No.", path="/" + "a" * 200).body))
    assert body["instance"] == "/" + "a" * 99


# The protocol's `$inference_error_response`.
@pytest.mark.parametrize(
    ("path", "is_of_protocol"), [("/v2", True), ("/v2/a", True), ("/v20", False), ("/", False)]
)
def test_errors_at_the_paths_of_the_protocol_have_its_format(path: str, *, is_of_protocol: bool):
    response = problem_response(404, "No ñ.", path=path)
    media_type = "application/json" if is_of_protocol else "application/problem+json"
    assert response.headers["content-type"] == media_type
    assert response.headers["cache-control"] == "no-store"
    assert (json.loads(bytes(response.body)) == {"error": "No ñ."}) is is_of_protocol
