"""Caching of every response (RFC 9111), and conditional requests (RFC 9110, 13), as a client sees them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

SETOSA = "/api/v01/classify?pl=1.4&pw=0.2&sl=5.1&sw=3.5"
BODY = b'{"specie":"Iris Setosa"}'
TAG = f'W/"{hashlib.sha256(BODY).hexdigest()[:32]}"'
STORED = (
    *(SETOSA, f"{SETOSA}&detail=true", "/api/v01/classify/1.4/0.2/5.1/3.5", "/api/v01/predictors"),
    *("/listpredictors", "/api/v01/predictors/iris-logistic", "/", "/docs", "/openapi.json"),
)
"""Paths whose responses may be stored."""

FLOWER = {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}


@pytest.mark.parametrize("path", STORED)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_stored_response_is_revalidated_without_its_body(client: httpx.Client, path: str, coding: str):
    headers = {"accept-encoding": coding}
    first = client.get(path, headers=headers)
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    again = client.get(path, headers=headers | {"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    # RFC 9110, 15.4.5: the headers that 200 would have had, without those about the content.
    for name in ("cache-control", "etag", "vary"):
        assert again.headers.get_list(name) == first.headers.get_list(name)
    assert not {
        "content-length",
        "content-type",
        "content-encoding",
        "content-language",
        "transfer-encoding",
    } & set(again.headers)
    assert {"date", "x-served-by", "x-request-id"} <= set(again.headers)


@pytest.mark.parametrize("path", STORED)
def test_head_has_the_headers_of_get(client: httpx.Client, path: str):
    own = {"date", "x-request-id"}
    for headers in ({}, {"if-none-match": "*"}):
        got, head = (client.request(method, path, headers=headers) for method in ("GET", "HEAD"))
        assert head.status_code == got.status_code
        assert head.content == b""
        assert [pair for pair in head.headers.multi_items() if pair[0] not in own] == [
            pair for pair in got.headers.multi_items() if pair[0] not in own
        ]


def test_a_prediction_has_the_same_tag_in_every_form_and_another_one_for_another_species(
    client: httpx.Client,
):
    swapped = "/api/v01/classify/5.1/3.5/1.4/0.2"
    for path in (SETOSA, f"{SETOSA}&predictor=iris-logistic", swapped):
        assert client.get(path).headers["etag"] == TAG
    other = client.get("/api/v01/classify/6.0/2.5/6.3/3.3", headers={"if-none-match": TAG})
    assert (other.status_code, other.json()) == (200, {"specie": "Iris Virginica"})


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/version", "/metrics"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_states_of_an_instance_are_never_stored(client: httpx.Client, path: str, method: str):
    response = client.request(method, path, headers={"if-none-match": "*"})
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
    assert "etag" not in response.headers


@pytest.mark.parametrize("path", ["/api/v01/classify", "/api/v01/classify?detail=true"])
def test_predictions_by_post_are_never_stored(client: httpx.Client, path: str):
    response = client.post(path, json=FLOWER, headers={"if-none-match": "*"})
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize("rows", [[FLOWER], [FLOWER, {}]], ids=["fast reader", "strict reader"])
def test_batches_are_never_stored(client: httpx.Client, rows: list[object]):
    response = client.post("/api/v01/classify/batch", json=rows)
    assert response.status_code == 200
    assert response.headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/api/v01/predictors/oracle", {}, 404),
        ("DELETE", "/", {}, 405),
        ("GET", "/livez", {"accept": "image/png"}, 406),
        ("GET", "/openapi.json", {"accept-encoding": "identity;q=0, *;q=0"}, 406),
        ("GET", SETOSA, {"if-match": TAG}, 412),
        ("POST", "/api/v01/classify", {"content-type": "application/json"}, 413),
        ("POST", "/api/v01/classify", {"content-type": "text/plain"}, 415),
        ("GET", "/api/v01/classify", {}, 422),
    ],
)
def test_errors_are_never_stored(
    client: httpx.Client, method: str, path: str, headers: dict[str, str], status: int
):
    body = b" " * (2_000_000 if status == 413 else 2) if method == "POST" else None
    response = client.request(method, path, headers=headers, content=body)
    assert response.status_code == status
    assert response.headers.get_list("cache-control") == ["no-store"]
    assert response.headers.get_list("x-content-type-options") == ["nosniff"]


# RFC 9110, 13.1.1: If-Match compares strongly, and a weak tag never matches.
def test_if_match_is_only_true_for_any_representation(client: httpx.Client):
    assert client.get(SETOSA, headers={"if-match": "*"}).status_code == 200
    for tag in (TAG, TAG.removeprefix("W/"), '"a"'):
        assert client.get(SETOSA, headers={"if-match": tag}).status_code == 412


def test_a_long_response_varies_by_coding_and_a_short_one_does_not(client: httpx.Client):
    for path, varies in (("/openapi.json", True), (SETOSA, False)):
        for headers in ({}, {"if-none-match": "*"}):
            seen = client.get(path, headers=headers).headers.get_list("vary")
            assert ("Accept-Encoding" in seen) is varies


@pytest.mark.parametrize("path", [*STORED, "/livez", "/metrics"])
def test_browsers_must_not_guess_another_content_type(client: httpx.Client, path: str):
    assert client.get(path).headers.get_list("x-content-type-options") == ["nosniff"]
