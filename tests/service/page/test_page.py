"""Page as HTML: its texts, languages, security policy and escaping."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from infra.load_balancer.config import OPERATORS_PATHS
from service.app import create_app
from service.iris.flower_svg import draw_flower, scale_bar
from service.iris.page import IRIS_PAGE
from service.page import templates
from service.page.form import FormResult, format_number, format_percentage, submit_form
from service.page.render import render_page
from service.page.translations import ENGLISH, SPANISH
from service.settings import Settings
from tests.iris import Flower

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import httpx
    from starlette.types import ASGIApp
    from typing_extensions import override

    from service.model.registry import Predictors
else:
    from typing_extensions import override

SETOSA = "pl=1.4&pw=0.2&sl=5.1&sw=3.5"


class Tags(HTMLParser):
    """Parser that collects tags, their attributes, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


def parse_html(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    tags.close()
    return tags


def test_without_script_the_form_is_submitted_as_a_query(client: httpx.Client):
    response = client.get(f"/?{SETOSA}&predictor=iris-logistic")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    text = parse_html(response.text).text
    assert "Iris Setosa" in text
    assert "98.2%" in text
    assert "Served by instance i-test" in text


def test_decimals_with_a_comma_are_understood_in_the_form_and_in_its_link_to_json(client: httpx.Client):
    page = parse_html(client.get("/?pl=1,4&pw=0,2&sl=5,1&sw=3,5").text)
    assert "Iris Setosa" in page.text
    (link,) = [
        attributes["href"]
        for tag, attributes in page.tags
        if tag == "a" and str(attributes.get("href")).startswith("api/v01/classify?")
    ]
    answer = client.get(f"/{link}")
    assert answer.json()["specie"] == "Iris Setosa"
    assert "pl=1.4&pw=0.2&sl=5.1&sw=3.5" in str(link)


def test_every_field_has_a_label_and_shows_its_error(client: httpx.Client):
    page = parse_html(client.get("/?pl=abc&pw=200&sl=5.1").text)
    fields = {attributes["name"]: attributes for tag, attributes in page.tags if tag in {"input", "select"}}
    labels = {attributes["for"] for tag, attributes in page.tags if tag == "label"}
    ids = {attributes.get("id") for _, attributes in page.tags}
    assert labels == {"pl", "pw", "sl", "sw", "predictor"}
    assert [name for name, field in fields.items() if field.get("aria-invalid")] == ["pl", "pw", "sw"]
    assert {fields[name]["aria-describedby"] for name in ("pl", "pw", "sw")} <= ids
    assert "“abc” is not a length from 0 to 100 cm." in page.text
    assert fields["pl"]["value"] == "abc"


def test_an_unknown_predictor_is_shown_as_an_error(client: httpx.Client):
    assert "There is no predictor “oracle”." in client.get(f"/?{SETOSA}&predictor=oracle").text


def test_swapped_and_unusual_flowers_come_with_notes(client: httpx.Client):
    assert "which no iris has. They were exchanged." in client.get("/?pl=5.1&pw=3.5&sl=1.4&sw=0.2").text
    assert "Largo del pétalo: 50 cm está lejos" in client.get("/?pl=50&pw=1&sl=90&sw=3&lang=es").text


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_every_link_is_answered_where_only_the_documentation_is_public(client: httpx.Client, path: str):
    hidden = {one for word, paths in OPERATORS_PATHS.items() if word != "docs" for one in paths}
    links = [
        attributes["href"] or "" for tag, attributes in parse_html(client.get(path).text).tags if tag == "a"
    ]
    linked = [str(client.base_url.join(path).join(link)) for link in links if not link.startswith("#")]
    assert len(linked) >= 6
    assert not hidden & {urlsplit(url).path for url in linked}
    answers = [client.get(url) for url in linked]
    assert {answer.status_code for answer in answers} == {200}
    assert not any("X-Flower-Swapped" in answer.headers for answer in answers)


def test_a_function_that_hides_its_documentation_has_no_link_to_it(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    for blocked, links in (((), 1), (("/docs", "/openapi.json"), 0)):
        with serving(create_app(predictors, Settings(blocked_paths=blocked))) as client:
            assert client.get("/").text.count('href="docs"') == links


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "es-MX,es;q=0.9,en;q=0.5", "es"),
        ("", "de,fr;q=0.5", "en"),
        ("", "", "en"),
        ("", "en;q=0.4, es;q=0.6", "es"),
        ("?lang=es", "en", "es"),
        ("?lang=en", "es", "en"),
        ("?lang=xx", "es", "es"),
    ],
)
def test_the_language_is_the_requested_one_or_otherwise_the_accepted_one(
    client: httpx.Client, query: str, accepted: str, language: str
):
    response = client.get(f"/{query}", headers={"accept-language": accepted})
    assert response.headers["content-language"] == language
    assert "Accept-Language" in response.headers.get_list("vary")
    tag, attributes = parse_html(response.text).tags[0]
    assert (tag, attributes["lang"]) == ("html", language)
    assert IRIS_PAGE.texts[language].lead in response.text


def test_both_languages_have_the_same_placeholders():
    braces = re.compile(r"{\w+}")
    for name, english in vars(ENGLISH).items():
        spanish = getattr(SPANISH, name)
        assert sorted(braces.findall(str(english))) == sorted(braces.findall(str(spanish))), name


