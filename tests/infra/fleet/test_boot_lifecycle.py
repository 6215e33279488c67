"""Lifecycle of an instance: its signals to Auto Scaling, and the order of its shutdown."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from tests.infra.fleet.new_instance import HOOKED, Instance, answers

if TYPE_CHECKING:
    from pathlib import Path

METADATA: Final = "http://169.254.169.254/latest"

ASKED: Final = "curl --fail --silent --max-time 5 --header X-aws-ec2-metadata-token: secret-token " + METADATA
"""Request to the instance metadata service with a token."""

TOKEN: Final = (
    "curl --fail --silent --max-time 5 --request PUT "
    f"--header X-aws-ec2-metadata-token-ttl-seconds: 60 {METADATA}/api/token"
)

FLUSH_SECONDS: Final = 5
"""After so long the agent has shipped what the service said last (`force_flush_interval`)."""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path / "instance")


def deeds(calls: list[str]) -> list[str]:
    """Leave out the questions to the metadata service, and say what else was done, in short."""
    return [
        " ".join(call.split()[:3]) if call.startswith("aws ") else call
        for call in calls
        if METADATA not in call
    ]


# Of an instance, and of one in a warm pool (Auto Scaling user guide, "Retrieve the target lifecycle state").
@pytest.mark.parametrize("state", ["Terminated", "Warmed:Terminated"])
def test_an_instance_stops_serving_ships_its_log_and_only_then_says_that_it_is_done(
    instance: Instance, state: str
):
    calls = instance.watch(state)
    assert deeds(calls) == [
        "aws autoscaling record-lifecycle-action-heartbeat",
        "systemctl stop iris.service",
        "sleep 6",
        "aws autoscaling complete-lifecycle-action",
    ]
    assert answers(calls) == ["terminated CONTINUE"]
    pause = next(int(call.split()[1]) for call in calls if call.startswith("sleep "))
    assert pause > FLUSH_SECONDS


@pytest.mark.parametrize("state", ["InService", "Warmed:Stopped"])
def test_an_instance_is_asked_whether_it_is_ready_before_it_says_so(instance: Instance, state: str):
    calls = instance.watch(state, "Terminated")
    ready = "curl --fail --silent --max-time 5 --output /dev/null http://127.0.0.1:8080/readyz"
    assert deeds(calls)[:3] == [ready, "aws autoscaling complete-lifecycle-action", "sleep 5"]


@pytest.mark.parametrize("state", ["Pending", "Pending:Wait", "Warmed:Running", "Standby", "Terminating"])
def test_other_states_are_none_of_its_business(instance: Instance, state: str):
    assert deeds(instance.watch(state, "Terminated"))[0] == "sleep 5"
    assert answers(instance.watch(state, "Terminated")) == ["terminated CONTINUE"]


def test_metadata_that_cannot_be_had_for_a_while_are_asked_for_again(instance: Instance):
    assert answers(instance.watch("unreachable", "InService", "Terminated")) == [
        "launched CONTINUE",
        "terminated CONTINUE",
    ]


def test_an_end_that_nobody_has_heard_of_is_told_again(instance: Instance):
    deaf = instance.root / "deaf"
    deaf.touch()
    instance.stand_in(
        "aws",
        'case "$*" in "s3api get-object "*) cp "$UPLOADED" "${@: -1}" ;; '
        f"*complete-lifecycle-action*) if rm {deaf} 2>/dev/null; then exit 254; fi ;; esac",
    )
    assert answers(instance.watch("Terminated", "Terminated")) == ["terminated CONTINUE"] * 2


def test_a_service_that_cannot_be_stopped_is_not_said_to_be_done_and_systemd_has_it_tried_again(
    instance: Instance,
):
    instance.stand_in("systemctl", 'if [ "$1" = stop ]; then exit 1; fi')
    with pytest.raises(subprocess.CalledProcessError):
        instance.watch("Terminated")
    assert answers((instance.root / "calls").read_text().splitlines()) == []


def test_every_call_names_its_region_and_is_given_up_in_time(instance: Instance):
    calls = instance.watch("InService", "Terminated")
    aws_calls = [call for call in calls if call.startswith("aws ")]
    assert len(aws_calls) == 3
    for call in aws_calls:
        assert re.match(
            r"aws autoscaling \S+ --region eu-west-1 --cli-connect-timeout 5 --cli-read-timeout 10 ", call
        )
    metadata_calls = [call for call in calls if METADATA in call]
    assert {call for call in metadata_calls if "--request PUT" in call} == {TOKEN}
    assert {call for call in metadata_calls if "--request PUT" not in call} == {
        f"{ASKED}/meta-data/{path}"
        for path in (
            "autoscaling/target-lifecycle-state",
            "instance-id",
            "tags/instance/aws:autoscaling:groupName",
        )
    }


def test_the_heartbeat_is_that_of_the_hook_at_the_end(instance: Instance):
    (beat,) = [call for call in instance.watch("Terminated") if "heartbeat" in call]
    assert beat.endswith(
        "--auto-scaling-group-name iris-fleet-1 --instance-id i-0123456789abcdef0 "
        "--lifecycle-hook-name terminated"
    )


def test_each_state_of_a_warm_pool_has_its_own_tries(instance: Instance):
    states = ["Warmed:Stopped"] * 65 + ["InService"] * 65
    calls = instance.watch(*states, "Terminated", AWS_IS_LATE="120")
    assert answers(calls) == ["launched CONTINUE"] * 120 + ["terminated CONTINUE"]


# It would call Auto Scaling without a region, and the service on no port.
def test_without_its_settings_it_ends_at_once(instance: Instance):
    boot = instance.boot(replace(HOOKED, archive_sha256=instance.sha256))
    (boot.root / "etc/iris/boot.env").unlink()
    calls = len(boot.calls)
    ended = subprocess.run(
        [boot.root / "opt/iris/lifecycle", "complete_hook", "launched", "ABANDON"],
        env={"PATH": f"{boot.root}/bin:/usr/bin:/bin", "CALLS": str(boot.root / "calls")},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode != 0
    assert len((boot.root / "calls").read_text().splitlines()) == calls
