"""Abuses of connections and of HTTP: many, slow, silent and pipelined requests."""

from __future__ import annotations

from typing import Final

from scripts.bench.abuse.attack import (
    Abuse,
    get,
    hold_open,
    post,
    read_slowly,
    repeat,
    send_and_leave,
    trickle,
)
from scripts.bench.abuse.batches import BATCH, BODY_BYTES, CONNECTIONS, DETAILED

PIPELINED_BYTES: Final = 131_072
"""Size of pipelined requests: 1,957 for a flower."""

_FLOWER: Final = get("/api/v01/classify/1.4/0.2/5.1/3.5")
_UNKNOWN: Final = get("/" + "%41" * 2_700)
_UPLOAD: Final = post(BATCH, "application/json", b"[" * BODY_BYTES)
_HEAD_SIZE: Final = len(_UPLOAD) - BODY_BYTES


def _pipelined(request: bytes) -> bytes:
    last = request[: -len(b"\r\n")] + b"Connection: close\r\n\r\n"
    return request * (PIPELINED_BYTES // len(request)) + last


CONNECTION_ABUSES: Final = (
    Abuse(
        name="pipelined-flowers",
        explained="1,957 pipelined requests for a flower",
        attack=repeat(_pipelined(_FLOWER), connections=CONNECTIONS),
    ),
    Abuse(
        name="pipelined-unknown",
        explained="17 pipelined requests for unknown paths of 8 KB",
        attack=repeat(_pipelined(_UNKNOWN), connections=CONNECTIONS),
    ),
    Abuse(
        name="half-uploads",
        explained="the first 200 KB of 1 MB, 400 connections",
        attack=hold_open(_UPLOAD[:200_000], connections=400),
    ),
    Abuse(
        name="expected-uploads",
        explained="Expect: 100-continue without a body, 400 connections",
        attack=hold_open(
            _UPLOAD[: _HEAD_SIZE - 2] + b"Expect: 100-continue\r\n\r\n",
            connections=400,
        ),
    ),
    Abuse(
        name="slow-readers",
        explained="10,000 flowers with details, 100 connections that read 4 KB at a time",
        attack=read_slowly(DETAILED, connections=100),
    ),
    Abuse(
        name="trickled-heads",
        explained="a head byte by byte, 500 connections",
        attack=trickle(_UNKNOWN, connections=500),
    ),
    Abuse(
        name="connections",
        explained="connections that are closed at once, 100 at a time",
        attack=send_and_leave(b"", connections=100),
    ),
)
