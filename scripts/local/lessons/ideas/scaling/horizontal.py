"""Horizontal scaling: the same load on fleets of more and more instances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psutil

from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage

SIZES: Final = (1, 2, 3)
"""Sizes of the fleet."""

RATE: Final = 150.0
"""Requests per second, which leave the processor of a laptop time for all instances."""

LOAD_SECONDS: Final = 10.0


@dataclass(frozen=True)
class FleetSize:
    """Measurement of one size."""

    instances: int
    requests: int
    bad: int
    busiest_share: float
    """Share of the requests of the instance with most of them."""
    busiest_cpu: float
    """Processor time of the instance with most of it, as a share of a core."""
    p99_ms: float


def measure(stage: Stage) -> list[FleetSize]:
    """Send the same load to each size of the fleet."""
    return [_measure_size(stage, size) for size in SIZES]


def _measure_size(stage: Stage, size: int) -> FleetSize:
    stage.say(
        Text(
            f"Setting the size of the fleet to {size}, then {RATE:.0f} requests per second.",
            f"Ajustando la flota a {size} y enviando {RATE:.0f} peticiones por segundo.",
        )
    )
    stage.resize(size)
    processes = [psutil.Process(it.pid) for it in stage.healthy()]
    with stage.load(RATE) as load:
        stage.pause(1)
        since, before = load.now, [_cpu_seconds(it) for it in processes]
        stage.pause(LOAD_SECONDS)
        until, after = load.now, [_cpu_seconds(it) for it in processes]
    result = load.between(since, until)
    spent = [later - earlier for later, earlier in zip(after, before, strict=True)]
    return FleetSize(
        size,
        result.requests,
        result.failed + result.wrong,
        max(result.instances.values(), default=0) / max(1, sum(result.instances.values())),
        max(spent) / (until - since),
        result.latency_ms["p99"],
    )


def _cpu_seconds(process: psutil.Process) -> float:
    family = (process, *process.children(recursive=True))
    return sum(sum(each.cpu_times()[:2]) for each in family)


def table(figures: list[FleetSize]) -> Table:
    """Return a row for each size."""
    return Table(
        (
            Text("instances", "instancias"),
            Text("requests", "peticiones"),
            Text("failed", "fallidas"),
            Text("share of the busiest", "parte de la más ocupada"),
            Text("processor of the busiest", "procesador de la más ocupada"),
            "p99 ms",
        ),
        [
            (
                str(it.instances),
                f"{it.requests:,}",
                str(it.bad),
                f"{it.busiest_share:.0%}",
                f"{it.busiest_cpu:.1%}",
                f"{it.p99_ms:,.1f}",
            )
            for it in figures
        ],
    )


def conclusion(figures: list[FleetSize]) -> Text:
    """Return whether more instances took work off the busiest one."""
    first, last = figures[0], figures[-1]
    if last.busiest_cpu >= first.busiest_cpu:
        return Text(
            f"{last.instances} instances took no work off the busiest one here ({first.busiest_cpu:.1%} of "
            "a core with "
            f"{first.instances}, {last.busiest_cpu:.1%} with {last.instances}): the load is too small, or "
            "the machine too "
            "busy, to show it.",
            f"Aquí {last.instances} instancias no descargaron a la más ocupada ({first.busiest_cpu:.1%} de "
            "un núcleo con "
            f"{first.instances}, {last.busiest_cpu:.1%} con {last.instances}): la carga es demasiado "
            "pequeña, o la máquina "
            "está demasiado ocupada, para verlo.",
        )
    ratio = first.busiest_cpu / last.busiest_cpu if last.busiest_cpu else float(last.instances)
    bad = sum(it.bad for it in figures)
    return Text(
        f"From {first.instances} to {last.instances} instances, the busiest one had {ratio:.1f} times less "
        "work for the "
        f"same load ({first.busiest_cpu:.1%} of a core, then {last.busiest_cpu:.1%}): the fleet can take "
        f"as many times more, and survives the loss of one; failed requests: {bad}.",
        f"De {first.instances} a {last.instances} instancias, la más ocupada tuvo {ratio:.1f} veces menos "
        "trabajo con la "
        f"misma carga ({first.busiest_cpu:.1%} de un núcleo y después {last.busiest_cpu:.1%}): la flota "
        "admite otras "
        f"tantas veces más y sobrevive a la pérdida de una; peticiones fallidas: {bad}.",
    )


LESSON: Final = Lesson(
    name="horizontal",
    idea=Text("Horizontal scaling", "Escalamiento horizontal"),
    seconds=70,
    does=Text(
        "Sends the same load to 1, 2 and 3 instances, and measures the processor time of the busiest one.",
        "Envía la misma carga a 1, 2 y 3 instancias y mide el tiempo de procesador de la más ocupada.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
