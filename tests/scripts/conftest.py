from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts import training
from scripts.train import write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def predictors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's own predictor, freshly trained."""
    folder = tmp_path_factory.mktemp("predictors")
    data = training.load_data()
    validation = training.cross_validate(data, seed=42)
    write(training.pack(training.fit(data), data, validation, seed=42), folder / training.NAME)
    return folder
