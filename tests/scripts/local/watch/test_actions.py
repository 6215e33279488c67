"""Actions of the page that need no cloud: their arguments, and what is impossible."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import zipfile
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from click.testing import CliRunner

from localcloud import processes
from localcloud.aws.credentials import DUMMY, write_credentials
from localcloud.controller import aws_queries
from localcloud.controller.zone_failure import ZoneError
from localcloud.environment import Identity
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.processes import is_alive
from localcloud.state_dir import StateDir
from scripts.bench.load.load import load
from scripts.local.own_address import SHARES_LOOPBACK
from scripts.local.watch.actions import commands, faults, settings
from scripts.local.watch.actions import load as load_module
from scripts.local.watch.actions.attacks import attack
from scripts.local.watch.actions.commands import BackgroundCommand
from scripts.local.watch.actions.controls import NOTICES, Controls
from scripts.local.watch.actions.faults import Faults
from scripts.local.watch.actions.load import Load, load_words
from scripts.local.watch.actions.outcome import ActionError, Outcome, number
from scripts.local.watch.actions.release import (
    MODULE,
    Releases,
    bad_archive,
    good_archive,
    latest_archive,
)
from scripts.local.watch.actions.settings import INJECTION_RULES, with_mode
from scripts.local.watch.view.texts import text
from tests.listening import closed_port
from tests.suite.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from localcloud.processes import Role


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("constant", "--rate 60"),
        ("ramp", "--ramp 6:60"),
        ("curve", "--curve day --rate 60"),
        ("spike", "--steps 10,10,60,60,10,10"),
    ],
)
def test_each_load_is_a_command_that_can_be_typed(kind: str, words: str):
    assert load_words(kind, 60, 30) == [*words.split(), "--seconds", "30"]
    # `iris load` accepts the options, and finds nothing at a port without a service.
    with closed_port() as port:
        command = [f"http://127.0.0.1:{port}", *load_words(kind, 60, 30), "--source", "127.0.0.1"]
        result = CliRunner().invoke(load, command)
    assert result.exit_code == 1
    assert "does not answer" in result.output


@pytest.mark.parametrize("value", ["", "0", "13", "nan", "inf", "two"])
def test_a_number_out_of_its_range_is_refused(value: str):
    with pytest.raises(ActionError) as refused:
        number({"size": value}, "size", 1, 12)
    outcome = refused.value.outcome
    assert text(outcome.text, "en", **outcome.values) == "The number must be from 1 to 12."


@pytest.mark.parametrize("action", ["", "unknown", "kill i-0", "load constant", "algorithm", "release good"])
def test_without_a_cloud_every_action_says_why_it_is_impossible(tmp_path: Path, action: str):
    controls = Controls(StateDir(tmp_path))
    before = datetime.now(UTC)
    outcome = controls.run(action, {"rate": "1", "seconds": "1"})
    seconds = int((datetime.now(UTC) - before).total_seconds()) + 2
    clocks = [before + timedelta(seconds=passed) for passed in range(seconds)]
    assert controls.activity.notices[0][0] in {f"{clock:%H:%M:%S}" for clock in clocks}
    assert outcome.is_bad
    for language in ("en", "es"):
        assert text(outcome.text, language, **outcome.values)
    assert controls.activity.notices[0][1] == outcome


RULES: list[dict[str, Any]] = [
    {"Name": "Allowed", "Priority": 0, "Action": {"Allow": {}}},
    {"Name": "RateLimit", "Priority": 1, "Action": {"Count": {}}},
    {"Name": "Common", "Priority": 4, "OverrideAction": {"Count": {}}},
]


def test_a_firewall_that_blocks_keeps_its_rules_and_blocks_injections_too():
    blocking = with_mode(RULES, blocks=True)
    assert [rule.get("Action") or rule.get("OverrideAction") for rule in blocking] == [
        {"Allow": {}},
        {"Block": {}},
        {"None": {}},
        {"None": {}},
    ]
    assert (blocking[-1]["Name"], blocking[-1]["Priority"]) == (INJECTION_RULES, 5)
    counting = with_mode(blocking, blocks=False)
    assert [rule["Name"] for rule in counting] == [rule["Name"] for rule in blocking]
    assert with_mode(counting, blocks=True) == blocking


def test_a_version_is_made_of_the_fleet_s_archive_though_the_function_s_is_newer(tmp_path: Path):
    names = (
        "iris-local-0123456789ab.zip",
        "iris-local-abcdef012345.zip",
        "iris-lambda-local-0123456789ab.zip",
    )
    for age, name in enumerate(reversed(names)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000 - age, 1_000 - age))
    latest = latest_archive(tmp_path)
    assert latest
    assert latest.name == "iris-local-abcdef012345.zip"
    assert latest_archive(tmp_path / "nowhere") is None


def test_a_good_version_has_the_same_service_and_a_bad_one_ends_at_its_start(tmp_path: Path):
    archive = tmp_path / "iris.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(MODULE, "print('serves')")
        packed.writestr("service/__pycache__/main.cpython-311.pyc", b"bytecode")
        packed.writestr("service/app.py", "")

    def run(released: Path) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / released.stem
        with zipfile.ZipFile(released) as opened:
            opened.extractall(folder)
        return subprocess.run(
            [sys.executable, str(folder / MODULE)], capture_output=True, text=True, check=False
        )

    assert run(good_archive(archive, tmp_path)).stdout == "serves\n"
    bad = run(bad_archive(archive, tmp_path))
    assert bad.returncode == 1
    assert "broken" in bad.stderr
    assert good_archive(archive, tmp_path).read_bytes() != archive.read_bytes()
    assert sorted(zipfile.ZipFile(tmp_path / "bad.zip").namelist()) == ["service/app.py", MODULE]


def test_a_command_beside_the_console_shows_its_last_line_and_its_end():
    command = BackgroundCommand(["load", "no-url", "--rate", "1"])
    assert command.text == "iris load no-url --rate 1"
    until(lambda: not command.is_running)
    assert command.failed
    until(lambda: "no-url" in command.line)


def begun(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> BackgroundCommand:
    """Start a program in place of `iris`, and wait until it says that it has begun."""
    (folder / "scripts").mkdir()
    (folder / "scripts" / "__init__.py").touch()
    (folder / "scripts" / "__main__.py").write_text(program)
    monkeypatch.setattr(commands, "PROJECT", folder)
    command = BackgroundCommand(["load"])
    until(lambda: command.line == "begun")
    return command


def test_a_command_that_is_stopped_gets_ctrl_c_and_no_other_signal_of_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # `iris load` prints what it has measured on Ctrl-C, and that of the console must not undo a roll-out.
    command = begun(
        tmp_path,
        monkeypatch,
        "import os, time\n"
        "try:\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    print('ended in its own session:', os.getsid(0) == os.getpid())\n",
    )
    command.stop()
    until(lambda: command.line == "ended in its own session: True")
    assert not command.failed


def test_a_command_that_ignores_ctrl_c_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(commands, "STOPPED_WITHIN", 0.1)
    command = begun(
        tmp_path,
        monkeypatch,
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "print('begun', flush=True)\n"
        "time.sleep(60)\n",
    )
    command.stop()
    assert not command.is_running


def test_only_the_load_balancer_of_the_zone_is_killed(tmp_path: Path):
    first, second = (
        processes.start(
            ["/bin/sleep", "60"],
            home=tmp_path,
            role="balancer",
            log=tmp_path / f"{zone}.log",
            environment={"LOCAL_CLOUD_ZONE": zone},
        )
        for zone in ("us-east-1a", "us-east-1b")
    )
    try:
        until(lambda: len(processes.find(tmp_path)) == 2)
        made = Faults(StateDir(tmp_path))
        assert made.kill_balancer("us-east-1b").values == {"name": "Envoy us-east-1b"}
        until(lambda: not is_alive(second))
        assert is_alive(first)
        with pytest.raises(ActionError, match="no_process"):
            made.kill_balancer("us-east-1c")
    finally:
        processes.stop([first, second], grace=0)


def test_an_instance_is_killed_or_stopped_by_its_id(tmp_path: Path):
    roles: tuple[tuple[Role, str], ...] = (("instance", "i-1"), ("instance", "i-2"), ("balancer", "i-3"))
    first, second, other = (
        processes.start(
            ["/bin/sleep", "60"],
            home=tmp_path,
            role=role,
            log=tmp_path / f"{name}.log",
            environment={"IRIS_INSTANCE_ID": name},
        )
        for role, name in roles
    )
    try:
        until(lambda: len(processes.find(tmp_path)) == 3)
        made = Faults(StateDir(tmp_path))
        assert made.freeze("i-2") == Outcome("was_frozen", {"name": "i-2"})
        until(lambda: processes.is_stopped(second))
        assert made.kill("i-2") == Outcome("killed", {"name": "i-2"})
        until(lambda: not is_alive(second))
        assert not processes.is_stopped(first)
        with pytest.raises(ActionError, match="no_process"):
            made.kill("i-3")
        assert is_alive(first)
        assert is_alive(other)
    finally:
        processes.stop([first, second, other], grace=0)


@pytest.mark.parametrize("verb", ["lose-zone", "restore-zone"])
def test_a_zone_is_lost_or_restored_and_a_refusal_is_an_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
):
    def act(_: object, zone: str) -> int:
        if zone == "z":
            raise ZoneError("there is no zone z")
        return 3

    monkeypatch.setattr(faults, verb.replace("-", "_"), act)
    controls = Controls(StateDir(tmp_path))
    done = {
        "lose-zone": Outcome("zone_lost", {"zone": "a", "count": 3}),
        "restore-zone": Outcome("zone_back", {"zone": "a"}),
    }
    assert controls.run(f"{verb} a", {}) == done[verb]
    refused = controls.run(f"{verb} z", {})
    assert (refused.text, refused.is_bad) == ("impossible", True)
    assert str(refused.values["reason"]) == "there is no zone z"


@pytest.fixture
def fleet_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Changes of a fleet that would be made."""
    made: list[tuple[object, ...]] = []
    write_credentials(tmp_path / "key", DUMMY)
    identity = Identity("dev", "eu-west-1", "http://127.0.0.1:1", "http://127.0.0.1:2", str(tmp_path / "key"))

    def find(_: object) -> list[SimpleNamespace]:
        return [SimpleNamespace(environment=identity.environment())]

    def record(name: str) -> Any:
        def change(_: object, outputs: object, **how: object) -> Outcome:
            made.append((name, outputs, how))
            return Outcome("done")

        return change

    monkeypatch.setattr(processes, "find", find)
    for name in ("change_algorithm", "change_size", "change_target", "change_firewall"):
        monkeypatch.setattr(settings, name, record(name))
    return made


