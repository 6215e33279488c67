"""HTML report with all tables and charts in one file, without external resources."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from scripts.cost.output.charts import draw_chart
from scripts.cost.output.render import as_html
from scripts.cost.output.translations import translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scripts.cost.comparison.comparison import CostComparison
    from scripts.cost.output.charts import ChartName
    from scripts.cost.output.tables import Table
    from scripts.cost.output.translations import Language
    from scripts.cost.prices.tariff import Provenance

CHARTS: Final[dict[str, ChartName]] = {
    "sizes": "sizes",
    "vertical": "peak",
    "functions": "break-even",
    "sensitivity": "sensitivity",
}
"""Table -> its chart."""

CSS: Final = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1f2937 }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2.5rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; width: 100% }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #e5e7eb } th { border-bottom: 2px solid #1f2937 }
.left { text-align: left } .right { text-align: right } tfoot td { font-weight: bold }
svg { width: 100%; height: auto; margin-top: 1rem } li { font-size: .85rem }
"""


def html_report(
    comparison: CostComparison,
    tables: Sequence[Table],
    summary: str,
    warnings: Iterable[str],
    language: Language,
) -> str:
    """Return the report as HTML; `summary` describes the scenario."""
    parts = [f"<h1>{html.escape(translate('The cost of serving predictions', language))}</h1>"]
    parts.append(f"<p>{html.escape(summary)}</p>")
    parts += [f"<p><strong>{html.escape(warning)}</strong></p>" for warning in warnings]
    for table in tables:
        parts.append(as_html(table, language))
        if table.key in CHARTS:
            parts.append(_svg(draw_chart(CHARTS[table.key], comparison, language, "svg")))
    sources = "".join(f"<li>{html.escape(_source(it))}</li>" for it in _used(comparison))
    parts.append(f"<h2>{html.escape(translate('Sources of the prices', language))}</h2><ul>{sources}</ul>")
    body = "\n".join(parts)
    title = html.escape(translate("The cost of serving predictions", language))
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{CSS}</style></head><body>\n{body}\n</body></html>\n"
    )


def _used(comparison: CostComparison) -> list[Provenance]:
    used = {*comparison.fleet.provenances, *comparison.function.provenances}
    return sorted(used, key=lambda it: (str(it.as_of), it.source))


def _source(provenance: Provenance) -> str:
    return f"{provenance.as_of or '?'}, {provenance.basis}: {provenance.source}"


def _svg(drawing: bytes) -> str:
    """Return the `<svg>` element, without the XML declaration."""
    text = drawing.decode()
    return text[text.index("<svg") :]
