"""Times of scheduled actions in time zones whose clocks change, computed by the interpreter of LocalStack."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from localcloud.localstack import server

PROGRAM = """
import sys
from datetime import datetime
from scalable_models_localstack.autoscaling.scaling.recurrence import next_time
print(next_time(sys.argv[1], sys.argv[2], datetime.fromisoformat(sys.argv[3])).isoformat())
"""


def next_time(recurrence: str, zone: str, after: str) -> str:
    python = server.command()[0]
    plugins = Path(server.__file__).with_name("plugins")
    ended = subprocess.run(
        [python, "-c", PROGRAM, recurrence, zone, after],
        env={"PYTHONPATH": str(plugins)},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.strip()


# On 2026-10-25 the clocks of Madrid go from 03:00 (UTC+2) back to 02:00 (UTC+1), at 01:00 UTC.
@pytest.mark.parametrize(
    ("after", "time"),
    [
        ("2026-10-25T00:10:00+00:00", "2026-10-25T00:30:00+00:00"),
        # In the repeated hour it has run already.
        ("2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"),
        ("2026-10-25T01:10:00+00:00", "2026-10-26T01:30:00+00:00"),
    ],
)
def test_in_an_hour_that_a_clock_repeats_an_action_runs_once(after: str, time: str):
    assert next_time("30 2 * * *", "Europe/Madrid", after) == time
