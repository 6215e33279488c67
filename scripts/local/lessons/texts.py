"""Texts and tables of the lessons, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Language: TypeAlias = Literal["en", "es"]


@dataclass(frozen=True)
class Text:
    """Text in both languages."""

    en: str
    es: str

    def of(self, language: Language) -> str:
        """Return the text in a language."""
        return self.es if language == "es" else self.en


Cell: TypeAlias = "str | Text"


@dataclass(frozen=True)
class Table:
    """Table of a lesson; the first column is aligned to the left."""

    columns: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]


def written(cell: Cell, language: Language) -> str:
    """Return a cell in a language."""
    return cell.of(language) if isinstance(cell, Text) else cell
