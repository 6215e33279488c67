"""Each step of a boot, and what is left of it on the instance."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from tests.infra.fleet.new_instance import HOOKED, Boot, Instance, answers

if TYPE_CHECKING:
    from pathlib import Path

LOGGED: Final = replace(HOOKED, log_group="iris-log")

TOKEN: Final = (
    "curl --fail --silent --show-error --max-time 5 --request PUT "  # noqa: S105 (a command)
    "--header X-aws-ec2-metadata-token-ttl-seconds: 60 http://169.254.169.254/latest/api/token"
)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path / "instance")


def booted(instance: Instance, *, umask: int = 0o022, **environment: str) -> Boot:
    boot = instance.boot(replace(LOGGED, archive_sha256=instance.sha256), umask=umask, **environment)
    assert (boot.status, boot.errors) == (0, "")
    return boot


def test_the_steps_are_these_in_this_order(instance: Instance):
    boot = booted(instance)
    home = f"{instance.root}/opt/iris"
    calls = [re.sub(r"\.boot\.\w+", ".boot", call) for call in boot.calls]
    assert calls == [
        (
            "dnf install --assumeyes --quiet --setopt=timeout=10 --setopt=retries=2 "
            "python3.13 amazon-cloudwatch-agent logrotate"
        ),
        TOKEN,
        (
            "curl --fail --silent --show-error --max-time 5 --header X-aws-ec2-metadata-token: secret-token "
            "http://169.254.169.254/latest/meta-data/instance-id"
        ),
        f"amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:{instance.root}/etc/iris/agent.json",
        (
            "aws s3api get-object --region eu-west-1 --bucket archives --key service.zip "
            "--version-id 3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY "
            f"--cli-connect-timeout 5 --cli-read-timeout 30 {home}/.boot/archive.zip"
        ),
        "useradd --system --user-group --no-create-home --shell /sbin/nologin iris",
        "systemctl daemon-reload",
        "systemctl enable logrotate.timer",
        "systemctl restart logrotate.timer",
        "systemctl enable --now iris.service",
        (
            "curl --fail --silent --show-error --max-time 5 --output /dev/null "
            "--retry 30 --retry-delay 1 --retry-max-time 60 --retry-all-errors http://127.0.0.1:8080/readyz"
        ),
        "systemctl daemon-reload",
        "systemctl enable --now iris-lifecycle.service",
    ]


def test_the_last_line_says_what_serves_and_how_long_it_took(instance: Instance):
    boot = booted(instance)
    assert boot.output.splitlines()[-1] == (
        f"iris: i-0123456789abcdef0 serves s3://archives/service.zip ({instance.sha256}) after 42 s"
    )


@pytest.mark.parametrize("umask", [0o022, 0o077], ids=oct)
def test_the_service_may_read_what_it_runs_whatever_the_image_s_umask(instance: Instance, umask: int):
    boot = booted(instance, umask=umask)
    modes = {
        path: stat.S_IMODE((boot.root / path).stat().st_mode)
        for path in (
            f"opt/iris/{instance.sha256}",
            f"opt/iris/{instance.sha256}/service",
            f"opt/iris/{instance.sha256}/service/main.py",
            "opt/iris/lifecycle",
            "etc/iris/boot.env",
            "etc/iris/service.env",
            "etc/systemd/system/iris.service",
            "var/log/iris",
        )
    }
    assert {path: oct(mode) for path, mode in modes.items()} == {
        f"opt/iris/{instance.sha256}": "0o755",
        f"opt/iris/{instance.sha256}/service": "0o755",
        f"opt/iris/{instance.sha256}/service/main.py": "0o644",
        "opt/iris/lifecycle": "0o755",
        "etc/iris/boot.env": "0o644",
        "etc/iris/service.env": "0o644",
        "etc/systemd/system/iris.service": "0o644",
        # Requests of clients may be read by root and the group only.
        "var/log/iris": "0o750",
    }


def test_who_watches_learns_where_it_is_and_where_the_service_listens(instance: Instance):
    assert booted(instance).file("etc/iris/boot.env").splitlines() == [
        "REGION=eu-west-1",
        "SERVICE_PORT=8080",
    ]


def test_a_user_who_is_there_already_is_not_made_again(instance: Instance):
    instance.stand_in("id", ":")
    assert not [call for call in booted(instance).calls if call.startswith("useradd")]


def test_a_module_that_does_not_compile_is_no_reason_to_give_up(instance: Instance):
    instance.upload(("service/__init__.py", ""), ("service/main.py", "print(1)\n"), ("odd.py", "def\n"))
    boot = instance.boot(replace(LOGGED, archive_sha256=instance.sha256))
    assert boot.status == 0
    assert list(boot.root.glob(f"opt/iris/{instance.sha256}/service/__pycache__/main.*.pyc"))


# --- logs ---


def test_the_agent_reads_both_logs_as_root_and_ships_them_every_five_seconds(instance: Instance):
    agent = json.loads(booted(instance).file("etc/iris/agent.json"))
    assert agent["agent"] == {"run_as_user": "root"}
    assert agent["logs"]["force_flush_interval"] == 5


def test_the_log_of_the_service_is_turned_over_before_it_fills_the_disk(instance: Instance):
    boot = booted(instance)
    assert boot.file("etc/logrotate.d/iris").splitlines() == [
        f"{instance.root}/var/log/iris/service.log {{",
        "  size 50M",
        "  rotate 1",
        # The service keeps the file open for as long as it runs.
        "  copytruncate",
        "  missingok",
        "}",
    ]
    assert boot.file("etc/systemd/system/logrotate.timer.d/often.conf").splitlines()[0] == "[Timer]"


def test_the_log_of_the_service_is_what_it_writes_anywhere(instance: Instance):
    assert booted(instance).file("etc/systemd/system/iris.service.d/log.conf").splitlines() == [
        "[Service]",
        f"StandardOutput=append:{instance.root}/var/log/iris/service.log",
        f"StandardError=append:{instance.root}/var/log/iris/service.log",
    ]


# --- boots that fail ---


def test_a_package_that_cannot_be_had_is_asked_for_five_times_and_then_given_up(instance: Instance):
    instance.stand_in("dnf", "exit 1")
    boot = instance.boot(replace(HOOKED, archive_sha256=instance.sha256))
    assert boot.status != 0
    pauses = [call.split()[1] for call in boot.calls if call.startswith("sleep ")]
    assert pauses == ["2", "4", "6", "8"]
    assert len([call for call in boot.calls if call.startswith("dnf ")]) == 5
    assert answers(boot.calls) == ["launched ABANDON"]


def test_metadata_that_cannot_be_had_are_told_of_once(instance: Instance):
    boot = instance.boot(replace(HOOKED, archive_sha256=instance.sha256), NO_METADATA="7")
    assert boot.status != 0
    assert boot.errors.count("iris: boot failed at line ") == 1
    assert "api/token" in boot.errors
    assert len([call for call in boot.calls if call.startswith("curl --fail --silent --show-error")]) == 5


def test_what_fails_is_named_with_its_line(instance: Instance):
    boot = instance.boot(HOOKED)  # its hash is another one
    assert re.search(r"^iris: boot failed at line \d+: sha256sum --check --quiet$", boot.errors, re.MULTILINE)


def test_an_auto_scaling_group_that_cannot_be_told_changes_nothing_about_the_failure(instance: Instance):
    boot = instance.boot(replace(HOOKED, archive_sha256=instance.sha256), AWS_IS_LATE="99")
    assert boot.status != 0
    assert boot.errors.count("iris: boot failed at line ") == 1


def test_a_service_that_does_not_get_ready_ends_the_boot_with_both_its_logs(instance: Instance):
    log = instance.root / "var/log/iris/service.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number}\n" for number in range(60)))
    boot = instance.boot(replace(LOGGED, archive_sha256=instance.sha256), NOT_READY="22")
    assert boot.status == 1
    assert "journalctl --unit iris.service --lines 50 --no-pager" in boot.calls
    lines = boot.errors.splitlines()
    assert "ImportError: no module named service" in lines
    assert [line for line in lines if line.startswith("line ")] == [f"line {n}" for n in range(10, 60)]
    assert any(line.endswith(": the service is not ready") for line in lines)


def test_the_logs_that_are_not_there_do_not_hide_that_the_service_is_not_ready(instance: Instance):
    instance.stand_in("journalctl", "exit 1")
    boot = instance.boot(replace(LOGGED, archive_sha256=instance.sha256), NOT_READY="22")
    assert boot.status == 1
    assert "the service is not ready" in boot.errors
    assert boot.errors.count("iris: boot failed") == 1
