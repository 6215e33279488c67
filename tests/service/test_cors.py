"""Who may read the answers from a page of another origin."""

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

    from service.predictors import Predictors

SETOSA = "/api/v01/classify?pl=1.4&pw=0.2&sl=5.1&sw=3.5"
FRIEND = "https://example.org"
STRANGER = "https://example.com"
ASKING = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}


@pytest.fixture(scope="module")
def sharing(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
) -> Generator[httpx.Client]:
    with serving(create_app(predictors, Settings(cors_origins=(FRIEND,)))) as client:
        yield client


def test_unless_told_otherwise_nobody_may(client: httpx.Client):
    for response in (
        client.get(SETOSA, headers={"origin": FRIEND}),
        client.options("/api/v01/classify", headers={"origin": FRIEND} | ASKING),
    ):
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_named_origin_may_read_answers_and_their_headers(sharing: httpx.Client):
    response = sharing.get(SETOSA, headers={"origin": FRIEND})
    assert response.json() == {"specie": "Iris Setosa"}
    assert response.headers["access-control-allow-origin"] == FRIEND
    assert "Origin" in response.headers["vary"]
    assert {"X-Served-By", "X-Flower-Swapped"} <= set(
        response.headers["access-control-expose-headers"].split(", ")
    )


def test_and_errors(sharing: httpx.Client):
    response = sharing.get("/api/v01/classify?pl=abc", headers={"origin": FRIEND})
    assert response.status_code == 422
    assert response.headers["access-control-allow-origin"] == FRIEND


def test_no_other_origin_may(sharing: httpx.Client):
    asked = sharing.options("/api/v01/classify", headers={"origin": STRANGER} | ASKING)
    for response in (asked, sharing.get(SETOSA, headers={"origin": STRANGER})):
        assert "access-control-allow-origin" not in response.headers


def test_a_browser_that_asks_beforehand_is_told_in_headers_alone(sharing: httpx.Client):
    response = sharing.options("/api/v01/classify", headers={"origin": FRIEND} | ASKING)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == FRIEND
    assert "POST" in response.headers["access-control-allow-methods"]
    assert "content-type" in response.headers["access-control-allow-headers"].lower()
