"""Results of the scenarios, which one process of LocalStack's interpreter performs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localcloud.localstack import server

ROOT = Path(__file__).parents[4]
PROGRAM = "tests.localcloud.localstack.virtual_time"


@pytest.fixture(scope="session")
def results() -> dict[str, Any]:
    """Return the result of each scenario by its name."""
    plugins = Path(server.__file__).with_name("plugins")
    ended = subprocess.run(
        [server.command()[0], "-m", PROGRAM],
        cwd=ROOT,
        env={
            "PYTHONPATH": f"{plugins}:{ROOT}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
