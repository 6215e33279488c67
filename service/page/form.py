"""Form of the page: the submitted values, their errors, and the classification of the row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from service.http.input_echo import echo
from service.model.explanation import explain
from service.model.feature import FeatureValueError
from service.page.model_pages import model_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.model.feature import Row
    from service.model.registry import Predictor, Predictors
    from service.page.model_page import ModelPage
    from service.page.translations import Translation


@dataclass(frozen=True, kw_only=True)
class RowResult:
    """Classification of a submitted row."""

    row: Row
    """The row, corrected by the hook."""
    label: str
    explanation: Mapping[str, Any]
    notes: tuple[str, ...]
    """Remarks, in the language of the page."""


@dataclass(frozen=True, kw_only=True)
class FormResult:
    """Submitted form and its result."""

    given: Mapping[str, str]
    """Feature -> its text as submitted; empty where there was none."""
    errors: Mapping[str, str]
    """Field -> its error, in the language of the page."""
    predictor: Predictor
    classification: RowResult | None
    """None for an empty form and for one with errors."""


def submit_form(
    given: Mapping[str, str], predictor_name: str, predictors: Predictors, text: Translation
) -> FormResult:
    """Classify the row of a form; an empty form has neither a result nor errors.

    Args:
        given: Feature -> its text as submitted.
        predictor_name: Name of the predictor; empty is the default one.
        predictors: The predictors to choose from.
        text: The language of errors and notes.
    """
    errors: dict[str, str] = {}
    named = predictors.get_alike(predictor_name) if predictor_name else predictors.default
    if named is None:
        errors["predictor"] = text.unknown_predictor.format(given=echo(predictor_name))
    predictor = named or predictors.default
    page = model_page(predictor.definition)
    submitted = any(given.values())
    row: list[float] = []
    for feature in predictor.definition.features if submitted else ():
        value = given[feature.short_name].strip()
        try:
            # Some languages write decimals with a comma, on English pages as well.
            row.append(feature.parse(value if feature.levels else value.replace(",", ".")))
        except FeatureValueError as error:
            bad = page.texts[text.code].bad.format(given=echo(value), allowed=str(error))
            errors[feature.short_name] = bad if value else text.missing
    classification = _classify(predictor, page, tuple(row), text) if submitted and not errors else None
    return FormResult(given=given, errors=errors, predictor=predictor, classification=classification)


def _classify(predictor: Predictor, page: ModelPage, given: Row, text: Translation) -> RowResult:
    row, corrected = predictor.correct(given)
    about_model = page.texts[text.code]
    notes = [about_model.corrected] if corrected else []
    for feature, value, span in zip(predictor.definition.features, row, predictor.ranges, strict=True):
        if span.note(value):
            notes.append(
                text.out_of_range.format(
                    feature=about_model.features[feature.short_name],
                    value=format_number(value, text),
                    minimum=format_number(span.minimum, text),
                    maximum=format_number(span.maximum, text),
                    unit=f" {feature.unit}" if feature.unit else "",
                )
            )
    explanation = explain(predictor, row, corrected=corrected)
    answer = explanation[predictor.definition.response_key]
    label = answer if isinstance(answer, str) else _value_text(answer, predictor.definition.unit, text)
    return RowResult(row=row, label=label, explanation=explanation, notes=tuple(notes))


def _value_text(value: float, unit: str, text: Translation) -> str:
    """Return the value of a regression with its unit, in the notation of a language."""
    number = format_number(float(f"{value:.6g}"), text)
    return f"{number} {unit}" if unit else number


def format_number(value: float, text: Translation) -> str:
    """Return a number in the notation of a language."""
    return f"{value:g}".replace(".", text.decimal_point)


def format_percentage(value: float, text: Translation) -> str:
    """Return a probability in percent; one that is not 0 or 1 is never rounded to it."""
    percent = 100 * value
    if 0 < percent < 0.1:  # noqa: PLR2004 (the last digit that is written)
        number = "< 0.1"
    elif 99.9 < percent < 100:  # noqa: PLR2004 (the same)
        number = "> 99.9"
    else:
        number = f"{percent:.1f}"
    return text.percent.format(number=number.replace(".", text.decimal_point))
