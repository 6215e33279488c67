"""Groups of tests that run one after the other in one process of pytest-xdist, the long ones first.

pytest-xdist 3.8 keeps its own groups in an attribute that pytest 9.2 does not read any more, so they have no
effect. Here the group of a test follows from where it lies.

The tests of a local cloud often wait, for instances that start and health checks that fail. So there are
three processes more than there are processors. All other tests yield to those of the clouds, which have
deadlines.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest
from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling  # pyright: ignore[reportMissingTypeStubs]

if TYPE_CHECKING:
    from collections.abc import Generator

    from xdist.remote import Producer  # pyright: ignore[reportMissingTypeStubs]

SECOND_CLOUD: Final = (
    *(f"tests/localstack/test_{name}.py" for name in ("commands", "firewall", "function")),
    "tests/localstack/watch",
)
"""Files and a folder that run in a local cloud of their own: a third of the time of their folder."""

THIRD_CLOUD: Final = tuple(f"tests/localstack/test_{name}.py" for name in ("lessons", "rollout"))
"""Another third."""

FIRST_CLOUD: Final = ("tests/localstack",)
"""All other files of that folder."""

LONGEST_FIRST: Final[tuple[tuple[str, ...], ...]] = (
    SECOND_CLOUD,
    THIRD_CLOUD,
    FIRST_CLOUD,
    ("tests/localcloud/localstack",),
    ("tests/scripts/packaging",),
    ("tests/scripts/bench/serving",),
    ("tests/scripts/cost/cli/test_modes.py",),
    ("tests/scripts/cost/cli/test_any_input.py",),
    ("tests/policy/test_every_configuration.py",),
    ("tests/localcloud/provisioning/test_resources_on_localstack.py",),
    ("tests/service/test_models_of_files.py",),
    ("tests/scripts/cost/capacity/test_benchmark.py",),
    ("tests/service/test_mixed_models.py",),
    ("tests/service/api/test_openapi.py",),
    ("tests/scripts/cost/cli/test_cost.py",),
    ("tests/infra/test_program.py",),
    ("tests/scripts/bench/balance",),
    ("tests/scripts/bench/coldstart/test_coldstart.py",),
    ("tests/service/page/test_in_browser.py",),
    ("tests/scripts/local/watch/test_accessibility.py",),
    ("tests/scripts/deploy/test_deploy.py",),
    ("tests/scripts/console/test_encoding.py",),
    ("tests/scripts/cost/stack/test_stack_bill.py",),
    ("tests/service/clients",),
    ("tests/localcloud/load_balancer/firewall/test_enforcement.py",),
    ("tests/service/server/test_graceful_shutdown.py",),
    ("tests/scripts/cost/test_commit_comparison.py",),
    ("tests/docs/test_readme_commands.py",),
    ("tests/service/test_lambda_handler.py",),
    ("tests/service/test_snapshot.py",),
    ("tests/service/test_main.py",),
    ("tests/service/telemetry/test_load_report.py",),
    ("tests/service/telemetry/test_json_logs.py",),
    ("tests/suite/test_stopping.py",),
    ("tests/suite/test_left_running.py",),
    ("tests/test_requirements.py",),
    ("tests/test_makefile.py",),
)
"""Folders that share a local cloud, a LocalStack or archives, and files that take long by themselves.

Each is a group, and so is every other file. Those named here start first, so that none is left for the end,
when the other processes have nothing more to do. Those that wait the most come last, when no cloud
waits beside them any more.
"""


CLOUDS: Final = (SECOND_CLOUD[0], THIRD_CLOUD[0], FIRST_CLOUD[0])
"""Groups of the local clouds."""

NICENESS: Final = 5
"""Niceness of all other groups: with 5 more, a process gets a third of the processor time (sched(7))."""


@cache
def _group_of_file(path: str) -> tuple[str, int]:
    parents = {str(parent) for parent in (PurePosixPath(path), *PurePosixPath(path).parents)}
    for place, group in enumerate(LONGEST_FIRST):
        if not parents.isdisjoint(group):
            return group[0], place
    return path, len(LONGEST_FIRST)


def group_of(node_id: str) -> str:
    """Return the group of a test: the first name of its group in `LONGEST_FIRST`, or else its file."""
    return _group_of_file(node_id.partition("::")[0])[0]


def position(node_id: str) -> int:
    """Return the place of a test's group among those that are begun first, or the one after them all."""
    return _group_of_file(node_id.partition("::")[0])[1]


class GroupScheduling(LoadScopeScheduling):
    """Hands out whole groups, in the order of the collected tests."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        # Else the groups with the most tests would come first, however little they take.
        config.option.loadscopereorder = False

    @override
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupScheduling:
    return GroupScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Return three more than the number of processors that pytest-xdist finds."""
    return (yield) + 3


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Yield to the clouds from the first test of another group on, as only root can take that back."""
    if "PYTEST_XDIST_WORKER" in os.environ and group_of(item.nodeid) not in CLOUDS:
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: position(item.nodeid))