@pytest.mark.parametrize("path", ["/", "/docs", f"/?{SETOSA}"])
def test_the_policy_allows_only_the_styles_and_scripts_of_the_page(client: httpx.Client, path: str):
    response = client.get(path)
    policy = response.headers["content-security-policy"]
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    own = {name: directives.pop(name) for name in ("style-src", "script-src")}
    # Content Security Policy Level 3: `default-src` is no fallback of the last three.
    assert directives == {
        "default-src": "'none'",
        "img-src": "data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert not [value for value in own.values() if "unsafe" in value or "http" in value]
    assert response.headers["referrer-policy"] == "no-referrer"
    for kind in ("style", "script"):
        inside = re.findall(rf"<{kind}>(.*?)</{kind}>", response.text, re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inside]
        allowed = re.search(rf"{kind}-src ([^;]*)", policy)
        assert allowed
        assert allowed[1] == (" ".join(f"'sha256-{digest}'" for digest in hashes) or "'none'")
    for tag, attributes in parse_html(response.text).tags:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert "src" not in attributes
        assert tag not in {"iframe", "object", "base"}
        assert not str(attributes.get("href")).startswith(("http", "//", "javascript"))


MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;$title${x}{given}"


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.just(MARKUP), st.text()), st.one_of(st.just(MARKUP), st.text()))
@example("0", MARKUP)
@example(MARKUP, "")
def test_no_input_can_add_markup(predictors: Predictors, text: str, name: str):
    def page_about(text: str, name: str) -> tuple[FormResult, list[str]]:
        seen = submit_form({"pl": text, "pw": "1", "sl": text, "sw": "1"}, name, predictors, ENGLISH)
        html = render_page(seen, predictors, language="en", instance="i-1", documented=True)
        return seen, [tag for tag, _ in parse_html(html).tags]

    seen, tags = page_about(text, name)
    if seen.classification:  # then the input was only lengths and the name of a predictor
        return
    harmless = ("abc" if text.strip() else "") if "pl" in seen.errors else "1"
    assert page_about(harmless, "x" if "predictor" in seen.errors else name)[1] == tags


@pytest.mark.parametrize("template", ["page.html", "docs.html", "result.html"])
def test_a_template_without_its_values_is_an_error(template: str):
    with pytest.raises(UndefinedError):
        templates.render(template)


@settings(deadline=None)
@given(st.builds(Flower, *[st.floats(0, 100)] * 4))
@example(Flower(0, 0, 5e-324, 0))
def test_a_drawing_has_finite_numbers_and_fits(flower: Flower):
    drawing = draw_flower(flower)
    assert re.fullmatch(r'(<path class="\w+" d="[MCZ0-9. -]+" transform="rotate\(-?\d+\)"/>)+', drawing)
    for numbers in re.findall(r'd="([^"]+)"', drawing):
        assert all(abs(float(figure)) <= 140 for figure in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", numbers))
    _, units = scale_bar(flower)
    assert 4 < units <= 50


def test_a_drawing_is_to_scale():
    drawing = draw_flower(Flower(pl=2, pw=1, sl=4, sw=2))
    ends = [float(end) for end in re.findall(r'"(?:outer|inner)" d="M0 0C\S+ \S+ \S+ \S+ 0 (\S+?)C', drawing)]
    assert ends[0] == pytest.approx(2 * ends[-1], abs=0.02)
    centimetres, units = scale_bar(Flower(pl=2, pw=1, sl=4, sw=2))
    assert ends[0] / units * centimetres == pytest.approx(4, abs=0.01)


def test_numbers_follow_the_language_and_are_never_rounded_to_certainty():
    assert (format_percentage(0.982, ENGLISH), format_percentage(0.982, SPANISH)) == ("98.2%", "98,2 %")
    assert (
        format_percentage(0, ENGLISH),
        format_percentage(1e-9, ENGLISH),
        format_percentage(1 - 1e-9, ENGLISH),
    ) == (
        "0.0%",
        "< 0.1%",
        "> 99.9%",
    )
    assert (format_number(1.5, ENGLISH), format_number(1.5, SPANISH)) == ("1.5", "1,5")


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.0, "0.0%"),
        (0.000_4, "< 0.1%"),
        (0.000_99, "< 0.1%"),
        (0.001, "0.1%"),
        (0.5, "50.0%"),
        (0.999, "99.9%"),
        (0.999_1, "> 99.9%"),
        (0.999_4, "> 99.9%"),
        (1.0, "100.0%"),
    ],
)
def test_only_certainty_is_shown_as_0_or_100_percent(probability: float, text: str):
    assert format_percentage(probability, ENGLISH) == text


def test_the_documentation_shows_every_path_and_all_its_links_work(client: httpx.Client):
    page = client.get("/docs").text
    document = client.get("/openapi.json").json()
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    links = {attributes["href"] for tag, attributes in parse_html(page).tags if tag == "a"}
    ids = {attributes.get("id") for _, attributes in parse_html(page).tags}
    for link in links:
        assert link
        if link.startswith("#"):
            assert link[1:] in ids
        else:
            assert client.get(f"/{link.removeprefix('./')}").status_code == 200, link


def test_documentation_and_openapi_can_be_turned_off(
    predictors: Predictors, serving: Callable[[ASGIApp], AbstractContextManager[httpx.Client]]
):
    with serving(create_app(predictors, Settings(docs=False))) as client:
        assert client.get("/docs").status_code == 404
        assert client.get("/openapi.json").status_code == 404
        page = client.get("/")
    assert page.status_code == 200
    assert 'href="docs"' not in page.text
