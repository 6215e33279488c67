"""Requests to a service, and what its answers mean."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest

from scripts.prediction.answers import AllRowsInvalidError, PredictionError
from scripts.prediction.service_client import ServiceClient, retry_after
from service.iris.definition import IRIS
from tests.http_server import running_server

if TYPE_CHECKING:
    from collections.abc import Generator

LIST, CARD = "/api/v01/predictors", "/api/v01/predictors/b"
PREDICT, BATCH = "/api/v01/predictors/b/predict", "/api/v01/classify/batch"
LISTED = {
    "predictors": [
        {"name": "a", "default": False, "features": ["x"]},
        {"name": "b", "default": True, "features": ["y", "z"]},
    ]
}


@dataclass
class Answers:
    """Answers of a service by path, and the requests that it got."""

    by_path: dict[str, tuple[int, Any]]
    """Status and JSON; bytes are sent as they are, and no status breaks the connection off."""
    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    bodies: list[bytes] = field(default_factory=list[bytes])
    headers: dict[str, str] = field(default_factory=dict[str, str])


@contextmanager
def answering(by_path: dict[str, tuple[int, Any]]) -> Generator[Answers]:
    """Start a service that answers 404 at other paths."""
    service = Answers(by_path)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.requests.append((self.command, self.path))
            service.headers = {name.lower(): value for name, value in self.headers.items()}
            service.bodies.append(self.rfile.read(int(self.headers.get("content-length", 0))))
            status, content = service.by_path.get(self.path, (404, {}))
            if not status:
                self.close_connection = True
                return
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 (its name in the base class)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name in the base class)
            pass

    with running_server(Handler) as server:
        service.url = f"http://127.0.0.1:{server.server_port}"
        yield service


def client(service: Answers, predictor: str | None = None, path: str = "") -> ServiceClient:
    return ServiceClient(service.url + path, predictor, sleep=lambda _: None)


def test_a_batch_is_csv_for_the_default_predictor_by_its_name():
    with answering({LIST: (200, LISTED), PREDICT: (200, [{"specie": "s"}, {"specie": "t"}])}) as service:
        asked = client(service)
        assert asked.answer("y,z\n", ["1,2\n", "3,4\n"]) == [{"specie": "s"}, {"specie": "t"}]
        asked.close()
    assert service.requests == [("GET", LIST), ("GET", CARD), ("POST", PREDICT)]
    assert service.bodies[-1] == b"y,z\n1,2\n3,4\n"
    assert service.headers["content-type"] == "text/csv; charset=utf-8"
    assert service.headers["accept"] == "application/json"


def test_without_a_list_of_predictors_a_batch_goes_to_the_default_one_or_to_the_named_one():
    with answering({BATCH: (200, [{}]), PREDICT: (200, [{}])}) as service:
        for name in (None, "b"):
            asked = client(service, name)
            assert asked.features is None
            asked.answer("y\n", ["1\n"])
            asked.close()
    assert [path for method, path in service.requests if method == "POST"] == [BATCH, PREDICT]


def test_the_url_may_have_a_stage_and_end_with_a_slash():
    with answering({f"/live{LIST}": (200, LISTED), f"/live{PREDICT}": (200, [{}])}) as service:
        client(service, path="/live/").answer("y\n", ["1\n"])
    assert {path.partition("/api")[0] for _, path in service.requests} == {"/live"}


def test_the_features_are_those_of_the_definition_and_without_one_the_names_in_the_list():
    definition = IRIS | {"name": "b"}
    with answering({LIST: (200, LISTED), CARD: (200, {"definition": definition})}) as service:
        features = client(service).features
        assert features
        assert [it.short_name for it in features] == [it["short_name"] for it in IRIS["features"]]
        assert features[0].unit == "cm"
        for status, card in ((404, {}), (200, {}), (200, [1]), (200, {"definition": {"version": 9}})):
            service.by_path[CARD] = (status, card)
            found = client(service).features
            assert found
            assert [(it.short_name, it.type) for it in found] == [("y", "category"), ("z", "category")]


def test_a_name_that_is_not_listed_is_refused_with_those_that_are():
    with (
        answering({LIST: (200, LISTED)}) as service,
        pytest.raises(PredictionError, match=r"has no predictor iris/c, only a, b$"),
    ):
        client(service, "iris/c")


@pytest.mark.parametrize("listed", [b"<html>", [1], {"predictors": [{"default": True}]}, {"other": []}])
def test_a_list_in_another_form_is_that_of_another_service(listed: object):
    with (
        answering({LIST: (200, listed)}) as service,
        pytest.raises(PredictionError, match=r"does not answer like this service$"),
    ):
        client(service)


def test_the_errors_of_a_refused_batch_are_those_of_its_rows_in_their_order():
    errors = [
        {"row": 2, "field": "z", "allowed": "q"},
        {"row": 1, "field": "y", "allowed": "p"},
        {"row": 2, "field": "y", "allowed": "p"},
    ]
    with answering({LIST: (200, LISTED), PREDICT: (422, {"errors": errors})}) as service:
        with pytest.raises(AllRowsInvalidError) as caught:
            client(service).answer("y,z\n", ["1,2\n", "3,4\n"])
        assert [[it["field"] for it in entry["errors"]] for entry in caught.value.entries] == [
            ["y"],
            ["z", "y"],
        ]
        # Errors of the whole batch are its refusal, as are those with another status.
        for status, problem in (
            (422, {"detail": "No.", "errors": [{"field": "header", "allowed": "y, z"}]}),
            (400, {"detail": "No.", "errors": [{"row": 1, "field": "header", "allowed": "y, z"}]}),
        ):
            service.by_path[PREDICT] = (status, problem)
            with pytest.raises(PredictionError, match=f"answered {status}: No. header must be y, z$"):
                client(service).answer("y,z\n", ["1,2\n"])


def test_another_answer_is_named_by_its_status_and_its_reason():
    with answering({LIST: (200, LISTED), PREDICT: (403, b"<html>blocked")}) as service:
        with pytest.raises(PredictionError, match=r"^http://127\.0\.0\.1:\d+ answered 403: Forbidden$"):
            client(service).answer("y\n", ["1\n"])
        others: list[Any] = [b"<html>", {"specie": "s"}, [{}, {}], []]
        for content in others:
            service.by_path[PREDICT] = (200, content)
            with pytest.raises(PredictionError, match=r"does not answer like this|one entry for each row"):
                client(service).answer("y\n", ["1\n"])


def test_a_connection_that_breaks_off_is_tried_again_eight_times_in_all():
    waits: list[float] = []
    with answering({LIST: (200, LISTED), PREDICT: (0, None)}) as service:
        asked = ServiceClient(service.url, None, sleep=waits.append)
        with pytest.raises(PredictionError, match="does not answer: "):
            asked.answer("y\n", ["1\n"])
    assert [method for method, _ in service.requests].count("POST") == 8
    assert waits == [1, 2, 4, 8, 16, 32, 60]


def test_a_service_on_this_machine_is_asked_without_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with answering({LIST: (200, LISTED)}) as service:
        assert client(service).features


# RFC 9110, section 5.6.7: dates without a zone, of the obsolete form, are in GMT.
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (" 12 ", 12),
        ("0", 0),
        ("60", 60),
        ("61", 60),
        ("-5", 3),
        ("1.5", 3),
        ("", 3),
        ("Sun Nov  6 08:49:37 1994", 0),
        ("Fri, 31 Dec 2100 23:59:59 GMT", 60),
        ("Fri Dec 31 23:59:59 2100", 60),
    ],
)
def test_a_wait_is_at_most_a_minute_and_what_is_no_time_leaves_the_default(header: str, seconds: float):
    assert retry_after(header, 3) == seconds
