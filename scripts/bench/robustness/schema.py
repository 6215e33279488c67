"""Requests of schemathesis from the service's OpenAPI document, and its checks of the answers."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.console.commands import last_line, run_command

_HOOKS: Final = Path(__file__).with_name("bodies.py")

_CONFIGURATION: Final = """
# The answer to a batch names its invalid rows, and classifies the others.
[[operations]]
include-name = "POST /api/v01/classify/batch"
checks.negative_data_rejection.expected-statuses = ["200", "4xx"]

# The same, where the document shows one row.
[[operations]]
include-name = "POST /api/v01/predictors/{name}/predict"
checks.negative_data_rejection.expected-statuses = ["200", "4xx"]
"""

_OF_DIFFERENT_MODELS: Final = """
# The document allows any object, as it is of any predictor.
checks.positive_data_acceptance.expected-statuses = ["200", "4xx"]

# The parameters are those of all predictors, of which one needs its own, and ignores others.
[[operations]]
include-name = "GET /api/v01/predictors/{name}/predict"
checks.negative_data_rejection.expected-statuses = ["200", "4xx"]
checks.positive_data_acceptance.expected-statuses = ["200", "4xx"]

[[operations]]
include-name = "GET /api/v01/classify"
checks.negative_data_rejection.expected-statuses = ["200", "4xx"]
"""


@dataclass(frozen=True, kw_only=True)
class SchemathesisResult:
    """Result of schemathesis."""

    requests: int
    failures: int
    """Requests whose answer differs from the documentation, or violates HTTP."""
    output: str
    """Output of schemathesis, with each failure and a command that repeats it."""


class SchemathesisError(Exception):
    """schemathesis is missing, or failed to start."""


def check(url: str, *, examples: int, seed: int, is_mixed: bool = False) -> SchemathesisResult:
    """Send up to `examples` requests for each operation, with all checks of schemathesis.

    Args:
        url: Base URL of the service.
        examples: Maximum number of requests for each operation.
        seed: Seed of the requests.
        is_mixed: Whether its predictors have different definitions.

    Raises:
        SchemathesisError: It is not installed, or did not send any request.
    """
    with tempfile.TemporaryDirectory(prefix="robustness-") as folder:
        report = Path(folder) / "report.json"
        (Path(folder) / "schemathesis.toml").write_text(
            _CONFIGURATION + (_OF_DIFFERENT_MODELS if is_mixed else ""), encoding="utf-8"
        )
        # A proxy would also get the requests to the loopback interface.
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        arguments = [
            f"{url}/openapi.json",
            "--checks=all",
            f"--max-examples={examples}",
            f"--seed={seed}",
            "--generation-database=none",
            "--continue-on-failure",
            f"--report-json-path={report}",
            "--no-color",
        ]
        ended = run_command(
            *(sys.executable, "-m", "schemathesis.cli", "run", *arguments),
            cwd=Path(folder),
            env=environment | {"SCHEMATHESIS_HOOKS": str(_HOOKS)},
        )
        if not report.exists():
            reason = last_line(ended.stdout + ended.stderr)
            raise SchemathesisError(f"schemathesis did not run: {reason}")
        cases = json.loads(report.read_text(encoding="utf-8"))["test_cases"]
    return SchemathesisResult(
        requests=cases["generated"],
        failures=cases["with_failures"] + cases["errored"],
        output=ended.stdout,
    )
