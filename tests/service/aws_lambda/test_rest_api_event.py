"""ASGI requests made from events, in details that requests over HTTP do not show."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mangum.handlers.utils import handle_base64_response_body

from service.aws_lambda.rest_api_event import EventError, RestApiEvent

if TYPE_CHECKING:
    from mangum.types import LambdaConfig

CONFIG: LambdaConfig = {"api_gateway_base_path": "/", "text_mime_types": [""], "exclude_headers": []}
REQUEST: dict[str, Any] = {"httpMethod": "GET", "path": "/livez", "resource": "/", "requestContext": {}}
CONTEXT: Any = None


def read(**parts: object) -> RestApiEvent:
    return RestApiEvent(REQUEST | parts, CONTEXT, CONFIG)


def headers(**parts: object) -> list[tuple[bytes, bytes]]:
    return list(read(**parts).scope["headers"])


@pytest.mark.parametrize(
    ("event", "missing"),
    [
        ({}, "httpMethod, path, resource, requestContext"),
        (None, "httpMethod, path, resource, requestContext"),
        ("ping", "httpMethod, path, resource, requestContext"),
        ([], "httpMethod, path, resource, requestContext"),
        ({"source": "aws.events", "resources": []}, "httpMethod, path, resource, requestContext"),
        ({"version": "2.0", "requestContext": {"http": {}}}, "httpMethod, path, resource"),
        ({"httpMethod": "GET", "path": "/", "requestContext": {"elb": {}}}, "resource"),
    ],
)
def test_events_other_than_rest_api_requests_are_refused_in_one_sentence(event: object, missing: str):
    with pytest.raises(EventError, match=rf"This event is none: it has no {missing}\.$"):
        RestApiEvent(event, CONTEXT, CONFIG)


def test_test_events_of_the_console_have_null_for_missing_values():
    event = read(
        headers=None,
        multiValueHeaders=None,
        queryStringParameters=None,
        multiValueQueryStringParameters=None,
        body=None,
        isBase64Encoded=False,
        requestContext={"identity": None},
    )
    assert (event.body, event.scope["headers"], event.scope["query_string"]) == (b"", [], b"")


def test_content_length_is_the_length_of_the_body_in_spite_of_the_headers():
    length = (b"content-length", b"3")
    assert length in headers(body="abc")
    assert length in headers(body=b64encode(b"\xff\xfe\xfd").decode(), isBase64Encoded=True)
    given = {"Content-Length": ["999"], "Transfer-Encoding": ["chunked"]}
    assert headers(body="abc", multiValueHeaders=given) == [length]
    assert headers(multiValueHeaders=given) == []


def test_headers_about_the_connection_to_the_gateway_are_left_out():
    given = {"Connection": ["keep-alive"], "EXPECT": ["100-continue"], "expect": ["100-continue"]}
    assert headers(multiValueHeaders=given | {"Accept": ["a/b"]}) == [(b"accept", b"a/b")]


def test_the_client_is_the_one_that_the_gateway_saw():
    identity = {"identity": {"sourceIp": "192.0.2.1"}}
    assert read(requestContext=identity).scope["client"] == ("192.0.2.1", 0)
    assert read().scope["client"] == ("", 0)


def test_the_path_is_decoded_and_the_scheme_is_the_gateways():
    scope = read(path="/caf%C3%A9%2Fa+b").scope
    assert (scope["path"], scope["scheme"], scope["method"]) == ("/café/a+b", "https", "GET")


def test_content_length_is_in_bytes_not_in_characters():
    assert (b"content-length", b"4") in headers(body="🌸")


def test_repeated_headers_stay_separate_and_in_order():
    several = {"Content-Type": ["text/plain", "application/json"]}
    expected = [(b"content-type", b"text/plain"), (b"content-type", b"application/json")]
    assert headers(headers={"Content-Type": "application/json"}, multiValueHeaders=several) == expected


def test_an_event_can_have_only_the_simple_maps():
    assert headers(headers={"Accept": "a/b"}) == [(b"accept", b"a/b")]
    assert read(queryStringParameters={"pl": "1.4"}).scope["query_string"] == b"pl=1.4"


@pytest.mark.parametrize("host", ["[::1]:8080", "a:b:c", "[", "host:port", ""])
def test_an_invalid_host_is_accepted(host: str):
    assert headers(headers={"Host": host}) == [(b"host", host.encode())]


@pytest.mark.parametrize("body", ["not base64!", "aGk=!", "aGk", "a Gk=", "aGk=\n"])
def test_a_body_with_invalid_base64_is_refused(body: str):
    with pytest.raises(EventError, match="is not valid base64"):
        read(body=body, isBase64Encoded=True)


def test_a_lone_surrogate_becomes_a_question_mark():
    # JSON can hold one, UTF-8 cannot.
    event = read(body="\ud800", multiValueQueryStringParameters={"pl": ["\ud800"]}, headers={"a": "\ud800"})
    assert event.body == b"?"
    assert event.scope["query_string"] == b"pl=%3F"
    assert (b"a", b"?") in event.scope["headers"]


@given(st.dictionaries(st.text(), st.lists(st.text(), min_size=1), max_size=4))
def test_every_query_parameter_arrives_unchanged(parameters: dict[str, list[str]]):
    # API Gateway sends it as JSON.
    event = json.loads(json.dumps(REQUEST | {"multiValueQueryStringParameters": parameters}))
    query = RestApiEvent(event, CONTEXT, CONFIG).scope["query_string"].decode()
    expected = [(name, value) for name, values in parameters.items() for value in values]
    assert parse_qsl(query, keep_blank_values=True) == expected


@given(st.binary())
def test_every_body_arrives_byte_for_byte(body: bytes):
    assert read(body=b64encode(body).decode(), isBase64Encoded=True).body == body


@given(st.binary(), st.sampled_from([{}, {"content-type": "application/problem+json"}]))
def test_every_response_leaves_byte_for_byte_and_as_text_if_it_is_text(body: bytes, fields: dict[str, str]):
    written, in_base64 = handle_base64_response_body(body, fields, CONFIG["text_mime_types"])
    try:
        expected = (body.decode(), False)
    except UnicodeDecodeError:
        expected = (b64encode(body).decode(), True)
    assert (written, in_base64) == expected
