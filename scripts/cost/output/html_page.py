"""HTML page in one file, without external resources."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.cost.output.translations import Language

CSS: Final = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1f2937 }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2.5rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; width: 100% }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #e5e7eb } th { border-bottom: 2px solid #1f2937 }
.left { text-align: left } .right { text-align: right } tfoot td { font-weight: bold }
svg { width: 100%; height: auto; margin-top: 1rem } li { font-size: .85rem }
"""


def html_page(title: str, parts: Iterable[str], language: Language) -> str:
    """Return a page with a heading and the parts of its body, which are HTML."""
    heading, body = html.escape(title), "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{heading}</title>'
        f"<style>{CSS}</style></head><body>\n<h1>{heading}</h1>\n{body}\n</body></html>\n"
    )
