"""Vertical scaling: one instance with more and more workers, and the price of its processors."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from localcloud.health_probe import NO_CERTIFICATES
from scripts.cost.capacity.benchmark import start_service
from scripts.cost.capacity.load_generator import send_requests
from scripts.cost.capacity.request_mix import KINDS, RequestKind
from scripts.cost.prices.snapshot import project_snapshot
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    import psutil

    from scripts.cost.capacity.benchmark import BenchmarkedService
    from scripts.local.lessons.stage import Stage

SIZES: Final = ((1, "c7g.medium"), (2, "c7g.large"), (4, "c7g.xlarge"))
"""Workers, and an EC2 type with as many vCPUs, each twice the one before."""

REGION: Final = "us-east-1"

SETTINGS: Final = {"IRIS_GRACE_SECONDS": "0", "IRIS_MAX_BATCHES": "64"}

FLOWERS: Final = 1_000
"""Flowers of a batch."""

BATCH: Final = RequestKind(
    data=KINDS["large_batch"]
    .data.replace(b" HTTP/1.1\r\n", b"?detail=true HTTP/1.1\r\n", 1)
    .replace(b"\r\n\r\n", b"\r\nAccept-Encoding: gzip\r\n\r\n", 1)
)
"""Batch whose answer has probabilities and is compressed: work for the workers, and little for the client,
which shares the processors with them."""

CONNECTIONS: Final = 4
"""Connections with one batch of 1,000 flowers at a time, which keep four workers busy."""

ROUNDS: Final = 3
"""Turns of each number of workers, of which the best counts: other programs disturb the least then."""

LOAD_SECONDS: Final = 2.0
WARM_UP_SECONDS: Final = 1.0

ALIKE: Final = 0.9
"""Share of the best throughput from which another one is no worse: a busy machine makes a tenth by itself."""

READY_WITHIN: Final = 40.0
"""Maximum seconds until a worker answers."""


@dataclass(frozen=True)
class MachineSize:
    """Measurement of one number of workers."""

    workers: int
    flowers_per_second: float
    processors: float
    """Processors that the workers kept busy."""
    memory_mb: float
    instance_type: str
    usd_per_hour: float
    cores: int
    """Processors of this machine."""


def measure(stage: Stage) -> list[MachineSize]:
    """Start an instance with each number of workers, beside the cloud, and load them in turns."""
    stage.say(
        Text(
            f"Starting three more instances, with 1, 2 and 4 workers, on a machine with {os.cpu_count()} "
            "processors, and loading one after the other.",
            f"Arrancando otras tres instancias, con 1, 2 y 4 procesos de trabajo, en una máquina con "
            f"{os.cpu_count()} procesadores, y cargándolas por turnos.",
        )
    )
    with ExitStack() as stack:
        services = [
            stack.enter_context(start_service(SETTINGS | {"IRIS_WORKERS": str(workers)}))
            for workers, _ in SIZES
        ]
        for service in services:
            _wait_until_ready(f"http://{service.host}:{service.port}/readyz")
            _send(service, stage.seconds(WARM_UP_SECONDS))
        rounds = [
            [_send(service, stage.seconds(LOAD_SECONDS)) for service in services] for _ in range(ROUNDS)
        ]
        return [
            _size(service, workers, instance_type, max(turns))
            for service, (workers, instance_type), turns in zip(
                services, SIZES, zip(*rounds, strict=True), strict=True
            )
        ]


def _send(service: BenchmarkedService, seconds: float) -> tuple[float, float]:
    """Return the flowers per second, and the processors that the workers kept busy."""
    begun, before = time.perf_counter(), _cpu_seconds(service)
    answered = len(send_requests(service.host, service.port, CONNECTIONS, seconds, BATCH))
    passed = time.perf_counter() - begun
    return FLOWERS * answered / passed, (_cpu_seconds(service) - before) / passed


def _size(
    service: BenchmarkedService, workers: int, instance_type: str, best: tuple[float, float]
) -> MachineSize:
    price = project_snapshot().region(REGION).instance(instance_type).on_demand
    memory = sum(process.memory_info().rss for process in _family(service))
    return MachineSize(workers, *best, memory / 1e6, instance_type, float(price.usd), os.cpu_count() or 1)


def _family(service: BenchmarkedService) -> list[psutil.Process]:
    return [one for each in service.processes for one in (each, *each.children(recursive=True))]


def _cpu_seconds(service: BenchmarkedService) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in _family(service))


def _wait_until_ready(url: str) -> None:
    """Wait until a worker answers: the port accepts connections before."""
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end:
        with suppress(httpx.HTTPError):
            if httpx.get(url, timeout=1, trust_env=False, verify=NO_CERTIFICATES).is_success:
                return
        time.sleep(0.1)


def table(figures: list[MachineSize]) -> Table:
    """Return a row for each number of workers."""
    return Table(
        (
            Text("workers", "procesos"),
            Text("flowers per second", "flores por segundo"),
            Text("times one worker", "veces un proceso"),
            Text("processors used", "procesadores usados"),
            Text("MB of memory", "MB de memoria"),
            Text("EC2 type", "tipo de EC2"),
            Text("USD per hour", "USD por hora"),
        ),
        [
            (
                str(it.workers),
                f"{it.flowers_per_second:,.0f}",
                f"{it.flowers_per_second / figures[0].flowers_per_second:.1f}",
                f"{it.processors:.1f}",
                f"{it.memory_mb:,.0f}",
                it.instance_type,
                f"{it.usd_per_hour:.4f}",
            )
            for it in figures
        ],
    )


def conclusion(figures: list[MachineSize]) -> Text:
    """Return the gain of the fewest workers that are as good as the best, and their price; or no gain."""
    one, highest = figures[0], max(it.flowers_per_second for it in figures)
    best = next(it for it in figures if it.flowers_per_second >= ALIKE * highest)
    gain = best.flowers_per_second / one.flowers_per_second
    price = best.usd_per_hour / one.usd_per_hour
    if best is one:
        return Text(
            f"More workers answered no more flowers here, since the {one.cores} processors of this machine "
            "also do the work of the clients and of other programs: a machine scales up only as far as its "
            "processors are free.",
            f"Aquí más procesos no respondieron más flores, porque los {one.cores} procesadores de esta "
            "máquina también hacen el trabajo de los clientes y de otros programas: una máquina escala hasta "
            "donde tiene procesadores libres.",
        )
    if gain > best.workers / ALIKE:
        return Text(
            f"{best.workers} workers answered {gain:.1f} times as many flowers as one, more than they can by "
            "themselves: other programs held up the single worker, so repeat this when the machine is idle.",
            f"{best.workers} procesos respondieron {gain:.1f} veces más flores que uno, más de lo que pueden "
            "por sí mismos: otros programas frenaron al proceso único; repítelo con la máquina desocupada.",
        )
    return Text(
        f"{best.workers} workers answered {gain:.1f} times as many flowers as one, on this machine with "
        f"{one.cores} processors; an EC2 instance for them costs {price:.1f} times as much "
        f"({best.usd_per_hour:.4f} USD per hour), and is still lost as a whole if it fails.",
        f"{best.workers} procesos respondieron {gain:.1f} veces más flores que uno, en esta máquina con "
        f"{one.cores} procesadores; una instancia de EC2 para ellos cuesta {price:.1f} veces más "
        f"({best.usd_per_hour:.4f} USD por hora) y se pierde entera si falla.",
    )


LESSON: Final = Lesson(
    name="vertical",
    idea=Text("Vertical scaling", "Escalamiento vertical"),
    seconds=45,
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
