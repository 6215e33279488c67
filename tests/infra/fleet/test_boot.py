"""The boot script really runs here, in a folder that stands for a new instance."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import pytest

from infra.fleet.user_data import render_boot_script
from tests.infra.fleet.new_instance import HOOKED, SETTINGS, Instance, answers

SHELLCHECK: Final = str(Path(sys.executable).with_name("shellcheck"))

SYSTEMD_ANALYZE: Final = shutil.which("systemd-analyze") or ""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path / "instance")


def test_a_boot_ends_with_the_service_running_from_the_verified_archive(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    assert (boot.status, boot.errors) == (0, "")
    assert boot.file(f"opt/iris/{instance.sha256}/service/main.py") == "print('serving')\n"
    assert "systemctl enable --now iris.service" in boot.calls
    assert boot.calls[-1].endswith("http://127.0.0.1:8080/readyz")


def test_a_boot_leaves_bytecode_for_a_service_that_may_not_write_its_own(instance: Instance):
    instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    assert list(instance.root.glob(f"opt/iris/{instance.sha256}/service/__pycache__/main.*.pyc"))


def test_a_boot_leaves_no_draft_behind(instance: Instance):
    instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    assert [path.name for path in (instance.root / "opt/iris").iterdir()] == [instance.sha256]


def test_the_archive_is_fetched_in_exactly_the_version_that_the_template_names(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    (fetch,) = [call for call in boot.calls if call.startswith("aws ")]
    assert fetch.startswith(
        "aws s3api get-object --region eu-west-1 --bucket archives --key service.zip "
        "--version-id 3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY "
    )


def test_the_service_gets_its_settings_and_the_instance_s_own_id(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256, workers=4))
    assert boot.file("etc/iris/service.env").splitlines() == [
        "IRIS_HOST=0.0.0.0",
        "IRIS_PORT=8080",
        "IRIS_INSTANCE_ID=i-0123456789abcdef0",
        "IRIS_WORKERS=4",
        "IRIS_KEEP_ALIVE_SECONDS=75",
        "IRIS_DOCS=on",
        "IRIS_GRACE_SECONDS=0",
    ]


def test_an_archive_with_another_hash_is_neither_unpacked_nor_run(instance: Instance):
    boot = instance.boot(SETTINGS)
    assert boot.status != 0
    assert "boot failed" in boot.errors
    assert "sha256sum" in boot.errors
    assert not list(instance.root.glob("opt/iris/**/service"))
    assert not [call for call in boot.calls if call.startswith(("systemctl", "useradd"))]


def test_an_archive_that_cannot_be_read_yet_is_asked_for_again(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256), AWS_IS_LATE="2")
    assert boot.status == 0
    assert len([call for call in boot.calls if call.startswith("aws ")]) == 3


def test_an_archive_that_can_never_be_read_ends_the_boot_loudly(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256), AWS_IS_LATE="99")
    assert boot.status != 0
    assert "boot failed" in boot.errors
    assert len([call for call in boot.calls if call.startswith("aws ")]) == 5
    assert not [call for call in boot.calls if call.startswith("systemctl")]


def test_a_service_that_does_not_get_ready_ends_the_boot_with_its_log(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256), NOT_READY="22")
    assert boot.status == 1
    assert "ImportError: no module named service" in boot.errors


def unit(instance: Instance) -> str:
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    return boot.file("etc/systemd/system/iris.service")


def test_the_service_runs_as_a_user_of_its_own_and_is_always_restarted(instance: Instance):
    lines = unit(instance).splitlines()
    assert {"User=iris", "Group=iris", "Restart=always", "ExecStart=/usr/bin/python3.13 -m service.main"} <= {
        *lines
    }
    assert f"WorkingDirectory={instance.root}/opt/iris/{instance.sha256}" in lines
    assert (
        "useradd --system --user-group --no-create-home --shell /sbin/nologin iris"
        in (instance.root / "calls").read_text().splitlines()
    )


def test_the_service_may_neither_write_nor_gain_privileges_nor_ask_for_the_instance_s_credentials(
    instance: Instance,
):
    lines = unit(instance).splitlines()
    assert {
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "CapabilityBoundingSet=",
        "SystemCallFilter=@system-service",
        "MemoryMax=85%",
        "IPAddressDeny=169.254.169.254/32 fd00:ec2::254/128",
    } <= {*lines}


@pytest.mark.skipif(not SYSTEMD_ANALYZE, reason="systemd is not installed here")
# From 0 (nothing can be attacked) to 100. The second one runs as root, and accepts no connection.
@pytest.mark.parametrize(("name", "exposed"), [("iris.service", 20), ("iris-lifecycle.service", 45)])
def test_systemd_understands_the_units_and_finds_them_little_exposed(
    instance: Instance, name: str, exposed: int
):
    boot = instance.boot(replace(HOOKED, archive_sha256=instance.sha256))
    file = instance.root / name
    # The interpreter of the image is not here; that one exists is all that is looked at.
    file.write_text(boot.file(f"etc/systemd/system/{name}").replace("/usr/bin/python3.13", sys.executable))
    verified = subprocess.run(
        [SYSTEMD_ANALYZE, "verify", str(file)], capture_output=True, text=True, check=False
    )
    assert str(file) not in verified.stderr
    assert verified.returncode == 0
    rated = subprocess.run(
        [SYSTEMD_ANALYZE, "security", "--offline=yes", f"--threshold={exposed}", "--no-pager", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert rated.returncode == 0, rated.stdout[-2_000:]


def test_the_service_has_room_for_the_threads_of_however_many_workers(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256, workers=64))
    (most,) = re.findall(r"^TasksMax=(\d+)$", boot.file("etc/systemd/system/iris.service"), re.MULTILINE)
    assert int(most) >= 64 * 64


@pytest.mark.parametrize("program", ["dnf", "aws s3api", "curl"])
def test_what_cannot_be_reached_is_given_up_in_time_each_time(instance: Instance, program: str):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    calls = [call for call in boot.calls if call.startswith(f"{program} ")]
    limit = {"dnf": "timeout=10 ", "aws s3api": "--cli-connect-timeout 5 ", "curl": "--max-time 5 "}[program]
    assert calls
    assert [call for call in calls if limit not in call] == []


# --- logs ---


def test_where_cloudwatch_is_in_reach_the_service_s_log_and_the_boot_s_go_there(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256, log_group="iris-log"))
    assert (boot.status, boot.errors) == (0, "")
    collected = json.loads(boot.file("etc/iris/agent.json"))["logs"]["logs_collected"]["files"][
        "collect_list"
    ]
    assert {each["log_stream_name"]: each["file_path"] for each in collected} == {
        "i-0123456789abcdef0/service": f"{instance.root}/var/log/iris/service.log",
        "i-0123456789abcdef0/boot": f"{instance.root}/var/log/cloud-init-output.log",
    }
    assert {each["log_group_name"] for each in collected} == {"iris-log"}
    drop_in = boot.file("etc/systemd/system/iris.service.d/log.conf")
    assert f"StandardOutput=append:{instance.root}/var/log/iris/service.log" in drop_in
    assert "size 50M" in boot.file("etc/logrotate.d/iris")
    # Every few minutes, in place of every day; a restart makes a timer that runs already look again.
    assert boot.file("etc/systemd/system/logrotate.timer.d/often.conf").splitlines()[-3:] == [
        "OnCalendar=",
        "OnCalendar=*:0/5",
        "RandomizedDelaySec=0",
    ]
    reload, timer = (
        boot.calls.index(f"systemctl {words}") for words in ("daemon-reload", "restart logrotate.timer")
    )
    assert reload < timer
    started = next(call for call in boot.calls if call.startswith("amazon-cloudwatch-agent-ctl"))
    assert started.endswith(f"-c file:{instance.root}/etc/iris/agent.json")
    # Before the first line of the service's log.
    assert boot.calls.index(started) < boot.calls.index("systemctl enable --now iris.service")


def test_a_boot_that_fails_is_told_of_in_cloudwatch_before_it_is_given_up(instance: Instance):
    boot = instance.boot(replace(HOOKED, log_group="iris-log"))  # its hash is another one
    assert boot.status != 0
    agent, pause, given_up = (
        next(at for at, call in enumerate(boot.calls) if call.startswith(words))
        for words in ("amazon-cloudwatch-agent-ctl ", "sleep 6", "aws autoscaling complete-lifecycle-action")
    )
    assert agent < pause < given_up
    assert answers(boot.calls) == ["launched ABANDON"]


def test_where_it_is_not_nothing_is_installed_for_it_and_the_journal_keeps_the_log(instance: Instance):
    boot = instance.boot(replace(SETTINGS, archive_sha256=instance.sha256))
    (installed,) = [call for call in boot.calls if call.startswith("dnf ")]
    assert [word for word in installed.split() if not word.startswith("--")] == [
        "dnf",
        "install",
        "python3.13",
    ]
    assert not (instance.root / "etc/systemd/system/iris.service.d").exists()


# --- what Auto Scaling hears ---


def test_a_boot_that_fails_is_given_up_at_once_and_loudly(instance: Instance):
    boot = instance.boot(HOOKED)  # its hash is another one
    assert boot.status != 0
    assert "boot failed" in boot.errors
    assert answers(boot.calls) == ["launched ABANDON"]


def test_a_service_that_does_not_get_ready_is_given_up_at_once(instance: Instance):
    boot = instance.boot(replace(HOOKED, archive_sha256=instance.sha256), NOT_READY="22")
    assert boot.status == 1
    assert answers(boot.calls) == ["launched ABANDON"]


def test_without_hooks_auto_scaling_is_told_nothing(instance: Instance):
    assert answers(instance.boot(SETTINGS).calls) == []


def test_who_watches_starts_with_the_instance_once_the_service_is_ready(instance: Instance):
    boot = instance.boot(replace(HOOKED, archive_sha256=instance.sha256))
    assert (boot.status, boot.errors) == (0, "")
    assert boot.calls[-1] == "systemctl enable --now iris-lifecycle.service"
    assert f"ExecStart={instance.root}/opt/iris/lifecycle watch" in boot.file(
        "etc/systemd/system/iris-lifecycle.service"
    )
    assert answers(boot.calls) == []


def watched(instance: Instance, *states: str, **environment: str) -> list[str]:
    """Run an instance through the states in its metadata, and return the commands that it called."""
    return instance.watch(*states, "Terminated", **environment)


def test_an_instance_serves_when_it_is_ready_and_stops_before_it_says_that_it_is_done(instance: Instance):
    calls = watched(instance, "InService", "InService")
    assert answers(calls) == ["launched CONTINUE", "terminated CONTINUE"]
    stopped = calls.index("systemctl stop iris.service")
    assert [call for call in calls[stopped:] if call.startswith("aws ")] == calls[-1:]


def test_an_instance_of_a_warm_pool_says_that_it_is_ready_each_time(instance: Instance):
    calls = watched(instance, "Warmed:Stopped", "InService")
    assert answers(calls) == ["launched CONTINUE", "launched CONTINUE", "terminated CONTINUE"]


def test_an_instance_that_auto_scaling_does_not_wait_for_yet_says_so_again(instance: Instance):
    calls = watched(instance, *["InService"] * 4, AWS_IS_LATE="2")
    assert answers(calls) == ["launched CONTINUE"] * 3 + ["terminated CONTINUE"]


def test_an_instance_of_a_group_without_hooks_does_not_ask_for_ever(instance: Instance):
    calls = watched(instance, *["InService"] * 70, AWS_IS_LATE="60")
    assert answers(calls) == ["launched CONTINUE"] * 60 + ["terminated CONTINUE"]


def test_an_instance_serves_on_while_the_load_balancer_drains_it(instance: Instance):
    calls = watched(instance, "Terminated", "Terminated", AWS_IS_LATE="2")
    relevant = [call for call in calls if call.startswith(("aws ", "systemctl "))]
    assert [call.split()[2] for call in relevant] == [
        *["record-lifecycle-action-heartbeat"] * 3,
        "iris.service",
        "complete-lifecycle-action",
    ]


def test_an_instance_that_is_not_ready_does_not_say_so(instance: Instance):
    assert answers(watched(instance, "InService", "InService", NOT_READY="22")) == ["terminated CONTINUE"]


# --- the scripts themselves ---


@pytest.mark.parametrize("hooks", ["yes", "no"])
def test_the_scripts_have_none_of_the_usual_mistakes(instance: Instance, hooks: Literal["yes", "no"]):
    whole = render_boot_script(replace(SETTINGS, hooks=hooks, log_group="iris-log"))
    (instance.root / "boot.sh").write_text(whole)
    inner = re.search(r"<<'END'\n(.*?)\nEND$", whole, re.DOTALL | re.MULTILINE)
    assert inner
    (instance.root / "lifecycle.sh").write_text(inner[1])
    for script in ("boot.sh", "lifecycle.sh"):
        # Each file reads what another one writes, which shellcheck cannot follow.
        checked = subprocess.run(
            [SHELLCHECK, "--exclude=SC1091", "--severity=style", str(instance.root / script)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.stdout == ""
        assert checked.returncode == 0
