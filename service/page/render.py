"""Page about one row, as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.model.feature import number_text
from service.page import templates
from service.page.form import format_number, format_percentage
from service.page.model_pages import model_page
from service.page.translations import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from service.model.registry import Predictors
    from service.page.form import FormResult
    from service.page.model_page import ModelPage
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
    page = model_page(form.predictor.definition)
    row = form.classification.row if form.classification else page.placeholder
    drawing = page.draw(row) if page.draw and row else None
    return templates.render(
        "page.html",
        form=form,
        text=text,
        language=language,
        instance=instance,
        documented=documented,
        about_model=page.texts[language],
        fields=list(_fields(form, page, language)),
        predictors=[predictor.name for predictor in predictors.alike()],
        language_links=[
            {
                "code": code,
                "label": translation.name,
                "url": _form_url(form.given, form.predictor.name, code),
            }
            for code, translation in LANGUAGES.items()
        ],
        example_links=list(_example_links(form, page, language)),
        drawing=drawing,
        scale_label=_scale_label(form, drawing.bar, text) if drawing else "",
        probabilities=list(_probabilities(form, text)),
        json_url=_json_url(form),
    )


def _fields(form: FormResult, page: ModelPage, language: str) -> Iterator[dict[str, object]]:
    for feature in form.predictor.definition.features:
        yield {
            "name": feature.short_name,
            "label": page.texts[language].features[feature.short_name],
            "unit": feature.unit,
            "levels": feature.levels,
            # No field for numbers: outside of some languages, browsers drop a decimal comma from those.
            "keyboard": "numeric" if feature.type == "integer" else "decimal",
            "required": not feature.optional,
            "given": form.given[feature.short_name],
        }


def _example_links(form: FormResult, page: ModelPage, language: str) -> Iterator[dict[str, str]]:
    for example in page.examples:
        given = {
            name: value if isinstance(value, str) else number_text(value)
            for name, value in example.values.items()
            if value is not None
        }
        yield {
            "label": example.label or page.texts[language].corrected_example,
            "url": _form_url(given, form.predictor.name, language),
        }


def _form_url(given: Mapping[str, str], predictor: str, language: str) -> str:
    filled = {name: text for name, text in given.items() if text}
    return "?" + urlencode({**filled, "predictor": predictor, "lang": language}, errors="replace")


def _scale_label(form: FormResult, bar: float, text: Translation) -> str:
    return f"{format_number(bar, text)} {form.predictor.definition.features[0].unit}".strip()


def _probabilities(form: FormResult, text: Translation) -> Iterator[dict[str, str]]:
    """Yield the classes, the most probable one first."""
    classification = form.classification
    probabilities: Mapping[str, float] = (
        classification.explanation.get("probabilities", {}) if classification else {}
    )
    for label, probability in sorted(probabilities.items(), key=lambda item: -item[1]):
        yield {
            "label": label,
            "percentage": format_percentage(probability, text),
            "width": f"{100 * probability:.3f}%",
        }


def _json_url(form: FormResult) -> str:
    """Return the URL of the same classification as JSON, relative to the page."""
    values = {
        feature.short_name: text if feature.levels else text.replace(",", ".")
        for feature in form.predictor.definition.features
        if (text := form.given[feature.short_name].strip())
    }
    query = {**values, "predictor": form.predictor.name, "detail": "true"}
    return "api/v01/classify?" + urlencode(query, errors="replace")
