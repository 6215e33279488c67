from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from scripts.program import recording
from scripts.program import run as program
from tests.trained import small_recipes, train_into

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@pytest.fixture(scope="session")
def predictors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's own predictors, freshly trained."""
    return train_into(tmp_path_factory.mktemp("predictors"), small_recipes())


@pytest.fixture(scope="session", autouse=True)
def project_s_program_runs_once() -> Iterator[None]:
    """Run the project's own program once for the same stack and settings; no test changes it.

    Every caller gets a copy of its own. Programs of other folders run each time.
    """
    run, project = recording.recorded, program.PROJECT

    @cache
    def said(stack: str, settings: tuple[str, ...], default_region: str) -> dict[str, Any]:
        return run(project, stack, settings, default_region)

    def recorded(folder: Path, stack: str, settings: Sequence[str], default_region: str) -> dict[str, Any]:
        if folder != project:
            return run(folder, stack, settings, default_region)
        return deepcopy(said(stack, tuple(settings), default_region))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "recorded", recorded)
        yield
