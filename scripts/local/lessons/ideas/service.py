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
from service.model.definition import row_values
from service.model.registry import load_predictors

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage
    from service.model.feature import Row
    from service.model.predictor import Predictor

FLOWERS: Final = 30
"""Number of flowers that each predictor of irises is asked about."""

IRIS: Final = "iris"
"""Name of the definition of irises."""


@dataclass(frozen=True)
class Answers:
    """Answers of one predictor."""

    predictor: str
    asked: int
    equal: int
    """Answers over HTTP that equal those of the model in this process."""
    milliseconds: float
    """Median of a request."""
    local_microseconds: float
    """Median of the same in this process."""


def measure(stage: Stage) -> list[Answers]:
    """Send the same inputs to the service and to the models in this process."""
    predictors = list(load_predictors(PREDICTORS))
    stage.say(
        Text(
            f"Asking {len(predictors)} predictors about the same inputs, over HTTP and in this process.",
            f"Preguntando lo mismo a {len(predictors)} predictores, por HTTP y en este proceso.",
        )
    )
    return [_compare(stage, each) for each in predictors]


def _rows(predictor: Predictor) -> list[Row]:
    """Return flowers for a predictor of irises, else the rows that its manifest knows the answers of."""
    if predictor.definition.name != IRIS:
        return [known.row for known in predictor.known_answers]
    flowers: list[Row] = [row for row, _ in clear_flowers()]
    return flowers[:: max(1, len(flowers) // FLOWERS)]


def _compare(stage: Stage, predictor: Predictor) -> Answers:
    equal, remote, local, rows = 0, list[float](), list[float](), _rows(predictor)
    for row in rows:
        begun = time.perf_counter()
        body = row_values(predictor.definition, row)
        answer = stage.client.post(f"/api/v01/predictors/{predictor.name}/predict", json=body)
        answered = time.perf_counter()
        right = predictor.predict(row)
        local.append(time.perf_counter() - answered)
        remote.append(answered - begun)
        equal += answer.is_success and answer.json() == {predictor.definition.response_key: right}
    return Answers(predictor.name, len(rows), equal, 1_000 * median(remote), 1_000_000 * median(local))


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
                f"{it.equal} / {it.asked}",
                f"{it.milliseconds:.1f}",
                f"{it.local_microseconds:.0f}",
            )
            for it in figures
        ],
    )


def conclusion(figures: list[Answers]) -> Text:
    """Return the number of equal answers, and the price of the network."""
    equal, total = sum(it.equal for it in figures), sum(it.asked for it in figures)
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
        "Asks each predictor of this folder over HTTP, and compares the answers with the models in this "
        "process.",
        "Pregunta por HTTP a cada predictor de esta carpeta y compara las respuestas con los modelos en este "
        "proceso.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
