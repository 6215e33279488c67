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
    victim = stage.healthy()[0]
    process = psutil.Process(victim.pid)

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
    return outage_conclusion(
        figures,
        lost=Text("One instance hung and", "Una instancia se colgó y"),
        repair=Text(
            "the health checks had taken it out of the rotation, so that the others got its requests",
            "las comprobaciones la habían sacado de la rotación y sus peticiones iban a las demás",
        ),
    )


LESSON: Final = Lesson(
    name="unhealthy",
    idea=Text("An unhealthy instance", "Una instancia que deja de responder"),
    seconds=30,
    does=Text(
        "Stops the process of an instance (SIGSTOP) while clients send requests, until the health checks "
        "notice it.",
        "Detiene el proceso de una instancia (SIGSTOP) mientras los clientes envían peticiones, hasta que "
        "las "
        "comprobaciones lo notan.",
    ),
    measure=measure,
    table=outage_table,
    conclusion=conclusion,
)
