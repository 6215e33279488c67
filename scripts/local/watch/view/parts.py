"""Parts of the page as HTML, each of which replaces its predecessor in the browser."""

from __future__ import annotations

import re
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scripts.local.watch.actions.settings import ALGORITHMS
from scripts.local.watch.observation.history import SECONDS
from scripts.local.watch.view import numbers
from scripts.local.watch.view.alarms import alarms_of
from scripts.local.watch.view.charts import Chart, Line, draw
from scripts.local.watch.view.events import event_sentence
from scripts.local.watch.view.texts import LANGUAGES, text
from scripts.local.watch.view.zones import zones_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from markupsafe import Markup

    from scripts.local.watch.actions.controls import Activity
    from scripts.local.watch.actions.outcome import Outcome
    from scripts.local.watch.observation.snapshot import Point, Snapshot
    from scripts.local.watch.view.texts import Language

PACKAGE: Final = Path(__file__).resolve().parents[1]
"""Folder with the templates and the assets."""

PARTS: Final = ("activity", "state", "fleet", "charts", "firewall", "alarms", "events")
"""Names of the parts, which are those of their templates and of their elements."""

FLOWS: Final = (0.0, 20.0, 100.0, 400.0)
"""Requests per second above which the flow is drawn faster."""


def render_page(language: Language, form_token: str, parts: Mapping[str, str]) -> str:
    """Return the whole page, with the parts as they are now."""
    return (
        _environment()
        .get_template("page.html")
        .render(
            language=language,
            languages=LANGUAGES,
            t=partial(_text, language),
            token=form_token,
            parts=parts,
            algorithms=ALGORITHMS,
        )
    )


def render_closed(language: Language) -> str:
    """Return the page for a browser without a session."""
    return _environment().get_template("closed.html").render(language=language, t=partial(_text, language))


def render_parts(
    snapshot: Snapshot, points: Sequence[Point], activity: Activity, language: Language
) -> dict[str, str]:
    """Return the HTML of each part, by name."""
    values = {
        "t": partial(_text, language),
        "now": snapshot,
        "activity": activity,
        "notices": [
            (time, _sentence(outcome, language), outcome.is_bad) for time, outcome in activity.notices
        ],
        "zones": zones_of(snapshot),
        "charts": _charts(snapshot, points, language),
        "alarms": alarms_of(snapshot, language),
        "events": [
            (event.time[11:19], event_sentence(event.what, language)) for event in reversed(snapshot.events)
        ],
    }
    environment = _environment()
    return {name: environment.get_template(f"{name}.html").render(values) for name in PARTS}


def _sentence(outcome: Outcome, language: Language) -> str:
    """Return what an action has done; the reason of one that is impossible is the cloud's own sentence."""
    values = {name: event_sentence(str(value), language) for name, value in outcome.values.items()}
    return text(outcome.text, language, **values)


def flow(per_second: float) -> int:
    """Return the speed with which a flow is drawn: 0 for none, up to the number of `FLOWS`."""
    return sum(per_second > bound for bound in FLOWS)


def _charts(snapshot: Snapshot, points: Sequence[Point], language: Language) -> list[Mapping[str, object]]:
    t = partial(_text, language)
    now = snapshot.point

    def chart(
        name: str,
        lines: Mapping[str, tuple[str, str, Callable[[Point], float | None]]],
        number: Callable[[float], str],
        least: float,
        target: Callable[[Point], float | None] = lambda _: None,
        *,
        steps: bool = False,
    ) -> Mapping[str, object]:
        legend = [(style, t(label), value) for label, (style, value, _) in lines.items()]
        if (latest := target(now)) is not None:
            legend.append(("target", t("target"), numbers.axis_number(round(latest))))
        drawn = Chart(
            title=f"{t(name)}: {', '.join(f'{label} {value}' for _, label, value in legend)}",
            lines=[
                Line(style=style, values=[(point.time, read(point)) for point in points])
                for style, _, read in lines.values()
            ],
            number=number,
            least=least,
            target=[(point.time, target(point)) for point in points],
            steps=steps,
            ago=t("minutes_ago"),
            now=t("now"),
        )
        return {"title": t(name), "legend": legend, "svg": draw(drawn, now.time, SECONDS)}

    return [
        chart(
            "rate",
            {"served": ("one", numbers.rate(now.per_second), lambda point: point.per_second)},
            numbers.axis_number,
            1.0,
            lambda point: point.rate_target,
        ),
        chart(
            "latency",
            {
                "p50": ("one", numbers.milliseconds(now.p50), lambda point: point.p50),
                "p99": ("two", numbers.milliseconds(now.p99), lambda point: point.p99),
            },
            numbers.axis_milliseconds,
            0.001,
        ),
        chart(
            "failures",
            {
                "errors_each": ("bad", numbers.rate(now.errors), lambda point: point.errors),
                "blocked_each": ("two", numbers.rate(now.blocked), lambda point: point.blocked),
            },
            numbers.axis_number,
            1.0,
        ),
        chart(
            "cpu_title",
            {"cpu": ("one", numbers.percent(now.cpu), lambda point: point.cpu)},
            numbers.percent,
            10.0,
            lambda point: point.cpu_target,
        ),
        chart(
            "size",
            {
                "desired": (
                    "two",
                    numbers.NONE if now.desired is None else str(now.desired),
                    lambda point: point.desired,
                ),
                "running": ("three", str(now.running), lambda point: point.running),
                "healthy_count": ("one", str(now.healthy), lambda point: point.healthy),
            },
            numbers.axis_number,
            2.0,
            steps=True,
        ),
        chart(
            "cost",
            {"usd": ("one", numbers.dollars(now.cost), lambda point: point.cost)},
            numbers.dollars,
            0.01,
            steps=True,
        ),
    ]


def _text(language: Language, name: str, /, **values: object) -> str:
    return text(name, language, **values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PACKAGE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: dict[str, Any] = {
        "rate": numbers.rate,
        "ms": numbers.milliseconds,
        "ms_without_unit": numbers.milliseconds_without_unit,
        "percent": numbers.percent,
        "short": numbers.short_id,
        "flow": flow,
        "code": _code,
    }
    environment.filters.update(filters)
    return environment


def _code(sentence: str) -> Markup:
    """Return a text as HTML, with `code` set as such."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(sentence))))  # noqa: S704 - it is escaped
