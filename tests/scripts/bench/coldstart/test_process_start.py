from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.bench.coldstart import candidates
from scripts.bench.coldstart.candidates import Contestant
from scripts.bench.coldstart.process_start import Spread, StartError, measure, start

if TYPE_CHECKING:
    from pathlib import Path


def handler(folder: Path, source: str, body: str = "ok") -> Contestant:
    (folder / "written.py").write_text(source)
    return Contestant(name="written", handler="written.handler", paths=(folder,), body=body)


ANSWERING = """
import sys
{before}
def handler(event, context):
    return {{"statusCode": 200, "body": {body}}}
"""


def test_quartiles_are_those_of_the_textbook():
    spread = Spread.of([5, 1, 4, 2, 3])
    assert (spread.least, spread.lower, spread.median, spread.upper, spread.most) == (1, 2, 3, 4, 5)


@given(st.lists(st.floats(0, 1e6), min_size=2))
def test_a_spread_is_in_order_whatever_was_measured(values: list[float]):
    spread = Spread.of(values)
    ordered = [spread.least, spread.lower, spread.median, spread.upper, spread.most]
    # Quartiles between two values are computed, and may be off by a last digit.
    assert all(a <= b * (1 + 1e-12) for a, b in itertools.pairwise(ordered))
    assert (spread.least, spread.most) == (min(values), max(values))


def test_a_start_counts_what_is_done_at_import_and_not_again_what_is_not(tmp_path: Path):
    slow = ANSWERING.format(before="import time; time.sleep(0.3)", body="'ok'")
    measured = start(handler(tmp_path, slow))
    assert measured.cold_ms > 300
    assert measured.warm_us < 10_000
    assert start(candidates.empty()).cold_ms < measured.cold_ms


def test_a_process_sees_nothing_but_what_it_is_given(tmp_path: Path):
    installed = "[path for path in sys.path if 'site-packages' in path or 'bench' in path]"
    source = ANSWERING.format(before="import os", body=f"str([{installed}, sorted(os.environ), 'x'])")
    seen = "[[], ['LC_CTYPE'], 'x']"  # the one variable that Python sets itself (PEP 538)
    assert start(handler(tmp_path, source, body=seen)).cold_ms > 0


def test_whoever_answers_something_else_is_not_measured(tmp_path: Path):
    with pytest.raises(StartError, match="'written' answered 200: wrong"):
        start(handler(tmp_path, ANSWERING.format(before="", body="'wrong'")))


def test_nor_is_who_does_not_start(tmp_path: Path):
    with pytest.raises(StartError, match=r"'written' ended with status 1: ModuleNotFoundError: .*'nothing'"):
        start(handler(tmp_path, ANSWERING.format(before="import nothing", body="'ok'")))


def test_handlers_take_turns_and_a_first_round_is_not_counted(tmp_path: Path):
    log = tmp_path / "log"
    named: list[Contestant] = []
    for name in ("a", "b", "c"):
        folder = tmp_path / name
        folder.mkdir()
        before = f"open({str(log)!r}, 'a').write({name!r})"
        written = handler(folder, ANSWERING.format(before=before, body="'ok'"))
        named.append(Contestant(name=name, handler=written.handler, paths=written.paths, body="ok"))
    advanced: list[None] = []
    measured = measure(named, runs=3, advance=lambda: advanced.append(None))
    assert log.read_text() == "abc" + "bca" + "cab" + "abc"
    assert {name: len(starts) for name, starts in measured.items()} == {"a": 3, "b": 3, "c": 3}
    assert len(advanced) == 12


def test_the_tutorials_handler_answers_as_ours_does(tmp_path: Path):
    tutorial = candidates.tutorials(tmp_path)
    assert tutorial.body == '{"specie":"Iris Setosa"}'
    assert start(tutorial).modules > 1_000
