"""Request ids: a safe id of the client is kept, any other one is replaced."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from service.telemetry import request_id

TRACE = b"4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = b"00-" + TRACE + b"-00f067aa0ba902b7-01"


@pytest.mark.parametrize("given", [b"a", b"7" * 128, b"Root=1-5e/a:b+c@d.e_f", b"x-y"])
def test_a_safe_id_is_kept(given: bytes):
    assert request_id.from_headers([(b"host", b"x"), (b"x-request-id", given)]) == given


@pytest.mark.parametrize("given", [b"", b"7" * 129, b"a b", b'"', b"<x>", b"a,b", b"\xff", b"a\n", b"a;b"])
def test_any_other_id_is_replaced(given: bytes):
    generated = request_id.from_headers([(b"x-request-id", given)])
    assert generated != given
    assert request_id.is_valid(generated)


def test_two_ids_are_replaced():
    assert request_id.from_headers([(b"x-request-id", b"a"), (b"x-request-id", b"a")]) != b"a"


def test_new_ids_never_repeat():
    assert len({request_id.from_headers([]) for _ in range(1_000)}) == 1_000


def prefix_and_number(generated: bytes) -> tuple[bytes, int]:
    """Return the parts of an id: 64 random bits of its process, and a number."""
    found = re.fullmatch(rb"([0-9a-f]{16})-([0-9a-f]+)", generated)
    assert found
    return found[1], int(found[2], 16)


def test_each_process_has_a_random_prefix_and_counts_up():
    def first_two_of_another() -> list[bytes]:
        code = (
            "from service.telemetry import request_id; print(*(request_id.generate().decode() for _ in '12'))"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, check=True
        )
        return ended.stdout.split()

    drawn: set[bytes] = set()
    for _ in range(3):
        (lot, number), following = map(prefix_and_number, first_two_of_another())
        assert following == (lot, number + 1)
        drawn.add(lot)
    assert len(drawn) == 3


def test_a_copy_of_a_process_gets_another_prefix():
    before, _ = prefix_and_number(request_id.generate())
    request_id.reseed()
    assert prefix_and_number(request_id.generate())[0] != before


def test_a_well_formed_traceparent_is_kept():
    headers = [(b"traceparent", TRACEPARENT)]
    assert request_id.traceparent_from_headers(headers) == TRACEPARENT
    assert request_id.trace_id_of(TRACEPARENT) == TRACE.decode()


@pytest.mark.parametrize(
    "given",
    [
        b"",
        TRACEPARENT[:-1],
        TRACEPARENT + b"0",
        TRACEPARENT.upper(),
        b"ff" + TRACEPARENT[2:],
        TRACEPARENT.replace(TRACE, b"0" * 32),
        TRACEPARENT.replace(b"00f067aa0ba902b7", b"0" * 16),
    ],
)
def test_a_traceparent_that_is_not_well_formed_is_dropped(given: bytes):
    assert request_id.traceparent_from_headers([(b"traceparent", given)]) is None


def test_two_traceparents_are_dropped():
    assert request_id.traceparent_from_headers([(b"traceparent", TRACEPARENT)] * 2) is None
