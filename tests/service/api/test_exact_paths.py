"""Paths match to their last character: an encoded newline at the end makes another path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

PATHS = [
    "/",
    "/docs",
    "/openapi.json",
    "/listpredictors",
    "/livez",
    "/readyz",
    "/version",
    "/metrics",
]
FLOWER = {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5}
CLASSIFY = "/api/v01/classify"


@pytest.mark.parametrize("path", PATHS)
def test_a_newline_at_the_end_makes_another_path(client: httpx.Client, path: str):
    assert client.get(path).status_code == 200
    for method in ("GET", "HEAD", "OPTIONS"):
        assert client.request(method, f"{path}%0A").status_code == 404


def test_a_newline_behind_classify_is_no_flower_in_query_or_body(client: httpx.Client):
    assert client.get(f"{CLASSIFY}%0A", params=FLOWER).status_code == 404
    assert client.post(f"{CLASSIFY}%0A", json=FLOWER).status_code == 404
    assert client.post(f"{CLASSIFY}/batch%0A", json=[FLOWER]).status_code == 404


@pytest.mark.parametrize("end", ["%0A", "3.5%0A", "%0A3.5"])
def test_a_newline_in_a_path_of_lengths_is_part_of_the_last_length(client: httpx.Client, end: str):
    response = client.get(f"{CLASSIFY}/1.4/0.2/5.1/{end}")
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["sw"]
