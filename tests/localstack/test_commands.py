"""Commands of `iris local`: repeated, interrupted, and with invalid options."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from localcloud import processes
from localcloud.aws.credentials import read_credentials
from localcloud.cloud import Cloud, CloudError
from localcloud.environment import Identity
from localcloud.load_balancer.envoy import check_socket_path
from localcloud.load_balancer.envoy_config import EnvoyFiles
from localcloud.load_balancer.zonal_envoy import SHARES_PORT
from localcloud.localstack import server
from tests.localstack.conftest import IRIS, RunningCloud

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[RunningCloud]:
    """Yield a second cloud, which no test starts completely, and stop its processes."""
    yield RunningCloud(tmp_path)
    processes.stop(cloud_process.process for cloud_process in processes.find(tmp_path))


def pid_of(cloud: RunningCloud, role: str) -> int:
    return next(part["pid"] for part in cloud.status()["parts"] if part["role"] == role)


def test_a_second_up_reports_that_it_is_up_and_changes_nothing(cloud: RunningCloud):
    before = cloud.settled_status()
    again = cloud.command("up")
    assert "It was already up." in again.stderr
    assert f"URL {before['url']}" in again.stdout
    assert [part["pid"] for part in cloud.status()["parts"]] == [part["pid"] for part in before["parts"]]


@pytest.mark.usefixtures("own_control_plane")
def test_up_with_another_config_starts_everything_anew_at_the_same_addresses(elsewhere: RunningCloud):
    ports = ["--port", "free", "--localstack-port", "free"]
    function = ["--config", "compute=lambda"]
    elsewhere.command("up", *ports, *function, "--config", "logRetentionDays=14")
    before = elsewhere.status()
    try:
        # A setting that is asked for as it runs already changes nothing, and neither does none.
        for same in (function, []):
            assert "It was already up." in elsewhere.command("up", *same).stderr
        changed = elsewhere.command("up", *function, "--config", "logRetentionDays=30")
        after = elsewhere.status()
        assert "logRetentionDays=30 (it was 14)" in " ".join(changed.stderr.split())
        assert after["up"]
        assert after["identity"]["endpoint"] == before["identity"]["endpoint"]
        groups = Identity(**after["identity"]).api.client("logs").describe_log_groups()["logGroups"]
        days = {group.get("retentionInDays") for group in groups}
        assert 30 in days
        assert 14 not in days
    finally:
        elsewhere.command("down")


def test_logs_are_those_of_all_processes_or_of_some(cloud: RunningCloud):
    instance = cloud.settled_status()["instances"][0]["id"]
    beginnings = {line.partition("  ")[0] for line in cloud.command("logs").stdout.splitlines()}
    assert {"envoy-us-east-1a", instance} <= beginnings
    assert "localstack" not in beginnings
    asked = cloud.command("logs", "localstack", "--lines", "3").stdout.splitlines()
    assert {line.partition("  ")[0] for line in asked} == {"localstack"}
    named = cloud.command("logs", instance, "--lines", "3").stdout.splitlines()
    assert named
    assert {line.partition("  ")[0] for line in named} == {instance}
    unknown = cloud.command("logs", "i-nowhere", check=False)
    assert unknown.returncode == 1
    assert "there is no log of i-nowhere, only of controller" in unknown.stderr


def test_invalid_config_is_reported_even_if_the_cloud_is_up(cloud: RunningCloud):
    refused = cloud.command("up", "--config", "targetCpuPercent=1000", check=False)
    assert refused.returncode == 1
    assert "targetCpuPercent" in refused.stderr


def test_only_the_function_is_refused_on_an_external_localstack(elsewhere: RunningCloud):
    words = ["--endpoint", "http://127.0.0.1:1", "--config", "compute=lambda"]
    refused = elsewhere.command("up", *words, check=False)
    assert refused.returncode == 1
    assert "compute=lambda needs its own LocalStack" in " ".join(refused.stderr.split())


@pytest.mark.usefixtures("own_control_plane")
def test_only_the_owner_can_read_the_aws_key_and_no_process_shows_it(cloud: RunningCloud):
    assert stat.S_IMODE(cloud.home.stat().st_mode) == 0o700
    file = cloud.home / "credentials"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = read_credentials(file).secret_access_key

    shown = [cloud.command("status", "--format", form, check=False).stdout for form in ("table", "json")]
    shown += [path.read_text(errors="replace") for path in (cloud.home / "logs").iterdir()]
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            shown += [str(process.cmdline()), str(process.environ())]

    assert len(shown) > 10
    assert not [text for text in shown if secret in text]


@pytest.mark.usefixtures("own_control_plane")
def test_env_configures_the_aws_cli(cloud: RunningCloud):
    python = server.ENVIRONMENT / "bin" / "python"
    lines = cloud.command("env").stdout

    listed = subprocess.run(
        ["bash", "-euc", f'eval "$1"; exec "{python}" "{python.with_name("aws")}" s3 ls', "bash", lines],
        env={"PATH": os.defpath, "HOME": str(cloud.home), "AWS_SESSION_TOKEN": "of an earlier login"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert listed.returncode == 0, listed.stderr
    assert "iris-" in listed.stdout
    assert {line.partition("=")[0] for line in lines.splitlines()} == {
        "unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN",
        "export AWS_ENDPOINT_URL",
        "export AWS_ACCESS_KEY_ID",
        "export AWS_SECRET_ACCESS_KEY",
        "export AWS_REGION",
        "export AWS_DEFAULT_REGION",
    }


def test_env_without_a_cloud_is_one_line_and_exits_with_1(elsewhere: RunningCloud):
    ended = elsewhere.command("env", check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"Error: no local cloud runs in {elsewhere.home}; `make up` starts one\n"


def test_env_help_explains_its_use():
    ended = subprocess.run([IRIS, "local", "env", "--help"], capture_output=True, text=True, check=True)
    assert 'eval "$(make -s env)"' in " ".join(ended.stdout.split())


def test_a_folder_of_another_user_is_refused(elsewhere: RunningCloud, monkeypatch: pytest.MonkeyPatch):
    owner = elsewhere.home.stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)
    with pytest.raises(CloudError, match="belongs to another user"):
        Cloud(elsewhere.home).down()


def test_up_restarts_a_controller_that_is_missing_with_its_supervisor_and_the_load_balancer(
    cloud: RunningCloud,
):
    before = cloud.settled_status()
    killed = [
        found.process
        for found in processes.find(cloud.home.resolve())
        if found.role in {"controller", "balancer"}
    ]
    # The supervisor, the controller and the load balancers, one of each zone where they can share a port.
    assert len(killed) == (4 if SHARES_PORT else 3)
    for process in killed:  # the supervisor first
        processes.kill(process)
    processes.stop(killed)  # waits until they have exited
    assert not cloud.status()["up"]
    cloud.command("up")
    after = cloud.status()
    assert after["up"]
    assert [instance["pid"] for instance in after["instances"]] == [
        instance["pid"] for instance in before["instances"]
    ]
    assert httpx.get(f"{before['url']}/livez").status_code == 200


def test_all_processes_listen_only_on_loopback(cloud: RunningCloud):
    found = [
        connection.laddr.ip
        for cloud_process in processes.find(cloud.home.resolve())
        for connection in cloud_process.process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(found) >= 3
    assert set(found) <= {"127.0.0.1", "::1"}


def test_status_without_a_cloud_reports_it_and_exits_with_3(elsewhere: RunningCloud):
    ended = elsewhere.command("status", check=False)
    assert (ended.returncode, ended.stdout) == (3, "The local cloud is down.\n")


def test_down_without_a_cloud_is_no_error(elsewhere: RunningCloud):
    assert elsewhere.command("down").stdout == "No local cloud was running.\n"


def test_a_port_in_use_is_reported_before_anything_starts(elsewhere: RunningCloud):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = elsewhere.command("up", "--port", str(port), check=False)
    assert refused.returncode == 1
    assert f"port {port} is in use; choose another with `make up PORT=free` or" in refused.stderr
    assert not processes.find(elsewhere.home)


def test_all_config_errors_are_listed_before_anything_starts(elsewhere: RunningCloud):
    mistakes = {
        "minInstances": "0",
        "maxInstances": "-1",
        "instanceType": "m7x.large",
        "loadBalancingAlgorithm": "round_robbin",
        "minInstanses": "2",
    }
    options = [word for key, value in mistakes.items() for word in ("--config", f"{key}={value}")]
    refused = elsewhere.command("up", *options, check=False)
    assert refused.returncode == 1
    assert all(key in refused.stderr for key in mistakes)
    assert "Traceback" not in refused.stderr
    assert not processes.find(elsewhere.home)


def test_one_port_for_both_is_refused_before_anything_starts(elsewhere: RunningCloud):
    port = str(processes.find_free_port())
    refused = elsewhere.command("up", "--port", port, "--localstack-port", port, check=False)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Error: port {port} cannot be both the URL's and that of the AWS API; choose another with "
        "`make up LOCALSTACK_PORT=free` or `iris local up --localstack-port free`\n"
    )
    assert not list(elsewhere.home.iterdir())


LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103
"""unix(7): sun_path has 108 bytes, the last of them zero; 104 in macOS's sys/un.h."""


