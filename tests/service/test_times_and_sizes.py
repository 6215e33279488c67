"""Times and sizes that a client or an operator meets, and that tests of their effects shorten."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import pytest

MIB: Final = 2**20

TIMES: Final = {
    # A round trip takes 0.1 s between continents at most.
    "server.draining_server": {"HANDSHAKE_SECONDS": 0.1, "PROBE_SECONDS": 0.1, "TURN_SECONDS": 0.002},
    # A refused client has 2 s to read why; one that still sends has 5 s to end.
    "server.connection_timeouts": {"LINGER_SECONDS": 2},
    "server.middleware.body_limit": {"DISCARD_SECONDS": 5.0},
    "server.http_protocol": {"SHUTDOWN_IDLE_SECONDS": 1.0},
    # A batch waits for a second, as its description says, and its client has two to read where others wait.
    "server.middleware.batch_limit": {"WAIT_SECONDS": 1.0, "SLOW_READ_SECONDS": 2.0},
    # Timeouts are whole seconds, and so they are looked at once a second.
    "server.middleware.lifespan": {"INTERVAL_SECONDS": 1.0},
    "server.middleware.concurrency_limit": {"RETRY_SECONDS": 1},
    # No request waits for the work on another one for more than a few milliseconds.
    "server.read_queue": {"IMMEDIATE_SECONDS": 0.001, "TURN_SECONDS": 0.004},
    "batch.limits": {"STEP_SECONDS": 0.004},
    "api.routes.batch": {"LAST_STEP_SECONDS": 0.001},
    # A process that ends waits for a log without a reader.
    "telemetry.json_logs": {"FLUSH_SECONDS": 2.0},
    # Each report is in the headers of the next second.
    "telemetry.load_report": {"REPORT_SECONDS": 0.5, "MAXIMUM_SAMPLE_SECONDS": 0.05},
}

SIZES: Final = {
    # With half of a read, a body of a megabyte takes twice as long.
    "server.bounded_reads": {"READ_BYTES": 32 * 2**10},
    "server.http_protocol": {
        "MAX_HEAD_BYTES": 32 * 2**10,  # as nginx
        "MAX_TARGET_BYTES": 8 * 2**10,  # at least 8,000 (RFC 9112, 3)
        "READ_STEP_BYTES": 8 * 2**10,
        "MAX_HEADER_FIELDS": 1_000,
        "MAX_QUERY_FIELDS": 100,
        "MAX_PIPELINED": 100,
    },
    "server.connection_timeouts": {"RESERVED_CONNECTIONS": 64, "SHED_FRACTION": 64},
    "server.read_queue": {"MAX_WAITING": 2_048, "COMPARED_WAITING": 16, "PIECES_PER_TURN": 16},
    "server.request_queue": {"STARTS_PER_TURN": 16},
    "server.draining_server": {
        "ACCEPTS_PER_TURN": 32,
        "ACCEPTS_WHEN_CROWDED": 8,
        "CROWDED": 1_000,
        "PROBED_FROM": 64,
    },
    "server.middleware.body_limit": {
        "DISCARD_BYTES": 16 * MIB,
        "MAX_FLOWER_BODY_BYTES": 16 * 2**10,  # AWS WAF refuses them above 8 KB already
        "MAX_CONTENT_TYPE_BYTES": 1_024,
        "HELD_BODIES": 64,
    },
    "server.middleware.batch_limit": {"WAITING_PER_PLACE": 4, "SENT_BYTES": 64 * 2**10},
    "server.middleware.compression": {"OFF_LOOP_BYTES": 128 * 2**10},
    "api.batch_paths": {"SMALL_BODY_BYTES": 2 * 2**10},
    "batch.limits": {
        "MAX_ROW_CHARACTERS": 16 * 2**10,
        "MAX_INVALID_ROWS": 1_000,
        "MAX_REPORTED_ROWS": 100,
        "LINES_PER_FLOWER": 4,
    },
    "http.input_echo": {"ECHO_CHARACTERS": 100},
    "http.accept": {"MAX_RANGES": 100},  # browsers send ten
    "http.accept_encoding": {"MAX_MEMBERS": 100},
    "model.registry": {"MAX_FILE_BYTES": 64 * MIB, "MAX_REASON": 300},  # of Lambda's 250 MB
    "model.trees": {"MAX_CELLS": 1_000_000, "MAX_STEPS": 1_000_000},
    "model.definition_reader": {
        "MAX_FEATURES": 1_000,
        "MAX_CLASSES": 1_000,
        "MAX_LABEL": 100,
        "MAX_TEXT": 2_000,
    },
    "telemetry.json_logs": {"MAXIMUM_QUEUED_RECORDS": 10_000},
    "telemetry.request_stats": {"MAX_REFUSALS_LOGGED": 100},
}


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (module, name, value)
        for table in (TIMES, SIZES)
        for module, values in table.items()
        for name, value in values.items()
    ],
)
def test_a_time_or_size_is_what_it_was_chosen_to_be(module: str, name: str, value: float):
    assert getattr(import_module(f"service.{module}"), name) == value
