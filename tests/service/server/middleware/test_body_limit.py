"""Body limit: a larger body is refused with a readable response, however it was sent."""

from __future__ import annotations

import http.client
import json
import select
import shutil
import socket
import subprocess
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.service.conftest import RunningService, StartService

LIMIT = 1_048_576
TWO_MEGABYTES = 2_097_152
FLOWER_LIMIT = 16_384
FLOWER_PATH = "/api/v01/classify"
PATH = "/api/v01/classify/batch"
JSON = {"content-type": "application/json"}
FLOWER = b'[{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}]'
SETOSA = b'[{"specie":"Iris Setosa"}]'


def in_chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 4096):
        yield b" " * 4096


def refused(status: int, content_type: str | None, body: bytes) -> bool:
    problem: dict[str, Any] = json.loads(body)
    return (
        (status, content_type) == (413, "application/problem+json")
        and problem["title"] == "Content Too Large"
        and str(LIMIT) in problem["detail"]
        and problem["instance"] == PATH
    )


def send(service: RunningService, request: bytes, *, then: bytes = b"") -> bytes:
    """Send bytes, and return the response up to the end of the connection."""
    url = urlsplit(service.url)
    with socket.create_connection((url.hostname, url.port), timeout=20) as connection:
        connection.sendall(request)
        if then:
            connection.sendall(then)
        received = bytearray()
        while chunk := connection.recv(65_536):
            received += chunk
    return bytes(received)


def test_a_body_of_exactly_the_limit_is_read(client: httpx.Client):
    response = client.post(PATH, content=FLOWER.ljust(LIMIT), headers=JSON)
    assert response.content == SETOSA


@pytest.mark.parametrize("size", [LIMIT + 1, TWO_MEGABYTES, 8 * TWO_MEGABYTES])
def test_an_announced_body_over_the_limit_is_refused(client: httpx.Client, size: int):
    response = client.post(PATH, content=b" " * size, headers=JSON)
    assert refused(response.status_code, response.headers["content-type"], response.content)
    assert response.headers["x-served-by"] == "i-test"
    assert "connection" not in response.headers  # all of it was read, so the connection stays open


def test_a_body_of_which_more_is_left_than_is_discarded_ends_its_connection(service: RunningService):
    with closing(http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=20)) as connection:
        connection.request("POST", PATH, body=b" " * (17 * LIMIT), headers=JSON)
        response = connection.getresponse()
        body = response.read()
    assert response.headers["connection"] == "close"
    assert refused(response.status, response.headers["content-type"], body)


def test_a_body_over_the_limit_is_refused_without_content_length(client: httpx.Client):
    response = client.post(PATH, content=in_chunks(TWO_MEGABYTES), headers=JSON)
    assert refused(response.status_code, response.headers["content-type"], response.content)


def test_a_body_in_chunks_within_the_limit_is_read(client: httpx.Client):
    response = client.post(PATH, content=iter([FLOWER[:10], FLOWER[10:]]), headers=JSON)
    assert response.content == SETOSA


def test_the_limit_is_checked_before_any_other_error(client: httpx.Client):
    for path in ("/nowhere", "/livez"):
        assert client.post(path, content=b" " * TWO_MEGABYTES).status_code == 413


def test_http_client_reads_the_refusal_when_it_has_sent_all(service: RunningService):
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=20)
    for _ in range(2):  # the second one on the same connection
        connection.request("POST", PATH, body=b" " * TWO_MEGABYTES, headers=JSON)
        response = connection.getresponse()
        assert refused(response.status, response.headers["content-type"], response.read())
    connection.close()


