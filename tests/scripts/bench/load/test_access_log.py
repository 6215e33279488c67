from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from scripts.bench.load.access_log import AccessLogError, LoggedRequest, read_log
from scripts.bench.load.plan import PlanError, make_plan

if TYPE_CHECKING:
    from pathlib import Path

COMBINED = (
    '203.0.113.7 - - [29/Nov/2026:10:00:0{second} +0000] "GET {target} HTTP/1.1" {status} 24 "-" "curl/8"'
)

# The first example of the ELB user guide, "Access logs for your Application Load Balancer".
ALB = (
    "http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 "
    '0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/a?b=c HTTP/1.1" "curl/7.46.0" - - '
    "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "
    '"Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-" '
    '"10.0.0.1:80" "200" "-" "-" TID_1234abcd5678ef90'
)


def combined(second: int, target: str = "/readyz", status: int = 200) -> str:
    return COMBINED.format(second=second, target=target, status=status)


def test_the_combined_format_is_read_in_the_order_of_its_times():
    log = read_log([combined(5, "/livez"), combined(2, "/nowhere", 404)])
    assert log.requests == (
        LoggedRequest(0.0, "GET", "/nowhere", 404),
        LoggedRequest(3.0, "GET", "/livez", 200),
    )


def test_requests_of_the_same_second_are_spread_over_it():
    log = read_log([combined(1), combined(2), combined(2), combined(2), combined(2)])
    assert [it.seconds for it in log.requests] == [0, 1, 1.25, 1.5, 1.75]


def test_the_log_of_a_load_balancer_has_the_path_and_query_of_its_urls():
    later = ALB.replace("22:23:00.186641Z", "22:23:01.686641Z")
    log = read_log([ALB, later])
    assert [(it.method, it.target, it.status) for it in log.requests] == [("GET", "/a?b=c", 200)] * 2
    assert log.requests[1].seconds == pytest.approx(1.5)


def test_lines_that_cannot_be_sent_again_are_counted():
    post, unanswered = combined(1).replace("GET", "POST"), ALB.replace("0.000 200 200", "-1 - -")
    log = read_log([combined(1), post, unanswered, "no log line", ""])
    assert (len(log.requests), log.left_out) == (1, 3)


@pytest.mark.parametrize("lines", [[], ["no log line"], [combined(1).replace("GET", "POST")]])
def test_a_log_without_such_a_request_is_refused(lines: list[str]):
    with pytest.raises(AccessLogError, match="no GET, HEAD or OPTIONS"):
        read_log(lines)


def test_a_replay_is_as_many_times_faster_as_asked(tmp_path: Path):
    file = tmp_path / "access.log"
    file.write_text("\n".join(combined(second) for second in (0, 4, 8, 9)), encoding="utf-8")
    plan = make_plan(replay=file, speed=4)
    assert [it.seconds for it in plan.logged] == [0, 1, 2, 2.25]
    assert [phase.first for phase in plan.phases] == [1, 1, 2]


def test_a_log_that_would_take_longer_than_a_day_is_refused_with_the_speed_that_suffices(tmp_path: Path):
    file = tmp_path / "access.log"
    file.write_text(combined(0) + "\n" + combined(0).replace("2026", "2036"), encoding="utf-8")
    # 3,652 days from 2026-11-29 to 2036-11-28, and a leap day: 3,653.
    with pytest.raises(PlanError, match=r"would take 3,653\.0 days.*--speed 3653 is"):
        make_plan(replay=file)
    assert len(make_plan(replay=file, speed=3_653).logged) == 2
    file.write_text(combined(0) + "\n" + combined(1).replace("2026", "2036"), encoding="utf-8")
    with pytest.raises(PlanError, match=r"--speed 3654 is"):  # a second more
        make_plan(replay=file)
    assert len(make_plan(replay=file, speed=3_654).logged) == 2


def test_a_log_of_a_load_balancer_is_read_as_it_is_stored_with_gzip(tmp_path: Path):
    file = tmp_path / "access.log.gz"
    file.write_bytes(gzip.compress(ALB.encode()))
    assert [it.target for it in make_plan(replay=file).logged] == ["/a?b=c"]
    file.write_bytes(gzip.compress(ALB.encode())[:60])
    with pytest.raises(PlanError, match=r"access\.log\.gz can't be read: "):
        make_plan(replay=file)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_log_is_read_with_a_byte_order_mark(encoding: str, tmp_path: Path):
    file = tmp_path / "access.log"
    file.write_text(ALB, encoding=encoding)
    assert [it.target for it in make_plan(replay=file).logged] == ["/a?b=c"]


def test_a_curve_of_a_file_keeps_its_rates_and_the_built_in_day_has_the_rate_at_its_peak(tmp_path: Path):
    file = tmp_path / "day.csv"
    file.write_text("\n".join(str(100 + hour) for hour in range(24)), encoding="utf-8")
    own, scaled, day = (
        make_plan(curve=str(file), seconds=24),
        make_plan(curve=str(file), rate=246, seconds=24),
        make_plan(curve="day", rate=200, seconds=24),
    )
    assert [phase.first for phase in own.phases] == [100 + hour for hour in range(24)]
    assert scaled.phases[0].first == pytest.approx(200)
    assert max(phase.first for phase in day.phases) == pytest.approx(200)


@pytest.mark.parametrize("content", ["", "1\n2\n", "\n".join(["0"] * 24)])
def test_a_curve_that_is_none_is_refused(tmp_path: Path, content: str):
    file = tmp_path / "day.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(PlanError, match=r"day\.csv has"):
        make_plan(curve=str(file))
