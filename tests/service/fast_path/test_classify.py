"""Requests about one row that the fast path answers, and those that it leaves to the framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.fast_path.classify import CLASSIFY_PATH, ClassifyFastPath

if TYPE_CHECKING:
    from service.model.registry import Predictors

FLOWER = b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}'


@pytest.mark.parametrize(("max_body_bytes", "longest"), [(None, 512), (1_048_576, 512), (100, 100)])
def test_a_body_has_128_bytes_for_each_value_or_the_limit_of_the_service(
    predictors: Predictors, max_body_bytes: int | None, longest: int
):
    fast_path = ClassifyFastPath(predictors.default, max_body_bytes=max_body_bytes)
    response = fast_path.respond("POST", CLASSIFY_PATH, b"", FLOWER.ljust(longest))
    assert response
    assert response.body == b'{"specie":"Iris Setosa"}'
    assert fast_path.respond("POST", CLASSIFY_PATH, b"", FLOWER.ljust(longest + 1)) is None


def test_only_plain_forms_of_a_request_are_answered(predictors: Predictors):
    respond = ClassifyFastPath(predictors.default).respond
    query = b"pl=1.4&pw=0.2&sl=5.1&sw=3.5"
    path = CLASSIFY_PATH + b"/1.4/0.2/5.1/3.5"
    for method, target, given, body in (
        ("GET", CLASSIFY_PATH, query, b""),
        ("GET", path, b"", b""),
        ("POST", CLASSIFY_PATH, b"", FLOWER),
    ):
        assert respond(method, target, given, body)
        for other in ("HEAD", "PUT", "POST" if method == "GET" else "GET"):
            assert respond(other, target, given, body) is None
    assert respond("GET", CLASSIFY_PATH, query, b"x") is None
    assert respond("GET", path, b"detail=true") is None
    assert respond("POST", CLASSIFY_PATH, b"detail=true", FLOWER) is None
    assert respond("GET", CLASSIFY_PATH + b"x", query) is None


# RFC 9110, 15.4.5 and 9.3.3: GET is answered with a tag, or 304 by it; POST with neither.
def test_only_responses_to_get_have_a_tag(predictors: Predictors):
    respond = ClassifyFastPath(predictors.default).respond
    got = respond("GET", CLASSIFY_PATH + b"/1.4/0.2/5.1/3.5", b"")
    posted = respond("POST", CLASSIFY_PATH, b"", FLOWER)
    assert got
    assert posted
    tag = dict(got.headers)[b"etag"]
    unmodified = got.for_client([(b"if-none-match", tag)])
    assert (unmodified.status, unmodified.body) == (304, b"")
    assert dict(unmodified.headers) == {
        name: value for name, value in got.headers if name not in {b"content-length", b"content-type"}
    }
    assert got.for_client([(b"if-none-match", b'"other"')]) is got
    assert posted.for_client([(b"if-none-match", b"*")]) is posted
    assert dict(posted.headers)[b"cache-control"] == b"no-store"
    assert b"etag" not in dict(posted.headers)
