"""Screen of the terminal view: its content, and that it fits into every terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from localcloud.event_log import Event
from scripts.local.watch.observation.reading import FirewallReading, Reading
from scripts.local.watch.observation.snapshot import take_snapshot
from scripts.local.watch.terminal.screen import Screen, draw_screen
from scripts.local.watch.terminal.sparkline import BLOCKS
from scripts.local.watch.view.numbers import NONE
from tests.scripts.local.watch.clouds import FLEET, INSTANCE_A, INSTANCE_B, NODE_A, QUIET, two_seconds_later

if TYPE_CHECKING:
    from scripts.local.watch.observation.snapshot import Snapshot
    from scripts.local.watch.view.texts import Language

BUSY = two_seconds_later(
    nodes=[
        replace(NODE_A, requests=200, targets={"i-a": 120}, durations={(0.01, 0.02): 200}),
        replace(NODE_A, zone="us-east-1b", answers=False, lost=True),
    ],
    instances=[replace(INSTANCE_A, cpu_seconds=0.5), replace(INSTANCE_B, pid=None)],
    firewall=FirewallReading(started=1.0, counted=6),
)


def shown(snapshot: Snapshot, *, columns: int = 80, rows: int = 30, language: Language = "en") -> list[str]:
    screen = Screen(columns, rows, BLOCKS, language)
    return [row.plain.rstrip() for row in draw_screen(snapshot, [snapshot.point], screen)]


def words(rows: list[str]) -> list[list[str]]:
    return [row.split() for row in rows]


def test_the_path_of_the_requests_is_a_table_with_a_row_for_each_part():
    rows = words(shown(take_snapshot(QUIET, BUSY)))
    assert ["Internet", "100", "15", "/", "20", "ms", "25", "%"] in rows
    assert ["Firewall", "only", "counts", "3.0", "matched/s"] in rows
    assert ["us-east-1a", "Load", "balancer", "100"] in rows
    assert ["i-a", "v1", "healthy", "60", NONE, "/", NONE, "25", "%"] in rows
    assert ["us-east-1b", "lost", "0"] in rows
    assert ["i-b", "v2", "no", "process", "0", NONE, "/", NONE, "0", "%"] in rows


def test_sizes_cost_alarms_and_events_are_shown():
    rows = shown(take_snapshot(QUIET, BUSY))
    text = "\n".join(rows)
    assert "2 to 4 instances of t4g.small, round_robin" in text
    # t4g.small 0.0168, Application Load Balancer 0.0225 US dollars per hour in us-east-1.
    assert "Cost per hour on AWS: $0.0393" in text
    assert "Alarms:  iris-fleet-errors" in rows
    assert "10:00:00  i-a starts in us-east-1a" in rows
    figures = {tuple(row.split()[:2]) for row in rows}
    assert {("desired", "2"), ("running", "1"), ("healthy", "1")} <= figures


def test_the_spanish_screen_has_no_english_label():
    text = "\n".join(shown(take_snapshot(QUIET, BUSY), language="es"))
    for label in ("Cortafuegos", "sana", "deseadas", "Alarmas:", "i-a arranca en us-east-1a", "peticiones/s"):
        assert label in text
    for label in ("requests", "instances", "healthy", "starts", "Alarms", "ends"):
        assert label not in text


def a_fleet_of(count: int) -> Snapshot:
    instances = [replace(INSTANCE_A, id=f"i-{number:016x}") for number in range(count)]
    events = [Event("2026-01-01T10:00:00.000+00:00", f"event {number}") for number in range(14)]
    return take_snapshot(QUIET, two_seconds_later(instances=instances, events=events))


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize("rows", [24, 50])
@pytest.mark.parametrize("count", [0, 2, 12, 40])
def test_it_fits_into_the_terminal(count: int, rows: int, columns: int, language: Language):
    lines = shown(a_fleet_of(count), columns=columns, rows=rows, language=language)
    assert len(lines) <= rows
    assert max(map(len, lines)) <= columns
    assert any("event 13" in line for line in lines)


def test_instances_that_do_not_fit_are_counted():
    lines = shown(a_fleet_of(40), rows=24)
    shown_instances = sum(line.lstrip().startswith("i-") for line in lines)
    assert f"and {40 - shown_instances} more instances" in lines
    assert shown_instances > 0


def test_a_roll_out_and_a_lost_control_plane_are_said():
    fleet = replace(FLEET, refresh="InProgress", refreshed=50)
    lost = two_seconds_later(fleet=fleet, control_plane_answers=False)
    text = "\n".join(shown(take_snapshot(QUIET, lost)))
    assert "Roll-out in progress: 50 %" in text
    assert "The AWS API does not answer" in text


def test_without_a_cloud_it_says_how_to_start_one():
    down = Reading(time=103.0)
    text = "\n".join(shown(take_snapshot(down, down)))
    assert "No local cloud runs here." in text
    assert "make up" in text
