"""Lessons: their form, their tables and sentences from given figures, and their command without a cloud."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from scripts.bench.balance import open_loop
from scripts.bench.load.demand import steady
from scripts.bench.load.generator import LoadRun, Sample
from scripts.bench.load.results import summarize
from scripts.cli import main
from scripts.local.lessons import document
from scripts.local.lessons.attacks import PROBES, SQL_GROUP, blocking, with_sql_rules
from scripts.local.lessons.ideas import (
    api,
    balancer,
    balancing,
    client,
    compression,
    firewall,
    health,
    intrusion,
    service,
    unhealthy,
    zone,
)
from scripts.local.lessons.ideas.scaling import demand, elasticity, horizontal, peak, vertical
from scripts.local.lessons.ideas.scaling.target_tracking import Moment, needed
from scripts.local.lessons.lesson import result_of
from scripts.local.lessons.outage import Outage, Period, period
from scripts.local.lessons.registry import LESSONS, find_lesson
from scripts.local.lessons.texts import Text, written

if TYPE_CHECKING:
    from pathlib import Path

OUTAGE = Outage(
    [
        Period(Text("before", "antes"), 5.0, 200, 0, 5.0, 20.0, 2),
        Period(Text("until the repair", "hasta la reparación"), 9.0, 360, 3, 5.0, 900.0, 1),
        Period(Text("after", "después"), 5.0, 200, 0, 5.0, 20.0, 2),
    ],
    8.6,
)

SPREAD = [
    balancing.Spread(Text("round robin", "round robin"), 600, 0, 0.33, 12.0, 308.0),
    balancing.Spread(Text("random", "aleatorio"), 600, 0, 0.31, 12.0, 300.0),
    balancing.Spread(Text("least load", "menor carga"), 600, 0, 0.02, 9.0, 163.0),
]

CHOICES = [
    client.ClientChoice(Text("round robin", "round robin"), 300, 1, 0.30, 20.0, 900.0),
    client.ClientChoice(Text("least connections", "menos conexiones"), 300, 0, 0.10, 10.0, 400.0),
]

SIZES = [
    vertical.MachineSize(1, 50_000.0, 1.0, 60.0, "c7g.medium", 0.0363, 4),
    vertical.MachineSize(2, 95_000.0, 1.9, 120.0, "c7g.large", 0.0725, 4),
]

FLEETS = [
    horizontal.FleetSize(1, 1_500, 0, 1.0, 0.30, 30.0),
    horizontal.FleetSize(3, 1_500, 0, 0.34, 0.10, 20.0),
]

MOMENTS = [Moment(10.0, 2, 540.0, 0, 20.0), Moment(62.0, 6, 3_240.0, 1, 15.0)]

ROUND_TRIP = elasticity.RoundTrip(MOMENTS, [Moment(240.0, 2, 540.0, 0, 20.0)])

WAYS = [
    api.Answer("GET", "/a", 200, '{"specie":"Iris Setosa"}', ""),
    api.Answer("GET", "/b", 200, '{"specie":"Iris Setosa"}', ""),
    api.Answer("POST", "/a", 200, '{"specie":"Iris Setosa"}', ""),
    api.Answer("PUT", "/a", 405, "", "GET, POST"),
]

FIGURES: dict[str, Any] = {
    "service": [service.Answers("iris-logistic", 30, 30, 3.0, 20.0)],
    "api": WAYS,
    "vertical": SIZES,
    "horizontal": FLEETS,
    "peak": peak.Day([peak.PartOfDay(part, 30.0, 0, 20.0, 12) for *_, part in peak.PARTS], 0.0168),
    "demand": MOMENTS,
    "elasticity": ROUND_TRIP,
    "balancing": SPREAD,
    "client": CHOICES,
    "health": health.HealthChecks("/readyz", 5, 2, 2, [health.Checked("i-1", "healthy", 200, 200, 3.0)]),
    "unhealthy": OUTAGE,
    "zone": OUTAGE,
    "balancer": OUTAGE,
    "compression": [
        compression.Size("identity", "identity", 10_000, 5.0),
        compression.Size("gzip", "gzip", 1_000, 6.0),
    ],
    "firewall": [
        firewall.Probed(Text("attack", "ataque"), True, 200, 403),
        firewall.Probed(Text("ordinary", "normal"), False, 200, 200),
    ],
    "intrusion": intrusion.Detection(30, 15, 30, 0, 0, 0, [intrusion.RuleCount("Common", 20, 0)]),
}


def iris_lesson(*words: str) -> Result:
    return CliRunner().invoke(main, ["lesson", *words])


def english(lesson: Any, figures: object) -> str:
    return lesson.conclusion(figures).en


def test_there_is_a_lesson_for_each_idea_of_the_course():
    assert {lesson.name for lesson in LESSONS} == set(FIGURES)
    assert len(LESSONS) == 16


@pytest.mark.parametrize("name", FIGURES)
def test_each_lesson_has_a_table_and_a_sentence_in_both_languages(name: str):
    lesson = find_lesson(name)
    assert lesson is not None
    result = result_of(lesson, FIGURES[name], 1.0)
    assert result.table.rows
    for row in result.table.rows:
        assert len(row) == len(result.table.columns)
    for text in (lesson.idea, lesson.does, result.conclusion):
        assert text.en != text.es or text.en == ""
    for language in ("en", "es"):
        assert all(written(cell, language) for cell in result.table.columns)
        assert result.conclusion.of(language).endswith(".")
    # The same figures are in both.
    digits = {
        language: sorted(filter(str.isdigit, result.conclusion.of(language))) for language in ("en", "es")
    }
    assert digits["en"] == digits["es"]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_no_lesson_takes_longer_than_two_minutes_but_the_one_that_waits_for_a_low_alarm(lesson: Any):
    # The alarm for a smaller fleet has 15 datapoints (AWS Auto Scaling user guide), of ten seconds here.
    assert 0 < lesson.seconds <= (120 + 15 * 10 if lesson is elasticity.LESSON else 120)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_no_lesson_took_longer_than_the_list_says(lesson: Any):
    assert document.read_results()[lesson.name]["seconds"] <= lesson.seconds


@pytest.mark.parametrize(
    ("name", "idea"),
    [
        ("vertical", "Escalamiento vertical"),
        ("horizontal", "Escalamiento horizontal"),
        ("peak", "Demanda pico"),
        ("balancing", "Balanceo de carga"),
    ],
)
def test_the_spanish_ideas_are_in_the_words_of_the_course(name: str, idea: str):
    lesson = find_lesson(name)
    assert lesson is not None
    assert lesson.idea.es.startswith(idea)


def test_an_outage_has_its_failures_and_its_repair():
    assert english(balancer.LESSON, OUTAGE) == (
        "One of the load balancer's nodes was lost, 3 of 760 requests failed, and after 8.6 s another one "
        "had replaced it; meanwhile, 357 of 360 got their answer."
    )
    never = replace(OUTAGE, repaired=None)
    for lesson in (balancer.LESSON, zone.LESSON, unhealthy.LESSON):
        assert "was not repaired in time; 3 of 760 requests failed" in english(lesson, never)


def test_failures_before_the_loss_and_after_the_repair_count_too():
    everywhere = replace(OUTAGE, periods=[replace(it, bad=2) for it in OUTAGE.periods])
    assert "6 of 760 requests failed" in english(balancer.LESSON, everywhere)


def test_a_single_instance_that_hangs_leaves_no_other():
    assert "so that the others got its requests" in english(unhealthy.LESSON, OUTAGE)
    single = replace(OUTAGE, periods=[replace(it, instances=1) for it in OUTAGE.periods])
    assert "there was no other one to get its requests" in english(unhealthy.LESSON, single)


def test_a_wrong_answer_is_as_bad_as_none():
    verdicts = ("right", "wrong", "failed", "right", "wrong")
    samples = [Sample(n, n, n + 0.01, verdict, 200, "i-1") for n, verdict in enumerate(verdicts)]
    found = period(OUTAGE.periods[0].name, 5.0, summarize("", "", steady(1, 5), LoadRun(samples)))
    assert (found.requests, found.bad, found.instances) == (5, 3, 1)


def test_the_method_that_spares_the_slow_instance_is_named_and_none_if_all_are_alike():
    assert english(balancing.LESSON, SPREAD).startswith(
        "Round robin sent 33% of the requests to the slow instance (p99 308 ms), least load 2% (p99 163 ms)"
    )
    assert english(balancing.LESSON, SPREAD[:1] * 2).startswith("No method")
    assert "least connections sent the slow instance 10% of them instead of 30%" in english(
        client.LESSON, CHOICES
    )
    assert "1 of 600 batches failed" in english(client.LESSON, CHOICES)
    assert "no choice spared" in english(client.LESSON, CHOICES[:1] * 2)


def test_vertical_scaling_is_compared_with_the_price_of_the_machine():
    assert english(vertical.LESSON, SIZES).startswith(
        "2 workers answered 1.9 times as many flowers as one, on this machine with 4 processors; an EC2 "
        "instance "
        "for them costs 2.0 times as much"
    )
    slower = replace(SIZES[1], flowers_per_second=51_000.0)
    assert english(vertical.LESSON, [SIZES[0], slower]).startswith(
        "More workers answered no more flowers here"
    )
    # Four workers that are hardly better than two are not worth their price.
    alike = replace(SIZES[1], workers=4, flowers_per_second=100_000.0)
    assert english(vertical.LESSON, [*SIZES, alike]).startswith("2 workers answered 1.9 times")
    # Two workers do at most twice the work of one.
    disturbed = replace(SIZES[1], flowers_per_second=150_000.0)
    assert "more than they can by themselves" in english(vertical.LESSON, [SIZES[0], disturbed])


def test_horizontal_scaling_takes_work_off_the_busiest_instance_or_says_that_it_did_not():
    assert "the busiest one had 3.0 times less work" in english(horizontal.LESSON, FLEETS)
    assert "took no work off the busiest one" in english(horizontal.LESSON, [FLEETS[0], FLEETS[0]])


def test_the_needed_instances_of_an_hour_are_its_rate_divided_by_that_of_an_instance():
    # 120 requests per second at the peak, 30 for each instance, and two in two zones at least.
    assert [peak.needed(hour) for hour in (20, 3, 8, 9)] == [4, 2, 3, 3]
    assert peak.FOR_PEAK == 4 * 24


def test_a_day_costs_what_its_instance_hours_cost_in_a_month():
    # 96 and 48 instance-hours a day for 30 days at 0.0168 USD.
    sentence = english(peak.LESSON, FIGURES["peak"])
    assert "costs 48.38 USD a month, one that follows the demand 24.19 USD, 50% less" in sentence


def test_the_demand_is_met_once_the_fleet_has_the_size_of_the_arithmetic():
    # 9 requests per second are 540 a minute: less than the 600 of one instance, but two are the minimum.
    assert (needed(9), needed(54), demand.NEEDED) == (2, 6, 6)
    assert english(demand.LESSON, MOMENTS) == (
        "6 times the load needs 3,240 / 600 = 5.4, so 6 instances: within 62 s the fleet had grown from 2 to "
        "6 by itself; failed requests: 1."
    )
    assert "had only 2 after 10 s" in english(demand.LESSON, MOMENTS[:1])


def test_a_round_trip_is_as_it_should_be_only_with_the_sizes_of_the_arithmetic():
    assert english(elasticity.LESSON, ROUND_TRIP) == (
        "For 6 times the load (3,240 / 600 = 5.4, so 6 instances) the fleet went from 2 to 6 and back to 2 "
        "in 240 s, as it should; failed requests: 1."
    )
    for healthy in (3, 7):
        differs = replace(ROUND_TRIP, down=[replace(ROUND_TRIP.down[0], healthy=healthy)])
        assert "which differs" in english(elasticity.LESSON, differs)


def test_three_ways_that_disagree_are_no_success():
    assert "All three ways got the same answer" in english(api.LESSON, WAYS)
    other = [*WAYS[:2], replace(WAYS[2], body="{}"), WAYS[3]]
    assert "did not get the same answer" in english(api.LESSON, other)


def test_three_refusals_are_no_answers_though_they_are_equal():
    refused = [replace(it, status=404, body="") for it in WAYS[:3]]
    assert "did not get the same answer" in english(api.LESSON, [*refused, WAYS[3]])


def test_a_batch_without_an_answer_has_failed_and_no_instance():
    answered = [
        open_loop.Sample(due=number, seconds=0.01 * number, instance="i-slow" if number < 3 else "i-2")
        for number in range(9)
    ]
    lost = open_loop.Sample(due=9, seconds=2.0, instance="")
    found = client.summarize(Text("a", "b"), [*answered, lost], "i-slow")
    assert (found.requests, found.failed, found.slow_share) == (10, 1, pytest.approx(3 / 9))
    assert found.p99_ms > found.p50_ms > 0


def test_ordinary_requests_that_are_blocked_are_said():
    attack, ordinary = FIGURES["firewall"]
    sentence = english(firewall.LESSON, [attack, replace(attack, counting=403), ordinary])
    assert "blocked 2 of 2 attacks with 403 (1 before), and 0 of 1 ordinary requests" in sentence
    assert "and 1 of 1 ordinary requests" in english(
        firewall.LESSON, [attack, replace(ordinary, blocking=403)]
    )


class Scene:
    """Stage without a cloud, on which time passes only in pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sizes: list[int] = []
        self.said: list[str] = []

    def say(self, text: Text) -> None:
        self.said.append(text.en)

    def seconds(self, usual: float) -> float:
        return usual

    def pause(self, usual: float) -> None:
        self.now += usual

    def resize(self, instances: int) -> None:
        self.sizes.append(instances)

    def healthy(self) -> list[Any]:
        return [SimpleNamespace(pid=os.getpid())] * self.sizes[-1]

    def load(self, _rate: float) -> Any:
        return nullcontext(self)

    load_of = load

    def between(self, since: float, until: float) -> Any:
        latency = {"p50": 1.0, "p99": 2.0}
        counts = {"i-1": 30, "i-2": 10}
        requests = round(10 * (until - since))
        return SimpleNamespace(requests=requests, failed=1, wrong=2, latency_ms=latency, instances=counts)


