"""The fast path is optional: without `service/fast_path` and its mounting lines, every answer is the same."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.cases import REQUESTS, Request
from tests.conformance.events import from_lambda_response, to_rest_api_event
from tests.conformance.local_service import ROOT, local_service
from tests.conformance.responses import ClientResponse, send_request
from tests.trained import small_recipes, train_into

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

MARK = "  # fast path"
"""End of each line that mounts the fast path."""

ANSWER_EVENTS = """
import json, sys
from service.lambda_handler import handler
print(json.dumps([handler(event, None) for event in json.load(sys.stdin)]))
"""


@pytest.fixture(scope="module")
def predictors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_into(tmp_path_factory.mktemp("predictors"), small_recipes())


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the service without the fast path."""
    root = tmp_path_factory.mktemp("tree")
    service = root / "service"
    shutil.copytree(ROOT / "service", service, ignore=shutil.ignore_patterns("fast_path", "__pycache__"))
    for path in service.rglob("*.py"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.rstrip().endswith(MARK)))
    return root


@pytest.fixture(scope="module")
def url(predictors: Path) -> Generator[str]:
    with local_service(predictors) as url:
        yield url


@pytest.fixture(scope="module")
def url_without_fast_path(predictors: Path, tree: Path) -> Generator[str]:
    with local_service(predictors, root=tree) as url:
        yield url


@pytest.fixture(scope="module")
def responses_to_events(predictors: Path, tree: Path) -> Mapping[str, ClientResponse]:
    """Responses of the function without the fast path, by the names of the requests."""
    ended = subprocess.run(
        [sys.executable, "-c", ANSWER_EVENTS],
        input=json.dumps([to_rest_api_event(request) for request in REQUESTS]),
        cwd=tree,
        env={"IRIS_PREDICTORS": str(predictors)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    responses: list[dict[str, Any]] = json.loads(ended.stdout)
    return {
        request.name: from_lambda_response(response)
        for request, response in zip(REQUESTS, responses, strict=True)
    }


def test_no_other_line_imports_the_fast_path(tree: Path):
    assert not (tree / "service" / "fast_path").exists()
    importing = [path for path in tree.rglob("*.py") if "service.fast_path" in path.read_text()]
    assert importing == []


def test_the_lines_that_mount_it_are_in_two_files():
    marked = {path for path in (ROOT / "service").rglob("*.py") if MARK in path.read_text()}
    assert {path.relative_to(ROOT).as_posix() for path in marked} == {
        "service/app.py",
        "service/aws_lambda/handler.py",
    }


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)
def test_the_service_answers_the_same_without_it(request_: Request, url: str, url_without_fast_path: str):
    assert send_request(url_without_fast_path, request_) == send_request(url, request_)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)
def test_the_function_answers_the_same_without_it(
    request_: Request, url: str, responses_to_events: Mapping[str, ClientResponse]
):
    assert responses_to_events[request_.name] == send_request(url, request_)
