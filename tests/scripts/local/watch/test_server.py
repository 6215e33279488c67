"""End of the console, its address, and the browser that it opens."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.environment import Identity
from localcloud.state_dir import StateDir
from scripts.local.watch import browser, server
from scripts.local.watch.actions.controls import Controls
from scripts.local.watch.observation.cloud_reader import CloudReader
from scripts.local.watch.server import ConsoleServer, listen, serve

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path


def test_the_console_listens_only_on_loopback():
    with listen(0) as listening:
        listening.listen()
        host, port = listening.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(OSError, match="in use"):
            listen(port)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_the_end_of_the_console_stops_its_load_and_closes_its_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
):
    write_credentials(tmp_path / "key", generate_credentials())
    identity = Identity("dev", "us-east-1", "http://127.0.0.1:1", "http://127.0.0.1:2", str(tmp_path / "key"))
    closed: list[str] = []

    def find_identity(_: StateDir) -> Identity:
        return identity

    def run(_server: ConsoleServer, sockets: list[socket.socket]) -> None:
        assert sockets
        raise error

    def close(name: str) -> Callable[[object], None]:
        return lambda _: closed.append(name)

    monkeypatch.setattr(server, "find_identity", find_identity)
    monkeypatch.setattr(ConsoleServer, "run", run)
    monkeypatch.setattr(Controls, "close", close("controls"))
    monkeypatch.setattr(CloudReader, "close", close("reader"))

    def serve_console() -> None:
        serve(StateDir(tmp_path), 0, lambda _: None)

    if error is KeyboardInterrupt:  # the only end of the console is no failure of it
        serve_console()
    else:
        with pytest.raises(error):
            serve_console()
    assert closed == ["controls", "reader"]


@pytest.mark.parametrize(
    ("platform", "variable", "opens"),
    [
        ("linux", None, False),
        ("linux", "DISPLAY", True),
        ("linux", "WAYLAND_DISPLAY", True),
        ("linux", "BROWSER", True),
        ("darwin", None, True),
    ],
)
def test_a_browser_is_opened_only_on_a_desktop(
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    variable: str | None,
    opens: bool,  # noqa: FBT001 (pytest passes it by name)
):
    opened: list[Any] = []

    class Thread:
        def __init__(self, *, args: tuple[str], **_: object) -> None:
            opened.extend(args)

        def start(self) -> None:
            pass

    monkeypatch.setattr(browser, "threading", SimpleNamespace(Thread=Thread))
    monkeypatch.setattr(browser, "sys", SimpleNamespace(platform=platform))
    for name in browser.DESKTOP:
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "yes")
    browser.open_in_browser("http://127.0.0.1:1/")
    assert opened == (["http://127.0.0.1:1/"] if opens else [])
