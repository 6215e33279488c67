"""Mutation test of the rules: a case in `clauses/` fails for each possible change of each clause.

Each mutant of a module of rules checks the resources of all cases. A mutant with the same findings as the
original shows a clause without a test.
"""

from __future__ import annotations

import importlib
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from policy.check import RULES
from policy.rule import ResourceRule, StackRule
from tests.policy.clauses.case import Case, findings
from tests.policy.mutants import Mutant, mutants
from tests.suite.syntax import parse

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


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.description}")
def test_a_rule_finds_the_violations_and_nothing_else(case: Case):
    rule = next(rule for rule in RULES if rule.name == case.rule)
    assert findings(rule, case.resources) == list(case.findings)


@pytest.mark.parametrize("name", MODULES)
def test_a_case_detects_each_change_of_each_clause(name: str):
    module = importlib.import_module(name)
    rules = _rules(vars(module))
    cases = [case for case in CASES if case.rule in rules]
    tried = list(mutants(_source(module)))
    assert not _is_detected(Mutant("no change", parse(_source(module))), module, cases)
    assert tried
    assert [mutant.description for mutant in tried if not _is_detected(mutant, module, cases)] == []


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


def _is_detected(mutant: Mutant, module: ModuleType, cases: list[Case]) -> bool:
    """Return whether a rule of the mutant has other findings than expected, or raises."""
    names: dict[str, Any] = {"__name__": module.__name__}
    try:
        exec(compile(mutant.tree, str(module.__file__), "exec"), names)  # noqa: S102 (the project's own code, mutated)
        rules = _rules(names)
        return any(findings(rules[case.rule], case.resources) != list(case.findings) for case in cases)
    except Exception:  # noqa: BLE001 (any exception detects the mutant)
        return True
