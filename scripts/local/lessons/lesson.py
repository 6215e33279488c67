"""Form of a lesson: an idea, its measurement on a cloud, and the table and sentence of its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scripts.local.lessons.stage import Stage

Language: TypeAlias = Literal["en", "es"]

Figures = TypeVar("Figures")


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


@dataclass(frozen=True, kw_only=True)
class Lesson(Generic[Figures]):
    """Lesson about one idea."""

    name: str
    idea: Text
    seconds: int
    """Usual duration."""
    does: Text
    """Its steps, in a sentence or two."""
    measure: Callable[[Stage], Figures]
    """Measures the figures, and leaves the restoration of each change to the stage."""
    table: Callable[[Figures], Table]
    conclusion: Callable[[Figures], Text]
    """Computes the sentence of the figures, also if they do not show the idea."""


AnyLesson: TypeAlias = Lesson[Any]


@dataclass(frozen=True)
class LessonResult:
    """Table and sentence of a lesson that was run."""

    lesson: AnyLesson
    table: Table
    conclusion: Text
    seconds: float


def result_of(lesson: AnyLesson, figures: object, seconds: float) -> LessonResult:
    """Return the result of a lesson from its figures."""
    return LessonResult(lesson, lesson.table(figures), lesson.conclusion(figures), seconds)
