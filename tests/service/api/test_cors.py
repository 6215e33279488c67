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

    from service.model.registry import Predictors

SETOSA = "/api/v01/classify?pl=1.4&pw=0.2&sl=5.1&sw=3.5"
BATCH = "/api/v01/classify/batch"
FLOWER = {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}
SWAPPED_FLOWER = {"pl": 2.5, "pw": 6.0, "sl": 6.3, "sw": 3.3}
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


# Fetch standard, "CORS protocol": without these headers a page cannot read an answer, or a header of it.
@pytest.mark.parametrize("rows", [[FLOWER], [SWAPPED_FLOWER, {"pl": "none"}]], ids=["quick", "careful"])
def test_a_named_origin_may_read_the_answers_to_batches_and_what_was_odd_about_them(
    sharing: httpx.Client, rows: list[dict[str, object]]
):
    response = sharing.post(BATCH, json=rows, headers={"origin": FRIEND})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == FRIEND
    assert "Origin" in response.headers["vary"]
    exposed = set(response.headers["access-control-expose-headers"].lower().split(", "))
    own = {name for name in response.headers if name.startswith("x-")}
    assert own <= exposed
    assert {"x-flowers-swapped", "x-rows-refused"} <= exposed


def test_no_other_origin_may_read_the_answers_to_batches(sharing: httpx.Client):
    response = sharing.post(BATCH, json=[FLOWER], headers={"origin": STRANGER})
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


def test_a_browser_may_send_batches_of_every_form(sharing: httpx.Client):
    response = sharing.options(BATCH, headers={"origin": FRIEND} | ASKING)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == FRIEND
    assert response.headers["access-control-allow-methods"] == "GET, HEAD, POST"
    assert response.headers["access-control-max-age"] == "3600"
    assert "access-control-allow-credentials" not in response.headers
