"""Form of the page and its result, of irises and of a regression with features of every type."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from service.model.definition_reader import read_definition
from service.model.registry import Predictor, Predictors
from service.page.form import submit_form
from service.page.model_page import generic_page
from service.page.render import render_page
from service.page.translations import ENGLISH, LANGUAGES
from tests.service.houses import DEFINITION

if TYPE_CHECKING:
    from service.model.feature import Row
    from service.page.form import FormResult

SETOSA = {"pl": "1.4", "pw": "0.2", "sl": "5.1", "sw": "3.5"}


class Price:
    """Regression with the same value for each row."""

    classes = 1

    def __init__(self, value: float) -> None:
        self._value = value

    def value(self, row: Row) -> float:
        del row
        return self._value


def houses(value: float = 1_234.567_89) -> Predictors:
    """Predictor of the price of a house, whose number of rooms and heating may be unknown."""
    features = [
        feature | {"optional": feature["short_name"] != "area", "unit": unit}
        for feature, unit in zip(DEFINITION["features"], ("m²", "rooms", "kW"), strict=True)
    ]
    definition = read_definition(DEFINITION | {"features": features, "title": "Houses", "description": "d"})
    card: dict[str, Any] = {
        "name": "houses",
        "version": "ab",
        "kind": "linear",
        "classes": [],
        "metrics": {},
        "trained_at": "2026-01-31T12:00:00Z",
        "features": [
            {"name": "area", "long_name": "living area", "unit": "m²", "minimum": 20, "maximum": 300},
            {"name": "rooms", "long_name": "rooms", "unit": "", "minimum": 1, "maximum": 9},
            {"name": "heating", "long_name": "heating", "unit": ""},
        ],
        "known_answers": [{"values": definition.example, "price": 1.0}],
    }
    model: Any = Price(value)
    return Predictors([Predictor(card, definition, lambda: model)])


def submitted(predictors: Predictors, language: str = "en", **given: str) -> FormResult:
    names = predictors.default.definition.short_names
    return submit_form(dict.fromkeys(names, "") | given, "", predictors, LANGUAGES[language])


def rendered(predictors: Predictors, language: str = "en", **given: str) -> str:
    form = submitted(predictors, language, **given)
    return render_page(form, predictors, language=language, instance="i-1", documented=True)


def field(page: str, name: str) -> str:
    """Return the beginning of the tag of a field."""
    found = re.search(rf'<(input|select) id="{name}"[^>]*>', page)
    assert found
    return found[0]


def test_an_empty_form_has_neither_a_result_nor_errors(predictors: Predictors):
    form = submitted(predictors)
    assert (form.classification, form.errors) == (None, {})
    assert ENGLISH.empty in rendered(predictors)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_value_and_a_wrong_one_have_errors_of_their_own(predictors: Predictors, language: str):
    errors = submitted(predictors, language, pl="abc", pw="  ", sl="5,1").errors
    bad = {"en": "“abc” is not a length from 0 to 100 cm.", "es": "«abc» no es una longitud de 0 a 100 cm."}
    missing = LANGUAGES[language].missing
    assert errors == {"pl": bad[language], "pw": missing, "sw": missing}


def test_spaces_around_a_value_and_a_decimal_comma_are_no_errors(predictors: Predictors):
    form = submitted(predictors, pl=" 1,4 ", pw="0.2\t", sl="5,1", sw=" 3.5")
    assert form.classification
    assert form.classification.row == (1.4, 0.2, 5.1, 3.5)
    assert form.classification.label == "Iris Setosa"


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("en", "Petal length: 50 cm is far from the training data (1 to 6.9 cm)."),
        ("es", "Largo del pétalo: 50 cm está lejos de los datos de entrenamiento (de 1 a 6,9 cm)."),
    ],
)
def test_a_note_has_the_unit_and_the_decimal_point_of_the_language(
    predictors: Predictors, language: str, note: str
):
    form = submitted(predictors, language, pl="50", pw="1", sl="90", sw="3")
    assert form.classification
    assert form.classification.notes[0] == note


def test_the_most_probable_class_comes_first_with_its_share(predictors: Predictors):
    page = rendered(predictors, **SETOSA)
    names = re.findall(r"Iris (?:Setosa|Versicolor|Virginica)", page[page.index(ENGLISH.probabilities) :])
    assert names == ["Iris Setosa", "Iris Versicolor", "Iris Virginica"]
    page = rendered(predictors, pl="6", pw="2.5", sl="6.3", sw="3.3")
    names = re.findall(r"Iris (?:Setosa|Versicolor|Virginica)", page[page.index(ENGLISH.probabilities) :])
    assert names == ["Iris Virginica", "Iris Versicolor", "Iris Setosa"]


def test_the_link_to_json_asks_for_the_same_with_detail(predictors: Predictors):
    page = rendered(predictors, pl="1,4", pw=" 0.2", sl="5.1", sw="3.5")
    (query,) = re.findall(r'href="api/v01/classify\?([^"]+)"', page)
    assert parse_qs(unescape(query)) == {
        **{name: [text] for name, text in SETOSA.items()},
        "predictor": ["iris-logistic"],
        "detail": ["true"],
    }


def test_another_language_keeps_what_was_given_even_if_it_is_no_text_of_utf_8(predictors: Predictors):
    page = rendered(predictors, pl="1.4", pw="\ud800")
    (link,) = re.findall(r'href="\?([^"]+)" hreflang="es"', page)
    assert parse_qs(unescape(link)) == {
        "pl": ["1.4"],
        "pw": ["?"],
        "predictor": ["iris-logistic"],
        "lang": ["es"],
    }


def test_only_a_value_that_may_not_be_missing_is_required_and_whole_numbers_have_their_keyboard():
    page = rendered(houses(), area="80.5", rooms="3", heating="heat pump")
    area, rooms, heating = (field(page, name) for name in ("area", "rooms", "heating"))
    assert 'inputmode="decimal" required' in area
    assert 'value="80.5"' in area
    assert 'inputmode="numeric"' in rooms
    assert 'value="3"' in rooms
    assert "required" not in rooms + heating
    options = re.findall(r"<option[^>]*>[^<]*</option>", page[page.index(heating) :])[:3]
    assert options == ["<option></option>", "<option>gas</option>", "<option selected>heat pump</option>"]


@pytest.mark.parametrize(
    ("value", "english", "spanish"),
    [
        (1_234.567_89, "1234.57 EUR", "1234,57 EUR"),
        (123_456.4, "123456 EUR", "123456 EUR"),
        (0.000_123_456_7, "0.000123457 EUR", "0,000123457 EUR"),
    ],
)
def test_the_value_of_a_regression_has_six_digits_and_its_unit(value: float, english: str, spanish: str):
    for language, expected in (("en", english), ("es", spanish)):
        result = submitted(houses(value), language, area="80").classification
        assert result
        assert result.label == expected


def test_the_page_of_a_model_without_one_of_its_own_is_made_from_its_definition():
    definition = houses().default.definition
    page = generic_page(definition)
    assert [example.label for example in page.examples] == ["area = 80.5, rooms = 3, heating = gas"]
    allowed = "a whole number of rooms from 1 to 20, or nothing if it is unknown"
    bad = {"en": f"“x” is not {allowed}.", "es": f"«x» no es un valor permitido ({allowed})."}
    for language in LANGUAGES:
        texts = page.texts[language]
        assert (texts.title, texts.lead) == ("Houses", "d")
        assert dict(texts.features) == {"area": "Living area", "rooms": "Rooms", "heating": "Heating"}
        assert submitted(houses(), language, area="80", rooms="x").errors == {"rooms": bad[language]}
