"""Firewall: attacks pass while its rules only count, and are blocked once they block."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from scripts.local.lessons.attacks import PROBES, WebAcl, blocking, with_sql_rules
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage

FOLLOWED_WITHIN: Final = 15.0
"""Maximum seconds until the firewall has the rules that block."""


@dataclass(frozen=True)
class Probed:
    """Statuses of a request before and after."""

    kind: Text
    is_attack: bool
    counting: int
    blocking: int


def measure(stage: Stage) -> list[Probed]:
    """Send all probes with the rules as they are, and again while the managed groups block."""
    stage.say(Text("Sending attacks and ordinary requests.", "Enviando ataques y peticiones normales."))
    before = _send(stage)
    stage.say(
        Text(
            "Adding the rules against SQL injection, and blocking by all managed rule groups.",
            "Añadiendo las reglas contra la inyección de SQL y bloqueando con todos los grupos "
            "administrados.",
        )
    )
    acl = WebAcl(stage)
    acl.update(blocking(with_sql_rules(acl.rules)))
    canary = next(probe for probe in PROBES if probe.is_attack)
    end = time.monotonic() + FOLLOWED_WITHIN
    while canary.send(stage.client) != HTTPStatus.FORBIDDEN and time.monotonic() < end:
        time.sleep(0.2)
    after = _send(stage)
    return [
        Probed(probe.kind, probe.is_attack, *statuses)
        for probe, *statuses in zip(PROBES, before, after, strict=True)
    ]


def _send(stage: Stage) -> list[int]:
    return [probe.send(stage.client) for probe in PROBES]


def table(figures: list[Probed]) -> Table:
    """Return a row for each request."""
    return Table(
        (Text("request", "petición"), Text("before", "antes"), Text("while it blocks", "mientras bloquea")),
        [(it.kind, str(it.counting), str(it.blocking)) for it in figures],
    )


def conclusion(figures: list[Probed]) -> Text:
    """Return the attacks and ordinary requests that were blocked."""
    attacks = [it for it in figures if it.is_attack]
    ordinary = [it for it in figures if not it.is_attack]
    blocked = sum(it.blocking == HTTPStatus.FORBIDDEN for it in attacks)
    already = sum(it.counting == HTTPStatus.FORBIDDEN for it in attacks)
    harmed = sum(it.blocking == HTTPStatus.FORBIDDEN for it in ordinary)
    return Text(
        f"The firewall blocked {blocked} of {len(attacks)} attacks with 403 ({already} before), and "
        f"{harmed} of "
        f"{len(ordinary)} ordinary requests; blocked requests never reached an instance.",
        f"El cortafuegos bloqueó {blocked} de {len(attacks)} ataques con 403 ({already} antes) y {harmed} de "
        f"{len(ordinary)} peticiones normales; las bloqueadas no llegaron a ninguna instancia.",
    )


LESSON: Final = Lesson(
    name="firewall",
    idea=Text("Firewall", "Cortafuegos"),
    seconds=15,
    does=Text(
        "Sends attacks that are harmless here and ordinary requests, first with the rules as they are, "
        "then while "
        "they block.",
        "Envía ataques que aquí son inofensivos y peticiones normales, primero con las reglas como están y "
        "después "
        "mientras bloquean.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
