"""When the service that was deployed counts as serving."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from scripts.deploy import smoke_test
from scripts.deploy.smoke_test import SilentError, call_until_it_answers
from scripts.local.local import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def answering(*statuses: int) -> Generator[str]:
    """Serve these statuses, one after the other and the last one for ever."""
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(f"\n{self.path}\n".encode())

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


# A firewall's block, a load balancer without targets, a path that is not routed yet, an old address.
@pytest.mark.parametrize("status", [403, 503, 404, 500, 301])
def test_what_is_no_success_is_no_answer_yet(status: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smoke_test, "PAUSE", 0.01)
    told: list[str] = []
    with answering(status, status, 200) as url:
        assert call_until_it_answers(url, 20, told.append) == (url + EXAMPLE, EXAMPLE)
    assert told == [f"Waiting for an answer: it answers with {status}"] * 2


def test_and_at_last_it_is_given_up_with_what_was_answered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smoke_test, "PAUSE", 0.03)
    with answering(403) as url, pytest.raises(SilentError) as caught:
        call_until_it_answers(url, 0.05, lambda _: None)
    assert str(caught.value) == f"{url}{EXAMPLE} does not serve after 0 s: it answers with 403"
