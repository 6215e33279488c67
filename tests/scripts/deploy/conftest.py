from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

FAKE = Path(__file__).with_name("fake_pulumi.py")


@dataclass(frozen=True)
class FakePulumi:
    """Fake Pulumi CLI on the PATH, which deploys nothing."""

    log: Path

    def calls(self) -> list[list[str]]:
        """Return the arguments of all calls."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def was_called_with(self, verb: str) -> bool:
        return any(words[0] == verb for words in self.calls())


@pytest.fixture
def fake_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePulumi:
    command = tmp_path / "bin" / "pulumi"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE} "$@"\n')
    command.chmod(0o755)
    fake = FakePulumi(tmp_path / "calls.jsonl")
    monkeypatch.setenv("FAKE_PULUMI_LOG", str(fake.log))
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    return fake
