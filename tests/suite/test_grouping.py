"""Real runs of a small suite in several processes, as `make test` runs the large one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil
import pytest

from tests.suite.grouping import (
    CLOUDS,
    LONGEST_FIRST,
    NICENESS,
    PARTIAL_PROCESSES,
    SECOND_CLOUD,
    THIRD_CLOUD,
    WAITING,
    group_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]

TESTS = """
import os
import pytest

@pytest.mark.parametrize("number", range(5))
def test(number, request):
    with open(os.environ["RAN"], "a") as ran:
        collected = len(request.session.items)
        niceness = os.getpriority(os.PRIO_PROCESS, 0)
        ran.write(f"{os.environ['PYTEST_XDIST_WORKER']} {niceness} {collected} {request.node.nodeid}\\n")
"""

COLLECTION = f"""
import os
import time
from pathlib import Path
import pytest

@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reports it
def pytest_collection_finish():
    if number := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
        log = Path(os.environ["RAN"])
        log.with_name(f"{{number}}.collected").touch()
        complete = [log.with_name(f"{{number}}.collected") for number in range({PARTIAL_PROCESSES}, 4)]
        deadline = time.monotonic() + 20
        # The processes that collect less end last, as they do where few files are collected.
        while int(number) < {PARTIAL_PROCESSES} and time.monotonic() < deadline:
            if all(map(Path.exists, complete)):
                time.sleep(0.1)  # until that is reported
                break
            time.sleep(0.01)
"""

FOLDERS = ("tests/localstack", "tests/localcloud/localstack")
GROUPS = (SECOND_CLOUD[0], THIRD_CLOUD[0], *FOLDERS)
WAITS = WAITING[0][0]
FILES = [
    "tests/another/test_first.py",
    "tests/infra/test_second.py",
    *[
        place if place.endswith(".py") else f"{place}/test_first.py"
        for place in (*SECOND_CLOUD, *THIRD_CLOUD)
    ],
    f"{WAITS}/test_last.py",
    *[f"{folder}/test_{name}.py" for folder in FOLDERS for name in ("one", "other", "third")],
]


class Ran(NamedTuple):
    """Test that has run."""

    worker: str
    niceness: str
    collected: str
    """Number of tests that its process has collected."""
    node_id: str


def run_in_processes(number: str, folder: Path, log: Path, *words: str) -> str:
    """Run the tests in a folder, which append to `log`; return what is printed."""
    plugins = ["-p", "xdist.plugin", "-p", "tests.suite.grouping"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    own = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "RAN": str(log)}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *plugins, "--numprocesses", number, *words],
        cwd=folder,
        env=inherited | own,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("suite")
    for file in FILES:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(TESTS)
    (root / "conftest.py").write_text(COLLECTION)
    (root / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    return root


@pytest.fixture(scope="module")
def ran(suite: Path) -> list[Ran]:
    """Return all tests in the order in which they ran."""
    log = suite / "ran"
    run_in_processes(str(len(GROUPS)), suite, log)
    return read(log)


def read(log: Path) -> list[Ran]:
    return [Ran(*line.split(" ")) for line in log.read_text().splitlines()]


def workers(ran: list[Ran]) -> Mapping[str, set[str]]:
    """Return group -> workers that ran its tests."""
    seen: dict[str, set[str]] = {}
    for worker, _, _, node_id in ran:
        seen.setdefault(group_of(node_id), set()).add(worker)
    return seen


def test_each_test_runs_once(ran: list[Ran]):
    expected = {f"{file}::test[{number}]" for file in FILES for number in range(5)}
    assert sorted(each.node_id for each in ran) == sorted(expected)


def test_a_group_stays_in_one_process(ran: list[Ran]):
    seen = workers(ran)
    assert len(seen) == len(GROUPS) + 3
    assert {group: len(each) for group, each in seen.items()} == dict.fromkeys(seen, 1)


def test_the_long_groups_begin_first_in_a_process_each(ran: list[Ran]):
    first: dict[str, str] = {}
    for worker, _, _, node_id in ran:
        first.setdefault(worker, group_of(node_id))
    assert sorted(first.values()) == sorted(GROUPS)


def test_the_first_processes_collect_and_run_only_what_waits(ran: list[Ran]):
    waiting = {f"{file}::test[{number}]" for file in FILES for number in range(5) if waits(file)}
    collected = {each.worker: each.collected for each in ran}
    partial = [str(len(waiting))] * PARTIAL_PROCESSES
    complete = [str(5 * len(FILES))] * (len(GROUPS) - PARTIAL_PROCESSES)
    assert [collected[worker] for worker in sorted(collected)] == [*partial, *complete]
    assert {each.node_id for each in ran if each.collected == partial[0]} <= waiting


def waits(file: str) -> bool:
    return group_of(file) in {*CLOUDS, *(group[0] for group in WAITING)}


def test_all_others_yield_to_the_clouds(ran: list[Ran]):
    own = os.getpriority(os.PRIO_PROCESS, 0)
    first_of_cloud = {each.worker: each for each in reversed(ran) if group_of(each.node_id) in CLOUDS}
    assert [each.niceness for each in first_of_cloud.values()] == [str(own)] * len(CLOUDS)
    others = [each for each in ran if group_of(each.node_id) not in CLOUDS]
    assert {each.niceness for each in others} == {str(max(own, NICENESS))}


@pytest.mark.parametrize(
    "chosen",
    [FILES[:1], FILES[:2], [FILES[0], f"{WAITS}/test_last.py"]],
    ids=["one", "two", "one that waits"],
)
def test_fewer_groups_than_processes_are_run_as_well(suite: Path, tmp_path: Path, chosen: list[str]):
    names = " or ".join(f"({' and '.join(Path(file).with_suffix('').parts[1:])})" for file in chosen)
    run_in_processes(str(len(GROUPS)), suite, tmp_path / "ran", "-k", names)
    files = [each.node_id.partition("::")[0] for each in read(tmp_path / "ran")]
    assert sorted(files) == sorted(chosen * 5)


def test_there_are_three_processes_more_than_processors(tmp_path: Path):
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
    # The number is printed before processes without work are ended again.
    printed = run_in_processes("logical", tmp_path, tmp_path / "ran")
    assert f"created: {(psutil.cpu_count() or 1) + 3}/" in printed


def test_every_group_that_is_named_exists():
    named = [path for group in (*LONGEST_FIRST, *WAITING) for path in group]
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert len(set(named)) == len(named)
