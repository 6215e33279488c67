"""Vertical scaling: one instance with more and more workers, and the price of its processors."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from scripts.cost.capacity.benchmark import start_service
from scripts.cost.capacity.load_generator import send_requests
from scripts.cost.capacity.request_mix import KINDS
from scripts.cost.prices.snapshot import project_snapshot
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    import psutil

    from scripts.local.lessons.stage import Stage

SIZES: Final = ((1, "c7g.medium"), (2, "c7g.large"), (4, "c7g.xlarge"))
"""Workers, and an EC2 type with as many vCPUs, each twice the one before."""

REGION: Final = "us-east-1"

CONNECTIONS: Final = 4
"""Connections with one batch of 1,000 flowers at a time, which keep four workers busy."""

LOAD_SECONDS: Final = 6.0
WARM_UP_SECONDS: Final = 1.0

READY_WITHIN: Final = 40.0
"""Maximum seconds until a worker answers."""


@dataclass(frozen=True)
class MachineSize:
    """Measurement of one number of workers."""

    workers: int
    flowers_per_second: float
    memory_mb: float
    instance_type: str
    usd_per_hour: float
    cores: int
    """Processors of this machine."""

    @property
    def usd_per_million(self) -> float:
        """Price of a million flowers, if the type were as fast as this machine."""
        return self.usd_per_hour / 3_600 / self.flowers_per_second * 1_000_000


def measure(stage: Stage) -> list[MachineSize]:
    """Start an instance with each number of workers, beside the cloud, and load it as much as it can take."""
    stage.say(
        Text(
            f"Starting one more instance, with 1, 2 and 4 workers, on a machine with {os.cpu_count()} "
            "processors.",
            f"Arrancando una instancia más, con 1, 2 y 4 procesos, en una máquina con {os.cpu_count()} "
            "procesadores.",
        )
    )
    return [_measure_size(stage, workers, instance_type) for workers, instance_type in SIZES]


def _measure_size(stage: Stage, workers: int, instance_type: str) -> MachineSize:
    price = project_snapshot().region(REGION).instance(instance_type).on_demand
    variables = {"IRIS_WORKERS": str(workers), "IRIS_GRACE_SECONDS": "0", "IRIS_MAX_BATCHES": "64"}
    batches = KINDS["large_batch"]
    with start_service(variables) as service:
        _wait_until_ready(f"http://{service.host}:{service.port}/readyz")
        send_requests(service.host, service.port, CONNECTIONS, stage.seconds(WARM_UP_SECONDS), batches)
        begun = time.perf_counter()
        answered = len(
            send_requests(service.host, service.port, CONNECTIONS, stage.seconds(LOAD_SECONDS), batches)
        )
        passed = time.perf_counter() - begun
        family = [one for each in service.processes for one in (each, *each.children(recursive=True))]
        memory = sum(_memory(process) for process in family)
    return MachineSize(
        workers,
        1_000 * answered / passed,
        memory / 1e6,
        instance_type,
        float(price.usd),
        os.cpu_count() or 1,
    )


def _wait_until_ready(url: str) -> None:
    """Wait until a worker answers: the port accepts connections before."""
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end:
        with suppress(httpx.HTTPError):
            if httpx.get(url, timeout=1, trust_env=False).is_success:
                return
        time.sleep(0.1)


def _memory(process: psutil.Process) -> int:
    return process.memory_info().rss


def table(figures: list[MachineSize]) -> Table:
    """Return a row for each number of workers."""
    return Table(
        (
            Text("workers", "procesos"),
            Text("flowers per second", "flores por segundo"),
            Text("times one worker", "veces un proceso"),
            Text("MB of memory", "MB de memoria"),
            Text("EC2 type", "tipo de EC2"),
            Text("USD per hour", "USD por hora"),
        ),
        [
            (
                str(it.workers),
                f"{it.flowers_per_second:,.0f}",
                f"{it.flowers_per_second / figures[0].flowers_per_second:.1f}",
                f"{it.memory_mb:,.0f}",
                it.instance_type,
                f"{it.usd_per_hour:.4f}",
            )
            for it in figures
        ],
    )


def conclusion(figures: list[MachineSize]) -> Text:
    """Return the gain of the best number of workers and its price, or that there was none."""
    one, best = figures[0], max(figures, key=lambda it: it.flowers_per_second)
    gain = best.flowers_per_second / one.flowers_per_second
    price = best.usd_per_hour / one.usd_per_hour
    if best is one or gain < 1.1:  # noqa: PLR2004 - a tenth, which a busy machine makes by itself
        return Text(
            f"More workers answered no more flowers here, since the {one.cores} processors of this machine "
            "also do the "
            "work of the clients and of other programs: a machine scales up only as far as its processors "
            "are free.",
            f"Aquí más procesos no respondieron más flores, porque los {one.cores} procesadores de esta "
            "máquina también "
            "hacen el trabajo de los clientes y de otros programas: una máquina escala hasta donde tiene "
            "procesadores libres.",
        )
    return Text(
        f"{best.workers} workers answered {gain:.1f} times as many flowers as one, on this machine with "
        f"{one.cores} "
        f"processors; an EC2 instance for them costs {price:.1f} times as much ({best.usd_per_hour:.4f} "
        "USD per hour), "
        "and is still lost as a whole if it fails.",
        f"{best.workers} procesos respondieron {gain:.1f} veces más flores que uno, en esta máquina con "
        f"{one.cores} "
        f"procesadores; una instancia de EC2 para ellos cuesta {price:.1f} veces más "
        f"({best.usd_per_hour:.4f} USD por "
        "hora) y se pierde entera si falla.",
    )


LESSON: Final = Lesson(
    name="vertical",
    idea=Text("Vertical scaling", "Escalamiento vertical"),
    seconds=30,
    does=Text(
        "Loads one instance with 1, 2 and 4 workers as much as it can take, and compares the prices of "
        "machines with as "
        "many processors.",
        "Carga al máximo una instancia con 1, 2 y 4 procesos y compara los precios de máquinas con otros "
        "tantos "
        "procesadores.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
