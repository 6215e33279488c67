from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.console import progress, steps
from tests.trained import small_recipes, train_into

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def predictors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's own predictors, freshly trained."""
    return train_into(tmp_path_factory.mktemp("predictors"), small_recipes())


@pytest.fixture(scope="session")
def packed_archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of archives, into which those of `predictors` and all dependencies are packed once."""
    return tmp_path_factory.mktemp("archives")


@pytest.fixture(autouse=True)
def _silent_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print no lines of progress, which depend on the time that a command takes."""
    monkeypatch.setattr(progress, "FIRST_LINE_SECONDS", 3_600.0)
    monkeypatch.setattr(steps, "QUIET_SECONDS", 3_600.0)
