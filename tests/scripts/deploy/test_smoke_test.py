"""Answers after which a deployed service counts as serving."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Final

import pytest
from typing_extensions import override

from scripts.deploy.serving import smoke_test
from scripts.deploy.serving.smoke_test import ServiceUnreachableError, wait_until_serving
from service.iris.examples import QUERY_PATH as EXAMPLE
from tests.http_server import running_server

if TYPE_CHECKING:
    from collections.abc import Generator


CLOSED: Final = 0
"""In place of a status: the connection is closed without an answer, as by an instance that ends."""


@contextmanager
def answering(*statuses: int) -> Generator[str]:
    """Serve these statuses in turn, and the last one forever."""
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = left.pop(0) if len(left) > 1 else left[0]
            if status == CLOSED:
                return
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(f"\n{self.path}\n".encode())

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    with running_server(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}"


# A firewall's block, a load balancer without targets, a path that is not routed yet, an old address.
@pytest.mark.parametrize("status", [403, 503, 404, 500, 301])
def test_other_statuses_than_success_are_retried(status: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smoke_test, "RETRY_SECONDS", 0.01)
    progress: list[str] = []
    with answering(status, status, 200) as url:
        assert wait_until_serving(url, 20, progress.append) == (url + EXAMPLE, EXAMPLE)
    assert progress == [f"Waiting for an answer: status {status}"] * 2


def test_a_connection_that_ends_without_an_answer_is_no_answer_yet(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smoke_test, "RETRY_SECONDS", 0.01)
    progress: list[str] = []
    with answering(CLOSED, 200) as url:
        assert wait_until_serving(url, 20, progress.append) == (url + EXAMPLE, EXAMPLE)
    assert len(progress) == 1


def test_the_error_after_the_timeout_names_the_last_status(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smoke_test, "RETRY_SECONDS", 0.03)
    with answering(403) as url, pytest.raises(ServiceUnreachableError) as caught:
        wait_until_serving(url, 0.05, lambda _: None)
    assert str(caught.value) == f"{url}{EXAMPLE} does not answer successfully after 0 s: status 403"


def test_no_attempt_begins_after_the_timeout(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smoke_test, "RETRY_SECONDS", 60.0)  # the next attempt would begin too late
    with answering(503) as url, pytest.raises(ServiceUnreachableError, match="status 503"):
        wait_until_serving(url, 30, pytest.fail)
