"""The fast path for plain batches sends exactly the bytes of the framework, or passes the request on."""

from __future__ import annotations

import asyncio
from copy import copy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.api.application import create_api
from service.fast_path.batch import BatchFastPath
from service.settings import Settings
from tests.service.failing_model import FailingModel

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.model.registry import Predictors

FLOWER = '{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}'
SWAPPED = '{"pl":"5.1","pw":"3.5","sl":"1.4","sw":"0.2"}'
BODIES = {
    "application/json": f"[{FLOWER},{SWAPPED}]",
    "application/x-ndjson": f"{FLOWER}\n{SWAPPED}\n",
    "application/jsonl": f"{SWAPPED}\n",
    "text/csv": "sl,pl,sw,pw\r\n5.1,1.4,3.5,0.2\r\n",
}
UNUSUAL_BODIES = [
    "",
    "[]",
    "[1]",
    f"[{FLOWER},1]",
    "{}",
    "\n",
    "pl,pw\n1,2\n",
    "[",
    "\udcff",
    f"[{','.join([FLOWER] * 7)}]",
]
MAX_FLOWERS = 6


def scope_of(headers: list[tuple[bytes, bytes]], query: bytes = b"", method: str = "POST") -> Scope:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": "/api/v01/classify/batch",
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "state": {},
    }


def exchange(app: ASGIApp, scope: Scope, chunks: list[bytes]) -> list[Message]:
    sent: list[Message] = []
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": place < len(chunks) - 1}
        for place, chunk in enumerate(chunks)
    ]

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def serve() -> None:
        await app(scope, receive, send)

    asyncio.run(serve())
    return sent


@pytest.fixture(scope="module")
def framework_app(predictors: Predictors) -> ASGIApp:
    return create_api(predictors, Settings(batch_flowers=MAX_FLOWERS))


async def must_not_be_called(*_: object) -> None:
    pytest.fail("the framework was called")


@pytest.mark.parametrize("media_type", list(BODIES))
@pytest.mark.parametrize("accept", [None, "*/*", "same"])
def test_a_plain_batch_never_reaches_the_framework_and_gets_its_response(
    predictors: Predictors, framework_app: ASGIApp, media_type: str, accept: str | None
):
    headers = [(b"host", b"x"), (b"content-type", media_type.encode())]
    if accept:
        headers.append((b"accept", (media_type if accept == "same" else accept).encode()))
    body = BODIES[media_type].encode()
    scope = scope_of(headers)
    answered = exchange(
        BatchFastPath(must_not_be_called, predictors.default, max_flowers=MAX_FLOWERS), scope, [body]
    )
    assert answered == exchange(framework_app, scope_of(headers), [body])
    assert answered[0]["status"] == 200
    assert scope["route"].path == "/api/v01/classify/batch"
    assert scope["state"]["predictor"] == predictors.default.name
    assert scope["state"]["flowers"] == BODIES[media_type].count("5.1")


values = {
    b"content-type": [*BODIES, "application/json; charset=utf-8", "TEXT/CSV", "text/plain", ""],
    b"accept": ["*/*", *BODIES, "image/png", "text/csv;q=0.1, */*;q=0.5", ""],
    b"content-encoding": ["gzip", "identity"],
    b"origin": ["https://example.org"],
    b"x-request-id": ["abc"],
}
some_headers = st.lists(
    st.sampled_from(sorted(values)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(values[name]).map(str.encode))
    ),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(
    some_headers,
    st.one_of(st.sampled_from(list(BODIES.values())), st.sampled_from(UNUSUAL_BODIES)),
    st.sampled_from([b"", b"", b"detail=true", b"predictor=iris-logistic", b"x"]),
    st.sampled_from(["POST", "POST", "POST", "GET"]),
    st.integers(0, 40),
)
@pytest.mark.one_python  # thousands of generated requests through two of our own implementations
def test_every_request_gets_the_response_of_the_framework(
    predictors: Predictors,
    framework_app: ASGIApp,
    headers: list[tuple[bytes, bytes]],
    text: str,
    query: bytes,
    method: str,
    cut: int,
):
    body = text.encode("utf-8", "surrogateescape")
    chunks = [body[:cut], body[cut:]] if cut else [body]
    fast_path = BatchFastPath(framework_app, predictors.default, max_flowers=MAX_FLOWERS)
    with_length = [*headers, (b"content-length", str(len(body)).encode())]
    assert exchange(fast_path, scope_of(with_length, query, method), chunks) == exchange(
        framework_app, scope_of(with_length, query, method), chunks
    )


PLAIN = [(b"host", b"x"), (b"content-type", b"application/json"), (b"accept", b"*/*")]


# Each of these could change the response: its predictor or detail, its format, its headers, or whether the
# body can be read at all.
@pytest.mark.parametrize(
    ("more", "changes"),
    [
        ([], {"query_string": b"detail=true"}),
        ([], {"query_string": b"predictor=iris-forest"}),
        ([], {"method": "GET"}),
        ([], {"path": "/api/v01/classify/batch/"}),
        ([(b"origin", b"https://example.org")], {}),
        ([(b"content-encoding", b"gzip")], {}),
        ([(b"accept", b"text/csv")], {}),
        ([(b"accept", b"*/*")], {}),
        ([(b"content-type", b"application/json")], {}),
    ],
)
def test_a_request_that_is_not_plain_is_left_to_the_framework(
    predictors: Predictors, more: list[tuple[bytes, bytes]], changes: dict[str, object]
):
    seen: list[Scope] = []

    async def framework(scope: Scope, receive: Receive, _: Send) -> None:
        assert (await receive())["body"] == body
        seen.append(scope)

    body = BODIES["application/json"].encode()
    fast_path = BatchFastPath(framework, predictors.default, max_flowers=MAX_FLOWERS)
    assert exchange(fast_path, {**scope_of([*PLAIN, *more]), **changes}, [body]) == []
    assert len(seen) == 1
    assert [message["type"] for message in exchange(fast_path, scope_of(PLAIN), [body])] == [
        "http.response.start",
        "http.response.body",
    ]


def test_a_predictor_that_fails_is_left_to_the_framework(predictors: Predictors):
    async def framework(_: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "called", "body": (await receive())["body"]})

    broken = copy(predictors.default)
    broken.model = FailingModel()
    headers = [(b"content-type", b"application/json")]
    body = BODIES["application/json"].encode()
    assert exchange(BatchFastPath(framework, broken, max_flowers=MAX_FLOWERS), scope_of(headers), [body]) == [
        {"type": "called", "body": body}
    ]
