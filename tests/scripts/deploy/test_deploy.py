"""`iris deploy`, up to Pulumi's CLI: a fake stands there, and what the real one does is not shown."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from typing_extensions import override

from scripts.deploy import smoke_test
from scripts.deploy.deploy import deploy
from scripts.local.local import PROJECT
from tests.signals import heeding_ctrl_c

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.scripts.deploy.conftest import FakePulumi

IRIS = str(Path(sys.executable).with_name("iris"))


def run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(deploy, words, input=typed)


class Booting(BaseHTTPRequestHandler):
    """A service that is not ready at first."""

    calls = 0

    def do_GET(self) -> None:
        type(self).calls += 1
        self.send_response(503 if self.calls == 1 else 200)
        self.end_headers()
        self.wfile.write(b'{"specie":"Iris Setosa"}')

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a service that begins to serve, and that the stack exports."""
    monkeypatch.setattr(smoke_test, "PAUSE", 0.05)
    Booting.calls = 0
    with HTTPServer(("127.0.0.1", 0), Booting) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("FAKE_PULUMI_OUTPUTS", json.dumps({"url": address, "alarms": ["a", "b"]}))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield address
        server.shutdown()
        thread.join()


def test_up_deploys_under_the_rules_prints_the_url_and_calls_it_until_it_answers(
    fake_pulumi: FakePulumi, url: str
):
    done = run("up", "--yes", "--no-doctor")
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{url}\n"
    assert "iris-archives created" in done.stderr
    assert f"curl '{url}/api/v01/classify?pl=5.1&pw=3.5&sw=0.4&sl=1.4'" in done.stderr
    assert '{"specie":"Iris Setosa"}' in done.stderr
    assert Booting.calls == 2
    (up,) = [words for words in fake_pulumi.asked() if words[0] == "up"]
    assert up[up.index("--policy-pack") + 1] == str(PROJECT / "policy")
    assert up[up.index("--stack") + 1] == "dev"


def test_up_shows_what_would_change_and_takes_no_for_an_answer(fake_pulumi: FakePulumi):
    done = run("up", "--no-doctor", typed="n\n")
    assert done.exit_code == 1
    assert "iris-archives create" in done.stderr
    assert "Do this to the stack dev (2 create, 1 update)?" in done.stderr
    assert fake_pulumi.was_asked("preview")
    assert not fake_pulumi.was_asked("up")


def test_up_can_go_without_the_rules(fake_pulumi: FakePulumi, url: str):
    assert run("up", "--yes", "--no-doctor", "--no-policies").stdout == f"{url}\n"
    assert not any("--policy-pack" in words for words in fake_pulumi.asked())


def test_up_begins_nothing_where_the_doctor_finds_a_problem(
    fake_pulumi: FakePulumi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("scripts.deploy.doctor.PROJECT", tmp_path)
    done = run("up", "--yes")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "Error: 1 problem first; --no-doctor goes on all the same"
    assert "there is no Pulumi.yaml" in done.stderr
    assert not fake_pulumi.was_asked("up")


@pytest.mark.usefixtures("fake_pulumi")
def test_what_pulumi_says_of_a_failure_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_PULUMI_FAILS", "up")
    done = run("up", "--yes", "--no-doctor")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "Error: Pulumi failed: the bucket is on strike"


@pytest.mark.usefixtures("fake_pulumi")
def test_a_service_that_stays_silent_is_a_failure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_PULUMI_OUTPUTS", '{"url": "http://127.0.0.1:1"}')
    done = run("up", "--yes", "--no-doctor", "--patience", "0")
    assert done.exit_code == 1
    assert "http://127.0.0.1:1/api/v01/classify" in done.stderr
    assert "does not serve after 0 s" in done.stderr


def test_preview_changes_nothing(fake_pulumi: FakePulumi):
    done = run("preview", "--no-doctor")
    assert (done.exit_code, done.stdout) == (0, "2 create, 1 update\n")
    assert not fake_pulumi.was_asked("up")


@pytest.mark.usefixtures("fake_pulumi", "url")
def test_outputs_are_shown_one_by_one_or_as_data(url: str):
    assert run("outputs").stdout == f'url {url}\nalarms ["a", "b"]\n'
    assert run("outputs", "url").stdout == f"{url}\n"
    assert json.loads(run("outputs", "--format", "json").stdout) == {"url": url, "alarms": ["a", "b"]}
    unknown = run("outputs", "colour")
    assert unknown.exit_code == 1
    assert unknown.stderr.splitlines()[-1] == "Error: the stack dev has no output colour, only url, alarms"


def test_a_stack_that_is_not_there_is_named(fake_pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_PULUMI_NO_STACK", "yes")
    done = run("outputs")
    assert done.exit_code == 1
    assert "there is no stack dev; `iris deploy up --stack dev` makes it" in done.stderr
    assert not any(words[:2] == ["stack", "init"] for words in fake_pulumi.asked())


def test_destroy_wants_the_name_of_the_stack(fake_pulumi: FakePulumi):
    done = run("destroy", typed="prod\n")
    assert done.exit_code == 1
    assert "Everything of the stack dev in us-east-1 is lost" in done.stderr
    assert done.stderr.splitlines()[-1] == "Error: that is not its name; nothing was changed"
    assert not fake_pulumi.was_asked("destroy")


def test_destroy_leaves_a_protected_stack_alone(
    fake_pulumi: FakePulumi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(PROJECT / "Pulumi.yaml", project)
    (project / "Pulumi.prod.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    monkeypatch.setattr("scripts.deploy.deploy.PROJECT", project)
    done = run("destroy", "--stack", "prod", "--yes")
    assert done.exit_code == 1
    assert "the stack prod is protected" in done.stderr
    assert "pulumi config set deletionProtection false -s prod" in done.stderr
    assert "iris deploy up --stack prod --no-policies" in done.stderr
    assert fake_pulumi.asked() == []


def test_without_a_cli_and_without_the_internet_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    done = run("outputs")
    assert done.exit_code == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("Error: there is no Pulumi CLI on the PATH, and it can't be fetched (")
    assert line.endswith("see https://www.pulumi.com/docs/install/")


@pytest.mark.usefixtures("fake_pulumi")
def test_a_cli_that_is_too_old_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_PULUMI_VERSION", "v2.0.0")
    done = run("outputs")
    assert done.exit_code == 1
    assert "your current CLI version is 2.0.0" in done.stderr


def test_ctrl_c_lets_pulumi_finish_what_it_has_begun(fake_pulumi: FakePulumi):
    with heeding_ctrl_c():
        process = subprocess.Popen(
            [IRIS, "deploy", "up", "--yes", "--no-doctor"],
            env={**os.environ, "FAKE_PULUMI_SLOW": "yes"},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    with process:
        deadline = time.monotonic() + 20
        while ["at work"] not in fake_pulumi.asked():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        # As a terminal does: to all that runs in it.
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert ["finished"] in fake_pulumi.asked()
    assert "Pulumi finishes what it has begun" in said
    assert "Traceback" not in said
