"""The README says what is true."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcloud.provisioning.registry import ROWS

PROJECT = Path(__file__).parent.parent
README, SPANISH = ((PROJECT / name).read_text(encoding="utf-8") for name in ("README.md", "README.es.md"))


def configuration_table() -> str:
    """Write the table that the README should have, from Pulumi.yaml."""
    project: dict[str, Any] = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))
    rows = [
        f"| `{key}` | {_code(entry['default'])} | {entry['description']} |"
        for key, entry in project["config"].items()
    ]
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *rows])


def _code(default: object) -> str:
    """Write a default as the command line takes it; there is nothing to write of an empty one."""
    text = default if isinstance(default, str) else json.dumps(default)
    return f"`{text}`" if text else ""


def test_the_configuration_table_is_that_of_the_program():
    assert configuration_table() in README, f"the README's table should be:\n\n{configuration_table()}"


@pytest.mark.parametrize("readme", [README, SPANISH], ids=["english", "spanish"])
def test_every_make_target_that_is_named_exists(readme: str):
    named = set(re.findall(r"\bmake (?:-s )?([a-z-]+)", readme))
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    assert {"up", "test", "down", "status"} <= named
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def test_every_folder_and_file_that_is_named_exists():
    named = re.findall(r"`([a-z]\w*/[\w./-]*)`", README)
    types_of_resources = {token.split(":")[1] for token in ROWS}
    assert named
    assert [name for name in {*named} - types_of_resources if not (PROJECT / name).exists()] == []


def test_every_example_in_spanish_is_one_of_the_english_ones():
    commands = re.findall(r"^(?:curl|make) [^#\n]+?(?=\s*(?:#|$))", SPANISH, re.MULTILINE)
    assert len(commands) > 5
    assert [command for command in commands if command not in README] == []


def test_make_help_explains_every_command_that_it_lists():
    helped = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert "make up" in helped
    assert "make test" in helped
