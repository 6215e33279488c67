"""Lines of the terminal view where there is no terminal."""

from __future__ import annotations

import json
from dataclasses import replace

from localcloud.event_log import Event
from scripts.local.watch.observation.reading import Reading
from scripts.local.watch.observation.snapshot import take_snapshot
from scripts.local.watch.terminal.lines import document, new_events, sentences
from tests.scripts.local.watch.clouds import NODE_A, NODE_B, QUIET, two_seconds_later

BUSY = take_snapshot(
    QUIET, two_seconds_later(nodes=[replace(NODE_A, requests=200, by_class={"5": 4}), NODE_B])
)


def test_a_line_has_the_figures_of_the_moment_and_the_alarms_that_are_on():
    (line,) = sentences(BUSY, [], "en")
    for part in (
        "100 requests/s",
        "2.0 errors/s",
        "2 desired; 2 running; 2 healthy",
        "alarm: iris-fleet-errors",
    ):
        assert part in line
    (line,) = sentences(BUSY, [], "es")
    for part in (
        "100 peticiones/s",
        "2.0 errores/s",
        "2 deseadas; 2 en marcha; 2 sanas",
        "alarma: iris-fleet",
    ):
        assert part in line


def test_each_event_has_a_line_once():
    first = Event("2026-01-01T10:00:00.000+00:00", "i-a starts in us-east-1a")
    second = Event("2026-01-01T10:00:05.000+00:00", "i-a is deregistered")
    assert new_events([], [first]) == [first]
    assert new_events([first], [first, second]) == [second]
    assert sentences(BUSY, [second], "es")[0] == "10:00:05  i-a se retira del balanceador"


def test_an_object_has_all_of_the_moment():
    known = json.loads(document(BUSY, QUIET.events))
    assert known["per_second"] == 100
    assert known["errors"] == 2
    assert [each["id"] for each in known["instances"]] == ["i-a", "i-b"]
    assert [each["zone"] for each in known["nodes"]] == ["us-east-1a", "us-east-1b"]
    assert known["fleet"]["alarms"]["iris-fleet-errors-930a767"] == "ALARM"
    assert known["events"][0]["what"] == "i-a starts in us-east-1a"
    # Those that an earlier line has had are not repeated.
    assert json.loads(document(BUSY, []))["events"] == []
    assert known["time"].endswith("+00:00")


def test_a_cloud_that_has_ended_is_said():
    down = take_snapshot(Reading(time=1.0), Reading(time=2.0))
    assert "No local cloud runs here." in sentences(down, [], "en")[0]
    assert json.loads(document(down, []))["url"] == ""
