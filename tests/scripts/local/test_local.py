"""`iris local`: exit statuses, and the options of `up` as the cloud gets them."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from typing_extensions import override

from localcloud import processes
from localcloud import status as status_module
from localcloud.aws.credentials import Credentials, write_credentials
from localcloud.cloud import Cloud, CloudError, UpOptions
from localcloud.controller import zone_failure
from localcloud.environment import Identity
from localcloud.event_log import Event
from localcloud.localstack.services import SERVICES
from localcloud.status import ComponentStatus, FunctionStatus, InstanceStatus, Status
from scripts.local import changes
from scripts.local.local import local

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from localcloud.aws.clients import Api

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


FULL = Status(
    IDENTITY,
    OUTPUTS,
    [
        ComponentStatus("control-plane", 11, answers=True),
        ComponentStatus("balancer", None, False, "us-east-1a"),
    ],
    [
        InstanceStatus("i-1", "us-east-1a", 21, "healthy", ready=True),
        InstanceStatus("i-2", None, None, "draining", ready=False),
    ],
    FunctionStatus("iris", "live", "7", "http://127.0.0.1:1/_aws/execute-api/a/live", [31, 32], ready=True),
    [Event("2026-01-02T03:04:05.678+00:00", "i-1 starts in us-east-1a")],
)


def test_the_status_names_each_process_instance_function_and_event(monkeypatch: pytest.MonkeyPatch):
    def read_status(_: object) -> Status:
        return FULL

    monkeypatch.setattr(status_module, "read_status", read_status)
    shown = [line.split() for line in CliRunner().invoke(local, ["status"]).stdout.splitlines() if line]
    assert shown == [
        ["URL", "http://127.0.0.1:2"],
        ["Function", "URL", "http://127.0.0.1:1/_aws/execute-api/a/live/"],
        ["AWS", "API", "http://127.0.0.1:1", "(stack", "dev)"],
        ["component", "process", "answers"],
        ["control-plane", "11", "yes"],
        ["balancer", "us-east-1a", "-", "no"],
        ["instance", "zone", "process", "target", "health", "/readyz"],
        ["i-1", "us-east-1a", "21", "healthy", "yes"],
        ["i-2", "-", "-", "draining", "no"],
        ["function", "alias", "version", "warm", "processes", "answers"],
        ["iris", "live", "7", "31,", "32", "yes"],
        ["latest", "events"],
        ["03:04:05.678", "i-1", "starts", "in", "us-east-1a"],
    ]


@pytest.mark.parametrize("command", ["lose-zone", "restore-zone"])
def test_a_zone_that_is_lost_or_back_is_told_and_a_refusal_is_an_error(
    monkeypatch: pytest.MonkeyPatch, command: str
):
    def act(_: object, zone: str) -> int:
        if zone == "us-east-1z":
            raise zone_failure.ZoneError("there is no zone us-east-1z")
        return 3

    monkeypatch.setattr(zone_failure, command.replace("-", "_"), act)
    done = CliRunner().invoke(local, [command, "us-east-1a"])
    told = {"lose-zone": "us-east-1a is lost, with 3 processes.\n", "restore-zone": "us-east-1a is back.\n"}
    assert (done.exit_code, done.stdout) == (0, told[command])
    refused = CliRunner().invoke(local, [command, "us-east-1z"])
    assert (refused.exit_code, refused.stderr) == (1, "Error: there is no zone us-east-1z\n")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Api:
    """AWS API of a cloud that seems to run."""
    key_file = tmp_path / "key"
    write_credentials(key_file, Credentials("AKIAEXAMPLE", "a secret"))
    identity = replace(IDENTITY, key_file=str(key_file))
    running = SimpleNamespace(environment=identity.environment())

    def find(_: object) -> list[SimpleNamespace]:
        return [running]

    monkeypatch.setattr(processes, "find", find)
    return identity.api


def test_the_environment_is_for_a_shell_and_without_the_token_of_another_login(api: Api):
    lines = CliRunner().invoke(local, ["env"]).stdout.splitlines()
    assert lines[0] == "unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN"
    assert "export AWS_ACCESS_KEY_ID=AKIAEXAMPLE" in lines
    assert "export AWS_SECRET_ACCESS_KEY='a secret'" in lines
    assert f"export AWS_ENDPOINT_URL={api.endpoint}" in lines
    assert len(lines) == 1 + len(api.environment())


def test_a_stack_file_leads_all_services_of_the_provider_to_the_cloud_and_has_no_key(api: Api):
    text = CliRunner().invoke(local, ["stack-file"]).stdout
    config = yaml.safe_load(text)["config"]
    endpoints = config.pop("aws:endpoints")
    named = {name for each in endpoints for name in each}
    assert {url for each in endpoints for url in each.values()} == {api.endpoint}
    # As the provider names them, with one that boto3 has not: https://www.pulumi.com/registry/packages/aws/.
    assert {"s3", "s3control", "elbv2", "autoscaling", "resourcegroupstaggingapi", "servicequotas"} <= named
    assert len(endpoints) == len(named) == len(SERVICES) + 1
    assert config == {
        "aws:region": "us-east-1",
        "aws:s3UsePathStyle": True,
        "aws:skipMetadataApiCheck": True,
        "scalable-models:deletionProtection": False,
    }
    assert "secret" not in text


@pytest.mark.parametrize("command", ["env", "stack-file"])
def test_without_a_cloud_there_is_neither_an_environment_nor_a_stack_file(tmp_path: Path, command: str):
    ended = CliRunner().invoke(local, [command, "--home", str(tmp_path)])
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert "no local cloud runs in" in ended.stderr


def test_the_url_is_that_of_the_load_balancer_or_of_the_function_once_the_stack_is_complete():
    assert FULL.url == "http://127.0.0.1:2"
    assert replace(FULL, outputs={}).url is None
    assert replace(FULL, identity=None).url is None
    assert FULL.function
    assert replace(FULL, outputs={"restApiId": "a"}).url == FULL.function.url
    assert replace(FULL, outputs={"restApiId": "a"}, function=None).url is None
