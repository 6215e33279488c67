"""Writes the page about flowers. Whatever is filled in passes `escape` here, or is a number."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.model.flower import FEATURES, MAX_CENTIMETRES
from service.page.assets import read_asset, template_of
from service.page.flower_svg import draw_flower, scale_bar
from service.page.form import (
    EXAMPLES,
    SWAPPED_EXAMPLE,
    Classification,
    FormResult,
    format_number,
    format_percentage,
)
from service.page.translations import LANGUAGES, Translation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from service.model.flower import Flower
    from service.model.registry import Predictors


def render_page(
    visit: FormResult, predictors: Predictors, *, language: str, instance: str, documented: bool
) -> str:
    """Return the page as HTML.

    Args:
        visit: what was asked and what there is to say.
        predictors: who can be chosen.
        language: one of `LANGUAGES`.
        instance: who answers.
        documented: whether there is documentation to point to.
    """
    words = LANGUAGES[language]
    return template_of("page.html").substitute(
        language=language,
        title=escape(words.title),
        lead=escape(words.lead),
        style=read_asset("page.css"),
        script=read_asset("page.js"),
        languages=_languages(visit, language),
        fields="".join(_field(visit, feature, words) for feature in FEATURES),
        predictor=escape(words.predictor),
        predictors=_options(visit, predictors),
        predictor_invalid=_invalid(visit, "predictor"),
        predictor_fault=_fault(visit, "predictor"),
        ask=escape(words.ask),
        examples_title=escape(words.examples),
        examples=_examples(visit, language, words),
        answer=_answer(visit, words),
        served_by=escape(words.served_by),
        instance=escape(instance),
        documentation=f'<a href="docs">{escape(words.documentation)}</a>' if documented else "",
    )


def _languages(visit: FormResult, language: str) -> str:
    links: list[str] = []
    for code, words in LANGUAGES.items():
        current = ' aria-current="true"' if code == language else ""
        query = escape(_query(visit.given, visit.predictor.name, code))
        links.append(f'<a href="?{query}" hreflang="{code}" lang="{code}"{current}>{escape(words.name)}</a>')
    return "".join(links)


def _query(given: Mapping[str, str], predictor: str, language: str) -> str:
    kept = {name: text for name, text in given.items() if text}
    return urlencode({**kept, "predictor": predictor, "lang": language}, errors="replace")


def _field(visit: FormResult, feature: str, words: Translation) -> str:
    return template_of("field.html").substitute(
        feature=feature,
        label=escape(words.features[feature]),
        unit=escape(words.centimetres),
        given=escape(visit.given[feature]),
        most=f"{MAX_CENTIMETRES:g}",
        invalid=_invalid(visit, feature),
        fault=_fault(visit, feature),
    )


def _invalid(visit: FormResult, field: str) -> str:
    return f' aria-invalid="true" aria-describedby="{field}-fault"' if field in visit.faults else ""


def _fault(visit: FormResult, field: str) -> str:
    if field not in visit.faults:
        return ""
    return f'<p class="fault" id="{field}-fault">{escape(visit.faults[field])}</p>'


def _options(visit: FormResult, predictors: Predictors) -> str:
    options: list[str] = []
    for predictor in predictors:
        selected = " selected" if predictor is visit.predictor else ""
        name = escape(predictor.name)
        options.append(f'<option value="{name}"{selected}>{name}</option>')
    return "".join(options)


def _examples(visit: FormResult, language: str, words: Translation) -> str:
    examples: Iterable[tuple[str, Flower]] = (*EXAMPLES.items(), (words.swapped_example, SWAPPED_EXAMPLE))
    links: list[str] = []
    for label, flower in examples:
        lengths = {feature: f"{length:g}" for feature, length in flower._asdict().items()}
        query = escape(_query(lengths, visit.predictor.name, language))
        links.append(f'<li><a href="?{query}">{escape(label)}</a></li>')
    return "".join(links)


def _answer(visit: FormResult, words: Translation) -> str:
    if visit.told:
        return _told(visit.told, visit, words)
    text = words.faulty if visit.faults else words.empty
    drawing = draw_flower(EXAMPLES["Iris Versicolor"])
    return template_of("silence.html").substitute(text=escape(text), drawing=drawing)


def _told(told: Classification, visit: FormResult, words: Translation) -> str:
    detail = told.detail
    likeliest_first = sorted(detail["probabilities"].items(), key=lambda each: -each[1])
    lengths = {feature: visit.given[feature].strip().replace(",", ".") for feature in FEATURES}
    centimetres, units = scale_bar(told.flower)
    return template_of("answer.html").substitute(
        specie=escape(detail["specie"]),
        notes="".join(f"<li>{escape(note)}</li>" for note in told.notes),
        drawing=draw_flower(told.flower),
        drawing_title=escape(words.drawing),
        scale_length=f"{units:.2f}",
        scale_text=escape(f"{format_number(centimetres, words)} {words.centimetres}"),
        probabilities_title=escape(words.probabilities),
        probabilities="".join(
            template_of("probability.html").substitute(
                specie=escape(specie),
                share=escape(format_percentage(probability, words)),
                percent=f"{100 * probability:.3f}",
            )
            for specie, probability in likeliest_first
        ),
        answered_by=escape(words.answered_by),
        predictor=escape(detail["predictor"]),
        version=escape(detail["version"]),
        short_version=escape(detail["version"][:12]),
        json=escape(
            "api/v01/classify?" + urlencode({**lengths, "predictor": detail["predictor"], "detail": "true"})
        ),
        as_json=escape(words.as_json),
    )
