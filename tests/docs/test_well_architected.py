"""Checklist of the Well-Architected Framework: complete, and with valid references."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from policy.check import RULES
from tests.suite.syntax import parse

PROJECT = Path(__file__).parents[2]
DOCUMENT = (PROJECT / "docs" / "well-architected.md").read_text(encoding="utf-8")

SECURITY = (8, 6, 9, 4, 4, 5, 4, 4, 3, 8, 8)
RELIABILITY = (6, 5, 3, 4, 7, 7, 4, 5, 4, 3, 7, 5, 5)
"""Number of best practices per question of a pillar (AWS Well-Architected Framework, November 2024)."""

PRACTICES = [
    f"{pillar}{question:02}-BP{practice:02}"
    for pillar, questions in (("SEC", SECURITY), ("REL", RELIABILITY))
    for question, number in enumerate(questions, start=1)
    for practice in range(1, number + 1)
]

ROWS = re.findall(r"^\| (\w+-BP\d+) \| ([^|]+) \| (\w+) \| ([^|]*)\|$", DOCUMENT, re.MULTILINE)

REFERENCES = sorted(set(re.findall(r"`((?:\w[\w-]*/)*\w[\w-]*\.\w+(?:::[\w.]+)?)`", DOCUMENT)))


def names(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    """Return the definitions of a module or class by name, and its calls of functions as statements."""
    found: dict[str, ast.stmt] = {}
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.ClassDef():
                found[statement.name] = statement
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = statement
            case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
                found[name] = statement
            case _:
                pass
    return found


def is_valid(reference: str) -> bool:
    path, _, symbol = reference.partition("::")
    file = PROJECT / path
    if not file.is_file():
        return False
    body: list[ast.stmt] = parse(file.read_text(encoding="utf-8")).body if symbol else []
    for name in symbol.split(".") if symbol else []:
        found = names(body).get(name)
        if found is None:
            return False
        body = found.body if isinstance(found, ast.ClassDef) else []
    return True


def test_the_checklist_has_every_practice_of_both_pillars_in_order():
    assert [practice for practice, *_ in ROWS] == PRACTICES


def test_every_row_has_a_state_and_a_reason():
    assert {state for _, _, state, _ in ROWS} == {"Yes", "Part", "Yours", "No"}
    # The reader's own tasks need no reason.
    assert [practice for practice, _, state, why in ROWS if state != "Yours" and not why.strip()] == []


@pytest.mark.parametrize("reference", REFERENCES)
def test_every_reference_is_valid(reference: str):
    assert is_valid(reference)


@pytest.mark.parametrize(
    "reference",
    [
        "infra/nowhere.py",
        "infra/network/vpc.py::Nothing",
        "infra/fleet/auto_scaling_group.py::AutoScalingGroup.x",
    ],
)
def test_an_invalid_reference_is_found(reference: str):
    assert not is_valid(reference)


def test_every_rule_refers_to_a_practice_by_its_name():
    known = {f"{practice} {name}" for practice, name, _, _ in ROWS}
    pillars = [rule for rule in RULES if rule.best_practice.startswith(("SEC", "REL"))]
    assert len(pillars) > 20
    assert [rule.name for rule in pillars if rule.best_practice not in known] == []