@pytest.mark.parametrize(
    ("action", "fields", "name", "how"),
    [
        ("algorithm", {"algorithm": "round_robin"}, "change_algorithm", {"algorithm": "round_robin"}),
        ("algorithm", {}, "change_algorithm", {"algorithm": ""}),
        ("size", {"minimum": "2"}, "change_size", {"fields": {"minimum": "2"}}),
        ("target", {"target": "60"}, "change_target", {"fields": {"target": "60"}}),
        ("firewall block", {}, "change_firewall", {"blocks": True}),
        ("firewall count", {}, "change_firewall", {"blocks": False}),
    ],
)
def test_each_setting_of_the_page_is_a_change_of_the_fleet(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fleet_changes: list[tuple[object, ...]],
    action: str,
    fields: dict[str, str],
    name: str,
    how: dict[str, object],
):
    outputs: dict[str, str] = {"autoScalingGroup": "iris"}

    def read_outputs(_: object, stack: str) -> dict[str, str]:
        assert stack == "dev"
        return outputs

    monkeypatch.setattr(aws_queries, "read_outputs", read_outputs)
    controls = Controls(StateDir(tmp_path))
    assert controls.run(action, fields) == Outcome("done")
    assert fleet_changes == [(name, outputs, how)]
    assert controls.run("colour", {}).text == "unknown_action"
    outputs.clear()
    assert controls.run(action, fields).text == "no_fleet"
    assert len(fleet_changes) == 1


