from __future__ import annotations

from tests.suite.mutation_score import score

COUNTS = ["killed", "timeout", "segfault", "survived", "no_tests", "suspicious", "total"]
NONE = dict.fromkeys(COUNTS, 0)


def test_the_score_counts_what_was_tried():
    stats = {**NONE, "killed": 90, "timeout": 4, "segfault": 1, "survived": 3, "no_tests": 2, "total": 1_200}
    assert score(stats) == (
        "95 of 100 changes were noticed (95.0 %); no test noticed 3, and no test ran 2. 1,100 were not tried."
    )


def test_before_anything_was_tried_there_is_a_score_too():
    assert score(NONE).startswith("0 of 0 changes were noticed (0.0 %)")
