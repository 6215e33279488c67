"""Intrusion detection: the firewall's rules notice an attacker among ordinary clients, and block nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.load_balancer.firewall.publication import read_counts
from localcloud.load_balancer.firewall.results import ALL_RULES, ALLOWED, BLOCKED, COUNTED
from localcloud.load_balancer.firewall.rules.reserved_names import DEFAULT_ACTION
from scripts.local.lessons.attacks import PROBES, SQL, SQL_GROUP, WebAcl, with_sql_rules
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.stage import StageError
from scripts.local.lessons.texts import Table, Text
from scripts.local.own_address import VISITOR, client_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scripts.local.lessons.stage import Stage

RuleCounts: TypeAlias = "Mapping[str, Mapping[str, int]]"
"""Rule -> metric -> number of requests."""

ROUNDS: Final = 5
"""Times that each request is sent."""

FOLLOWED_WITHIN: Final = 20.0
"""Maximum seconds until the firewall has the rules against SQL injection, which only count."""

TIMEOUT: Final = 10.0
"""Seconds in which a request must be answered."""

WRITTEN_WITHIN: Final = 10.0
"""Maximum seconds until the counts of the firewall are written."""


@dataclass(frozen=True)
class RuleCount:
    """Requests that matched a rule."""

    rule: str
    counted: int
    blocked: int


@dataclass(frozen=True)
class Detection:
    """Requests that were sent, and the rules that noticed them."""

    attacks: int
    ordinary: int
    noticed: int
    """Attacks that a rule noticed."""
    blocked: int
    """Attacks that a rule blocked."""
    false_alarms: int
    """Ordinary requests that a rule noticed."""
    others: int
    """Requests of other clients meanwhile, which the counts can't tell apart."""
    rules: list[RuleCount]


def measure(stage: Stage) -> Detection:
    """Send ordinary requests and attacks, and read the counts of the rules after each."""
    stage.say(
        Text(
            "Sending ordinary requests, then attacks, and reading the counts of the firewall's rules.",
            "Enviando peticiones normales y después ataques, y leyendo los contadores de las reglas del "
            "cortafuegos.",
        )
    )
    file = FirewallFiles(stage.state_dir.firewall).counts
    ordinary = [probe for probe in PROBES if not probe.is_attack] * ROUNDS
    attacks = [probe for probe in PROBES if probe.is_attack] * ROUNDS
    acl = WebAcl(stage)
    acl.update(with_sql_rules(acl.rules))
    _wait_until_followed(stage, file)
    start = _counts(file)
    with client_at(VISITOR, stage.url, TIMEOUT) as client:
        for probe in ordinary:
            probe.send(client)
        quiet = _after(file, start, len(ordinary))
        for probe in attacks:
            probe.send(client)
    return detection(len(attacks), len(ordinary), start, quiet, _after(file, quiet, len(attacks)))


def _wait_until_followed(stage: Stage, file: Path) -> None:
    """Send an injection until the rules against it have counted one, and all that was sent is written."""
    canary = next(probe for probe in PROBES if probe.kind is SQL)
    end = time.monotonic() + FOLLOWED_WITHIN
    before = _counts(file).get(SQL_GROUP, {})
    while _counts(file).get(SQL_GROUP, {}) == before and time.monotonic() < end:
        start = _counts(file)
        canary.send(stage.client)
        _after(file, start, 1)


def detection(
    attacks: int, ordinary: int, start: RuleCounts, quiet: RuleCounts, end: RuleCounts
) -> Detection:
    """Compute the figures from the counts before all requests, after the ordinary ones, and after all."""
    counted, blocked = (_added(ALL_RULES, metric, quiet, end) for metric in (COUNTED, BLOCKED))
    rules = [
        RuleCount(rule, _added(rule, COUNTED, quiet, end), _added(rule, BLOCKED, quiet, end))
        for rule in end
        if rule not in {ALL_RULES, DEFAULT_ACTION}
    ]
    return Detection(
        attacks,
        ordinary,
        min(attacks, counted + blocked),
        blocked,
        min(ordinary, _added(ALL_RULES, COUNTED, start, quiet) + _added(ALL_RULES, BLOCKED, start, quiet)),
        max(
            0,
            sum(_added(ALL_RULES, metric, start, end) for metric in (ALLOWED, BLOCKED)) - attacks - ordinary,
        ),
        [it for it in rules if it.counted or it.blocked],
    )


def _added(rule: str, metric: str, before: RuleCounts, now: RuleCounts) -> int:
    return now.get(rule, {}).get(metric, 0) - before.get(rule, {}).get(metric, 0)


def _counts(file: Path) -> RuleCounts:
    found = read_counts(file)
    if found is None:
        raise StageError(Text("this cloud has no firewall", "esta nube no tiene cortafuegos"))
    return found.counts


def _after(file: Path, before: RuleCounts, requests: int) -> RuleCounts:
    """Return the counts once they contain as many more requests, or after a limit."""
    end = time.monotonic() + WRITTEN_WITHIN
    while True:
        now = _counts(file)
        passed = [
            sum(counts.get(ALL_RULES, {}).get(metric, 0) for metric in (ALLOWED, BLOCKED))
            for counts in (before, now)
        ]
        if passed[1] - passed[0] >= requests or time.monotonic() > end:
            return now
        time.sleep(0.3)


def table(figures: Detection) -> Table:
    """Return a row for each rule that noticed something."""
    return Table(
        (
            Text("rule that noticed attacks", "regla que detectó ataques"),
            Text("counted", "contadas"),
            Text("blocked", "bloqueadas"),
        ),
        [(it.rule, str(it.counted), str(it.blocked)) for it in figures.rules]
        or [(Text("none", "ninguna"), "0", "0")],
    )


def conclusion(figures: Detection) -> Text:
    """Return the attacks that were noticed, the false alarms, and what stands in for AWS."""
    others = (
        Text(
            f" (among them may be some of {figures.others} requests of other clients)",
            f" (entre ellas puede haber alguna de {figures.others} peticiones de otros clientes)",
        )
        if figures.others
        else Text("", "")
    )
    return Text(
        f"The rules noticed {figures.noticed} of {figures.attacks} attacks, blocked {figures.blocked} of "
        f"them, and gave {figures.false_alarms} false alarms for {figures.ordinary} ordinary requests"
        f"{others.en}; these rules stand in here for those of AWS WAF, and nothing stands in for GuardDuty, "
        "which watches the logs of the whole account.",
        f"Las reglas detectaron {figures.noticed} de {figures.attacks} ataques, bloquearon {figures.blocked} "
        f"y dieron {figures.false_alarms} falsas alarmas en {figures.ordinary} peticiones "
        f"normales{others.es}; aquí estas reglas hacen las veces de las de AWS WAF, y nada hace las "
        "de GuardDuty, que vigila los registros de toda la cuenta.",
    )


LESSON: Final = Lesson(
    name="intrusion",
    idea=Text("Intrusion detection", "Detección de intrusos"),
    seconds=15,
    does=Text(
        "Sends ordinary requests and attacks that are harmless here, and shows which rules of the firewall "
        "noticed them; GuardDuty, AWS's intrusion detection (`guardDuty`), exists only there.",
        "Envía peticiones normales y ataques que aquí son inofensivos, y muestra qué reglas del cortafuegos "
        "los detectaron; GuardDuty, la detección de intrusos de AWS (`guardDuty`), solo existe allí.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