def test_a_client_with_connection_close_reads_the_refusal(service: RunningService):
    for announced in (True, False):
        connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=20)
        body = b" " * TWO_MEGABYTES if announced else in_chunks(TWO_MEGABYTES)
        connection.request(
            "POST", PATH, body=body, headers=JSON | {"connection": "close"}, encode_chunked=not announced
        )
        response = connection.getresponse()
        assert refused(response.status, response.headers["content-type"], response.read())
        connection.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize(
    "header", ["x-plain: 1", "transfer-encoding: chunked", "expect:", "connection: close"]
)
def test_curl_reads_the_refusal(service: RunningService, tmp_path: Path, header: str):
    body = tmp_path / "body"
    body.write_bytes(b" " * TWO_MEGABYTES)
    options = ["-sS", "--max-time", "20", "--noproxy", "*", "-w", "%{http_code}", "-H", header]
    curl = subprocess.run(
        [
            "curl",
            *options,
            "-H",
            "content-type: application/json",
            "--data-binary",
            f"@{body}",
            service.url + PATH,
        ],
        capture_output=True,
        timeout=30,
        check=True,
    )
    assert refused(int(curl.stdout[-3:]), "application/problem+json", curl.stdout[:-3])


def test_a_client_that_expects_100_continue_is_refused_before_it_sends(service: RunningService):
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: {TWO_MEGABYTES}\r\nexpect: 100-continue\r\n\r\n"
    )
    received = send(service, head.encode())
    assert received.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in received


def test_a_client_that_never_stops_sending_is_disconnected(service: RunningService):
    head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: {10**12}\r\n\r\n"
    with pytest.raises(ConnectionError):
        send(service, head.encode(), then=b" " * (64 * LIMIT))


@pytest.mark.parametrize("path", [FLOWER_PATH, "/", "/nowhere", PATH + "/"])
def test_only_a_batch_may_have_a_large_body(client: httpx.Client, path: str):
    response = client.post(path, content=b" " * (FLOWER_LIMIT + 1), headers=JSON)
    assert response.status_code == 413
    assert response.json()["detail"] == f"The body has more than {FLOWER_LIMIT} bytes."
    assert client.post(path, content=b" " * FLOWER_LIMIT, headers=JSON).status_code != 413


# The standard library counts the quotation marks before each semicolon: 32 KB of them take two seconds.
@pytest.mark.parametrize("path", [FLOWER_PATH, PATH, "/nowhere"])
def test_a_content_type_that_takes_seconds_to_parse_is_refused(client: httpx.Client, path: str):
    response = client.post(path, content=FLOWER, headers={"content-type": 'text/csv;"' + ";" * 1_015})
    assert response.status_code == 431
    assert response.json()["detail"] == "Content-Type has more than 1024 bytes."
    response = client.post(path, content=FLOWER, headers={"content-type": 'text/csv;"' + ";" * 1_014})
    assert response.status_code in {400, 404, 415}


def test_an_invalid_content_length_is_refused(service: RunningService):
    for length in ("-1", "1e3", "9" * 400):
        received = send(
            service, f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n".encode()
        )
        assert received.startswith(b"HTTP/1.1 4")


def test_a_client_that_leaves_in_the_middle_harms_no_other(service: RunningService, client: httpx.Client):
    url = urlsplit(service.url)
    with socket.create_connection((url.hostname, url.port), timeout=20) as connection:
        connection.sendall(f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf".encode())
    assert client.get("/readyz").status_code == 200
    assert "Traceback" not in service.log.read_text()


def test_many_slow_senders_do_not_fill_memory_and_make_room_for_others(start_service: StartService):
    running = start_service(IRIS_MAX_BODY_BYTES="100000", IRIS_GRACE_SECONDS="0")
    url = urlsplit(running.url)
    lines = [f"POST {PATH} HTTP/1.1", "host: x", "content-type: application/json", "content-length: 100000"]
    head = "\r\n".join([*lines, "", ""]).encode()
    with ExitStack() as stack:
        slow = [socket.create_connection((url.hostname, url.port), timeout=20) for _ in range(66)]
        for connection in slow:  # 64 bodies of this size fit
            stack.enter_context(connection)
            connection.sendall(head + b" " * 99_999)
        refused, _, _ = select.select(slow, [], [], 20)
        newest = slow[-1]
        response = refused[0].recv(65_536)
        assert response.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1" in response
        assert b"connection: close" in response
        for _ in range(70):
            assert send(
                running, head.replace(b"host", b"connection: close\r\nhost") + FLOWER.rjust(100_000)
            ).endswith(SETOSA)
        newest.sendall(b"0")
        assert newest.recv(65_536).startswith(b"HTTP/1.1 4")  # read to its end, and not JSON of a flower
