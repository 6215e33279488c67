"""Model as a service: the answers over HTTP are those of the model in this process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from scripts.bench.load.requests import clear_flowers
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text
from scripts.training.train import PREDICTORS
from service.model.registry import load_predictors

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage

FLOWERS: Final = 30
"""Number of flowers that each predictor is asked about."""


@dataclass(frozen=True)
class Answers:
    """Answers of one predictor."""

    predictor: str
    flowers: int
    equal: int
    """Answers over HTTP that equal those of the model in this process."""
    milliseconds: float
    """Median of a request."""
    local_microseconds: float
    """Median of the same in this process."""


def measure(stage: Stage) -> list[Answers]:
    """Send the same flowers to the service and to the models in this process."""
    flowers = [row for row, _ in clear_flowers()]
    flowers = flowers[:: max(1, len(flowers) // FLOWERS)]
    stage.say(
        Text(
            f"Asking each predictor about {len(flowers)} flowers, over HTTP and in this process.",
            f"Preguntando por {len(flowers)} flores a cada predictor, por HTTP y en este proceso.",
        )
    )
    return [_compare(stage, each.name, flowers) for each in load_predictors(PREDICTORS)]


def _compare(stage: Stage, name: str, flowers: list[tuple[float, ...]]) -> Answers:
    predictor = next(each for each in load_predictors(PREDICTORS) if each.name == name)
    equal, remote, local = 0, list[float](), list[float]()
    for row in flowers:
        begun = time.perf_counter()
        body = dict(zip(predictor.definition.short_names, row, strict=True))
        answer = stage.client.post(f"/api/v01/predictors/{name}/predict", json=body)
        answered = time.perf_counter()
        label = predictor.definition.classes[predictor.model.decide(row)]
        local.append(time.perf_counter() - answered)
        remote.append(answered - begun)
        equal += answer.is_success and answer.json() == {"specie": label}
    return Answers(name, len(flowers), equal, 1_000 * median(remote), 1_000_000 * median(local))


def table(figures: list[Answers]) -> Table:
    """Return a row for each predictor."""
    return Table(
        (
            Text("predictor", "predictor"),
            Text("equal answers", "respuestas iguales"),
            Text("ms over HTTP", "ms por HTTP"),
            Text("µs in this process", "µs en este proceso"),
        ),
        [
            (
                it.predictor,
                f"{it.equal} / {it.flowers}",
                f"{it.milliseconds:.1f}",
                f"{it.local_microseconds:.0f}",
            )
            for it in figures
        ],
    )


def conclusion(figures: list[Answers]) -> Text:
    """Return the number of equal answers, and the price of the network."""
    equal, total = sum(it.equal for it in figures), sum(it.flowers for it in figures)
    if equal < total:
        return Text(
            f"Only {equal} of {total} answers over HTTP were those of the model in this process: the "
            "service has "
            "other models; `make rollout` releases those of this folder.",
            f"Solo {equal} de {total} respuestas por HTTP fueron las del modelo en este proceso: el "
            "servicio tiene "
            "otros modelos; `make rollout` publica los de esta carpeta.",
        )
    return Text(
        f"All {total} answers over HTTP were those of the model in this process: any program can use the "
        "model by "
        "sending a request, without scikit-learn and without its file.",
        f"Las {total} respuestas por HTTP fueron las del modelo en este proceso: cualquier programa puede "
        "usar el "
        "modelo con una petición, sin scikit-learn y sin su archivo.",
    )


LESSON: Final = Lesson(
    name="service",
    idea=Text("Model as a service", "Modelo como servicio"),
    seconds=10,
    does=Text(
        "Asks each predictor about flowers over HTTP, and compares the answers with the models in this "
        "process.",
        "Pregunta por flores a cada predictor por HTTP y compara las respuestas con los modelos en este "
        "proceso.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
