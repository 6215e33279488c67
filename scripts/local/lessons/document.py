"""Document of the lessons: list of ideas, and the last table and sentence of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scripts.console.atomic_write import atomic_write
from scripts.console.machine import processor_name
from scripts.local.lessons.registry import LESSONS
from scripts.local.lessons.texts import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scripts.local.lessons.lesson import AnyLesson, LessonResult

DOCUMENT: Final = Path(__file__).resolve().parents[3] / "docs" / "lessons.md"

RESULTS: Final = DOCUMENT.with_suffix(".json")
"""Last result of each lesson, by name."""

HEAD: Final = """# Lessons

Each lesson shows one idea of scaling on the running local cloud: it says what it does, does it, puts
everything back, also on Ctrl-C, and ends in a table and a sentence, both computed from what was measured.

```sh
make up
make lesson                             # list the lessons
make lesson NAME=balancing              # run one
make lesson NAME=balancing ARGS="--lang es"
make lesson NAME=all                    # run all, in a quarter of an hour
```

`--pace 0.5` halves the durations of loads and pauses; `--format json` prints the result as JSON. On a busy
machine, a lesson may not show its idea, and says so.

"""


def read_results() -> dict[str, Any]:
    """Read the last results."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    return found


def record(result: LessonResult) -> None:
    """Write a result, in English, as the last one of its lesson, and the document."""
    results = read_results()
    results[result.lesson.name] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": processor_name(),
        "seconds": round(result.seconds),
        "columns": [written(cell, "en") for cell in result.table.columns],
        "rows": [[written(cell, "en") for cell in row] for row in result.table.rows],
        "conclusion": result.conclusion.en,
    }
    in_order = {lesson.name: results[lesson.name] for lesson in LESSONS if lesson.name in results}
    for file, text in (
        (RESULTS, json.dumps(in_order, indent=1, ensure_ascii=False) + "\n"),
        (DOCUMENT, document(in_order)),
    ):
        with atomic_write(file) as opened:
            opened.write(text.encode())


def document(results: Mapping[str, Any]) -> str:
    """Return the document with the last results."""
    ideas = [
        (
            lesson.idea.en,
            lesson.idea.es,
            f"`make lesson NAME={lesson.name}`",
            f"{results[lesson.name]['seconds'] if lesson.name in results else lesson.seconds} s",
        )
        for lesson in LESSONS
    ]
    parts = [HEAD + _table(("idea", "in Spanish", "command", "took"), ideas)]
    parts += [_section(lesson, results[lesson.name]) for lesson in LESSONS if lesson.name in results]
    return "\n".join(parts)


def _section(lesson: AnyLesson, result: Mapping[str, Any]) -> str:
    return (
        f"## {lesson.idea.en}\n\n`make lesson NAME={lesson.name}`: {lesson.does.en}\n\n"
        f"{_table(result['columns'], result['rows'])}\n{result['conclusion']}\n\n"
        f"<sub>{result['date']}, {result['machine']}, {result['seconds']} s</sub>\n"
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"

    return line(columns) + line(["---"] * len(columns)) + "".join(map(line, rows))
