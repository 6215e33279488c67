"""Meeting demand: target tracking adds instances until each has as many requests as its target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scripts.bench.load.demand import Phase
from scripts.local.lessons.background_load import constant
from scripts.local.lessons.ideas.scaling.target_tracking import (
    EVERY_SECONDS,
    HIGH_RATE,
    LOW_RATE,
    TIMES,
    Moment,
    arithmetic,
    moments_table,
    needed,
    track_target,
    watch_moment,
)
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Text

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage

NEEDED: Final = needed(HIGH_RATE)
"""Instances that the load needs in the end."""

WITHIN: Final = 100.0
"""Maximum seconds until the fleet has them: the alarm rings after half a minute here, three on AWS."""


def measure(stage: Stage) -> list[Moment]:
    """Put a policy on the fleet, load it six times as much, and watch it grow."""
    track_target(stage, shrinks=False)
    return grow(stage)


def grow(stage: Stage) -> list[Moment]:
    """Send the usual load, then six times as much until the fleet has the size for it, and a row longer."""
    found: list[Moment] = []
    usual = Phase(stage.seconds(EVERY_SECONDS), LOW_RATE, LOW_RATE)
    with stage.load_of([usual, *constant(HIGH_RATE)]) as load:
        while load.now < stage.seconds(WITHIN) and not (found and found[-1].healthy >= NEEDED):
            found.append(watch_moment(stage, load))
        if found[-1].healthy >= NEEDED:
            found.append(watch_moment(stage, load))
    return found


def conclusion(figures: list[Moment]) -> Text:
    """Return the growth of the fleet, compared with the arithmetic."""
    first, last = figures[0], figures[-1]
    bad = sum(it.bad for it in figures)
    grown = next((it.second for it in figures if it.healthy >= NEEDED), None)
    need = arithmetic(HIGH_RATE)
    if grown is None:
        return Text(
            f"{TIMES} times the load needs {need}, so {NEEDED} instances, but the fleet had only "
            f"{last.healthy} after {last.second:.0f} s; failed requests: {bad}.",
            f"Una carga {TIMES} veces mayor necesita {need}, es decir, {NEEDED} instancias, pero la flota "
            f"solo tenía {last.healthy} a los {last.second:.0f} s; peticiones fallidas: {bad}.",
        )
    return Text(
        f"{TIMES} times the load needs {need}, so {NEEDED} instances: within {grown:.0f} s the fleet had "
        f"grown from {first.healthy} to {last.healthy} by itself; failed requests: {bad}.",
        f"Una carga {TIMES} veces mayor necesita {need}, es decir, {NEEDED} instancias: en {grown:.0f} s la "
        f"flota había crecido sola de {first.healthy} a {last.healthy}; peticiones fallidas: {bad}.",
    )


LESSON: Final = Lesson(
    name="demand",
    idea=Text("Meeting demand (target tracking)", "Satisfacer la demanda (seguimiento de objetivo)"),
    seconds=80,
    does=Text(
        "Gives the fleet a target of requests per instance and then six times the load, and watches it grow; "
        "alarms ring six times as fast as on AWS.",
        "Da a la flota un objetivo de peticiones por instancia y después seis veces más carga, y la observa "
        "crecer; las alarmas se activan seis veces más rápido que en AWS.",
    ),
    measure=measure,
    table=moments_table,
    conclusion=conclusion,
)
