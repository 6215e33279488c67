"""API: three ways to ask about a flower, and the HTTP methods of a path."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod, HTTPStatus
from typing import TYPE_CHECKING, Final

from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text
from service.iris.definition import EXAMPLE
from service.iris.examples import QUERY

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage

CLASSIFY: Final = "/api/v01/classify"

REQUESTS: Final = (
    (HTTPMethod.GET, f"{CLASSIFY}?{QUERY}", False),
    (HTTPMethod.GET, f"{CLASSIFY}/{'/'.join(map(str, EXAMPLE.values()))}", False),
    (HTTPMethod.POST, CLASSIFY, True),
    (HTTPMethod.HEAD, f"{CLASSIFY}?{QUERY}", False),
    (HTTPMethod.OPTIONS, CLASSIFY, False),
    (HTTPMethod.PUT, CLASSIFY, True),
    (HTTPMethod.DELETE, CLASSIFY, False),
)
"""Method, path, and whether the flower is in the body."""

WAYS: Final = 3
"""Number of ways to ask, which come first."""


@dataclass(frozen=True)
class Answer:
    """Response to a request."""

    method: str
    path: str
    status: int
    body: str
    allow: str
    """Methods that the path has, if the response names them."""


def measure(stage: Stage) -> list[Answer]:
    """Send all requests."""
    stage.say(
        Text(
            "Asking about the same flower by query, path and body, then with other methods.",
            "Preguntando por la misma flor en la consulta, la ruta y el cuerpo, y después con otros métodos.",
        )
    )
    found: list[Answer] = []
    for method, path, has_body in REQUESTS:
        response = stage.client.request(method, path, json=EXAMPLE if has_body else None)
        is_answer = response.status_code == HTTPStatus.OK
        found.append(
            Answer(
                method,
                path,
                response.status_code,
                response.text if is_answer else "",
                response.headers.get("allow", ""),
            )
        )
    return found


def table(figures: list[Answer]) -> Table:
    """Return a row for each request."""
    return Table(
        (Text("request", "petición"), Text("status", "estado"), Text("answer", "respuesta")),
        [
            (f"{it.method} {it.path}", f"{it.status} {HTTPStatus(it.status).phrase}", it.body or it.allow)
            for it in figures
        ],
    )


def conclusion(figures: list[Answer]) -> Text:
    """Return whether the three ways agree, and the methods that are refused."""
    ways = {it.body for it in figures[:WAYS]}
    agree = len(ways) == 1 and all(it.status == HTTPStatus.OK for it in figures[:WAYS])
    refused = [it.method for it in figures if it.status == HTTPStatus.METHOD_NOT_ALLOWED]
    listed = ", ".join(refused) or "-"
    if not agree:
        return Text(
            "The three ways did not get the same answer, which they should.",
            "Las tres formas no recibieron la misma respuesta, y deberían.",
        )
    return Text(
        f"All three ways got the same answer, {ways.pop()}; the methods {listed} were refused with 405, "
        "since "
        "nothing can be stored or deleted there.",
        f"Las tres formas recibieron la misma respuesta, {figures[0].body}; los métodos {listed} se "
        "rechazaron con "
        "405, porque ahí no se puede guardar ni borrar nada.",
    )


LESSON: Final = Lesson(
    name="api",
    idea=Text("Three ways of the API, and HTTP methods", "Las tres formas de la API y los métodos HTTP"),
    seconds=5,
    does=Text(
        "Asks about one flower by query, path and JSON body, then tries HEAD, OPTIONS, PUT and DELETE.",
        "Pregunta por una flor en la consulta, en la ruta y en un cuerpo JSON, y prueba HEAD, OPTIONS, PUT "
        "y DELETE.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
