"""Order of terminations by each policy, as the EC2 Auto Scaling user guide documents it."""

from __future__ import annotations

import pytest

from scalable_models_localstack.autoscaling.scaling.termination_order import Candidate, termination_order

MINUTE = 60.0


def candidate(minutes: float, version: int, *, current: bool = True) -> Candidate:
    return Candidate(age=minutes * MINUTE, has_current_template=current, template_version=version)


CANDIDATES = {
    "new": candidate(5, 2),
    "at the end of its hour": candidate(59, 2),
    "old": candidate(70, 2),
    "of version 1": candidate(10, 1),
    "of another template": candidate(1, 9, current=False),
}


@pytest.mark.parametrize(
    ("policies", "first"),
    [
        (["OldestInstance"], "old"),
        (["NewestInstance"], "of another template"),
        (["ClosestToNextInstanceHour"], "at the end of its hour"),
        (["OldestLaunchTemplate"], "of another template"),
        (["Default"], "of another template"),
        (["AllocationStrategy", "OldestInstance"], "old"),
    ],
)
def test_the_first_to_be_terminated_is_the_one_that_the_policies_name(policies: list[str], first: str):
    assert min(CANDIDATES, key=lambda name: termination_order(policies, CANDIDATES[name])) == first


def test_the_default_policy_takes_old_versions_and_then_those_close_to_the_next_hour():
    order = sorted(CANDIDATES, key=lambda name: termination_order(["Default"], CANDIDATES[name]))
    assert order == ["of another template", "of version 1", "at the end of its hour", "old", "new"]
