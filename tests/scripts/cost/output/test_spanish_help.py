"""Help in Spanish: each option and paragraph, on either side of `--help`."""

from __future__ import annotations

import re
from typing import Final

import click
import pytest
from click.testing import CliRunner

from scripts.cli import main
from scripts.cost.cli.cost import cost
from scripts.cost.output.spanish_help import HELP, METAVARIABLES

ENGLISH: Final = re.compile(
    r"\b(the|is|are|does|takes|without|with|between|and|or|of|usage|for|show|default|range|text|file|options)\b",
    re.IGNORECASE,
)


NAMES: Final = re.compile(r"`[^`]*`|--[\w-]+|\[[\w|-]+\]")
"""Commands, options and choices, which are English in both languages."""

OPTION: Final = re.compile(r"^  (?:-h, )?(--[a-z-]+)", re.MULTILINE)
"""Option where it is explained."""


def help_of(*options: str) -> str:
    result = CliRunner().invoke(main, ["cost", *options], prog_name="iris")
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.parametrize("options", ["--lang es --help", "--help --lang es", "-h --lang=es", "--lang=es -h"])
def test_the_help_is_spanish_on_either_side_of_the_language(options: str):
    shown = help_of(*options.split())
    assert shown.startswith("Uso: iris cost [OPCIONES]\n\n  Compara los costes ")
    assert "  --budget NÚMERO                 Falla si la factura supera estos USD al mes.\n" in shown
    assert "propio tráfico" in shown
    own = NAMES.sub("", " ".join(shown.split()))
    assert ENGLISH.findall(own) == []


def test_the_help_is_english_otherwise():
    assert help_of("--help") == help_of("--help", "--lang", "en")
    assert help_of("--help").startswith("Usage: iris cost [OPTIONS]")


def test_each_text_of_the_help_has_a_translation():
    options = [it for it in cost.params if isinstance(it, click.Option)]
    assert len(options) > 30
    assert [it.help for it in options if it.help not in HELP] == []
    kinds = {it.make_metavar(click.Context(cost)) for it in options if not it.is_flag}
    assert {it for it in kinds if not it.startswith("[")} <= set(METAVARIABLES)


def test_the_help_has_the_same_options_in_both_languages():
    spanish, english = (OPTION.findall(help_of("--help", "--lang", it)) for it in ("es", "en"))
    assert spanish == english
    assert len(english) == len(cost.params) + 1
