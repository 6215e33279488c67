"""Lets schemathesis make requests from the service's own documentation, and hold the answers against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HOOKS: Final = Path(__file__).with_name("bodies.py")

_CONFIGURATION: Final = """
# A bad row of a batch is named in the answer, and the others are answered all the same.
[[operations]]
include-name = "POST /api/v01/classify/batch"
checks.negative_data_rejection.expected-statuses = ["200", "4xx"]
"""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What schemathesis found."""

    requests: int
    failures: int
    """Requests whose answer is not as documented, or breaks a rule of HTTP."""
    said: str
    """What it prints; names each failure, with a command that repeats it."""


class SchemathesisError(Exception):
    """It cannot be run."""


def check(url: str, *, examples: int, seed: int) -> Checked:
    """Make up to so many requests for each operation, with all of its checks.

    Raises:
        SchemathesisError: it is not installed, or did not get as far as asking.
    """
    with tempfile.TemporaryDirectory(prefix="robustness-") as folder:
        report = Path(folder) / "report.json"
        (Path(folder) / "schemathesis.toml").write_text(_CONFIGURATION, encoding="utf-8")
        # A proxy would be asked for the loopback too.
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        words = [
            f"{url}/openapi.json",
            "--checks=all",
            f"--max-examples={examples}",
            f"--seed={seed}",
            "--generation-database=none",
            "--continue-on-failure",
            f"--report-json-path={report}",
            "--no-color",
        ]
        ended = subprocess.run(  # noqa: S603 (our own words)
            [sys.executable, "-m", "schemathesis.cli", "run", *words],
            cwd=folder,
            env=environment | {"SCHEMATHESIS_HOOKS": str(_HOOKS)},
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.exists():
            last = ((ended.stdout + ended.stderr).strip().splitlines() or ["no reason given"])[-1]
            raise SchemathesisError(f"schemathesis did not run: {last}")
        cases = json.loads(report.read_text(encoding="utf-8"))["test_cases"]
    return Checked(
        requests=cases["generated"],
        failures=cases["with_failures"] + cases["errored"],
        said=ended.stdout,
    )
