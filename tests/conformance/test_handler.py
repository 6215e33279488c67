"""The Lambda handler answers events as AWS documents them exactly as the service answers over HTTP."""

from __future__ import annotations

import asyncio
import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.cases import REQUESTS, Request
from tests.conformance.events import from_lambda_response, to_rest_api_event
from tests.conformance.local_service import local_service
from tests.conformance.responses import send_request
from tests.trained import small_recipes, train_into

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    Handler = Callable[[object, object], dict[str, Any]]


@pytest.fixture(scope="module")
def predictors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_into(tmp_path_factory.mktemp("predictors"), small_recipes())


@pytest.fixture(scope="module")
def url(predictors: Path) -> Generator[str]:
    with local_service(predictors) as url:
        yield url


@pytest.fixture(scope="module")
def handler(predictors: Path) -> Generator[Handler]:
    """Handler imported only for these tests: the module does its work at import, as Lambda expects."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IRIS_PREDICTORS", str(predictors))
        yield import_module("service.lambda_handler").handler
    for name in ("service.lambda_handler", "service.aws_lambda.handler"):
        del sys.modules[name]
    gc.unfreeze()
    asyncio.get_event_loop().close()
    asyncio.set_event_loop(None)


def test_there_are_many_requests_with_unique_names():
    assert len(REQUESTS) >= 100
    assert len({request.name for request in REQUESTS}) == len(REQUESTS)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)
def test_an_event_gets_the_response_of_the_http_request(request_: Request, url: str, handler: Handler):
    assert from_lambda_response(handler(to_rest_api_event(request_), None)) == send_request(url, request_)


def test_the_requests_cover_every_status(url: str):
    statuses = {send_request(url, request).status for request in REQUESTS}
    assert statuses == {200, 204, 304, 400, 404, 405, 406, 412, 413, 415, 422}
