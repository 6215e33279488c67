"""Prose check of `make lint`: words and openings that docstrings, comments and documents avoid.

    python -m tests.suite.language [FILE ...]

Readers search for the field's own words, in sentences that begin with a thing or a verb (`CONTRIBUTING.md`,
"Language"). Prose linters don't tell Python's docstrings, attribute docstrings and comments apart, so the
lists below are checked here.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.suite.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT: Final = Path(__file__).resolve().parents[2]

PROSE: Final = ("*.md", "*.sh", "*.service", "*.toml", "*.yaml", "Makefile", ".ci/*")
"""Files besides Python's that are read line by line, as git's pathspecs."""

EXEMPT: Final = frozenset({"README.es.md", "scripts/cost/output/translations.py", ".ci/ordinary-user"})
"""Files with sentences in Spanish, and the one about the Unix user `nobody`."""

AVOIDED: Final = {
    "nobody": "name the actor: no client, no caller",
    "somebody": "name the actor: a client, an operator",
    "anybody": "name the actor: any client",
    "whoever": "name the actor: client, caller, worker",
    "whomever": "name the actor",
    "whatever": "name the thing",
    "whichever": "name the thing",
    "whyever": "for any reason",
    "alone": "only, by itself",
    "parted": "separated",
    "dear": "expensive",
    "dearer": "more expensive",
    "dearest": "most expensive",
    "by lot": "at random",
}
"""Words and their replacement; each is looked for as a whole word, in either case."""

QUESTIONS: Final = frozenset({"Who", "Whom", "Whose", "What", "Where", "How", "Why", "Which"})
"""First words of a docstring or comment that hide the thing it is about."""

VAGUE_VERBS: Final = frozenset({"Say", "Tell", "Give", "Know", "Take", "Let", "Ask", "Hold"})
"""First words of a function's docstring that name no operation of the field."""


class Finding(NamedTuple):
    """One place with one word that is avoided."""

    line: int
    message: str


def check_python(source: str) -> list[Finding]:
    """Return the findings in a Python file, in the order of its lines.

    Raises:
        SyntaxError: The text is not Python.
    """
    tree = parse(source)
    return sorted({*_docstring_openings(tree), *_comments(source), *_strings(tree)})


def check_prose(text: str) -> list[Finding]:
    """Return the findings in a document or in a file with comments."""
    return [
        Finding(number, message)
        for number, line in enumerate(text.splitlines(), start=1)
        for message in _avoided_words(line)
    ]


def _docstring_openings(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        body: list[ast.stmt] = (
            getattr(node, "body", []) if not isinstance(node, ast.Lambda | ast.IfExp) else []
        )
        for at, statement in enumerate(body):
            value = statement.value if isinstance(statement, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and at == 0
                avoided = QUESTIONS | VAGUE_VERBS if is_function else QUESTIONS
                yield from _opening(value.value, statement.lineno, avoided)


def _comments(source: str) -> Iterator[Finding]:
    above = -1  # line of the last comment that stands on a line of its own
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        number, column = token.start
        own_line = not token.line[:column].strip()
        if not (own_line and above == number - 1):
            yield from _opening(token.string.lstrip("#! "), number, QUESTIONS)
        above = number if own_line else -1
        yield from (Finding(number, message) for message in _avoided_words(token.string))


def _strings(tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        # A string without a blank is a name of something, not a sentence.
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            for offset, line in enumerate(node.value.splitlines()):
                yield from (Finding(node.lineno + offset, message) for message in _avoided_words(line))


def _opening(text: str, line: int, avoided: frozenset[str]) -> Iterator[Finding]:
    first = re.match(r"\w+", text.lstrip())
    if first and first[0] in avoided:
        yield Finding(line, f"opens with {first[0]!r}: begin with the thing, or with a verb and its object")


def _avoided_words(line: str) -> Iterator[str]:
    for word, instead in AVOIDED.items():
        # A dash or a slash next to it makes it part of a name, as in `stand-alone` or a path.
        if re.search(rf"(?<![\w/-]){word}(?![\w/-])", line, re.IGNORECASE):
            yield f"{word!r}: {instead}"


def _files(arguments: list[str]) -> Iterator[Path]:
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
            *(arguments or ["*.py", *PROSE]),
        ],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        # This file and its test hold the words themselves.
        if name not in EXEMPT and not name.endswith("language.py") and (PROJECT / name).is_file():
            yield PROJECT / name


def main(arguments: list[str]) -> int:
    """Print a line for each finding; return 1 if there is one."""
    count = 0
    for path in _files(arguments):
        text = path.read_text(encoding="utf-8")
        for finding in check_python(text) if path.suffix == ".py" else check_prose(text):
            print(f"{path.relative_to(PROJECT)}:{finding.line}: {finding.message}")  # noqa: T201 (a command)
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
