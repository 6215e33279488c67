"""Page about one flower, as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.model.flower import FEATURES, MAX_CENTIMETRES
from service.page import templates
from service.page.flower_svg import draw_flower, scale_bar
from service.page.form import EXAMPLES, SWAPPED_EXAMPLE, format_number, format_percentage
from service.page.translations import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from service.model.flower import Flower
    from service.model.registry import Predictors
    from service.page.form import FormResult
    from service.page.translations import Translation


def render_page(
    form: FormResult, predictors: Predictors, *, language: str, instance: str, documented: bool
) -> str:
    """Return the page as HTML.

    Args:
        form: The submitted form and its result.
        predictors: The predictors to choose from.
        language: One of `LANGUAGES`.
        instance: Name of the instance that serves the page.
        documented: Whether the page links to the documentation.
    """
    text = LANGUAGES[language]
    flower = form.classification.flower if form.classification else EXAMPLES["Iris Versicolor"]
    return templates.render(
        "page.html",
        form=form,
        text=text,
        language=language,
        instance=instance,
        documented=documented,
        maximum=f"{MAX_CENTIMETRES:g}",
        predictors=[predictor.name for predictor in predictors],
        language_links=[
            {
                "code": code,
                "label": translation.name,
                "url": _form_url(form.given, form.predictor.name, code),
            }
            for code, translation in LANGUAGES.items()
        ],
        example_links=list(_example_links(form, language, text)),
        drawing=draw_flower(flower),
        scale=_scale(flower, text),
        probabilities=list(_probabilities(form, text)),
        json_url=_json_url(form),
    )


def _example_links(form: FormResult, language: str, text: Translation) -> Iterator[dict[str, str]]:
    for label, flower in (*EXAMPLES.items(), (text.swapped_example, SWAPPED_EXAMPLE)):
        lengths = {feature: f"{length:g}" for feature, length in flower._asdict().items()}
        yield {"label": label, "url": _form_url(lengths, form.predictor.name, language)}


def _form_url(given: Mapping[str, str], predictor: str, language: str) -> str:
    filled = {name: text for name, text in given.items() if text}
    return "?" + urlencode({**filled, "predictor": predictor, "lang": language}, errors="replace")


def _scale(flower: Flower, text: Translation) -> dict[str, float | str]:
    centimetres, units = scale_bar(flower)
    return {"units": units, "label": f"{format_number(centimetres, text)} {text.centimetres}"}


def _probabilities(form: FormResult, text: Translation) -> Iterator[dict[str, str]]:
    """Yield the classes, the most probable one first."""
    probabilities = form.classification.explanation["probabilities"] if form.classification else {}
    for specie, probability in sorted(probabilities.items(), key=lambda item: -item[1]):
        yield {
            "specie": specie,
            "percentage": format_percentage(probability, text),
            "width": f"{100 * probability:.3f}%",
        }


def _json_url(form: FormResult) -> str:
    """Return the URL of the same classification as JSON, relative to the page."""
    lengths = {feature: form.given[feature].strip().replace(",", ".") for feature in FEATURES}
    query = {**lengths, "predictor": form.predictor.name, "detail": "true"}
    return "api/v01/classify?" + urlencode(query, errors="replace")
