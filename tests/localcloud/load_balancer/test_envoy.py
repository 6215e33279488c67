"""Reading of Envoy's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from localcloud.load_balancer.envoy import reason_of_refusal

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = "[warning] delta config for clusters: config update rejected: {}\n"


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("", ""),
        ("[info] all dependencies initialized\n", ""),
        (REFUSED.format("first") + "[info] more\n", "first"),
        (REFUSED.format("first") + REFUSED.format("second") + "[info] more\n", "second"),
        (REFUSED.format("first") + "x" * 70_000 + "\n", ""),
    ],
    ids=["empty", "accepted", "refused", "refused twice", "refused long ago"],
)
def test_the_reason_of_a_refusal_is_that_of_the_last_one(log: str, reason: str, tmp_path: Path):
    file = tmp_path / "envoy.log"
    file.write_text(log)
    assert reason_of_refusal(file) == reason
