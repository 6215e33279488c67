from __future__ import annotations

import io

import pytest

from scripts.bench.load.demand import steady
from scripts.bench.load.generator import LoadRun, Sample
from scripts.bench.load.load_chart import draw
from scripts.bench.load.report import conclusion, html_report
from scripts.bench.load.results import percentile_name, summarize


def answered(due: float, seconds: float, *, sent: float | None = None) -> Sample:
    return Sample(due, due if sent is None else sent, due + seconds, "right", 200, "i-1")


def test_percentiles_have_their_usual_names():
    assert [percentile_name(share) for share in (0.5, 0.999, 0.9999, 1)] == ["p50", "p99.9", "p99.99", "max"]


def test_a_stall_is_seen_by_every_request_that_was_due_meanwhile():
    # 100 requests per second; from the 100th on, the service stalls for a second, and the generator too.
    samples = [answered(n / 100, 0.001) for n in range(100)]
    samples += [Sample(1 + n / 100, 2.0, 2.001, "right", 200) for n in range(100)]
    result = summarize("", "", steady(100, 2), LoadRun(samples))
    assert result.service_ms["max"] == 1
    # Half of the requests waited: on average half a second, at most a whole one.
    assert result.latency_ms["p50"] == 1
    assert result.latency_ms["p90"] == pytest.approx(1_001 - 200, abs=10)
    assert result.latency_ms["max"] == pytest.approx(1_001)


def test_failures_wrong_answers_and_what_was_cut_off_are_counted():
    samples = [
        answered(0.0, 0.010),
        Sample(0.5, 0.5, 10.5, "failed", 0, "", "no answer within 10 s", timed_out=True),
        Sample(1.0, 1.0, 1.001, "failed", 0, "", "the connection was lost"),
        Sample(1.5, 1.5, 1.502, "failed", 503, "i-2", "status 503"),
        Sample(2.0, 2.0, 2.004, "wrong", 200, "i-2", "GET /a: b'c' instead of b'd'"),
    ]
    result = summarize("http://x", "2 per second", steady(2, 3), LoadRun(samples, 0.0, True, 2))
    assert (result.requests, result.right, result.wrong, result.failed, result.unanswered) == (7, 1, 1, 3, 2)
    assert not result.is_good
    assert result.interrupted
    assert result.statuses == {"200": 2, "503": 1}
    assert result.problems == {"no answer within 10 s": 1, "the connection was lost": 1, "status 503": 1}
    assert result.instances == {"i-1": 1, "i-2": 2}
    # A timeout has waited; a lost connection has no latency.
    assert result.latency_ms["max"] == 10_000
    assert [(it.second, it.requests, it.bad, it.planned) for it in result.timeline] == [
        (0, 2, 1, 2),
        (1, 2, 2, 2),
        (2, 1, 1, 2),
    ]
    assert conclusion(result) == (
        "1 of 7 requests in 2 s had the right answer, 3 failed, 1 had a wrong answer, 2 had no answer when "
        "the load was interrupted; 0.5 right answers per second, p99 10,000 ms."
    )


def test_no_request_at_all_is_a_result_too():
    result = summarize("", "", [], LoadRun())
    assert (result.requests, result.rate, result.timeline) == (0, 0, [])
    draw(result, io.BytesIO())


def test_the_page_has_the_chart_and_no_markup_of_the_service():
    run = LoadRun(
        [answered(0.1, 0.01), Sample(0.2, 0.2, 0.3, "wrong", 200, "<b>", "<script>alert(1)</script>")]
    )
    page = html_report(summarize("http://x", "a plan", steady(2, 1), run))
    assert "<svg" in page
    assert "1 of 2 requests" in page
    assert "<script>" not in page
    assert "<b>" not in page
