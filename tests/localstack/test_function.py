"""Function behind API Gateway, as its users see it: the same responses as the fleet's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest

from localcloud import processes
from scripts.training.data import load_data
from tests.conformance.cases import get
from tests.conformance.responses import send_request
from tests.localstack.conftest import RunningCloud
from tests.trained import default_classifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from localcloud.aws.clients import Api

SETOSA = b'{"specie":"Iris Setosa"}'
SWAPPED = {"pl": "5.1", "pw": "3.5", "sl": "1.4", "sw": "0.4"}


@pytest.fixture(scope="module")
def function(cloud: RunningCloud) -> dict[str, Any]:
    return cloud.status()["function"]


@pytest.fixture(scope="module")
def client(function: dict[str, Any]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=function["url"], timeout=30) as client:
        yield client


def test_the_courses_example_is_answered_as_by_the_fleet(client: httpx.Client, url: str):
    for answer in (
        client.get("/api/v01/classify", params=SWAPPED),
        client.get("/api/v01/classify/5.1/3.5/1.4/0.4"),
        client.post("/api/v01/classify", json=SWAPPED),
        httpx.post(f"{url}/api/v01/classify", json=SWAPPED),
    ):
        assert (answer.status_code, answer.content) == (200, SETOSA)
        assert answer.headers["x-flower-swapped"] == "true"


def test_all_150_flowers_are_classified_as_scikit_learn_does(client: httpx.Client):
    data = load_data()
    classifier: Any = default_classifier(data)
    labels: list[int] = classifier.predict(data.rows).tolist()
    paths = ["/api/v01/classify/" + "/".join(map(str, flower)) for flower in data.rows.tolist()]
    answered = [client.get(path).json()["specie"] for path in paths]
    assert answered == [data.classes[label] for label in labels]


def test_status_shows_function_version_alias_and_warm_processes(
    cloud: RunningCloud, client: httpx.Client, api: Api
):
    client.get("/livez")
    function_status = cloud.status()["function"]
    alias = api.client("lambda").get_alias(FunctionName=function_status["name"], Name="live")
    assert (function_status["alias"], function_status["version"]) == ("live", alias["FunctionVersion"])
    assert function_status["version"].isdecimal()
    assert function_status["ready"]
    environments = [psutil.Process(pid).environ() for pid in function_status["warm"]]
    assert environments
    assert all(given["AWS_LAMBDA_FUNCTION_VERSION"] == function_status["version"] for given in environments)


@pytest.mark.usefixtures("own_control_plane")
def test_a_cloud_with_only_the_function_is_up_at_the_url_of_its_api(tmp_path: Path):
    """Check `make up COMPUTE=lambda`: no load balancer, no instance, and no processes after `down`."""
    alone = RunningCloud(tmp_path)
    try:
        alone.command("up", "--port", "free", "--localstack-port", "free", "--config", "compute=lambda")
        status = alone.status()
        assert status["up"]
        assert status["url"] == status["function"]["url"]
        assert status["instances"] == []
        assert [part["role"] for part in status["parts"]] == ["control-plane"]
        assert httpx.get(f"{status['url']}/api/v01/classify/1.4/0.2/5.1/3.5").content == SETOSA
        # `publicPaths` of Pulumi.dev.yaml: of the operators' paths, only the documentation is public.
        for path in ("/livez", "/%6Civez", "/readyz", "/version", "/x/../version"):
            blocked = send_request(status["url"], get(path, path))
            assert (blocked.status, blocked.headers["content-type"]) == (404, ("application/problem+json",))
        assert send_request(status["url"], get("docs", "/docs")).status == 200
        warm = alone.status()["function"]["warm"]
    finally:
        alone.command("down", check=False)
    assert processes.find(tmp_path) == []
    assert not [pid for pid in warm if psutil.pid_exists(pid) and pid != os.getpid()]