def test_a_load_comes_from_many_addresses_and_a_flood_from_one(monkeypatch: pytest.MonkeyPatch):
    started: list[list[str]] = []

    class Recorded:
        is_running = True
        text = "iris load"

        def __init__(self, words: list[str]) -> None:
            started.append(words)

        def stop(self) -> None:
            started.append(["stopped"])

    monkeypatch.setattr(load_module, "BackgroundCommand", Recorded)
    load = Load()
    load.start("http://127.0.0.1:1", "constant", {"rate": "10", "seconds": "5"})
    load.start("http://127.0.0.1:1", "constant", {"rate": "20", "seconds": "5"})
    load.flood("http://127.0.0.1:1")
    first, stopped, second, flood = started
    assert stopped == ["stopped"]
    assert [words[words.index("--rate") + 1] for words in (first, second, flood)] == ["10", "20", "400"]
    if SHARES_LOOPBACK:
        assert [words[-2:] for words in (first, flood)] == [
            ["--source", "127.0.1.0/24"],
            ["--source", "127.0.0.66"],
        ]


@pytest.mark.parametrize(
    ("rate", "seconds", "most"),
    [("0", "5", "2000"), ("2001", "5", "2000"), ("5", "0", "3600"), ("5", "3601", "3600")],
)
def test_a_load_beyond_what_a_laptop_can_is_refused_with_the_range(rate: str, seconds: str, most: str):
    with pytest.raises(ActionError) as refused:
        Load().start("http://127.0.0.1:1", "constant", {"rate": rate, "seconds": seconds})
    assert refused.value.outcome.values == {"minimum": "1", "maximum": most}