def test_a_folder_whose_path_is_too_long_for_a_socket_is_refused_before_anything_starts(
    elsewhere: RunningCloud,
):
    socket_name = "/balancer/a/admin.sock"
    longest = elsewhere.home / ("x" * (LONGEST_SOCKET_PATH - len(f"{elsewhere.home}/{socket_name}")))
    with socket.socket(socket.AF_UNIX) as usable:
        (longest / "balancer" / "a").mkdir(parents=True)
        usable.bind(f"{longest}{socket_name}")
    check_socket_path(EnvoyFiles(longest / "balancer" / "a"))

    too_long = RunningCloud(longest.with_name(longest.name + "x"))
    refused = too_long.command("up", "--port", "free", "--localstack-port", "free", check=False)

    assert refused.returncode == 1
    assert refused.stderr == (
        f"Error: {too_long.home}{socket_name} has {LONGEST_SOCKET_PATH + 1} bytes, too long for a socket (at "
        f"most {LONGEST_SOCKET_PATH}); choose a folder with a shorter path with --home\n"
    )
    assert not too_long.home.exists()


@contextmanager
def started_half_way(cloud: RunningCloud, role: str = "control-plane") -> Generator[subprocess.Popen[bytes]]:
    """Start a cloud, yield as soon as a process with the role exists, and finally kill the command."""
    words = ["local", "up", "--home", str(cloud.home), "--port", "free", "--localstack-port", "free"]
    starting = subprocess.Popen([IRIS, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with starting:
        try:
            deadline = time.monotonic() + 120
            while role not in [found.role for found in processes.find(cloud.home)]:
                assert starting.poll() is None, f"it exited before the {role} was started"
                assert time.monotonic() < deadline, f"the {role} was not started in time"
                time.sleep(0.05)
            yield starting
        finally:
            starting.kill()


@pytest.mark.usefixtures("own_control_plane")
def test_a_start_that_fails_names_the_log_and_cleans_up(elsewhere: RunningCloud):
    with started_half_way(elsewhere) as starting:
        for cloud_process in processes.find(elsewhere.home):
            cloud_process.process.kill()
        _, errors = starting.communicate(timeout=60)
    assert starting.returncode == 1
    log = elsewhere.home / "logs" / "localstack.log"
    assert f"LocalStack exited during its start; its log is {log}" in " ".join(errors.decode().split())
    assert log.exists()
    assert not processes.find(elsewhere.home)
    assert not (elsewhere.home / "credentials").exists()


def interrupted_start(
    cloud: RunningCloud, role: str, signals: list[signal.Signals]
) -> tuple[list[psutil.Process], int, bytes]:
    """Interrupt a start as soon as a process with the role exists.

    A start that is over before the first signal is made once more, since this process may stand still.

    Returns:
        The cloud's processes of then, and the exit status and the errors of the command.
    """
    while True:
        with started_half_way(cloud, role) as starting:
            started = [found.process for found in processes.find(cloud.home)]
            was_over = starting.poll() is not None
            for each in signals:
                starting.send_signal(each)
                time.sleep(0.3)  # the second one arrives during the clean-up, or after it
            _, errors = starting.communicate(timeout=60)
        if not was_over:
            return started, starting.returncode, errors
        cloud.command("down")
        shutil.rmtree(cloud.home)


@pytest.mark.usefixtures("own_control_plane")
@pytest.mark.parametrize(
    ("role", "signals", "status"),
    [
        ("control-plane", [signal.SIGINT], 130),
        ("control-plane", [signal.SIGHUP], 128 + signal.SIGHUP),
        # A supervisor signals `make` and the command, and `make` passes it on.
        ("balancer", [signal.SIGTERM, signal.SIGTERM], 128 + signal.SIGTERM),
        # Of two that wait while the program is loaded, Python handles the one with the lower number first.
        ("controller", [signal.SIGINT, signal.SIGTERM], 130),
    ],
    ids=["Ctrl-C", "closed terminal", "terminated twice", "Ctrl-C and terminated"],
)
def test_an_interrupted_start_leaves_neither_processes_nor_keys(
    elsewhere: RunningCloud, role: str, signals: list[signal.Signals], status: int
):
    started, code, errors = interrupted_start(elsewhere, role, signals)
    # The last signal may arrive on the way out, after the clean-up.
    assert code in {status, -signals[-1]}
    assert b"Traceback" not in errors
    assert started
    assert not [process for process in started if processes.is_alive(process)]
    assert not processes.find(elsewhere.home)
    assert {path.name for path in elsewhere.home.iterdir()} <= {"lock", "logs", "events.jsonl"}