def test_the_busiest_instance_of_each_size_is_measured(monkeypatch: pytest.MonkeyPatch):
    # Processor seconds of each instance before and after ten seconds, for one, two and three instances.
    spent = iter([0.0, 5.0, 1.0, 1.0, 2.0, 4.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.5])

    def cpu_seconds(_: object) -> float:
        return next(spent)

    monkeypatch.setattr(horizontal, "_cpu_seconds", cpu_seconds)
    scene: Any = Scene()
    found = horizontal.measure(scene)
    assert scene.sizes == [1, 2, 3]
    assert [it.busiest_cpu for it in found] == pytest.approx([0.5, 0.3, 0.15])
    assert [(it.requests, it.bad, it.busiest_share) for it in found] == [(100, 3, 0.75)] * 3


def test_a_fleet_that_has_grown_is_watched_for_a_row_longer(monkeypatch: pytest.MonkeyPatch):
    healthy = iter([2, 2, 4, demand.NEEDED, demand.NEEDED, demand.NEEDED])

    def watch_moment(stage: Any, _: object) -> Moment:
        stage.pause(10)
        return Moment(stage.now, next(healthy), 540.0, 0, 20.0)

    monkeypatch.setattr(demand, "watch_moment", watch_moment)
    scene: Any = Scene()
    assert [it.healthy for it in demand.grow(scene)] == [2, 2, 4, demand.NEEDED, demand.NEEDED]


