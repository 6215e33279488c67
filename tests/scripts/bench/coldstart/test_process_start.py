from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.bench.coldstart import handler_candidates
from scripts.bench.coldstart.handler_candidates import HandlerCandidate
from scripts.bench.coldstart.process_start import ColdStartError, Quartiles, measure, start

if TYPE_CHECKING:
    from pathlib import Path


def handler(folder: Path, source: str, body: str = "ok") -> HandlerCandidate:
    (folder / "written.py").write_text(source)
    return HandlerCandidate(name="written", handler="written.handler", paths=(folder,), body=body)


ANSWERING = """
import sys
{before}
def handler(event, context):
    return {{"statusCode": 200, "body": {body}}}
"""


def test_quartiles_are_those_of_the_textbook():
    quartiles = Quartiles.of([5, 1, 4, 2, 3])
    assert (quartiles.minimum, quartiles.lower, quartiles.median, quartiles.upper, quartiles.maximum) == (
        1,
        2,
        3,
        4,
        5,
    )


@given(st.lists(st.floats(0, 1e6), min_size=2))
def test_quartiles_are_in_order_for_all_values(values: list[float]):
    quartiles = Quartiles.of(values)
    ordered = [quartiles.minimum, quartiles.lower, quartiles.median, quartiles.upper, quartiles.maximum]
    # Quartiles between two values are interpolated, and may differ in the last digit.
    assert all(a <= b * (1 + 1e-12) for a, b in itertools.pairwise(ordered))
    assert (quartiles.minimum, quartiles.maximum) == (min(values), max(values))


def test_the_cold_start_includes_the_import_and_warm_events_do_not(tmp_path: Path):
    slow = ANSWERING.format(before="import time; time.sleep(0.3)", body="'ok'")
    measured = start(handler(tmp_path, slow))
    assert measured.cold_ms > 300
    assert measured.warm_us < 10_000
    # The machine may pause in any of them.
    assert min(start(handler_candidates.empty()).cold_ms for _ in range(3)) < measured.cold_ms


def test_a_process_sees_only_the_given_paths_and_variables(tmp_path: Path):
    installed = "[path for path in sys.path if 'site-packages' in path or 'bench' in path]"
    source = ANSWERING.format(before="import os", body=f"str([{installed}, sorted(os.environ), 'x'])")
    seen = "[[], ['LC_CTYPE'], 'x']"  # the one variable that Python sets itself (PEP 538)
    assert start(handler(tmp_path, source, body=seen)).cold_ms > 0


def test_a_handler_with_a_wrong_answer_is_an_error(tmp_path: Path):
    with pytest.raises(ColdStartError, match="'written' answered 200: wrong"):
        start(handler(tmp_path, ANSWERING.format(before="", body="'wrong'")))


def test_a_handler_that_does_not_start_is_an_error(tmp_path: Path):
    with pytest.raises(
        ColdStartError, match=r"'written' ended with status 1: ModuleNotFoundError: .*'nothing'"
    ):
        start(handler(tmp_path, ANSWERING.format(before="import nothing", body="'ok'")))


def test_handlers_take_turns_and_the_first_round_is_not_counted(tmp_path: Path):
    log = tmp_path / "log"
    named: list[HandlerCandidate] = []
    for name in ("a", "b", "c"):
        folder = tmp_path / name
        folder.mkdir()
        before = f"open({str(log)!r}, 'a').write({name!r})"
        written = handler(folder, ANSWERING.format(before=before, body="'ok'"))
        named.append(HandlerCandidate(name=name, handler=written.handler, paths=written.paths, body="ok"))
    progress_calls: list[None] = []
    measured = measure(named, runs=3, on_progress=lambda: progress_calls.append(None))
    assert log.read_text() == "abc" + "bca" + "cab" + "abc"
    assert {name: len(starts) for name, starts in measured.items()} == {"a": 3, "b": 3, "c": 3}
    assert len(progress_calls) == 12


def test_the_tutorials_handler_answers_as_ours_does(tmp_path: Path):
    tutorial = handler_candidates.tutorial(tmp_path)
    assert tutorial.body == '{"specie":"Iris Setosa"}'
    assert start(tutorial).modules > 1_000
