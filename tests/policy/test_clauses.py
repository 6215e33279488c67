"""Each clause of each rule decides about some resources, and so none can go, or change, unnoticed.

The modules of the rules are changed in one place after the other, and asked about all resources of
`clauses/`. A change after which every rule says the same as before is a clause that nothing here holds.
"""

from __future__ import annotations

import ast
import importlib
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from policy.check import RULES
from policy.rule import ResourceRule, StackRule
from tests.policy.changes import Change, changes
from tests.policy.clauses.case import Case, said

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from policy.rule import Rule

FOLDER = Path(__file__).with_name("clauses")

CASES: tuple[Case, ...] = tuple(
    chain.from_iterable(
        getattr(importlib.import_module(f"tests.policy.clauses.{path.stem}"), "CASES", ())
        for path in sorted(FOLDER.glob("*.py"))
    )
)

MODULES = sorted({rule.check.__module__ for rule in RULES})


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.shows}")
def test_a_rule_says_what_is_wrong_and_nothing_of_what_is_right(case: Case):
    rule = next(rule for rule in RULES if rule.name == case.rule)
    assert said(rule, case.resources) == list(case.says)


@pytest.mark.parametrize("name", MODULES)
def test_no_clause_of_a_rule_can_change_without_a_resource_that_shows_it(name: str):
    module = importlib.import_module(name)
    rules = _rules(vars(module))
    cases = [case for case in CASES if case.rule in rules]
    tried = list(changes(_source(module)))
    assert not _noticed(Change("nothing", ast.parse(_source(module))), module, cases)
    assert tried
    assert [change.says for change in tried if not _noticed(change, module, cases)] == []


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def _rules(names: Mapping[str, Any]) -> dict[str, Rule]:
    return {
        rule.name: rule
        for value in names.values()
        if isinstance(value, tuple)
        for rule in cast("tuple[object, ...]", value)
        if isinstance(rule, ResourceRule | StackRule)
    }


def _noticed(change: Change, module: ModuleType, cases: list[Case]) -> bool:
    """Say whether a rule of the changed module answers otherwise, or not at all."""
    names: dict[str, Any] = {"__name__": module.__name__}
    try:
        exec(compile(change.tree, str(module.__file__), "exec"), names)  # noqa: S102 (our own code, with a slip)
        rules = _rules(names)
        return any(said(rules[case.rule], case.resources) != list(case.says) for case in cases)
    except Exception:  # noqa: BLE001 (a rule that breaks is noticed, however it does)
        return True
