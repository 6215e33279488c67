"""Examples of the README, run as they stand there against the running stack."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

READMES = [Path(__file__).parents[2] / name for name in ("README.md", "README.es.md")]
SHOWN = "http://127.0.0.1:8080"
"""Address of the load balancer in the README; the tests' stack has another port."""

EXAMPLES = [
    pytest.param(command, answer, id=f"{readme.name}-{at}")
    for readme in READMES
    for at, (command, answer) in enumerate(
        re.findall(r"^(curl .+)\n(?:# (.+)\n)?", readme.read_text(encoding="utf-8"), re.MULTILINE)
    )
]


def test_both_readmes_have_examples():
    assert len(EXAMPLES) >= 6


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("command", "answer"), EXAMPLES)
def test_an_example_of_the_readme_returns_what_is_shown(command: str, answer: str, url: str):
    run = subprocess.run(
        [
            "bash",
            "-c",
            command.replace("curl ", "curl --silent --show-error --fail-with-body ", 1).replace(SHOWN, url),
        ],
        cwd=READMES[0].parent,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    if "listpredictors" in command:
        assert "logistic" in run.stdout
    elif "flowers.csv" in command:
        # Fisher's data set has 50 flowers of each of three species.
        assert run.stdout.count("Iris ") == 150
    else:
        assert run.stdout == (answer or json.dumps({"specie": "Iris Setosa"}, separators=(",", ":")))
