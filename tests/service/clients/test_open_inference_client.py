"""Triton's published client library, unchanged, against the running service."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.service.clients.tools import PINS, TOOLS, require_tools

if TYPE_CHECKING:
    from tests.service.conftest import RunningService

pytestmark = pytest.mark.one_python  # the client runs without this Python

SPECIES = ["Iris Setosa", "Iris Virginica"]


def answers_to_triton(url: str) -> dict[str, Any]:
    """Return what the program with Triton's client has got from a URL."""
    require_tools("python")
    program = PINS / "programs" / "open_inference.py"
    ended = subprocess.run(
        [TOOLS / "python" / "bin" / "python", program, url],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def assert_answers_conform(answered: dict[str, Any]) -> None:
    """Assert that Triton's client got the right answers."""
    assert len(answered["labels"]) == 8
    assert dict.fromkeys(answered["labels"], SPECIES) == answered["labels"]
    assert (answered["id"], answered["all_outputs"], answered["sums"]) == ("42", SPECIES, [1.0, 1.0])
    assert answered["inputs"] == ["pl", "pw", "sl", "sw"]
    ready = [answered[key] for key in ("live", "ready", "model_ready", "other_version_ready")]
    assert ready == [True, True, True, False]
    assert answered["unknown"][0] == "404"
    assert answered["unknown"][1].startswith("There is no such model. Available: ")
    status, message = answered["out_of_range"]
    assert (status, message.partition(",")[0]) == ("422", "Row 1: pl is 101.4")


def test_tritons_client_gets_the_answers_of_the_service(service: RunningService):
    assert_answers_conform(answers_to_triton(service.url))
