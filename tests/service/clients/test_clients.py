"""Clients that generators make from the OpenAPI document, as docs/clients.md says: each calls every route."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.service.clients.tools import PINS, ROOT, TOOLS, require_tools, tool_environment

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.service.conftest import RunningService

pytestmark = pytest.mark.one_python  # the clients run without this Python

PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
PAGE_URL = "http://127.0.0.1:8080"
BLOCKS = re.compile(r"(?:`([\w.]+)`:\n\n)?```(\w+)\n(.*?)```", re.DOTALL)
INSTALLS = re.compile(r"(pip install (?!\./)|npm install |go get |go mod init )(.*)")
"""Commands whose packages are installed beforehand, with pins."""


@dataclass(frozen=True)
class GeneratedClient:
    """Section of the page, and a program that calls every route with its client."""

    section: str
    program: str
    tools: tuple[str, ...]

    def blocks(self) -> list[tuple[str, str, str]]:
        """Return name of the file, language and text of each block."""
        (section,) = re.findall(rf"^## {self.section}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
        return BLOCKS.findall(section)


CLIENTS = [
    GeneratedClient("Python", "every_route.py", ("python",)),
    GeneratedClient("TypeScript", "every_route.ts", ("node",)),
    GeneratedClient("Go", "oapi_codegen.go", ("go",)),
    GeneratedClient("Go with ogen", "ogen.go", ("go",)),
    GeneratedClient("Java", "EveryRoute.java", ("python", "java")),
]


def run(commands: str, folder: Path) -> str:
    lines = [line for line in commands.splitlines() if not INSTALLS.match(line)]
    ended = subprocess.run(
        ["bash", "-euc", "\n".join(lines)],
        cwd=folder,
        env=tool_environment(),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 0, f"{commands}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def prepare(folder: Path) -> None:
    """Provide a folder with what its install commands would have downloaded."""
    for pins in ("go.mod", "go.sum"):
        shutil.copy(PINS / pins, folder)
    if (TOOLS / "node" / "node_modules").exists():
        (folder / "node_modules").symlink_to(TOOLS / "node" / "node_modules")
    (folder / ".mvn").mkdir()
    (folder / ".mvn" / "maven.config").write_text("--offline\n")


@pytest.mark.parametrize("generated", CLIENTS, ids=lambda generated: generated.section)
def test_a_generated_client_calls_every_route(
    generated: GeneratedClient, service: RunningService, client: httpx.Client, tmp_path: Path
):
    require_tools(*generated.tools)
    prepare(tmp_path)
    *_, (source, _, _), (_, _, start) = blocks = generated.blocks()
    output = ""
    for name, _, text in blocks:
        here = text.replace(PAGE_URL, service.url)
        if name:
            (tmp_path / name).write_text(here, encoding="utf-8")
        else:
            output = run(here, tmp_path)
    assert output.splitlines()[-1] == "Iris Setosa"

    shutil.copy(PINS / "programs" / generated.program, tmp_path / source)
    answered = json.loads(run(f"{start.rstrip()} {service.url}", tmp_path))
    listed: list[dict[str, Any]] = client.get("/listpredictors").json()["predictors"]
    names = [predictor["name"] for predictor in listed]
    assert answered == {
        "species": ["Iris Setosa"] * 3,
        "predicted": ["Iris Setosa"] * 2,
        "probabilities": 3,
        "batch": ["Iris Setosa", "Iris Virginica"],
        "batch_probabilities": 3,
        "refused": [2, "pl"],
        "ndjson": '{"specie":"Iris Setosa"}\n',
        "csv": "specie,error\r\nIris Setosa,\r\n",
        "invalid": [422, "pl"],
        "missing": 404,
        "predictors": names,
        "at_root": names,
        "card": [names[0], "pl", datetime.fromisoformat(listed[0]["trained_at"]).year],
        "health": ["alive", "ready"],
        "version": "i-test",
    }


@pytest.mark.parametrize("generated", CLIENTS, ids=lambda generated: generated.section)
def test_a_program_calls_every_operation_of_the_document(generated: GeneratedClient, client: httpx.Client):
    program = (PINS / "programs" / generated.program).read_text(encoding="utf-8")
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            # Names have underscores in Python and start with a capital in Go; TypeScript has the paths.
            is_called = operation["operationId"].lower() in program.replace("_", "").lower()
            assert is_called or f'client.{method.upper()}("{path}"' in program, operation["operationId"]


def test_the_page_installs_only_packages_that_are_pinned_here():
    pins = "".join(
        (ROOT / path).read_text(encoding="utf-8")
        for path in ("requirements/clients.txt", PINS / "package.json", PINS / "go.mod")
    )
    commands = [line for name, _, text in BLOCKS.findall(PAGE) if not name for line in text.splitlines()]
    installs = [match for line in commands if (match := INSTALLS.match(line))]
    packages = {package for match in installs for package in match[2].split()} - {
        "-tool",
        "./...",
        "example.com/flowers",
    }
    assert len(packages) >= len(CLIENTS)
    for package in packages:
        name = re.sub(r"(?<=.)@.*", "", package)  # without a version
        assert re.search(rf'^[\s"]*{re.escape(name)}(["=\s]|$)', pins, re.MULTILINE), name


def test_curl_needs_no_generator(service: RunningService, tmp_path: Path):
    if not shutil.which("curl"):
        pytest.skip("curl is missing")
    ((_, _, command),) = GeneratedClient("Without a generator", "", ()).blocks()
    assert json.loads(run(command.replace(PAGE_URL, service.url), tmp_path)) == {"specie": "Iris Setosa"}


@pytest.fixture
def document(client: httpx.Client, tmp_path: Path) -> Path:
    """The OpenAPI document in a file."""
    file = tmp_path / "openapi.json"
    file.write_bytes(client.get("/openapi.json").content)
    return file


def test_redocly_finds_nothing_in_the_document(document: Path):
    require_tools("node")
    report = run_linter(
        "redocly",
        "lint",
        "--format=json",
        "--extends=recommended-strict",
        document.name,
        folder=document.parent,
    )
    found = json.loads(report.stdout[report.stdout.index("{") :])
    assert found["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, report.stdout


def test_spectral_finds_nothing_in_the_document(document: Path):
    require_tools("node")
    ruleset = document.with_name("ruleset.yaml")
    ruleset.write_text(SPECTRAL_RULES)
    report = run_linter(
        *("spectral", "lint", "--format=json", "--quiet", f"--ruleset={ruleset}", document.name),
        folder=document.parent,
    )
    assert json.loads(report.stdout) == [], report.stdout


SPECTRAL_RULES = """
extends: [["spectral:oas", all]]
rules:
  contact-properties: off  # the address of the operator of a deployment is not known
  license-url: off  # OpenAPI 3.1, 4.8.4: the identifier excludes it
"""


def run_linter(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = tool_environment() | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