def test_a_fleet_that_does_not_grow_is_watched_for_a_hundred_seconds(monkeypatch: pytest.MonkeyPatch):
    def watch_moment(stage: Any, _: object) -> Moment:
        stage.pause(10)
        return Moment(stage.now, 2, 540.0, 0, 20.0)

    monkeypatch.setattr(demand, "watch_moment", watch_moment)
    scene: Any = Scene()
    assert [it.second for it in demand.grow(scene)] == [10.0 * row for row in range(1, 11)]


def test_a_result_is_recorded_in_english_as_the_last_one_of_its_lesson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(document, "RESULTS", tmp_path / "lessons.json")
    monkeypatch.setattr(document, "DOCUMENT", tmp_path / "lessons.md")
    for name, seconds in (("balancer", 14.6), ("service", 9.0), ("balancer", 12.4)):
        lesson = find_lesson(name)
        assert lesson is not None
        document.record(result_of(lesson, FIGURES[name], seconds))
    results = document.read_results()
    # In the order of the course.
    assert [(name, it["seconds"]) for name, it in results.items()] == [("service", 9), ("balancer", 12)]
    assert results["balancer"]["columns"][0] == "period"
    assert [row[0] for row in results["balancer"]["rows"]] == ["before", "until the repair", "after"]
    assert results["balancer"]["conclusion"] == english(balancer.LESSON, OUTAGE)
    assert (tmp_path / "lessons.md").read_text(encoding="utf-8") == document.document(results)


