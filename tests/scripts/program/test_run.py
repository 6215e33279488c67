"""Runs of the program with the configuration of a stack, as Pulumi would read it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.program import run
from scripts.program.mock_process import MOCK_RUN
from scripts.program.resources import StackError

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).parents[3]

CIPHERTEXT = "v1:bm9uY2U=:Y2lwaGVy"


@pytest.fixture
def write_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that writes the file of the stack `prod`, in a project with the real program."""
    (tmp_path / "infra").symlink_to(PROJECT / "infra")
    (tmp_path / "Pulumi.yaml").write_text((PROJECT / "Pulumi.yaml").read_text())
    monkeypatch.setattr(run, "PROJECT", tmp_path)
    # No Pulumi and no ~/.aws.
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    def write(config: str) -> None:
        (tmp_path / "Pulumi.prod.yaml").write_text(f"config:\n{config}")

    return write


def test_a_region_comes_from_the_file_the_environment_or_the_profile(
    write_stack: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    # A run with the same arguments is remembered: each has an owner of its own.
    write_stack("  compute: lambda\n")
    assert run.run("prod", ["owner=1"]).region == "us-east-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert run.run("prod", ["owner=2"]).region == "eu-west-1"
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    (tmp_path / "aws-config").write_text("[profile ops]\nregion = ap-south-1\n")
    write_stack("  compute: lambda\n  aws:profile: ops\n")
    assert run.run("prod", ["owner=3"]).region == "ap-south-1"
    write_stack("  compute: lambda\n  aws:profile: missing\n")
    with pytest.raises(StackError, match="missing"):
        run.run("prod", ["owner=4"])
    write_stack("  compute: lambda\n  aws:region: sa-east-1\n")
    assert run.run("prod", ["owner=5"]).region == "sa-east-1"
    assert run.run("prod", ["aws:region=eu-north-1"]).region == "eu-north-1"


def test_an_organisation_before_the_name_is_no_part_of_the_tags(write_stack: Callable[[str], None]):
    write_stack("  compute: lambda\n")
    resources = run.run("acme/scalable-models/prod")
    assert resources.stack == "prod"
    (function,) = resources.inputs_of("lambda/function")
    assert function["tags"]["stack"] == "prod"


def test_a_value_that_can_not_be_decrypted_has_its_default_and_is_named(write_stack: Callable[[str], None]):
    write_stack(f"  compute: lambda\n  scalable-models:alarmEmail:\n    secure: {CIPHERTEXT}\n")
    resources = run.run("prod", ["owner=me"])
    assert resources.encrypted == ("scalable-models:alarmEmail",)
    assert resources.inputs_of("sns/topicSubscription") == []


def test_a_program_whose_command_was_killed_ends_without_a_trace(tmp_path: Path):
    program = tmp_path / "program.py"
    program.write_text("import os\nos._exit(3)\n")
    task = {"project": "p", "program": str(program), "stack": "s", "config": {"aws:region": "us-east-1"}}
    with subprocess.Popen(
        [sys.executable, "-P", str(MOCK_RUN)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        # As the kernel does with the pipes of a killed process; the task is there already.
        process.stdout.close()
        process.stdin.write(json.dumps({"folder": str(tmp_path), "task": task}) + "\n")
        process.stdin.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1
