"""Unhealthy instance: a process that hangs gets no more requests, and gets them again when it recovers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psutil

from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.outage import Outage, measure_outage, outage_conclusion, outage_table
from scripts.local.lessons.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.status import Status
    from scripts.local.lessons.stage import Stage

WITHIN: Final = 45.0
"""Maximum seconds until the health checks notice the instance."""


def measure(stage: Stage) -> Outage:
    """Stop the process of an instance under load, until it is unhealthy or replaced."""
    victim, pid = stage.victim()
    process = psutil.Process(pid)

    def resume() -> None:
        if process.is_running():
            process.resume()

    def freeze() -> Callable[[Status], bool]:
        stage.say(
            Text(
                f"Stopping the process of {victim.id}: it accepts connections and answers nothing.",
                f"Deteniendo el proceso de {victim.id}: acepta conexiones y no responde nada.",
            )
        )
        stage.on_end(resume)
        process.suspend()

        def gets_no_requests(status: Status) -> bool:
            return all(it.health != "healthy" for it in status.instances if it.id == victim.id)

        return gets_no_requests

    return measure_outage(stage, freeze, WITHIN)


def conclusion(figures: Outage) -> Text:
    """Return the failures and the time until the load balancer left the instance out."""
    alone = Text(
        "the health checks had noticed it, but there was no other one to get its requests",
        "las comprobaciones lo habían detectado, pero no había otra que recibiera sus peticiones",
    )
    others = Text(
        "the health checks had taken it out of the rotation, so that the others got its requests",
        "las comprobaciones la habían sacado de la rotación y sus peticiones iban a las demás",
    )
    return outage_conclusion(
        figures,
        lost=Text("One instance hung and", "Una instancia se colgó y"),
        repair=others if figures.before.instances > 1 else alone,
    )


LESSON: Final = Lesson(
    name="unhealthy",
    idea=Text("An unhealthy instance", "Una instancia que deja de responder"),
    seconds=40,
    does=Text(
        "Stops the process of an instance (SIGSTOP) while clients send requests, until the health checks "
        "notice it.",
        "Detiene el proceso de una instancia (SIGSTOP) mientras los clientes envían peticiones, hasta que "
        "las "
        "comprobaciones lo detectan.",
    ),
    measure=measure,
    table=outage_table,
    conclusion=conclusion,
)
