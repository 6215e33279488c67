"""What was asked of the page, and what there is to say to it: no HTML yet."""

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
"""One flower of each species, out of Fisher's data set."""

SWAPPED_EXAMPLE: Final = Flower(pl=5.1, pw=3.5, sl=1.4, sw=0.2)
"""The first one again, with petals and sepals in each other's place."""


@dataclass(frozen=True, kw_only=True)
class Classification:
    """What a predictor said of a flower."""

    flower: Flower
    """The right way round."""
    detail: Explanation
    notes: tuple[str, ...]
    """In the language of the page."""


@dataclass(frozen=True, kw_only=True)
class FormResult:
    """One look at the page."""

    given: Mapping[str, str]
    """Feature -> what was typed, as it came; empty where nothing was."""
    faults: Mapping[str, str]
    """Field -> what is wrong with it."""
    predictor: Predictor
    told: Classification | None


def submit_form(
    given: Mapping[str, str], name: str, predictors: Predictors, words: Translation
) -> FormResult:
    """Answer what was typed; without a word typed there is nothing to say, and nothing wrong.

    Args:
        given: feature -> what was typed.
        name: of the predictor; empty is the default one.
        predictors: who can answer.
        words: the language to answer in.
    """
    faults: dict[str, str] = {}
    found = predictors.get(name) if name else predictors.default
    if found is None:
        faults["predictor"] = words.unknown_predictor.format(given=echo(name))
    predictor = found or predictors.default
    asked = any(given[feature] for feature in FEATURES)
    lengths: dict[str, float] = {}
    for feature in FEATURES if asked else ():
        text = given[feature].strip()
        try:
            # Where people write commas into numbers, they do so here.
            lengths[feature] = parse_length(text.replace(",", "."))
        except LengthError:
            most = f"{MAX_CENTIMETRES:g}"
            faults[feature] = words.bad.format(given=echo(text), most=most) if text else words.missing
    told = _tell(predictor, Flower(**lengths), words) if asked and not faults else None
    return FormResult(given=given, faults=faults, predictor=predictor, told=told)


def _tell(predictor: Predictor, flower: Flower, words: Translation) -> Classification:
    upright, swapped = unswap(flower)
    notes = [words.swapped] if swapped else []
    for feature, length, span in zip(FEATURES, upright, predictor.ranges, strict=True):
        if span.note(length):
            notes.append(
                words.unlike.format(
                    feature=words.features[feature],
                    length=format_number(length, words),
                    minimum=format_number(span.minimum, words),
                    maximum=format_number(span.maximum, words),
                )
            )
    return Classification(
        flower=upright, detail=explain(predictor, upright, swapped=swapped), notes=tuple(notes)
    )


def format_number(value: float, words: Translation) -> str:
    """Write a number as the language does."""
    return f"{value:g}".replace(".", words.decimal_point)


def format_percentage(value: float, words: Translation) -> str:
    """Write a probability in percent; what is nearly nothing or nearly certain is not rounded to it."""
    percent = 100 * value
    if 0 < percent < 0.1:  # noqa: PLR2004 (the last digit that is written)
        text = "< 0.1"
    elif 99.9 < percent < 100:  # noqa: PLR2004 (the same)
        text = "> 99.9"
    else:
        text = f"{percent:.1f}"
    return words.percent.format(share=text.replace(".", words.decimal_point))
