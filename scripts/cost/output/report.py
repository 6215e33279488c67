"""Report: what was asked, the tables, what follows from them, and what they rest on."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scripts.cost.bill.assumptions import ASSUMPTIONS
from scripts.cost.output import render
from scripts.cost.output.html_page import html_page
from scripts.cost.output.translations import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scripts.cost.bill.assumptions import Assumptions
    from scripts.cost.output.messages import Message
    from scripts.cost.output.tables import Table
    from scripts.cost.output.translations import Language
    from scripts.cost.prices.tariff import Provenance


@dataclass(frozen=True, kw_only=True)
class Report:
    """Answer to one question."""

    title: str
    """A key of `translations`."""
    inputs: Mapping[str, object]
    """Figures that the answer depends on, for JSON."""
    preamble: Sequence[Message]
    """Demand, capacity and prices, above the tables."""
    tables: Sequence[Table]
    conclusion: Message
    """Advice, in one sentence."""
    assumptions: Assumptions
    provenances: Sequence[Provenance]
    """Sources of the prices that were used."""
    warnings: Sequence[str | Message] = ()
    charts: Mapping[str, Callable[[Language], str]] = field(
        default_factory=dict[str, "Callable[[Language], str]"]
    )
    """Key of a table -> its chart, as `<svg>`."""

    def warning_texts(self, language: Language) -> list[str]:
        """Return the warnings."""
        return [it if isinstance(it, str) else it.text(language) for it in self.warnings]

    def as_json(self, language: Language) -> str:
        """Return everything as one JSON object; the amounts of its tables are exact, as text."""
        content = {
            "inputs": self.inputs,
            **render.records(self.tables),
            "conclusion": self.conclusion.text(language),
            "assumptions": {
                it.name: {"value": it.value_in(self.assumptions), "unit": it.unit, "source": it.source}
                for it in ASSUMPTIONS.values()
            },
            "sources": [
                {"as_of": it.as_of, "basis": it.basis, "source": it.source} for it in self._sorted_sources()
            ],
            "warnings": self.warning_texts(language),
        }
        return json.dumps(content, indent=2, default=str)

    def as_markdown(self, language: Language) -> str:
        """Return the report for a comment on a change: the conclusion first, then the figures."""
        parts = [
            f"## {translate(self.title, language)}",
            f"**{self.conclusion.text(language)}**",
            "\n".join(f"- {it.text(language)}" for it in self.preamble),
            *(
                f"### {translate(table.title, language)}\n\n{render.as_markdown(table, language)}"
                for table in self.tables
            ),
        ]
        if self.warnings:
            parts.append("\n".join(f"- ⚠ {text}" for text in self.warning_texts(language)))
        return "\n\n".join(parts)

    def as_html(self, language: Language) -> str:
        """Return the report as a whole page."""
        parts = [f"<p>{html.escape(it.text(language))}</p>" for it in self.preamble]
        parts += [f"<p><strong>{html.escape(it)}</strong></p>" for it in self.warning_texts(language)]
        for table in self.tables:
            parts.append(render.as_html(table, language))
            if table.key in self.charts:
                parts.append(self.charts[table.key](language))
        parts.append(f"<p><strong>{html.escape(self.conclusion.text(language))}</strong></p>")
        sources = "".join(f"<li>{html.escape(_source(it, language))}</li>" for it in self._sorted_sources())
        parts.append(
            f"<h2>{html.escape(translate('Sources of the prices', language))}</h2><ul>{sources}</ul>"
        )
        return html_page(translate(self.title, language), parts, language)

    def _sorted_sources(self) -> list[Provenance]:
        return sorted({*self.provenances}, key=lambda it: (str(it.as_of), it.source, it.basis))


def _source(provenance: Provenance, language: Language) -> str:
    return f"{provenance.as_of or '?'}, {translate(provenance.basis, language)}: {provenance.source}"