def test_a_model_that_answers_otherwise_is_named():
    wrong = service.Answers("iris-forest", 30, 29, 3.0, 20.0)
    assert english(service.LESSON, [wrong]).startswith("Only 29 of 30 answers")


def test_an_encoding_that_saves_nothing_is_no_gain():
    plain, gzip = FIGURES["compression"]
    assert english(compression.LESSON, [plain, gzip]).startswith("gzip made the answer 10.0 times smaller")
    assert english(compression.LESSON, [plain, replace(gzip, bytes=10_000)]).startswith("No encoding")


def test_a_hang_is_noticed_after_the_threshold_times_the_interval_and_a_timeout():
    assert "at most 12 s after" in english(health.LESSON, FIGURES["health"])


def test_the_counts_of_the_firewall_become_attacks_and_false_alarms():
    start = {"ALL": {"AllowedRequests": 10, "CountedRequests": 2}, "Common": {"CountedRequests": 2}}
    quiet = {"ALL": {"AllowedRequests": 15, "CountedRequests": 3}, "Common": {"CountedRequests": 3}}
    end = {
        "ALL": {"AllowedRequests": 18, "CountedRequests": 5, "BlockedRequests": 4},
        "Common": {"CountedRequests": 5},
        "Sql": {"BlockedRequests": 4},
    }
    found = intrusion.detection(7, 5, start, quiet, end)
    assert (found.noticed, found.blocked, found.false_alarms, found.others) == (6, 4, 1, 0)
    busy = intrusion.detection(5, 5, start, quiet, end)
    assert "some of 2 requests of other clients" in english(intrusion.LESSON, busy)
    assert found.rules == [intrusion.RuleCount("Common", 2, 0), intrusion.RuleCount("Sql", 0, 4)]


