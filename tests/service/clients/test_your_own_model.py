"""The page about calling one's own model: its commands and programs, run against a model of wines."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# scikit-learn has no types.

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sklearn.datasets import load_wine

from scripts.training.train import train
from tests.conformance.local_service import local_service
from tests.service.clients.tools import ROOT, TOOLS, require_tools

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (ROOT / "docs" / "your-own-model.md").read_text(encoding="utf-8")
PAGE_URL = "http://127.0.0.1:8080"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
CLASS = "class_0"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a service with the predictor that the first command of the page trains."""
    folder: Path = tmp_path_factory.mktemp("wine")
    data: Any = load_wine()
    header = [*data.feature_names, "cultivar"]
    rows = [[*row, f"class_{index}"] for row, index in zip(data.data, data.target, strict=True)]
    (folder / "wine.csv").write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]) + "\n")
    command, _ = BLOCKS[0][1].splitlines()
    words = shlex.split(command.removeprefix("iris train").replace("wine.csv", str(folder / "wine.csv")))
    trained = CliRunner().invoke(train, [*words, "--output", str(folder / "predictors")])
    assert trained.exit_code == 0, trained.output
    with local_service(folder / "predictors") as started:
        yield started


def blocks(language: str, holding: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language and holding in text]


def test_each_command_of_curl_is_answered(url: str):
    if not shutil.which("curl"):
        pytest.skip("curl is missing")
    commands = "".join(blocks("sh", "curl")).replace(PAGE_URL, url)
    script = re.sub(r"(curl -s)", r"\1 --fail-with-body -w '\\n'", commands)
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    row, query, header, line, _, metadata, inference = ended.stdout.splitlines()
    assert json.loads(row) == json.loads(query) == {"cultivar": CLASS}
    assert (header, line) == ("cultivar,error", f"{CLASS},")
    assert [each["name"] for each in json.loads(metadata)["inputs"]] == ["alcohol", "hue", "proline"]
    (output,) = json.loads(inference)["outputs"]
    assert output == {"name": "cultivar", "datatype": "BYTES", "shape": [1], "data": [CLASS]}


@pytest.mark.parametrize("library", ["httpx", "tritonclient"])
def test_each_program_prints_the_class(url: str, library: str):
    python = sys.executable
    if library == "tritonclient":
        require_tools("python")
        python = str(TOOLS / "python" / "bin" / "python")
    (program,) = blocks("python", library)
    program = program.replace(PAGE_URL, url).replace("127.0.0.1:8080", url.removeprefix("http://"))
    ended = subprocess.run([python, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (0, f"{CLASS}\n"), ended.stderr
