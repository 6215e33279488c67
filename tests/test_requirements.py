from __future__ import annotations

import re
from pathlib import Path

import pytest

PINS = Path(__file__).parents[1] / "requirements"


def pins(name: str) -> dict[str, set[str]]:
    """Return the hashes of each pin, by the line that names the distribution, its version and its marker."""
    found: dict[str, set[str]] = {}
    for entry in re.split(r"\n(?=\S)", (PINS / name).read_text()):
        line, *hashes = [part.strip() for part in entry.split("\\\n")]
        found[line] = set(hashes)
    return found


@pytest.mark.parametrize("name", ["deploy.txt", "service.txt", "function.txt", "onnx.txt"])
def test_what_is_installed_elsewhere_is_of_the_versions_that_are_tested_here(name: str):
    tested = pins("project.txt")
    required = pins(name)
    assert required
    assert {line: tested.get(line) for line in required} == required


@pytest.mark.parametrize(
    "name", ["bootstrap.txt", "project.txt", "deploy.txt", "service.txt", "function.txt", "onnx.txt"]
)
def test_every_pin_has_hashes(name: str):
    assert [line for line, hashes in pins(name).items() if not hashes] == []
