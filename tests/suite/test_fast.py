from __future__ import annotations

from tests.suite.fast import ROOT, SLOW, SLOW_TESTS


def test_all_that_is_left_out_exists():
    assert [path for path in SLOW if not (ROOT / path).exists()] == []
    assert [
        f"{path}::{test}"
        for path, tests in SLOW_TESTS.items()
        for test in tests
        if f"def {test}(" not in (ROOT / path).read_text()
    ] == []