@pytest.mark.parametrize(
    ("kind", "rules", "text_of_outcome"),
    [
        ("injection", ["AWSManagedRulesSQLiRuleSet"], "attacked"),
        ("injection", ["AWSManagedRulesCommonRuleSet"], "attacked_unnoticed"),
        ("scripting", ["AWSManagedRulesCommonRuleSet"], "attacked"),
    ],
)
def test_an_attack_that_no_rule_looks_for_says_so(
    tmp_path: Path, kind: str, rules: list[str], text_of_outcome: str
):
    files = FirewallFiles(tmp_path)
    acl = {"Rules": [{"Name": name} for name in rules]}
    files.definition.write_text(json.dumps({"acl": acl}))
    with closed_port() as port:
        url = f"http://127.0.0.1:{port}"
        outcome = attack(url, kind, files)
    # Ten times each of three values.
    assert (outcome.text, outcome.values["count"]) == (text_of_outcome, 30)
    with pytest.raises(ActionError, match="unknown_action"):
        attack(url, "phishing", files)


@pytest.mark.parametrize(("action", "good"), [("release good", True), ("release bad", False)])
def test_each_button_releases_its_version(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    good: bool,  # noqa: FBT001 (pytest passes it by name)
):
    released: list[bool] = []

    def release(_: Releases, *, good: bool) -> Outcome:
        released.append(good)
        return Outcome("release_good")

    monkeypatch.setattr(Releases, "release", release)
    Controls(StateDir(tmp_path)).run(action, {})
    assert released == [good]


def test_the_latest_outcomes_are_shown_the_newest_first(tmp_path: Path):
    controls = Controls(StateDir(tmp_path))
    for number_of_instance in range(NOTICES + 2):
        controls.run(f"kill i-{number_of_instance}", {})
    names = [outcome.values["name"] for _, outcome in controls.activity.notices]
    assert names == [f"i-{number_of_instance}" for number_of_instance in (5, 4, 3, 2)]


def test_an_instance_that_was_slow_can_be_slowed_down_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    process = processes.start(
        ["/bin/sleep", "60"],
        home=tmp_path,
        role="instance",
        log=tmp_path / "it.log",
        environment={"IRIS_INSTANCE_ID": "i-1"},
    )
    throttled: list[int] = []

    def throttle(pid: int) -> Any:
        throttled.append(pid)
        return nullcontext()

    monkeypatch.setattr(faults, "throttled", throttle)
    monkeypatch.setattr(faults, "SLOW_SECONDS", 0.01)
    try:
        until(lambda: processes.find(tmp_path))
        slowed = Faults(StateDir(tmp_path))
        for times in (1, 2):
            slowed.slow_down("i-1")
            until(lambda times=times: len(throttled) == times and not slowed.slow)
        assert throttled == [process.pid] * 2
    finally:
        processes.stop([process], grace=0)


def test_a_command_that_is_stopped_ends():
    command = BackgroundCommand(["local", "logs", "--follow", "--home", "/nonexistent"])
    command.stop()
    assert not command.is_running


def test_the_load_and_the_flood_are_both_stopped_and_a_new_load_replaces_the_one_before():
    load = Load()
    fields = {"rate": "1", "seconds": "60"}
    # Of tests before, such as the resource tracker of multiprocessing.
    others = set(psutil.Process().children())
    with socket.create_server(("127.0.0.1", 0)) as server:  # it answers nothing
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        try:
            load.start(url, "constant", fields)
            before = set(psutil.Process().children()) - others
            load.start(url, "ramp", fields)
            assert not any(is_alive(process) for process in before)
            load.flood(url)
            assert [words.split()[3] for words in load.commands] == ["--ramp", "--rate"]
            both = set(psutil.Process().children()) - others
            load.stop()
            assert load.commands == []
            assert not any(is_alive(process) for process in both)
        finally:
            load.stop()