def test_the_rules_against_sql_injection_are_added_once_and_block_with_the_others():
    rules: list[Any] = [{"Name": "Rate", "Priority": 3, "Action": {"Count": {}}}]
    added = with_sql_rules(rules)
    assert [(rule["Name"], rule["Priority"]) for rule in added] == [("Rate", 3), (SQL_GROUP, 4)]
    assert with_sql_rules(added) == added
    # The rate limit stays as it is, since the lesson's own requests would meet it.
    assert [rule.get("OverrideAction", rule.get("Action")) for rule in blocking(added)] == [
        {"Count": {}},
        {"None": {}},
    ]


def test_attacks_come_before_ordinary_requests():
    flags = [probe.is_attack for probe in PROBES]
    assert flags == sorted(flags, reverse=True)
    assert {True, False} == set(flags)


def test_the_list_has_every_lesson_in_the_language_that_is_asked_for():
    english, spanish = (
        json.loads(iris_lesson("--format", "json", *more).stdout) for more in ((), ("--lang", "es"))
    )
    assert [each["name"] for each in english] == [each["name"] for each in spanish]
    assert english[2]["idea"] == "Vertical scaling"
    assert spanish[2]["idea"] == "Escalamiento vertical"
    assert "Escalamiento horizontal" in iris_lesson("--lang", "es").stdout


def test_an_unknown_lesson_and_a_cloud_that_is_down_are_one_line(tmp_path: Path):
    unknown = iris_lesson("scaling")
    assert (unknown.exit_code, "only service, api, vertical" in unknown.stderr) == (2, True)
    assert iris_lesson("BALANCING").stderr.endswith("Did you mean balancing or balancer?\n")
    assert iris_lesson("balanceo", "--lang", "es").stderr.endswith("¿Querías decir balancer o balancing?\n")
    assert iris_lesson("zzz").stderr.endswith(" and all.\n")
    down = iris_lesson("api", "--home", str(tmp_path))
    assert down.exit_code == 1
    assert down.stderr.splitlines()[-1] == f"Error: no local cloud runs in {tmp_path}; run `make up` first."
    spanish = iris_lesson("api", "--home", str(tmp_path), "--lang", "es")
    assert spanish.stderr.splitlines()[-1].endswith("ejecuta antes `make up`.")


def test_the_document_has_the_last_results_and_every_idea():
    assert document.DOCUMENT.read_text(encoding="utf-8") == document.document(document.read_results())
    results = document.read_results()
    assert list(results) == [lesson.name for lesson in LESSONS]
    for lesson in LESSONS:
        assert f"`make lesson NAME={lesson.name}`" in document.DOCUMENT.read_text(encoding="utf-8")
        assert results[lesson.name]["rows"]
        assert results[lesson.name]["conclusion"].endswith(".")
