"""Peak demand: a day in less than a minute, and what a fleet for its peak pays for nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.bench.load.demand import curve
from scripts.cost.demand.weekly_demand import DAY
from scripts.cost.prices.snapshot import project_snapshot
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage

SECONDS_PER_HOUR: Final = 2.0
"""Seconds of the lesson for each hour of the day."""

PEAK: Final = 120.0
"""Requests per second in the busiest hour."""

PER_INSTANCE: Final = 30.0
"""Requests per second that an instance is given in the arithmetic: a quarter of the peak."""

INSTANCE_TYPE: Final = "t4g.small"
REGION: Final = "us-east-1"

PARTS: Final = (
    (0, 6, Text("00-06 h, night", "00-06 h, madrugada")),
    (6, 12, Text("06-12 h, morning", "06-12 h, mañana")),
    (12, 18, Text("12-18 h, afternoon", "12-18 h, tarde")),
    (18, 24, Text("18-24 h, evening", "18-24 h, noche")),
)


@dataclass(frozen=True)
class PartOfDay:
    """Measurement of a part of the day."""

    name: Text
    per_second: float
    bad: int
    p99_ms: float
    instance_hours: int
    """Instance-hours of a fleet that follows the demand."""


@dataclass(frozen=True)
class Day:
    """Measurement of a day."""

    parts: list[PartOfDay]
    usd_per_instance_hour: float

    @property
    def followed(self) -> int:
        """Instance-hours of a fleet that follows the demand."""
        return sum(it.instance_hours for it in self.parts)


HOURS: Final = len(DAY)

FOR_PEAK: Final = math.ceil(PEAK / PER_INSTANCE) * HOURS
"""Instance-hours of a fleet for the peak, around the clock."""


def needed(hour: int) -> int:
    """Return the instances that the demand of an hour needs, at least two."""
    return max(2, math.ceil(round(PEAK * DAY[hour] / max(DAY) / PER_INSTANCE, 9)))


def measure(stage: Stage) -> Day:
    """Send the requests of a day."""
    hour = stage.seconds(SECONDS_PER_HOUR)
    stage.say(
        Text(
            f"Sending a day in {HOURS * hour:.0f} s, with {PEAK:.0f} requests per second at its peak.",
            f"Enviando un día en {HOURS * hour:.0f} s, con {PEAK:.0f} peticiones por segundo en el pico.",
        )
    )
    phases = curve([PEAK * share / max(DAY) for share in DAY], HOURS * hour)
    with stage.load_of(phases) as load:
        while load.now < HOURS * hour + 1:
            stage.pause(1)
    parts: list[PartOfDay] = []
    for first, last, name in PARTS:
        result = load.between(first * hour, last * hour)
        parts.append(
            PartOfDay(
                name,
                result.requests / ((last - first) * hour),
                result.failed + result.wrong,
                result.latency_ms["p99"],
                sum(needed(each) for each in range(first, last)),
            )
        )
    usd = project_snapshot().region(REGION).instance(INSTANCE_TYPE).on_demand.usd
    return Day(parts, float(usd))


def table(figures: Day) -> Table:
    """Return a row for each part of the day."""
    return Table(
        (
            Text("part of the day", "parte del día"),
            Text("requests per second", "peticiones por segundo"),
            Text("failed", "fallidas"),
            "p99 ms",
            Text("instance-hours that follow it", "horas de instancia que la siguen"),
            Text("instance-hours for the peak", "horas de instancia para el pico"),
        ),
        [
            (
                it.name,
                f"{it.per_second:.0f}",
                str(it.bad),
                f"{it.p99_ms:,.0f}",
                str(it.instance_hours),
                str(FOR_PEAK // len(PARTS)),
            )
            for it in figures.parts
        ],
    )


def conclusion(figures: Day) -> Text:
    """Return the ratio of the peak, and the price of a fleet for it."""
    busiest = max(it.per_second for it in figures.parts)
    quietest = min(it.per_second for it in figures.parts)
    idle = 1 - figures.followed / FOR_PEAK
    fixed, following = (30 * figures.usd_per_instance_hour * hours for hours in (FOR_PEAK, figures.followed))
    ratio = busiest / quietest if quietest else 0.0
    bad = sum(it.bad for it in figures.parts)
    return Text(
        f"The busiest part of the day had {ratio:.1f} times the requests of the quietest; a fleet for the "
        "peak around "
        f"the clock costs {fixed:,.2f} USD a month, one that follows the demand {following:,.2f} USD, "
        f"{idle:.0%} less "
        f"(at {PER_INSTANCE:.0f} requests per second for each {INSTANCE_TYPE}); failed requests: {bad}.",
        f"La parte más concurrida del día tuvo {ratio:.1f} veces las peticiones de la más tranquila; una "
        "flota para la "
        f"demanda pico todo el día cuesta {fixed:,.2f} USD al mes, y una que sigue a la demanda, "
        f"{following:,.2f} USD, un "
        f"{idle:.0%} menos (con {PER_INSTANCE:.0f} peticiones por segundo por cada {INSTANCE_TYPE}); "
        f"peticiones fallidas: {bad}.",
    )


LESSON: Final = Lesson(
    name="peak",
    idea=Text("Peak demand", "Demanda pico"),
    seconds=55,
    does=Text(
        "Sends the demand of a day in 48 s, and computes the instance-hours for its peak and for each hour.",
        "Envía la demanda de un día en 48 s y calcula las horas de instancia para el pico y para cada hora.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
