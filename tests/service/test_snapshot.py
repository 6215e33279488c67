"""Environments that Lambda starts from one snapshot: copies of a process that must not share their ids."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).resolve().parents[2]

COPIES: Final = """
import json, os, sys
from service.lambda_handler import handler
from service.telemetry import request_id
request_id.generate()  # as code before the snapshot may
event = json.load(sys.stdin)
generator = request_id._ids
for _ in range(3):
    if os.fork() == 0:
        request_id._ids = generator  # a snapshot is restored without the hooks of a fork
        print(json.dumps([handler(event, None)["headers"] for _ in range(2)]), flush=True)
        os._exit(0)
    os.wait()
"""
"""Program that starts once and continues in three copies."""

EVENT: Final[dict[str, Any]] = {"httpMethod": "GET", "resource": "/{proxy+}", "requestContext": {}}


@pytest.fixture(scope="module", params=["on-demand", "snap-start"])
def initialization_type(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture(
    scope="module",
    params=["/api/v01/classify/1.4/0.2/5.1/3.5", "/livez"],
    ids=["fast path", "framework"],
)
def copies(
    request: pytest.FixtureRequest, predictors_folder: Path, initialization_type: str
) -> list[list[Mapping[str, str]]]:
    """Headers of two responses of each of three copies, with names in lower case."""
    ended = subprocess.run(
        [sys.executable, "-c", COPIES],
        input=json.dumps(EVENT | {"path": request.param}),
        cwd=ROOT,
        env={
            "IRIS_PREDICTORS": str(predictors_folder),
            "AWS_LAMBDA_INITIALIZATION_TYPE": initialization_type,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [
        [{name.lower(): value for name, value in headers.items()} for headers in json.loads(line)]
        for line in ended.stdout.splitlines()
    ]


# Lambda developer guide, "Handling uniqueness with Lambda SnapStart".
def test_no_two_copies_create_the_same_request_id(copies: list[list[Mapping[str, str]]]):
    ids = [headers["x-request-id"] for copy in copies for headers in copy]
    assert len(set(ids)) == 6
    prefixes = {each.partition("-")[0] for each in ids}
    assert [len(prefix) for prefix in prefixes] == [16, 16, 16]


def test_each_copy_has_a_name_of_its_own_and_keeps_it(copies: list[list[Mapping[str, str]]]):
    names = [{headers["x-served-by"] for headers in copy} for copy in copies]
    assert [len(each) for each in names] == [1, 1, 1]
    assert len(set[str]().union(*names)) == 3
