"""Form of a lesson: an idea, its measurement on a cloud, and the table and sentence of its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.local.lessons.stage import Stage
    from scripts.local.lessons.texts import Table, Text

Figures = TypeVar("Figures")


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
