"""Events of the cloud in Spanish: each sentence that the code writes has one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import localcloud
from scripts.local.watch.view.events import event_sentence
from tests.suite.syntax import parse

PACKAGE = Path(localcloud.__file__).parent


def is_event(call: ast.Call) -> bool:
    """Return whether a call appends to an event log, or refuses what an operator does to a zone."""
    function = ast.unparse(call.func)
    return function.endswith(("vents.append", "vents).append")) or function == "ZoneError"


def written(sentence: ast.expr) -> str | None:
    """Return a sentence of the code with a number for each value; None if it has no words of its own."""
    match sentence:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)
        case _:
            return None


SENTENCES = {
    sentence
    for file in PACKAGE.rglob("*.py")
    if re.search(r"vents|ZoneError", text := file.read_text(encoding="utf-8"))
    for call in ast.walk(parse(text))
    if isinstance(call, ast.Call) and call.args and is_event(call) and (sentence := written(call.args[0]))
} - {
    "7 7; Auto Scaling 7",
    "the 7 7",
    "the 7 7; it is started again",
    "the controller 7; both are started again",
}
"""All but those whose words are values, which are below."""


@pytest.mark.parametrize(
    "sentence",
    [
        *sorted(SENTENCES),
        "i-a lost its process; Auto Scaling replaces it",
        "i-a failed its health checks; Auto Scaling keeps it while Launch and Terminate is suspended",
        "the load balancer of us-east-1a lost its process; it is started again",
        "the load balancer did not answer; it is started again",
        "the load balancer refuses its new listeners, and keeps the old: Unknown filter",
        "the load balancer has no web ACL any more",
        "the controller has lost its supervisor; both are started again",
        "the controller has a supervisor that was stopped; both are started again",
    ],
)
def test_every_event_is_told_in_spanish(sentence: str):
    assert event_sentence(sentence, "es") != sentence


def test_the_sentences_of_the_code_are_found():
    assert len(SENTENCES) > 15
    assert "7 starts in 7" in SENTENCES


def test_a_rule_that_is_not_enforced_and_figures_are_told_in_spanish():
    english = (
        "the firewall follows its web ACL of 7 rules; Reputation is not enforced (only AWS has its rules)"
    )
    spanish = "el cortafuegos sigue su lista de 7 reglas; Reputation no se aplica (solo AWS tiene sus reglas)"
    assert event_sentence(english, "es") == spanish
