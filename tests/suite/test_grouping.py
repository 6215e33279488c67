"""Real runs of a small suite in several processes, as `make test` runs the large one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.suite.grouping import LONGEST_FIRST, SECOND_CLOUD, group_of

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]

TESTS = """
import os
import pytest

@pytest.mark.parametrize("number", range(5))
def test(number, request):
    with open(os.environ["RAN"], "a") as ran:
        ran.write(f"{os.environ['PYTEST_XDIST_WORKER']} {request.node.nodeid}\\n")
"""

FOLDERS = ("tests/localstack", "tests/localcloud/localstack")
GROUPS = (SECOND_CLOUD[0], *FOLDERS)
FILES = [
    "tests/another/test_first.py",
    "tests/infra/test_second.py",
    *SECOND_CLOUD,
    *[f"{folder}/test_{name}.py" for folder in FOLDERS for name in ("one", "other", "third")],
]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """Worker and id of each test, in the order in which they ran."""
    root = tmp_path_factory.mktemp("suite")
    for file in FILES:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(TESTS)
    (root / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    log = root / "ran"
    plugins = ["-p", "xdist.plugin", "-p", "tests.suite.grouping"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    own = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "RAN": str(log)}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "--numprocesses", str(len(GROUPS)), "tests"],
        cwd=root,
        env=inherited | own,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = [line.partition(" ") for line in log.read_text().splitlines()]
    return [(worker, node_id) for worker, _, node_id in lines]


def workers(ran: list[tuple[str, str]]) -> Mapping[str, set[str]]:
    """Return group -> workers that ran its tests."""
    seen: dict[str, set[str]] = {}
    for worker, node_id in ran:
        seen.setdefault(group_of(node_id), set()).add(worker)
    return seen


def test_each_test_runs_once(ran: list[tuple[str, str]]):
    expected = {f"{file}::test[{number}]" for file in FILES for number in range(5)}
    assert sorted(node_id for _, node_id in ran) == sorted(expected)


def test_a_group_stays_in_one_process(ran: list[tuple[str, str]]):
    seen = workers(ran)
    assert len(seen) == len(GROUPS) + 2
    assert {group: len(each) for group, each in seen.items()} == dict.fromkeys(seen, 1)


def test_the_long_groups_begin_first_in_a_process_each(ran: list[tuple[str, str]]):
    first: dict[str, str] = {}
    for worker, node_id in ran:
        first.setdefault(worker, group_of(node_id))
    assert sorted(first.values()) == sorted(GROUPS)


def test_every_group_that_is_named_exists():
    named = [path for group in LONGEST_FIRST for path in group]
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert len(set(named)) == len(named)
