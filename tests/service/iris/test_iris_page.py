"""Page of iris: each of its languages has every text, and each example is a whole flower."""

from __future__ import annotations

import pytest

from service.iris.definition import EXAMPLE, SPECIES
from service.iris.exchange import correct
from service.iris.page import IRIS_PAGE
from service.page.translations import LANGUAGES
from tests.iris import DEFINITION, FEATURES


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_about_the_model_is_missing_in_any_language(language: str):
    texts = IRIS_PAGE.texts[language]
    assert all(vars(texts).values())
    assert tuple(texts.features) == FEATURES
    assert all(texts.features.values())
    assert "{given}" in texts.bad


def test_there_is_an_example_of_each_species_and_one_that_is_corrected():
    examples = IRIS_PAGE.examples
    assert [example.label for example in examples] == [*SPECIES, ""]
    rows = [DEFINITION.row(example.values) for example in examples]
    assert all(tuple(example.values) == FEATURES for example in examples)
    assert [correct(row) for row in rows] == [None, None, None, DEFINITION.row(EXAMPLE)]
    assert IRIS_PAGE.placeholder == rows[1]
