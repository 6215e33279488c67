"""End of a function's process with its descendants."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psutil

from scalable_models_localstack.functions.process import ENVIRONMENT_ID, FunctionProcess
from tests.localcloud.localstack.lambda_api.functions import SOON, surviving

if TYPE_CHECKING:
    import pytest

APP = """
import pathlib, subprocess, sys
command = [sys.executable, "-c", "import time; time.sleep(60)"]
child = subprocess.Popen(command, start_new_session=True)
pathlib.Path("pid").write_text(str(child.pid))
handler = None
"""


def test_a_descendant_that_is_loading_its_program_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The kernel shows the environment of such a process as empty for a moment (`execve`)."""
    (tmp_path / "app.py").write_text(APP)
    variables = {"LAMBDA_TASK_ROOT": str(tmp_path), "_HANDLER": "app.handler", "PATH": os.defpath}
    process = FunctionProcess(Path(sys.executable), {**variables, ENVIRONMENT_ID: uuid4().hex}, 2**20)
    try:
        assert process.receive(time.monotonic() + SOON).kind == "ready"
        child = int((tmp_path / "pid").read_text())
        loaded = time.monotonic() + 0.1
        environ = psutil.Process.environ

        def while_loading(self: psutil.Process) -> dict[str, str]:
            return {} if self.pid == child and time.monotonic() < loaded else environ(self)

        monkeypatch.setattr(psutil.Process, "environ", while_loading)
    finally:
        process.end()
    assert surviving([child]) == []
