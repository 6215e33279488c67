"""Form of the page: the submitted values, their errors, and the classification of the flower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from service.http.input_echo import echo
from service.model.explanation import Explanation, explain
from service.model.flower import FEATURES, MAX_CENTIMETRES, Flower, LengthError, parse_length, unswap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.model.registry import Predictor, Predictors
    from service.page.translations import Translation

EXAMPLES: Final[Mapping[str, Flower]] = {
    "Iris Setosa": Flower(pl=1.4, pw=0.2, sl=5.1, sw=3.5),
    "Iris Versicolor": Flower(pl=4.7, pw=1.4, sl=7.0, sw=3.2),
    "Iris Virginica": Flower(pl=6.0, pw=2.5, sl=6.3, sw=3.3),
}
"""One flower of each species, from Fisher's data set."""

SWAPPED_EXAMPLE: Final = Flower(pl=5.1, pw=3.5, sl=1.4, sw=0.2)
"""The first example with petals and sepals exchanged."""


@dataclass(frozen=True, kw_only=True)
class FlowerResult:
    """Classification of a submitted flower."""

    flower: Flower
    """The flower, with petals and sepals in their places."""
    explanation: Explanation
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
    classification: FlowerResult | None
    """None for an empty form and for one with errors."""


def submit_form(
    given: Mapping[str, str], predictor_name: str, predictors: Predictors, text: Translation
) -> FormResult:
    """Classify the flower of a form; an empty form has neither a result nor errors.

    Args:
        given: Feature -> its text as submitted.
        predictor_name: Name of the predictor; empty is the default one.
        predictors: The predictors to choose from.
        text: The language of errors and notes.
    """
    errors: dict[str, str] = {}
    named = predictors.get(predictor_name) if predictor_name else predictors.default
    if named is None:
        errors["predictor"] = text.unknown_predictor.format(given=echo(predictor_name))
    predictor = named or predictors.default
    submitted = any(given[feature] for feature in FEATURES)
    lengths: dict[str, float] = {}
    for feature in FEATURES if submitted else ():
        value = given[feature].strip()
        try:
            # Some languages write decimals with a comma, on English pages as well.
            lengths[feature] = parse_length(value.replace(",", "."))
        except LengthError:
            maximum = f"{MAX_CENTIMETRES:g}"
            errors[feature] = text.bad.format(given=echo(value), maximum=maximum) if value else text.missing
    classification = _classify(predictor, Flower(**lengths), text) if submitted and not errors else None
    return FormResult(given=given, errors=errors, predictor=predictor, classification=classification)


def _classify(predictor: Predictor, flower: Flower, text: Translation) -> FlowerResult:
    upright, swapped = unswap(flower)
    notes = [text.swapped] if swapped else []
    for feature, length, span in zip(FEATURES, upright, predictor.ranges, strict=True):
        if span.note(length):
            notes.append(
                text.out_of_range.format(
                    feature=text.features[feature],
                    length=format_number(length, text),
                    minimum=format_number(span.minimum, text),
                    maximum=format_number(span.maximum, text),
                )
            )
    explanation = explain(predictor, upright, swapped=swapped)
    return FlowerResult(flower=upright, explanation=explanation, notes=tuple(notes))


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
