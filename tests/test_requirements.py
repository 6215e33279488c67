from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import uv

PINS = Path(__file__).parents[1] / "requirements"


def pins(name: str) -> dict[str, set[str]]:
    """Return the hashes of each pin, by the line that names the distribution, its version and its marker."""
    found: dict[str, set[str]] = {}
    for entry in re.split(r"\n(?=\S)", (PINS / name).read_text()):
        line, *hashes = [part.strip() for part in entry.split("\\\n")]
        found[line] = set(hashes)
    return found


ELSEWHERE = ("deploy.txt", "service.txt", "function.txt", "onnx.txt")
PARTS = ("workstation.txt", "extra-charts.txt", "extra-onnx.txt", "extra-skops.txt")
"""Sets that commands are installed with, where the tests are not."""


@pytest.mark.parametrize("name", [*ELSEWHERE, *PARTS])
def test_what_is_installed_elsewhere_is_of_the_versions_that_are_tested_here(name: str):
    tested = pins("project.txt")
    required = pins(name)
    assert required
    assert {line: tested.get(line) for line in required} == required


@pytest.mark.parametrize("name", ["bootstrap.txt", "project.txt", "clients.txt", *ELSEWHERE, *PARTS])
def test_every_pin_has_hashes(name: str):
    assert [line for line, hashes in pins(name).items() if not hashes] == []


def test_the_parts_of_what_is_installed_together_are_all_but_the_tests_own():
    parts = {line for name in PARTS for line in pins(name)}
    assert {"matplotlib", "onnxruntime", "pulumi", "skl2onnx"} <= {re.split("==", line)[0] for line in parts}
    for of_tests in ("basedpyright", "playwright", "pytest", "schemathesis"):
        assert not any(line.startswith(of_tests) for line in parts)


@pytest.mark.parametrize("python", ["3.11", "3.14"])
@pytest.mark.parametrize(
    "platform", ["x86_64-manylinux_2_31", "aarch64-manylinux_2_31", "aarch64-apple-darwin"]
)
def test_every_supported_platform_has_a_wheel_of_each_pin(tmp_path: Path, platform: str, python: str):
    ended = subprocess.run(
        [
            *(uv.find_uv_bin(), "pip", "install", "--dry-run", "--only-binary", ":all:", "--require-hashes"),
            "--no-deps",
            *("--target", tmp_path, "--python-platform", platform, "--python-version", python),
            *("--requirements", PINS / "workstation.txt"),
        ],
        env={**os.environ, "MACOSX_DEPLOYMENT_TARGET": "15.0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
