"""Triton's published client library against the whole stack: through the load balancer, and the function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.service.clients.test_open_inference_client import answers_to_triton, assert_answers_conform

if TYPE_CHECKING:
    import httpx

    from tests.localstack.conftest import RunningCloud


def test_tritons_client_is_answered_by_the_fleet(url: str):
    assert_answers_conform(answers_to_triton(url))


def test_tritons_client_is_answered_by_the_function(cloud: RunningCloud):
    assert_answers_conform(answers_to_triton(cloud.status()["function"]["url"]))


@pytest.mark.parametrize("path", ["/v2", "/%762"])
def test_the_metadata_of_the_server_is_hidden_like_its_version(client: httpx.Client, path: str):
    assert client.get(path).status_code == client.get("/version").status_code == 404
