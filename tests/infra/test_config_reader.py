from __future__ import annotations

import pytest

from infra.config_reader import did_you_mean

KNOWN = ("t4g.small", "t4g.medium", "RandomForestClassifier")


@pytest.mark.parametrize(
    ("name", "maximum", "hint"),
    [
        ("t4g.smal", 1, "did you mean t4g.small?"),
        ("T4G.SMALL", 1, "did you mean t4g.small?"),
        ("RandomForest", 1, "did you mean RandomForestClassifier?"),
        ("t4g.smedium", 2, "did you mean t4g.medium or t4g.small?"),
        ("lambda", 3, ""),
    ],
)
def test_the_most_similar_known_names_are_suggested(name: str, maximum: int, hint: str):
    assert did_you_mean(name, KNOWN, maximum=maximum) == hint
