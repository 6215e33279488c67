"""Methods of load balancing: the same load by each algorithm, while one instance is slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from localcloud.load_balancer.envoy_policies import ALGORITHM_TAG, LEAST_LOAD
from scripts.bench.balance.methods import ALGORITHM
from scripts.bench.balance.throttle import throttled
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage

INSTANCES: Final = 3

RATE: Final = 60.0
LOAD_SECONDS: Final = 12.0
SETTLE_SECONDS: Final = 4.0
"""Seconds until the load balancer has the new algorithm, and weights by it."""

ALGORITHMS: Final = (
    ("round_robin", Text("round robin", "round robin (por turnos)")),
    ("weighted_random", Text("random", "aleatorio")),
    ("least_outstanding_requests", Text("least connections", "menos conexiones")),
    (LEAST_LOAD, Text("least load", "menor carga")),
)
"""Algorithm and its name."""


@dataclass(frozen=True)
class Spread:
    """Measurement of one algorithm."""

    name: Text
    requests: int
    bad: int
    slow_share: float
    """Share of the requests that the slow instance answered."""
    p50_ms: float
    p99_ms: float


def measure(stage: Stage) -> list[Spread]:
    """Slow an instance down, and send the same load with each algorithm."""
    stage.resize(INSTANCES)
    slow, pid = stage.victim()
    stage.say(
        Text(
            f"Slowing {slow.id} down: its process stands still for 196 of every 200 ms.",
            f"Ralentizando {slow.id}: su proceso se detiene 196 de cada 200 ms.",
        )
    )
    stage.set_target_group(**{ALGORITHM.replace(".", "__"): "round_robin"})
    _remove_tag(stage)
    with throttled(pid):
        return [_measure_algorithm(stage, slow.id, algorithm, name) for algorithm, name in ALGORITHMS]


def _remove_tag(stage: Stage) -> None:
    """Remove the tag of least load, which replaces each other algorithm; restore it at the end."""
    elbv2, arn = stage.api.client("elbv2"), stage.outputs["targetGroupArn"]
    (described,) = elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    tags = [tag for tag in described.get("Tags", []) if tag.get("Key") == ALGORITHM_TAG]
    if tags:
        stage.on_end(elbv2.add_tags, ResourceArns=[arn], Tags=tags)
    else:
        stage.on_end(elbv2.remove_tags, ResourceArns=[arn], TagKeys=[ALGORITHM_TAG])
    elbv2.remove_tags(ResourceArns=[arn], TagKeys=[ALGORITHM_TAG])


def _measure_algorithm(stage: Stage, slow: str, algorithm: str, name: Text) -> Spread:
    stage.say(Text(f"Load balancing by {name.en}.", f"Balanceo de carga: {name.es}."))
    elbv2, arn = stage.api.client("elbv2"), stage.outputs["targetGroupArn"]
    if algorithm == LEAST_LOAD:
        elbv2.add_tags(ResourceArns=[arn], Tags=[{"Key": ALGORITHM_TAG, "Value": LEAST_LOAD}])
    else:
        attributes = [{"Key": ALGORITHM, "Value": algorithm}]
        elbv2.modify_target_group_attributes(
            TargetGroupArn=arn,
            Attributes=attributes,  # pyright: ignore[reportArgumentType] - its keys are literals
        )
    with stage.load(RATE) as load:
        stage.pause(SETTLE_SECONDS)
        since = load.now
        stage.pause(LOAD_SECONDS)
        until = load.now
        stage.pause(1)
    result = load.between(since, until)
    return Spread(
        name,
        result.requests,
        result.failed + result.wrong,
        result.instances.get(slow, 0) / max(1, sum(result.instances.values())),
        result.latency_ms["p50"],
        result.latency_ms["p99"],
    )


def table(figures: list[Spread]) -> Table:
    """Return a row for each algorithm."""
    return Table(
        (
            Text("method", "método"),
            Text("requests", "peticiones"),
            Text("failed", "fallidas"),
            Text("share of the slow instance", "parte de la instancia lenta"),
            "p50 ms",
            "p99 ms",
        ),
        [
            (
                it.name,
                f"{it.requests:,}",
                str(it.bad),
                f"{it.slow_share:.0%}",
                f"{it.p50_ms:,.1f}",
                f"{it.p99_ms:,.0f}",
            )
            for it in figures
        ],
    )


def conclusion(figures: list[Spread]) -> Text:
    """Return the method that spared the slow instance most, compared with round robin."""
    first, best = figures[0], min(figures, key=lambda it: it.slow_share)
    if best is first or first.slow_share - best.slow_share < 0.02:  # noqa: PLR2004 - two of a hundred requests
        return Text(
            "No method sent the slow instance clearly fewer requests than round robin, at this load.",
            "Ningún método envió a la instancia lenta claramente menos peticiones que round robin, con "
            "esta carga.",
        )
    return Text(
        f"Round robin sent {first.slow_share:.0%} of the requests to the slow instance (p99 "
        f"{first.p99_ms:,.0f} ms), "
        f"{best.name.en} {best.slow_share:.0%} (p99 {best.p99_ms:,.0f} ms): it knows how the instances "
        "fare, not only "
        "how many there are.",
        f"Round robin envió el {first.slow_share:.0%} de las peticiones a la instancia lenta (p99 "
        f"{first.p99_ms:,.0f} "
        f"ms); {best.name.es}, el {best.slow_share:.0%} (p99 {best.p99_ms:,.0f} ms): sabe cómo están las "
        "instancias, no "
        "solo cuántas hay.",
    )


LESSON: Final = Lesson(
    name="balancing",
    idea=Text(
        "Load balancing: round robin, random, least connections, least load",
        "Balanceo de carga: round robin, aleatorio, menos conexiones, menor carga",
    ),
    seconds=95,
    does=Text(
        "Slows one of three instances down, and sends it the same load by each method of load balancing.",
        "Ralentiza una de tres instancias y envía la misma carga con cada método de balanceo de carga.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
