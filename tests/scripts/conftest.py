from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.trained import small_recipes, train_into

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def predictors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's own predictors, freshly trained."""
    return train_into(tmp_path_factory.mktemp("predictors"), small_recipes())


@pytest.fixture(scope="session")
def packed_archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which each archive of `predictors` is packed once."""
    return tmp_path_factory.mktemp("archives")
