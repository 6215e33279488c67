"""Result of a roll-out, from which the exit status follows."""

from __future__ import annotations

from typing import get_args

import pytest

from scripts.rollout.rollout_result import RolloutResult, RolloutStatus


@pytest.mark.parametrize("status", get_args(RolloutStatus))
def test_a_roll_out_succeeds_if_the_offered_version_serves_also_if_it_did_before(status: RolloutStatus):
    result = RolloutResult(
        shape="fleet", result=status, name="iris", before="7", offered="8", serves="8", reason=""
    )
    assert result.succeeded is (status in {"released", "nothing new"})
