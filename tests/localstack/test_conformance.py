"""Conformance of the fleet's and the API's responses with those of the service itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from scripts.training.train import PREDICTORS
from tests.conformance.cases import REQUESTS, Request
from tests.conformance.differences import Difference, assert_conforms
from tests.conformance.local_service import local_service
from tests.conformance.responses import send_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.localstack.conftest import RunningCloud

SETOSA: Final = b'{"specie":"Iris Setosa"}'

OF_THE_FLEET: Final[dict[str, Difference]] = {}
"""Name of a request -> difference at the load balancer."""

_UNPACKED: Final = Difference(
    "Where it compresses answers, API Gateway unpacks bodies in gzip and deflate before it calls the "
    "function. The load balancer does not, so that such a body is not JSON at the fleet.",
    status=200,
    headers={"content-type": "application/json", "content-length": str(len(SETOSA))},
    body=SETOSA,
)

_UNCOUNTED: Final = Difference(
    "The function's answer to HEAD has no body, and the API says how long that is, not how long the body of "
    "GET would be.",
    headers={"content-length": "0"},
)

_TYPED: Final = Difference(
    "API Gateway gives an answer without a type one.", headers={"content-type": "application/json"}
)

OF_THE_API: Final = {
    "two slashes at the start": Difference(
        "API Gateway takes several slashes at the start of a path for one.",
        status=200,
        headers={"content-type": "application/json", "content-length": "18"},
        body=b'{"status":"alive"}',
    ),
    "query: not UTF-8": Difference(
        "The query comes to the function decoded. LocalStack leaves bytes that are not UTF-8 as they were "
        "sent, and the service, which decodes by itself elsewhere, puts U+FFFD in their place.",
        body=b'{"type":"about:blank","title":"Unprocessable Content","status":422,'
        b'"detail":"The request does not describe a valid flower.","instance":"/api/v01/classify",'
        b'"errors":[{"field":"pl","given":"%FF","allowed":"a number of centimetres from 0 to 100"}]}',
    ),
    "body: gzip": _UNPACKED,
    "body: deflate": _UNPACKED,
    "OPTIONS": _TYPED,
    "OPTIONS as a browser asks beforehand": _TYPED,
    "HEAD alive": _UNCOUNTED,
    "HEAD by query": _UNCOUNTED,
    "HEAD nowhere": _UNCOUNTED,
    "HEAD wrong": _UNCOUNTED,
}
"""Name of a request -> difference at the API."""


@pytest.fixture(scope="module")
def service_url(cloud: RunningCloud) -> Iterator[str]:
    """Yield the URL of the service itself, with the predictor that was packed for the cloud."""
    assert cloud.url
    with local_service(PREDICTORS) as url:
        yield url


@pytest.fixture(scope="module")
def fleet_url(cloud: RunningCloud) -> str:
    return cloud.url


@pytest.fixture(scope="module")
def api_url(cloud: RunningCloud) -> str:
    url: str = cloud.status()["function"]["url"]
    return url


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)
def test_the_fleet_answers_as_the_service_does(request_: Request, service_url: str, fleet_url: str):
    assert_conforms(
        request_.name, send_request(service_url, request_), send_request(fleet_url, request_), OF_THE_FLEET
    )


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)
def test_the_api_answers_as_the_service_does(request_: Request, service_url: str, api_url: str):
    assert_conforms(
        request_.name, send_request(service_url, request_), send_request(api_url, request_), OF_THE_API
    )


@pytest.mark.parametrize("known", [OF_THE_FLEET, OF_THE_API], ids=["fleet", "api"])
def test_every_known_difference_is_about_a_request(known: dict[str, Difference]):
    assert set(known) <= {request.name for request in REQUESTS}
