"""Access to the console: its link, its sessions, and what other sites try."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest

from localcloud.health_probe import NO_CERTIFICATES
from localcloud.state_dir import StateDir
from scripts.local.watch.access import Access
from scripts.local.watch.actions.controls import Controls
from scripts.local.watch.view.parts import PARTS
from tests.scripts.local.watch.clouds import QUIET, ScriptedReader
from tests.scripts.local.watch.served_console import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PORT = 8123
"""Port of a console that is not started."""


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    with served(ScriptedReader(QUIET), Controls(StateDir(tmp_path))) as access:
        yield access


@pytest.fixture
def client(access: Access) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=access.url.partition("/?")[0], verify=NO_CERTIFICATES) as client:
        yield client


def open_console(client: httpx.Client, access: Access) -> httpx.Response:
    return client.get(access.url)


def test_the_link_opens_a_session_once(client: httpx.Client, access: Access):
    link = access.url
    opened = client.get(link)
    assert opened.status_code == 200
    cookie = opened.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("/").status_code == 200
    client.cookies.clear()
    assert client.get(link).status_code == 401
    assert "set-cookie" not in client.get(link).headers


def test_the_token_does_not_stay_in_the_address(client: httpx.Client, access: Access):
    link = access.url
    client.get(link)
    again = client.get(link)
    assert (again.status_code, again.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "path", ["/", "/stream", "/assets/console.css", "/?token=", "/?token=None", "/?token=é"]
)
def test_without_a_session_there_is_nothing_to_see(client: httpx.Client, path: str):
    response = client.get(path)
    assert response.status_code == 401
    assert "make watch" in response.text


@pytest.mark.parametrize("cookie", ["", ".", "name.", "name.0000", "é.é"])
def test_a_forged_session_is_none(access: Access, cookie: str):
    assert not access.is_session(cookie)


def test_a_session_of_another_cloud_or_port_is_none():
    access = Access("secret", PORT)
    session = access.open_session(access.url.rpartition("=")[2])
    assert session
    assert access.is_session(session)
    assert not Access("other", PORT).is_session(session)
    assert not Access("secret", PORT + 1).is_session(session)


def test_the_form_token_belongs_to_its_session(access: Access):
    assert access.is_form_token("one", access.form_token("one"))
    assert not access.is_form_token("two", access.form_token("one"))
    assert access.form_token("one") != access.form_token("two")


def test_the_own_origin_is_that_of_plain_http_at_its_port():
    access = Access("secret", PORT)
    own = (f"http://127.0.0.1:{PORT}", f"http://localhost:{PORT}")
    others = (
        f"127.0.0.1:{PORT}",
        f"https://127.0.0.1:{PORT}",
        f"http://127.0.0.1:{PORT + 1}",
        f"http://rebound.example:{PORT}",
        "http://127.0.0.1",
        "null",
        "",
    )
    assert [access.is_own_origin(origin) for origin in (*own, *others)] == [True] * 2 + [False] * 7


@pytest.mark.parametrize(
    "host", ["rebound.example", f"rebound.example:{PORT}", "127.0.0.1", "127.0.0.1:80", ""]
)
def test_another_host_name_is_refused_even_with_a_session(client: httpx.Client, access: Access, host: str):
    open_console(client, access)
    headers = {"host": host.format(port=client.base_url.port)}
    assert client.get("/", headers=headers).status_code == 421


def test_localhost_is_this_host(client: httpx.Client, access: Access):
    open_console(client, access)
    headers = {"host": f"localhost:{client.base_url.port}", "cookie": cookies_of(client)}
    assert client.get("/", headers=headers).status_code == 200


def test_every_response_keeps_other_sites_out(client: httpx.Client, access: Access):
    for response in (client.get("/"), open_console(client, access), client.get("/"), client.get("/nothing")):
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "server" not in response.headers


def test_only_the_console_s_own_files_are_assets(client: httpx.Client, access: Access):
    open_console(client, access)
    assert client.get("/assets/console.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/assets/..%2Fapp.py").status_code == 404
    assert client.get("/assets/app.py").status_code == 404


def test_the_page_is_in_the_browser_s_language_or_the_chosen_one(client: httpx.Client, access: Access):
    open_console(client, access)
    assert 'lang="es"' in client.get("/", headers={"accept-language": "es-CO"}).text
    assert '<html lang="en">' in client.get("/?lang=en", headers={"accept-language": "es-CO"}).text


def test_the_stream_sends_the_parts_and_then_only_those_that_have_changed(
    client: httpx.Client, access: Access
):
    open_console(client, access)
    with client.stream("GET", "/stream?lang=en") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in response.iter_lines() if line)
        first, second = (json.loads(next(lines).removeprefix("data: ")) for _ in range(2))
    assert set(first) == set(PARTS)
    assert "fleet" not in second


def act(client: httpx.Client, access: Access, **changed: str | None) -> httpx.Response:
    """Press a button that does nothing, as the page does, with changes."""
    token = access.form_token(client.cookies.get(access.cookie) or "")
    sent = {"origin": str(client.base_url).rstrip("/"), "accept": "text/plain", "token": token} | changed
    form = {"action": "nothing", "token": sent.pop("token") or ""}
    headers = {name: value for name, value in sent.items() if value is not None}
    return client.post("/act?lang=en", data=form, headers=headers)


def test_a_button_of_the_page_acts(client: httpx.Client, access: Access):
    open_console(client, access)
    assert "No cloud" not in act(client, access).text
    assert act(client, access).status_code == 409  # there is no cloud to act on
    form = act(client, access, accept="text/html")
    assert (form.status_code, form.headers["location"]) == (303, "/?lang=en")


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "http://evil.example"},
        {"origin": None},
        {"origin": "null"},
        {"origin": "https://127.0.0.1"},
        {"token": ""},
        {"token": "0" * 64},
    ],
)
def test_a_form_of_another_site_is_refused(
    client: httpx.Client, access: Access, changed: dict[str, str | None]
):
    open_console(client, access)
    assert act(client, access, **changed).status_code == 403


def test_without_a_session_no_button_acts(client: httpx.Client, access: Access):
    assert act(client, access).status_code == 401
    assert act(client, access, origin=None).status_code == 403


def test_an_endless_or_binary_form_is_refused(client: httpx.Client, access: Access):
    open_console(client, access)
    headers = {"origin": str(client.base_url).rstrip("/")}
    assert client.post("/act", content=b"a" * 5_000, headers=headers).status_code == 400
    assert client.post("/act", content=b"action=%ff\xff", headers=headers).status_code == 400


def cookies_of(client: httpx.Client) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def sent(client: httpx.Client, *lines: str) -> socket.socket:
    """Send a request as it is written, with the session's cookie; return its connection."""
    connection = socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=10)
    connection.sendall("\r\n".join([*lines, f"Cookie: {cookies_of(client)}", "", ""]).encode())
    return connection


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["GET /assets/../app.py HTTP/1.1", "Host: {host}"], 404),
        (["GET /assets/%2e%2e/app.py HTTP/1.1", "Host: {host}"], 404),
        (["GET /assets//etc/passwd HTTP/1.1", "Host: {host}"], 404),
        (["GET / HTTP/1.1", "Host: {host}", "Host: evil.example"], 400),
        (["GET / HTTP/1.1", "Host: evil.example", "Host: {host}"], 400),
        (["TRACE / HTTP/1.1", "Host: {host}"], 403),
    ],
)
def test_a_request_that_no_browser_sends_is_refused(
    client: httpx.Client, access: Access, lines: list[str], status: int
):
    open_console(client, access)
    host = f"127.0.0.1:{client.base_url.port}"
    with sent(client, *(line.format(host=host) for line in lines)) as connection:
        assert connection.recv(1_024).decode().split()[:2] == ["HTTP/1.1", str(status)]


def test_200_streams_that_nobody_reads_keep_no_one_from_the_page_and_end_with_the_console(
    client: httpx.Client, access: Access
):
    open_console(client, access)
    host = f"Host: 127.0.0.1:{client.base_url.port}"
    with ExitStack() as streams:
        for _ in range(200):
            streams.enter_context(sent(client, "GET /stream HTTP/1.1", host))
        assert client.get("/", timeout=5).status_code == 200
