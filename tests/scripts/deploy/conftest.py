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
    """A Pulumi CLI on the PATH that deploys nothing."""

    log: Path

    def asked(self) -> list[list[str]]:
        """Give all that it was asked, as words."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def was_asked(self, verb: str) -> bool:
        return any(words[0] == verb for words in self.asked())


@pytest.fixture
def fake_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePulumi:
    command = tmp_path / "bin" / "pulumi"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE} "$@"\n')
    command.chmod(0o755)
    fake = FakePulumi(tmp_path / "asked.jsonl")
    monkeypatch.setenv("FAKE_PULUMI_LOG", str(fake.log))
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    return fake
