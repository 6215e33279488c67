"""Every text of a report has a Spanish translation, which has the same fields."""

from __future__ import annotations

import ast
import string
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import pytest

import scripts.cost
from scripts.cost.bill.assumptions import ASSUMPTIONS
from scripts.cost.bill.bill_lines import COMPONENTS
from scripts.cost.bill.fleet import Shortfall
from scripts.cost.bill.sizing import SizedBy
from scripts.cost.output.shortfalls import SHORTFALLS
from scripts.cost.output.translations import SPANISH
from scripts.cost.prices.tariff import Basis
from scripts.cost.stack.resource_types import PRICED
from tests.suite.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(scripts.cost.__file__).parent

CALLS: Final = {"message", "Message", "Column", "bill_line", "_log_line", "translate"}
"""Functions whose first argument is a text of a report."""

TITLES: Final = {"title", "label"}
"""Names of other arguments that are such a text."""


def texts_of_the_source() -> Iterator[str]:
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            found = list(node.args[:1]) if name in CALLS else []
            found += [it.value for it in node.keywords if it.arg in TITLES]
            yield from (
                it.value for it in found if isinstance(it, ast.Constant) and isinstance(it.value, str)
            )


def texts_of_the_declarations() -> set[str]:
    assumed = {text for it in ASSUMPTIONS.values() for text in (it.label, it.unit, it.source)}
    items = {item for names in PRICED.values() for item in names}
    rules = {f"rejected: {it}" for it in get_args(Shortfall)} | {*get_args(SizedBy)}
    return {*assumed, *items, *rules, *COMPONENTS, *get_args(Basis), *SHORTFALLS.values()}


def fields(template: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def test_every_text_of_a_report_is_translated():
    texts = {*texts_of_the_source(), *texts_of_the_declarations()}
    assert len(texts) > 150
    assert sorted(texts - set(SPANISH)) == []


@pytest.mark.parametrize("template", [it for it in SPANISH if "{" in it])
def test_a_translation_has_the_fields_of_its_sentence(template: str):
    assert fields(SPANISH[template]) == fields(template)


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("instancia", ("servidor", "nodo")),
        ("balanceador", ("equilibrador",)),
        ("cortafuegos", ("firewall",)),
        ("petición", ("solicitud", "consulta")),
        ("flota", ("grupo de autoescalado",)),
        ("supuesto", ("suposición", "asunción", "hipótesis")),
        ("coste", ("costo",)),
    ],
)
def test_one_thing_has_one_word_in_spanish(word: str, others: tuple[str, ...]):
    spanish = " ".join(SPANISH.values()).lower()
    assert word in spanish
    assert [it for it in others if it in spanish] == []
