"""Actions of the page that need no cloud: their arguments, and what is impossible."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from click.testing import CliRunner

from localcloud.processes import is_alive
from localcloud.state_dir import StateDir
from scripts.bench.load.load import load
from scripts.local.watch.actions.commands import BackgroundCommand
from scripts.local.watch.actions.controls import Controls
from scripts.local.watch.actions.load import Load, load_words
from scripts.local.watch.actions.outcome import ActionError, number
from scripts.local.watch.actions.release import MODULE, bad_archive, good_archive, latest_archive
from scripts.local.watch.actions.settings import INJECTION_RULES, with_mode
from scripts.local.watch.view.texts import text
from tests.suite.waiting import until

if TYPE_CHECKING:
    from pathlib import Path


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
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    result = CliRunner().invoke(load, [url, *load_words(kind, 60, 30), "--source", "127.0.0.1"])
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
    assert controls.activity.notices[0][0] in {f"{clock:%H:%M:%S}" for clock in (before, datetime.now(UTC))}
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
