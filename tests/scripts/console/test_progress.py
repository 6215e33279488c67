"""Progress without a terminal: lines now and then, which name the step and its seconds."""

from __future__ import annotations

import io
import re
import sys
from typing import TYPE_CHECKING

from scripts.console import progress, steps
from scripts.console.progress import count_progress
from scripts.console.steps import StepDisplay, waiting
from tests.suite.waiting import until

if TYPE_CHECKING:
    import pytest


def test_what_ends_within_two_seconds_prints_no_line(capsys: pytest.CaptureFixture[str]):
    with count_progress() as shown:
        task = shown.add_task("Measuring", total=4)
        for _ in range(4):
            shown.advance(task)
    assert capsys.readouterr().err == ""


def test_longer_work_prints_its_step_and_its_share(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(progress, "FIRST_LINE_SECONDS", 0.0)
    with count_progress() as shown:
        task = shown.add_task("Measuring", total=4)
        shown.advance(task)
        shown.advance(task)  # less than ten seconds later
        monkeypatch.setattr(shown, "_next_line", 0.0)
        shown.update(task, completed=3, description="Measuring [ours]")
    assert without_seconds(capsys.readouterr().err) == ["Measuring: 25 %", "Measuring [ours]: 75 %"]


def without_seconds(printed: str) -> list[str]:
    """Return the lines without the seconds at their ends, which depend on the machine."""
    return [re.sub(r", \d+ s$", "", line) for line in printed.splitlines()]


def test_a_step_is_a_line_and_its_progress_none_until_half_a_minute_has_passed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(steps, "QUIET_SECONDS", 0.01)
    # A look at what pytest captures could lose what another thread prints meanwhile.
    printed = io.StringIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", printed)
        with waiting("Checking"):
            until(lambda: "\n" in printed.getvalue())
    monkeypatch.setattr(steps, "QUIET_SECONDS", 60.0)
    with waiting("Not shown"):
        pass
    with StepDisplay("Running") as display:
        display.update("Running: 1 resource")
        display.update("Running: 2 resources")
        monkeypatch.setattr(steps, "REPEAT_SECONDS", 0.0)
        display.update("Running: 3 resources")
    lines = without_seconds(printed.getvalue() + capsys.readouterr().err)
    assert lines == ["Checking", "Running: 1 resource", "Running: 3 resources"]
