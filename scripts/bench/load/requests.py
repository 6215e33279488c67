"""Requests of a load, each with the answer that is right."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from service.iris.definition import SPECIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scripts.bench.load.access_log import LoggedRequest

FLOWERS: Final = Path(__file__).resolve().parents[3] / "examples" / "flowers.csv"
"""The 150 flowers of Fisher's data set, 50 of each species in the order of `SPECIES`."""

PER_SPECIES: Final = 50

NEIGHBOURS: Final = 15
"""Number of nearest flowers that must have a flower's species, so that all classifiers agree about it."""

CLASSIFY: Final = "/api/v01/classify"

METHODS_WITHOUT_RESPONSE_BODY: Final = frozenset({"HEAD"})
"""Methods whose responses the parser would take for incomplete; a load sends GET in their place."""


@dataclass(frozen=True)
class LoadRequest:
    """Request and its right answer."""

    method: str
    target: str
    """Path and query."""
    body: bytes = b""
    content_type: str = ""
    expected_status: int = 200
    expected: bytes | None = None
    """Right body; None: that of the first response to it."""

    def data(self, host: str, prefix: str = "") -> bytes:
        """Return the bytes to send to a host, below a prefix of its paths."""
        head = f"{self.method} {prefix}{self.target} HTTP/1.1\r\nHost: {host}\r\n"
        head += "User-Agent: iris-load\r\nAccept: application/json\r\n"
        if self.body:
            head += f"Content-Type: {self.content_type}\r\nContent-Length: {len(self.body)}\r\n"
        return head.encode("ascii") + b"\r\n" + self.body


@cache
def _table() -> list[list[str]]:
    """Return the cells of the data set, the short names of the features first."""
    return [line.split(",") for line in FLOWERS.read_text(encoding="ascii").splitlines() if line]


@cache
def clear_flowers() -> tuple[tuple[tuple[float, ...], str], ...]:
    """Return the flowers of the data set that all classifiers take for their species, with its name.

    They are those whose nearest flowers are of the same species.
    """
    rows = [tuple(map(float, row)) for row in _table()[1:]]

    def distance(first: Sequence[float], second: Sequence[float]) -> float:
        return sum((one - other) ** 2 for one, other in zip(first, second, strict=True))

    found: list[tuple[tuple[float, ...], str]] = []
    for number, row in enumerate(rows):
        nearest = sorted(range(len(rows)), key=lambda other: distance(row, rows[other]))[: NEIGHBOURS + 1]
        if {other // PER_SPECIES for other in nearest} == {number // PER_SPECIES}:
            found.append((row, SPECIES[number // PER_SPECIES]))
    return tuple(found)


def flower_requests() -> list[LoadRequest]:
    """Return a request for each clear flower: by query, by path and by body in turns, species by species."""
    by_species: dict[str, list[tuple[float, ...]]] = {name: [] for name in SPECIES}
    for row, name in clear_flowers():
        by_species[name].append(row)
    found: list[LoadRequest] = []
    for number in range(max(map(len, by_species.values()))):
        for name, rows in by_species.items():
            row = rows[number % len(rows)]
            found.append(_flower_request(len(found) // len(SPECIES), row, name))
    return found


def _flower_request(number: int, row: Sequence[float], name: str) -> LoadRequest:
    fields = dict(zip(_table()[0], row, strict=True))
    right = json.dumps({"specie": name}, separators=(",", ":")).encode()
    match number % 3:
        case 0:
            query = "&".join(f"{key}={value}" for key, value in fields.items())
            return LoadRequest("GET", f"{CLASSIFY}?{query}", expected=right)
        case 1:
            return LoadRequest("GET", f"{CLASSIFY}/{'/'.join(map(str, row))}", expected=right)
        case _:
            return LoadRequest(
                "POST", CLASSIFY, json.dumps(fields).encode(), "application/json", expected=right
            )


def example_request(predictor: str, example: Mapping[str, Any]) -> LoadRequest:
    """Return a request for the example of a predictor's definition; its first answer counts as right."""
    body = json.dumps(dict(example)).encode()
    return LoadRequest("POST", f"/api/v01/predictors/{predictor}/predict", body, "application/json")


def logged_requests(logged: Iterable[LoggedRequest]) -> list[LoadRequest]:
    """Return the requests of a log, each with the status of then; HEAD is sent as GET."""
    return [
        LoadRequest(
            "GET" if it.method in METHODS_WITHOUT_RESPONSE_BODY else it.method,
            it.target,
            expected_status=it.status,
        )
        for it in logged
    ]
