"""The page of each model: iris has its own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from service.iris.definition import IRIS
from service.iris.page import IRIS_PAGE
from service.page.model_page import generic_page

if TYPE_CHECKING:
    from service.model.definition import Definition
    from service.page.model_page import ModelPage


@lru_cache
def model_page(definition: Definition) -> ModelPage:
    """Return the page of a model."""
    return IRIS_PAGE if definition.content() == IRIS else generic_page(definition)
