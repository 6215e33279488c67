"""Client-side load balancing: the client knows the instances, and chooses one for each request."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from client.choices import CHOICES
from client.discovery import TargetGroup
from client.transport import AsyncBalancedTransport
from localcloud.provisioning.interruption import run_interruptible
from scripts.bench.balance import open_loop
from scripts.bench.balance.throttle import throttled
from scripts.bench.percentile import percentile
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    from scripts.bench.balance.open_loop import Sample
    from scripts.local.lessons.stage import Stage

INSTANCES: Final = 3
RATE: Final = 30.0
"""Batches per second."""

LOAD_SECONDS: Final = 10.0

NAMES: Final = {
    "round_robin": Text("round robin", "round robin (por turnos)"),
    "random": Text("random", "aleatorio"),
    "least_connections": Text("least connections", "menos conexiones"),
    "power_of_two_choices": Text("power of two choices", "la mejor de dos al azar"),
}
"""Choice of the client -> its name."""


@dataclass(frozen=True)
class ClientChoice:
    """Measurement of one choice."""

    name: Text
    requests: int
    failed: int
    slow_share: float
    p50_ms: float
    p99_ms: float


def measure(stage: Stage) -> list[ClientChoice]:
    """Slow an instance down, and send the same batches with each choice, past the load balancer."""
    stage.resize(INSTANCES)
    slow, pid = stage.victim()
    discover = TargetGroup(
        stage.outputs["targetGroupArn"], elbv2=stage.api.client("elbv2"), ec2=stage.api.client("ec2")
    )
    stage.say(
        Text(
            f"Sending batches directly to {INSTANCES} instances, of which {slow.id} is slow.",
            f"Enviando lotes directamente a {INSTANCES} instancias, de las que {slow.id} va lenta.",
        )
    )
    found: list[ClientChoice] = []
    with throttled(pid):
        for name, text in NAMES.items():
            stage.say(Text(f"The client chooses by {text.en}.", f"El cliente elige: {text.es}."))
            transport = AsyncBalancedTransport(
                discover, CHOICES[name](), repeatable_paths=[open_loop.PATH], limits=open_loop.LIMITS
            )
            samples = run_interruptible(_send(transport, stage.seconds(LOAD_SECONDS)))
            found.append(summarize(text, samples, slow.id))
    return found


async def _send(transport: httpx.AsyncBaseTransport, seconds: float) -> list[Sample]:
    async with httpx.AsyncClient(
        base_url="http://iris", transport=transport, timeout=open_loop.TIMEOUT
    ) as client:
        return await open_loop.send(client, RATE, seconds)


def summarize(name: Text, samples: list[Sample], slow: str) -> ClientChoice:
    """Compute the measurement of a choice from its samples."""
    answered = Counter(it.instance for it in samples if it.instance)
    seconds = sorted(it.seconds for it in samples)
    return ClientChoice(
        name,
        len(samples),
        sum(not it.instance for it in samples),
        answered[slow] / max(1, answered.total()),
        1_000 * percentile(seconds, 0.5),
        1_000 * percentile(seconds, 0.99),
    )


def table(figures: list[ClientChoice]) -> Table:
    """Return a row for each choice."""
    return Table(
        (
            Text("choice of the client", "elección del cliente"),
            Text("batches", "lotes"),
            Text("failed", "fallidos"),
            Text("share of the slow instance", "parte de la instancia lenta"),
            "p50 ms",
            "p99 ms",
        ),
        [
            (
                it.name,
                str(it.requests),
                str(it.failed),
                f"{it.slow_share:.0%}",
                f"{it.p50_ms:,.1f}",
                f"{it.p99_ms:,.0f}",
            )
            for it in figures
        ],
    )


def conclusion(figures: list[ClientChoice]) -> Text:
    """Return the choice that spared the slow instance most."""
    first, best = figures[0], min(figures, key=lambda it: it.slow_share)
    failed, total = sum(it.failed for it in figures), sum(it.requests for it in figures)
    if first.slow_share - best.slow_share < 0.02:  # noqa: PLR2004 - two of a hundred requests
        return Text(
            f"The client reached the instances without the load balancer ({failed} of {total} batches "
            "failed), but no "
            "choice spared the slow one clearly more than round robin.",
            f"El cliente llegó a las instancias sin el balanceador (fallaron {failed} de {total} lotes), "
            "pero ninguna "
            "elección evitó a la lenta claramente más que round robin.",
        )
    return Text(
        f"Without a load balancer {failed} of {total} batches failed; {best.name.en} sent the slow instance "
        f"{best.slow_share:.0%} of them instead of {first.slow_share:.0%} by round robin, since the client "
        "sees its own "
        "requests wait.",
        f"Sin balanceador fallaron {failed} de {total} lotes; {best.name.es} envió a la instancia lenta el "
        f"{best.slow_share:.0%} en lugar del {first.slow_share:.0%} de round robin, porque el cliente ve "
        "esperar a sus "
        "propias peticiones.",
    )


LESSON: Final = Lesson(
    name="client",
    idea=Text("Client-side load balancing", "Balanceo de carga en el cliente"),
    seconds=70,
    does=Text(
        "Sends batches to the instances without the load balancer; the client's library chooses, by four "
        "methods.",
        "Envía lotes a las instancias sin el balanceador; elige la biblioteca del cliente, de cuatro formas.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
