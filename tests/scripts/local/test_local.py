"""`iris local`: exit statuses, and the options of `up` as the cloud gets them."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from typing_extensions import override

from localcloud import status as status_module
from localcloud.cloud import Cloud, CloudError, UpOptions
from localcloud.environment import Identity
from localcloud.status import ComponentStatus, Status
from scripts.local import changes
from scripts.local.local import local

if TYPE_CHECKING:
    from click.testing import Result

IDENTITY = Identity("dev", "us-east-1", "http://127.0.0.1:1", "http://127.0.0.1:2", "key")
OUTPUTS = {"loadBalancerArn": "arn"}
READY, SILENT = (ComponentStatus("balancer", 1, answers=answers) for answers in (True, False))


# Linux Standard Base Core 5.0, 22.2: 3 of a program that is not running, 4 of an unknown status.
@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status(IDENTITY, OUTPUTS, [READY]), 0),
        (Status(IDENTITY, OUTPUTS, [SILENT]), 4),
        (Status(IDENTITY), 4),
        (Status(), 3),
    ],
)
def test_the_exit_status_says_whether_the_cloud_is_up(
    monkeypatch: pytest.MonkeyPatch, status: Status, code: int, form: str
):
    def read_status(_: object) -> Status:
        return status

    monkeypatch.setattr(status_module, "read_status", read_status)
    result = CliRunner().invoke(local, ["status", "--format", form])
    assert result.exit_code == code
    if form == "json":
        document: dict[str, Any] = json.loads(result.stdout)
        url = "http://127.0.0.1:2" if status.outputs else None
        assert (document["up"], document["url"]) == (code == 0, url)


@pytest.fixture
def requested(monkeypatch: pytest.MonkeyPatch) -> list[UpOptions]:
    """Options of the clouds that would be started."""
    found: list[UpOptions] = []

    def up(_cloud: Cloud, options: UpOptions, _on_progress: object) -> bool:
        found.append(options)
        raise CloudError("far enough")

    monkeypatch.setattr(Cloud, "up", up)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("IRIS_LOCAL_CONFIG", raising=False)
    return found


def up(*words: str) -> Result:
    return CliRunner().invoke(local, ["up", *words])


def test_up_has_the_usual_ports_unless_others_are_asked_for(requested: list[UpOptions]):
    up()
    up("--port", "free", "--localstack-port", "65535")
    assert [(it.port, it.control_plane_port) for it in requested] == [(8080, 4566), (0, 65_535)]
    for port in ("0", "65536", "-1", "http", "80.5"):
        assert up("--port", port).exit_code == 2
    assert len(requested) == 2


# A variable of the environment may be about AWS; an option is about this cloud.
@pytest.mark.parametrize(
    ("environment", "option", "endpoint"),
    [
        ("", [], None),
        ("http://localhost:4566", [], "http://localhost:4566"),
        ("https://monitoring.eu-west-1.amazonaws.com", [], None),
        ("", ["--endpoint", "https://example.com"], "https://example.com"),
    ],
)
def test_an_endpoint_elsewhere_is_taken_only_from_the_option_which_is_then_refused(
    requested: list[UpOptions],
    monkeypatch: pytest.MonkeyPatch,
    environment: str,
    option: list[str],
    endpoint: str | None,
):
    if environment:
        monkeypatch.setenv("AWS_ENDPOINT_URL", environment)
    up(*option)
    assert [it.endpoint for it in requested] == [endpoint]


def test_an_option_overrides_the_same_setting_of_the_text(requested: list[UpOptions]):
    settings = ["--settings", "maxInstances=3 owner=Ana Diaz"]
    up(*settings, "--config", "maxInstances=5", "--config", "minInstances=2")
    (options,) = requested
    assert options.config == {"maxInstances": "5", "minInstances": "2", "owner": "Ana Diaz"}


def test_a_failure_is_one_line(requested: list[UpOptions]):
    result = up()
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (1, "Error: far enough")
    assert len(requested) == 1


class Service(BaseHTTPRequestHandler):
    """Service that classifies a flower, or fails."""

    fails = False

    def do_GET(self) -> None:
        self.send_response(500 if self.fails else 200)
        self.end_headers()
        self.wfile.write(b'{"specie":"Iris Setosa"}')

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.parametrize("fails", [False, True])
def test_up_ends_with_a_request_that_succeeds(
    monkeypatch: pytest.MonkeyPatch,
    fails: bool,  # noqa: FBT001 (pytest passes it by name)
):
    def up_again(*_: object) -> bool:
        return False

    def no_notice(_: Status) -> None:
        pass

    monkeypatch.setattr(Cloud, "up", up_again)
    monkeypatch.setattr(changes, "change_notice", no_notice)
    monkeypatch.setattr(Service, "fails", fails)
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as service:
        threading.Thread(target=service.serve_forever, args=(0.01,)).start()
        url = f"http://127.0.0.1:{service.server_port}"
        status = Status(replace(IDENTITY, balancer_url=url), OUTPUTS, [READY])

        def read_status(_: object) -> Status:
            return status

        monkeypatch.setattr(status_module, "read_status", read_status)
        result = up()
        service.shutdown()
    assert "It was already up." in result.stderr
    if fails:
        assert (result.exit_code, f"The local cloud is up, but {url}" in result.stderr) == (1, True)
    else:
        assert (result.exit_code, f"curl '{url}/" in result.stdout) == (0, True)
        assert '{"specie":"Iris Setosa"}' in result.stdout
