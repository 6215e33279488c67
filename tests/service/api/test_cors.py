"""Access of pages of other origins (CORS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.app import create_app
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    import httpx
    from starlette.types import ASGIApp

    from service.model.registry import Predictors

SETOSA = "/api/v01/classify?pl=1.4&pw=0.2&sl=5.1&sw=3.5"
BATCH = "/api/v01/classify/batch"
FLOWER = {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}
SWAPPED_FLOWER = {"pl": 2.5, "pw": 6.0, "sl": 6.3, "sw": 3.3}
ALLOWED_ORIGIN = "https://example.org"
OTHER_ORIGIN = "https://example.com"
PREFLIGHT_HEADERS = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type",
}


@pytest.fixture(scope="module")
def sharing(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
) -> Generator[httpx.Client]:
    with serving(create_app(predictors, Settings(cors_origins=(ALLOWED_ORIGIN,)))) as client:
        yield client


def test_by_default_no_origin_is_allowed(client: httpx.Client):
    for response in (
        client.get(SETOSA, headers={"origin": ALLOWED_ORIGIN}),
        client.options("/api/v01/classify", headers={"origin": ALLOWED_ORIGIN} | PREFLIGHT_HEADERS),
    ):
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_an_allowed_origin_may_read_responses_and_their_headers(sharing: httpx.Client):
    response = sharing.get(SETOSA, headers={"origin": ALLOWED_ORIGIN})
    assert response.json() == {"specie": "Iris Setosa"}
    assert response.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
    assert "Origin" in response.headers["vary"]
    assert {"X-Served-By", "X-Flower-Swapped"} <= set(
        response.headers["access-control-expose-headers"].split(", ")
    )


def test_an_allowed_origin_may_read_errors(sharing: httpx.Client):
    response = sharing.get("/api/v01/classify?pl=abc", headers={"origin": ALLOWED_ORIGIN})
    assert response.status_code == 422
    assert response.headers["access-control-allow-origin"] == ALLOWED_ORIGIN


def test_no_other_origin_may_read_responses(sharing: httpx.Client):
    preflight = sharing.options("/api/v01/classify", headers={"origin": OTHER_ORIGIN} | PREFLIGHT_HEADERS)
    for response in (preflight, sharing.get(SETOSA, headers={"origin": OTHER_ORIGIN})):
        assert "access-control-allow-origin" not in response.headers


def test_a_preflight_response_has_headers_and_no_body(sharing: httpx.Client):
    response = sharing.options("/api/v01/classify", headers={"origin": ALLOWED_ORIGIN} | PREFLIGHT_HEADERS)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
    assert "POST" in response.headers["access-control-allow-methods"]
    assert "content-type" in response.headers["access-control-allow-headers"].lower()


# Fetch standard, "CORS protocol": without these headers a page cannot read an answer, or a header of it.
@pytest.mark.parametrize(
    "rows", [[FLOWER], [SWAPPED_FLOWER, {"pl": "none"}]], ids=["fast reader", "strict reader"]
)
def test_an_allowed_origin_may_read_the_responses_to_batches_and_their_headers(
    sharing: httpx.Client, rows: list[dict[str, object]]
):
    response = sharing.post(BATCH, json=rows, headers={"origin": ALLOWED_ORIGIN})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
    assert "Origin" in response.headers["vary"]
    exposed = set(response.headers["access-control-expose-headers"].lower().split(", "))
    own = {name for name in response.headers if name.startswith("x-")} - {"x-content-type-options"}
    assert own <= exposed
    assert {"x-flowers-swapped", "x-rows-refused"} <= exposed


def test_no_other_origin_may_read_the_responses_to_batches(sharing: httpx.Client):
    response = sharing.post(BATCH, json=[FLOWER], headers={"origin": OTHER_ORIGIN})
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


def test_a_browser_may_send_batches_of_every_format(sharing: httpx.Client):
    response = sharing.options(BATCH, headers={"origin": ALLOWED_ORIGIN} | PREFLIGHT_HEADERS)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
    assert response.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert response.headers["access-control-max-age"] == "3600"
    assert "access-control-allow-credentials" not in response.headers


# A browser sends a request with a header of its own only if the preflight response names it (Fetch standard,
# "CORS-preflight fetch"). Both ids are for pages: `traceparent` of W3C Trace Context, and `X-Request-Id`.
def test_a_page_may_send_a_content_type_and_both_ids(sharing: httpx.Client):
    names = ["content-type", "traceparent", "x-request-id"]
    response = sharing.options(
        "/api/v01/classify",
        headers={"origin": ALLOWED_ORIGIN}
        | PREFLIGHT_HEADERS
        | {"access-control-request-headers": ",".join(names)},
    )
    assert response.status_code == 204
    assert set(names) <= set(response.headers["access-control-allow-headers"].lower().split(", "))
