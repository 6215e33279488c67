import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from localcloud import processes
from localcloud.aws.clients import Api
from localcloud.environment import Identity
from localcloud.localstack import control_plane, server
from localcloud.localstack.control_plane import StartError, wait_until_ready
from localcloud.processes import find_free_port
from localcloud.state_dir import StateDir


class _OtherServer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        pass


@pytest.fixture
def other_server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _OtherServer) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_localstack_inherits_nothing_of_the_callers_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "IRIS_PORT", "PYTHONDONTWRITEBYTECODE", "LS_LOG"):
        monkeypatch.setenv(name, "the caller's")

    environment = server.environment(4566, tmp_path, tmp_path / "credentials")

    assert "the caller's" not in environment.values()
    assert environment["PATH"] == os.defpath


def test_localstack_uses_only_the_loopback_address_and_its_folder(tmp_path: Path) -> None:
    environment = server.environment(4566, tmp_path / "control-plane", tmp_path / "credentials")

    assert environment["GATEWAY_LISTEN"] == "127.0.0.1:4566"
    for name in ("FILESYSTEM_ROOT", "HOME", "XDG_CACHE_HOME"):
        assert Path(environment[name]).is_relative_to(tmp_path / "control-plane")


def test_a_relative_folder_is_relative_to_the_callers_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    environment = server.environment(4566, Path("control-plane"), Path("credentials"), Path("health.json"))

    assert environment["FILESYSTEM_ROOT"] == str(tmp_path / "control-plane")
    assert environment["LOCAL_CLOUD_KEY_FILE"] == str(tmp_path / "credentials")
    assert environment["LOCAL_CLOUD_TARGET_HEALTH"] == str(tmp_path / "health.json")


def test_functions_run_in_the_current_python_unless_another_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    ours = server.environment(4566, tmp_path, tmp_path / "credentials")
    other = server.environment(4566, tmp_path, tmp_path / "credentials", python=Path("env/bin/python"))

    assert ours["LAMBDA_RUNTIME_EXECUTOR"] == "process"
    assert ours["LOCAL_CLOUD_PYTHON"] == sys.executable
    assert other["LOCAL_CLOUD_PYTHON"] == str(tmp_path / "env/bin/python")


def test_without_its_environment_the_error_says_how_to_create_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(server, "ENVIRONMENT", tmp_path / "missing")

    with pytest.raises(server.NotInstalledError, match=r"missing; run `make install`"):
        server.command()


def test_a_port_without_a_listener_is_not_ready() -> None:
    assert not server.is_ready(Api(f"http://127.0.0.1:{find_free_port()}", "eu-central-1"))


def test_another_web_server_is_not_a_ready_localstack(other_server: str) -> None:
    assert not server.is_ready(Api(other_server, "eu-central-1"))


def test_a_component_that_exits_during_its_start_is_not_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "it.log"
    process = processes.start(["/bin/false"], home=tmp_path, role="control-plane", log=log, environment={})
    with pytest.raises(StartError, match=rf"LocalStack exited during its start; its log is {log}"):
        wait_until_ready(bool, "LocalStack", process, log)


def test_a_component_that_does_not_answer_in_time_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "it.log"
    process = processes.start(
        ["/bin/sleep", "60"], home=tmp_path, role="control-plane", log=log, environment={}
    )
    answers = iter([False, False, True])
    try:
        wait_until_ready(lambda: next(answers), "Envoy", process, log)
        monkeypatch.setattr(control_plane, "READY_TIMEOUT", 0.0)
        with pytest.raises(StartError, match="Envoy is not ready after 0 s"):
            wait_until_ready(bool, "Envoy", process, log)
    finally:
        processes.stop([process], grace=0)


@pytest.mark.parametrize("survivors", [None, "survivors.json"])
def test_a_localstack_that_is_restored_yields_to_the_instances_and_knows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survivors: str | None
) -> None:
    started: list[dict[str, Any]] = []

    def start(_command: list[str], **options: Any) -> None:
        started.append(options)

    monkeypatch.setattr(processes, "start", start)
    monkeypatch.setattr(server, "command", list)
    identity = Identity("dev", "eu-west-1", "http://127.0.0.1:4567", "http://127.0.0.1:1", "key")
    control_plane.start(StateDir(tmp_path), identity, tmp_path / survivors if survivors else None)
    (options,) = started
    variables = options["environment"]
    assert (options["role"], options["yields"]) == ("control-plane", survivors is not None)
    assert variables["GATEWAY_LISTEN"] == "127.0.0.1:4567"
    assert ("LOCAL_CLOUD_SURVIVORS" in variables) is (survivors is not None)
    for name, file in (
        ("TARGET_HEALTH", "target-health.json"),
        ("LOST_ZONES", "lost-zones.json"),
        ("FIREWALL_SAMPLES", "firewall/samples.json"),
        ("KEY_FILE", "credentials"),
    ):
        assert variables[f"LOCAL_CLOUD_{name}"] == str(tmp_path / file)
