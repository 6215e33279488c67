"""Elasticity: the fleet grows with a load that is six times as high for a while, and shrinks after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.local.lessons.ideas.scaling.demand import NEEDED, grow
from scripts.local.lessons.ideas.scaling.target_tracking import (
    HIGH_RATE,
    LOW_RATE,
    MINIMUM,
    TIMES,
    Moment,
    arithmetic,
    moments_table,
    track_target,
    watch_moment,
)
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Text

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage
    from scripts.local.lessons.texts import Table

BACK_WITHIN: Final = 240.0
"""Maximum seconds until the fleet is small again: `AlarmLow` needs 15 datapoints of ten seconds, as those of
a minute on AWS."""


@dataclass(frozen=True)
class RoundTrip:
    """Growth and return of the fleet."""

    up: list[Moment]
    down: list[Moment]

    @property
    def moments(self) -> list[Moment]:
        """All moments."""
        return [*self.up, *self.down]


def measure(stage: Stage) -> RoundTrip:
    """Watch the fleet grow, then send the usual load again until it has its first size."""
    track_target(stage, shrinks=True)
    up = grow(stage)
    stage.say(
        Text(
            f"Back to {60 * LOW_RATE:,.0f} requests per minute, until the fleet is as small as before.",
            f"De vuelta a {60 * LOW_RATE:,.0f} peticiones por minuto, hasta que la flota sea tan pequeña "
            "como antes.",
        )
    )
    down: list[Moment] = []
    with stage.load(LOW_RATE) as load:
        while load.now < stage.seconds(BACK_WITHIN) and not (down and down[-1].healthy <= MINIMUM):
            down.append(watch_moment(stage, load, up[-1].second))
    return RoundTrip(up, down)


def table(figures: RoundTrip) -> Table:
    """Return a row for each moment."""
    return moments_table(figures.moments)


def conclusion(figures: RoundTrip) -> Text:
    """Return the sizes of the fleet on the way up and down, and the failed requests."""
    first, highest = figures.up[0].healthy, max(it.healthy for it in figures.moments)
    last, seconds = figures.down[-1].healthy, figures.moments[-1].second
    bad = sum(it.bad for it in figures.moments)
    followed = highest == NEEDED and last == MINIMUM
    verdict = Text("as it should", "como debía") if followed else Text("which differs", "que no coincide")
    return Text(
        f"For {TIMES} times the load ({arithmetic(HIGH_RATE)}, so {NEEDED} instances) the fleet went from "
        f"{first} to {highest} and back to {last} in {seconds:.0f} s, {verdict.en}; failed requests: {bad}.",
        f"Con una carga {TIMES} veces mayor ({arithmetic(HIGH_RATE)}, es decir, {NEEDED} instancias), la "
        f"flota pasó de {first} a {highest} y volvió a {last} en {seconds:.0f} s, {verdict.es}; peticiones "
        f"fallidas: {bad}.",
    )


LESSON: Final = Lesson(
    name="elasticity",
    idea=Text("Elasticity: growing and shrinking", "Elasticidad: crecer y reducirse"),
    seconds=260,
    does=Text(
        "Sends six times the load until the fleet has grown, then the usual one until it has shrunk, for "
        "which its alarm waits two and a half minutes (15 on AWS).",
        "Envía seis veces más carga hasta que la flota crece y después la habitual hasta que se reduce, para "
        "lo que su alarma espera dos minutos y medio (15 en AWS).",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
