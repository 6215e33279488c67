from __future__ import annotations

import http.server
import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psutil
import pytest
from click.testing import CliRunner, Result

from scripts.cli import main
from scripts.cost.capacity import benchmark
from scripts.cost.capacity.request_mix import RequestMix
from scripts.cost.capacity.vcpu_throughput import CapacityError, read_capacity
from scripts.training.train import train_missing

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ("--seconds", "0.2", "--p99-target", "30")
"""Short steps; one that passes before the service has had a hundredth of a second is repeated."""


@pytest.fixture
def _trained() -> None:
    train_missing()


@pytest.fixture
def _one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure each kind of request once, where the numbers don't matter."""
    monkeypatch.setattr(benchmark, "ROUNDS", 1)


def iris_capacity(*options: str) -> Result:
    return CliRunner().invoke(main, ["capacity", *options])


@pytest.mark.usefixtures("_trained")
def test_the_service_is_measured_on_this_machine_and_stopped(tmp_path: Path):
    before = set(psutil.Process().children())
    output = tmp_path / "deep" / "capacity.json"
    today = datetime.now(UTC).date()
    result = iris_capacity(*QUICK, "--output", str(output), "--format", "json")
    assert result.exit_code == 0, result.stderr
    capacity, on_step = read_capacity(output), json.loads(result.stdout)
    assert 100 < capacity.requests_per_second_per_vcpu < 1_000_000
    assert 0 < capacity.p99_ms <= 30 == capacity.p99_target_ms
    assert today <= capacity.measured_on <= datetime.now(UTC).date()  # or the day after
    assert capacity.machine
    assert capacity.commit
    assert on_step["capacity"] == json.loads(output.read_text(encoding="utf-8"))
    assert on_step["steps"][0]["connections"] == 1
    assert set(psutil.Process().children()) == before


@pytest.mark.usefixtures("_trained", "_one_round")
def test_a_service_that_already_runs_is_measured_and_left_running(tmp_path: Path):
    with benchmark.start_service() as service:
        url = f"http://localhost:{service.port}/"
        result = iris_capacity(*QUICK, "--url", url, "--output", str(tmp_path / "capacity.json"))
        assert result.exit_code == 0, result.stderr
        assert "requests per second and vCPU" in result.stdout
        assert service.processes[0].is_running()
        found = benchmark.find_service(url)
        assert found.processes == service.processes


@pytest.mark.usefixtures("_trained")
def test_a_target_that_cannot_be_met_leaves_no_file(tmp_path: Path):
    output = tmp_path / "capacity.json"
    result = iris_capacity("--seconds", "0.3", "--p99-target", "0.001", "--output", str(output))
    assert result.exit_code == 1
    assert "above the target of 0.001 ms" in result.stderr
    assert not output.exists()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://example.com:8080", "example.com is not this machine"),
        ("http://10.0.0.7", "10.0.0.7 is not this machine"),
        ("http://localhost.example.com", "localhost.example.com is not this machine"),
        ("https://127.0.0.1", "not of the form"),
        ("127.0.0.1:8080", "not of the form"),
        ("http://127.0.0.1:99999", "no URL"),
        ("http://127.0.0.1:1", "None of your processes listens on port 1"),
    ],
)
def test_only_a_service_on_this_machine_can_be_measured(url: str, complaint: str):
    with pytest.raises(CapacityError, match=complaint):
        benchmark.find_service(url)


def test_another_program_that_listens_is_not_measured():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with pytest.raises(CapacityError, match="not the service itself"):
            benchmark.find_service(f"http://127.0.0.1:{other.server_port}")
        other.shutdown()


def test_an_unknown_type_is_one_line_that_suggests_a_known_one():
    result = iris_capacity("--like", "m77i.large")
    assert result.exit_code == 1
    assert "m7i.large" in result.stderr


def test_missing_predictors_are_one_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(benchmark, "PREDICTORS", tmp_path / "none")
    with pytest.raises(CapacityError, match="iris train"), benchmark.start_service():
        pass


@pytest.mark.usefixtures("_trained", "_one_round")
def test_a_step_is_repeated_until_the_service_s_processor_time_can_be_measured():
    with benchmark.start_service() as service:
        # The system counts in hundredths of a second.
        found = benchmark.measure(
            service,
            like="m7i.large",
            p99_target_ms=60_000,
            seconds=0.002,
            mix=RequestMix(),
        )
    assert all(it.cpu_seconds >= 0.0099 for it in found.steps)
    assert found.steps[0].seconds > 0.002
