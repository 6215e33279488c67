"""Death of the load balancer: one of its nodes is killed, and the other one goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scripts.bench.faults.fault_kinds import FAULTS
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.outage import Outage, measure_outage, outage_conclusion, outage_table
from scripts.local.lessons.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.status import Status
    from scripts.local.lessons.stage import Stage

FAULT: Final = next(fault for fault in FAULTS if fault.name == "kill-balancer")

WITHIN: Final = 45.0
"""Maximum seconds until the node is replaced."""


def measure(stage: Stage) -> Outage:
    """Kill the load balancer's node in one zone under load."""

    def kill() -> Callable[[Status], bool]:
        stage.say(
            Text(
                "Killing the load balancer's node in one zone (kill -9 of its Envoy).",
                "Matando el nodo del balanceador en una zona (kill -9 de su Envoy).",
            )
        )
        return FAULT.inject(stage.state_dir)

    return measure_outage(stage, kill, WITHIN)


def conclusion(figures: Outage) -> Text:
    """Return the failures and the time until the node is back."""
    meanwhile = figures.periods[1]
    right = meanwhile.requests - meanwhile.bad
    return outage_conclusion(
        figures,
        lost=Text("One of the load balancer's nodes", "Uno de los nodos del balanceador"),
        repair=Text(
            f"another one had replaced it; meanwhile, {right:,} of {meanwhile.requests:,} got their answer",
            f"otro lo había sustituido; entretanto {right:,} de {meanwhile.requests:,} recibieron respuesta",
        ),
    )


LESSON: Final = Lesson(
    name="balancer",
    idea=Text("The load balancer's own death", "La muerte del propio balanceador"),
    seconds=15,
    does=Text(
        "Kills one of the load balancer's nodes while clients send requests; a load balancer that runs "
        "only once "
        "would be a single point of failure.",
        "Mata uno de los nodos del balanceador mientras los clientes envían peticiones; un balanceador "
        "único sería "
        "un punto único de fallo.",
    ),
    measure=measure,
    table=outage_table,
    conclusion=conclusion,
)
