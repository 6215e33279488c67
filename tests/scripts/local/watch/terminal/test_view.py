"""View of a cloud in a pipe: a line every five seconds, each with rates."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from localcloud.state_dir import StateDir
from scripts.local.watch.terminal import view
from tests.scripts.local.watch.clouds import NODE_A, QUIET

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from scripts.local.watch.observation.reading import Reading


class Cloud:
    """Reader of a cloud with ten requests a second, which is interrupted by Ctrl-C."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._second = 0
        self.is_closed = False

    def read(self) -> Reading:
        if self._second == self._seconds:
            raise KeyboardInterrupt
        self._second += 1
        nodes = [replace(NODE_A, requests=10 * self._second)]
        return replace(QUIET, time=float(self._second), nodes=nodes)

    def close(self) -> None:
        self.is_closed = True


def test_in_a_pipe_there_is_a_line_every_five_seconds_from_the_first_rate_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    cloud = Cloud(12)

    def reader(_: StateDir) -> Cloud:
        return cloud

    def find_identity(_: StateDir) -> None:
        pass

    clock: Any = SimpleNamespace(monotonic=float, sleep=float)
    monkeypatch.setattr(view, "time", clock)
    monkeypatch.setattr(view, "CloudReader", reader)
    monkeypatch.setattr(view, "find_identity", find_identity)
    view.show(StateDir(tmp_path), "en", as_json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["per_second"] for line in lines] == [10, 10, 10]
    assert [len(line["events"]) for line in lines] == [1, 0, 0]
    assert cloud.is_closed
