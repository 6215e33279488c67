"""Generators and linters that `.ci/clients` has installed into build/clients."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PINS = Path(__file__).parent
ROOT = PINS.parents[2]
TOOLS = ROOT / "build" / "clients"


def require_tools(*names: str) -> None:
    """Skip the test if tools of these languages are not installed."""
    for name in names:
        if not (TOOLS / f"{name}.installed").exists():
            failed = TOOLS / f"{name}.failed"
            reason = failed.read_text().strip() if failed.exists() else "run make test-clients"
            pytest.skip(f"the tools of {name} are not installed: {reason}")


def tool_environment() -> dict[str, str]:
    """Return the environment of their commands, which download nothing."""
    folders = [TOOLS / "python" / "bin", TOOLS / "node" / "node_modules" / ".bin", os.environ["PATH"]]
    return os.environ | {
        "PATH": os.pathsep.join(map(str, folders)),
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this variable as the value of build isolation
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "NO_COLOR": "1",
    }
