"""Real Pulumi engine on the same LocalStack, if its CLI and AWS plugin are installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pulumi import automation

from tests.engine.cli import find_engine

if TYPE_CHECKING:
    from localcloud.aws.clients import Api

PROJECT = Path(__file__).parents[2]
ENGINE = find_engine()


def missing() -> str | None:
    """Return the reason to skip the test, or None."""
    if ENGINE is None:
        return "Pulumi's CLI is neither on the PATH, nor in ~/.pulumi/bin, nor in the cache"
    listed = subprocess.run(
        [ENGINE / "pulumi", "plugin", "ls", "--json"], capture_output=True, text=True, check=True
    )
    if not any(plugin["name"] == "aws" for plugin in json.loads(listed.stdout)):
        return "the Pulumi CLI has no AWS plugin (`pulumi plugin install resource aws`)"
    return None


@pytest.mark.skipif(missing() is not None, reason=f"pulumi up is not run: {missing()}")
def test_pulumi_up_makes_the_stack_and_destroy_removes_it(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name, value in {
        **api.environment(),
        "PATH": f"{ENGINE}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "only for this test",
    }.items():
        monkeypatch.setenv(name, value)
    stack = automation.create_or_select_stack("dev", work_dir=str(copied(tmp_path)))
    try:
        outputs = stack.up().outputs
        assert outputs["url"].value.startswith("http://iris-alb-")
        assert outputs["archive"].value.endswith("/service.zip")
    finally:
        stack.destroy()
    assert stack.outputs() == {}


def copied(folder: Path) -> Path:
    """Copy the project, because the CLI writes to the stack's file."""
    (folder / "state").mkdir()
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        shutil.copy(PROJECT / name, folder)
    for name in ("infra", ".venv"):
        (folder / name).symlink_to(PROJECT / name)
    return folder
