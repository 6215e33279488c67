"""One roll-out at a time, with a program that never ends in its place."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from localcloud.state_dir import StateDir
from scripts.local.watch.actions import commands
from scripts.local.watch.actions.outcome import ActionError
from scripts.local.watch.actions.release import MODULE, Releases
from tests.suite.waiting import until

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_roll_out_leaves_the_one_in_progress_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program = tmp_path / "scripts"
    program.mkdir()
    (program / "__init__.py").touch()
    (program / "__main__.py").write_text("import time\nprint('begun', flush=True)\ntime.sleep(60)\n")
    monkeypatch.setattr(commands, "PROJECT", tmp_path)
    state_dir = StateDir(tmp_path / "home")
    state_dir.archives.mkdir(parents=True)
    with zipfile.ZipFile(state_dir.archives / "iris-local-0123456789ab.zip", "w") as archive:
        archive.writestr(MODULE, "")
    releases = Releases(state_dir)
    started: list[commands.BackgroundCommand] = []

    class Followed(commands.BackgroundCommand):
        def __init__(self, words: list[str]) -> None:
            super().__init__(words)
            started.append(self)

    monkeypatch.setattr("scripts.local.watch.actions.release.BackgroundCommand", Followed)
    try:
        releases.release(good=True)
        until(lambda: releases.line == "begun")
        with pytest.raises(ActionError, match="in_progress"):
            releases.release(good=False)
        assert [command.is_running for command in started] == [True]
    finally:
        for command in started:
            command.stop()
        releases.close()


@pytest.mark.parametrize(("good", "gives_up"), [(True, False), (False, True)])
def test_a_roll_out_of_the_page_changes_half_of_the_fleet_at_a_time_whatever_rings(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    good: bool,  # noqa: FBT001 (pytest passes it by name)
    gives_up: bool,  # noqa: FBT001
):
    started: list[list[str]] = []
    monkeypatch.setattr("scripts.local.watch.actions.release.BackgroundCommand", started.append)
    state_dir = StateDir(tmp_path / "home")
    state_dir.archives.mkdir(parents=True)
    with zipfile.ZipFile(state_dir.archives / "iris-local-0123456789ab.zip", "w") as archive:
        archive.writestr(MODULE, "")
    releases = Releases(state_dir)
    releases.release(good=good)
    (words,) = started
    options = dict(zip(words, [*words[1:], ""], strict=True))
    assert (words[0], options["--home"], options["--only"]) == ("rollout", str(state_dir.home), "fleet")
    assert (options["--strategy"], options["--step"]) == ("linear", "50")
    # The lessons and buttons of the page make alarms ring.
    assert "--despite-alarms" in words
    assert ("--give-up-after" in words) is gives_up
    assert zipfile.is_zipfile(options["--archive"])
    releases.close()
