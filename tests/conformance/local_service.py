"""The service as a process of its own, with nothing in front: the reference of every comparison."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.listening import wait_until_listening

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT: Final = Path(__file__).resolve().parents[2]


@contextmanager
def local_service(predictors: Path, *, root: Path = ROOT) -> Generator[str]:
    """Start the service of the tree at `root` with these predictors, yield its URL, and stop it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IRIS_")}
    environment |= {"IRIS_PORT": "0", "IRIS_PREDICTORS": str(predictors)}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "service.main"], cwd=root, env=environment, stderr=output
            )
        try:
            yield wait_until_listening(process, log)
        finally:
            process.terminate()
            process.wait(timeout=30)
