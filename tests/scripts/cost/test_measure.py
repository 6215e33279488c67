from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psutil
import pytest

from scripts.cost import measure
from scripts.cost.capacity import CapacityError
from scripts.train import PREDICTORS, train_default

if TYPE_CHECKING:
    from pathlib import Path


def test_the_service_is_measured_on_this_machine_and_stopped():
    if not PREDICTORS.is_dir():
        train_default()
    before = set(psutil.Process().children())
    capacity = measure.measure(like="m7i.large", seconds=1)
    assert 100 < capacity.requests_per_second_per_vcpu < 1_000_000
    assert capacity.p99_ms > 0
    assert capacity.measured_on == datetime.now(UTC).date()
    assert set(psutil.Process().children()) == before


def test_nothing_to_serve_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(measure, "PREDICTORS", tmp_path / "none")
    with pytest.raises(CapacityError, match="iris train"):
        measure.measure(like="m7i.large", seconds=1)
