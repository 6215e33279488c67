"""Parts of the page, and the texts in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from localcloud.event_log import Event
from scripts.local.watch.actions.controls import Activity
from scripts.local.watch.observation.reading import FirewallReading, NodeReading, Reading
from scripts.local.watch.observation.snapshot import take_snapshot
from scripts.local.watch.view.events import event_sentence
from scripts.local.watch.view.parts import PARTS, flow, render_page, render_parts
from scripts.local.watch.view.texts import TEXTS, preferred_language, text
from tests.scripts.local.watch.clouds import INSTANCE_A, INSTANCE_B, NODE_B, QUIET, two_seconds_later

if TYPE_CHECKING:
    from scripts.local.watch.view.texts import Language


IDLE = Activity()


def parts(now: Reading, language: Language = "en", activity: Activity = IDLE) -> dict[str, str]:
    snapshot = take_snapshot(QUIET, now)
    return render_parts(snapshot, [snapshot.point], activity, language)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_every_part_is_on_the_page_in_both_languages():
    for language in ("en", "es"):
        rendered = parts(two_seconds_later(), language)
        page = render_page(language, "token", rendered)
        assert set(rendered) == set(PARTS)
        assert all(f'id="{name}"' in page and html in page for name, html in rendered.items())
        assert f'<html lang="{language}">' in page


def test_the_fleet_shows_zones_instances_versions_and_health():
    now = two_seconds_later(instances=[INSTANCE_A, replace(INSTANCE_B, frozen=True)])
    shown = words(parts(now)["fleet"])
    assert "us-east-1a" in shown
    assert "i-a v1 healthy" in shown
    assert "i-b v2 frozen" in shown
    assert "i-b v2 congelada" in words(parts(now, "es")["fleet"])


def test_a_lost_zone_and_instances_of_no_known_zone_are_shown():
    now = two_seconds_later(
        nodes=[NodeReading(zone="us-east-1a", lost=True), NODE_B],
        instances=[replace(INSTANCE_A, zone=""), INSTANCE_B],
    )
    shown = words(parts(now)["fleet"])
    assert "us-east-1a · lost" in shown
    assert "i-a v1" in shown


def test_the_latest_event_comes_first():
    events = [
        Event("2026-01-01T10:00:00.000+00:00", "i-a starts in us-east-1a"),
        Event("2026-01-01T10:00:05.000+00:00", "i-a is deregistered"),
    ]
    shown = words(parts(replace(two_seconds_later(), events=events))["events"])
    assert shown.index("10:00:05") < shown.index("10:00:00")


def test_what_attackers_send_is_escaped():
    request = ("10:00:00", "BLOCK", "CrossSiteScripting", "10.0.0.9", "GET", "/?q=<script>alert(1)</script>")
    firewall = FirewallReading(started=1.0, blocked=1, by_rule={"Common<b>": 1}, latest=[request])
    html = parts(two_seconds_later(firewall=firewall))["firewall"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "Common&lt;b&gt;" in html


def test_an_alarm_below_the_target_is_calm_and_others_are_not():
    html = parts(two_seconds_later())["alarms"]
    assert '<p class="notice bad">iris-fleet-errors</p>' in html
    assert '<li class="ok">requests below the target</li>' in html


def test_a_cloud_that_is_down_names_the_command_that_starts_it():
    assert "make up" in words(parts(Reading(time=102.0))["state"])


def test_the_flow_is_faster_with_more_requests():
    assert [flow(rate) for rate in (0, 5, 50, 300, 1_000)] == [0, 1, 2, 3, 4]


def test_both_languages_fill_in_the_same_values():
    def values(sentence: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name}

    assert [name for name, (english, spanish) in TEXTS.items() if values(english) != values(spanish)] == []


def test_the_course_is_taught_in_its_own_words():
    spanish = " ".join(text for _, text in TEXTS.values())
    assert all(term in spanish.lower() for term in ("escalamiento horizontal", "balanceo de carga"))


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("i-a starts in us-east-1a", "i-a arranca en us-east-1a"),
        (
            "i-a lost its process; Auto Scaling replaces it",
            "i-a perdió su proceso; Auto Scaling la reemplaza",
        ),
        (
            "the group goes from 2 to 4 instances (ALBRequestCountPerTarget 900 of 600)",
            "el grupo pasa de 2 a 4 instancias (ALBRequestCountPerTarget 900 de 600)",
        ),
        (
            "the firewall blocks requests by RateLimit (12)",
            "el cortafuegos bloquea peticiones por RateLimit (12)",
        ),
        ("something new has happened", "something new has happened"),
    ],
)
def test_events_are_told_in_the_language_of_the_page(english: str, spanish: str):
    assert event_sentence(english, "es") == spanish
    assert event_sentence(english, "en") == english
    events = [Event("2026-01-01T10:00:00.000+00:00", english)]
    assert spanish in words(parts(two_seconds_later(events=events), "es")["events"])


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-GB,es", "en"),
        ("de-DE,es;q=0.7", "es"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_a_browser_gets_the_language_that_it_prefers(header: str, language: str):
    assert preferred_language(header) == language


def test_a_text_without_a_value_is_an_error():
    with pytest.raises(KeyError):
        text("alarm_count", "en", other=1)
