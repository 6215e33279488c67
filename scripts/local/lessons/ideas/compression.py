"""Compression: size and time of the same batch in each encoding."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from scripts.bench.load.requests import FLOWERS
from scripts.local.lessons.lesson import Lesson
from scripts.local.lessons.texts import Table, Text

if TYPE_CHECKING:
    from scripts.local.lessons.stage import Stage

ENCODINGS: Final = ("identity", "gzip", "br", "zstd")

COPIES: Final = 4
"""Number of times that the 150 flowers are in the batch."""

REPEATS: Final = 9
"""Requests in each encoding, of which the median time counts."""


@dataclass(frozen=True)
class Size:
    """Response in one encoding."""

    encoding: str
    """Value of `Accept-Encoding`."""
    received: str
    """Value of `Content-Encoding`; `identity` without one."""
    bytes: int
    milliseconds: float


def measure(stage: Stage) -> list[Size]:
    """Send the batch in each encoding, and count the bytes on the wire."""
    head, *rows = FLOWERS.read_text(encoding="ascii").splitlines()
    body = "\n".join([head, *rows * COPIES])
    stage.say(
        Text(
            f"Sending a batch of {len(rows) * COPIES} flowers and asking for each encoding of its answer.",
            f"Enviando un lote de {len(rows) * COPIES} flores y pidiendo la respuesta en cada codificación.",
        )
    )
    return [_size(stage, body, encoding) for encoding in ENCODINGS]


def _size(stage: Stage, body: str, encoding: str) -> Size:
    headers = {"Content-Type": "text/csv", "Accept": "application/json", "Accept-Encoding": encoding}
    times, size, received = list[float](), 0, ""
    for _ in range(REPEATS):
        begun = time.perf_counter()
        with stage.client.stream(
            "POST", "/api/v01/classify/batch?detail=true", content=body, headers=headers
        ) as it:
            it.raise_for_status()
            size = sum(len(part) for part in it.iter_raw())
            received = it.headers.get("content-encoding", "identity")
        times.append(time.perf_counter() - begun)
    return Size(encoding, received, size, 1_000 * median(times))


def table(figures: list[Size]) -> Table:
    """Return a row for each encoding."""
    whole = figures[0].bytes
    return Table(
        (
            Text("Accept-Encoding", "Accept-Encoding"),
            Text("Content-Encoding", "Content-Encoding"),
            Text("bytes", "bytes"),
            Text("share", "proporción"),
            Text("ms", "ms"),
        ),
        [
            (it.encoding, it.received, f"{it.bytes:,}", f"{it.bytes / whole:.0%}", f"{it.milliseconds:.1f}")
            for it in figures
        ],
    )


def conclusion(figures: list[Size]) -> Text:
    """Return the smallest encoding and its price in time."""
    plain, *_ = figures
    best = min(figures, key=lambda it: it.bytes)
    if best.bytes >= plain.bytes:
        return Text(
            "No encoding made the answer smaller.", "Ninguna codificación hizo más pequeña la respuesta."
        )
    more = best.milliseconds - plain.milliseconds
    ratio = plain.bytes / best.bytes
    return Text(
        f"{best.received} made the answer {ratio:.1f} times smaller, from {plain.bytes:,} to "
        f"{best.bytes:,} bytes, "
        f"and took {abs(more):.1f} ms {'longer' if more > 0 else 'less'}, on a network without distance.",
        f"{best.received} hizo la respuesta {ratio:.1f} veces más pequeña, de {plain.bytes:,} a "
        f"{best.bytes:,} bytes, "
        f"y tardó {abs(more):.1f} ms {'más' if more > 0 else 'menos'}, en una red sin distancia.",
    )


LESSON: Final = Lesson(
    name="compression",
    idea=Text("Compression", "Compresión"),
    seconds=10,
    does=Text(
        "Asks for the answer of one batch plain and in gzip, Brotli and Zstandard.",
        "Pide la respuesta de un lote sin comprimir y en gzip, Brotli y Zstandard.",
    ),
    measure=measure,
    table=table,
    conclusion=conclusion,
)
