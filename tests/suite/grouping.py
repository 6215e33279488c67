"""Groups of tests that run one after the other in one process of pytest-xdist, the long ones first.

pytest-xdist 3.8 keeps its own groups in an attribute that pytest 9.2 does not read any more, so they have no
effect. Here the group of a test follows from where it lies.

The tests of a local cloud often wait, for instances that start and health checks that fail. So there are
three processes more than there are processors; in a run of all tests, two of them collect nothing but the
groups that wait, as importing and collecting everything takes each process ten seconds. All other tests
yield to those of the clouds, which have deadlines.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import pytest
from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling  # pyright: ignore[reportMissingTypeStubs]

if TYPE_CHECKING:
    from collections.abc import Generator

    from xdist.remote import Producer  # pyright: ignore[reportMissingTypeStubs]
    from xdist.workermanage import WorkerController  # pyright: ignore[reportMissingTypeStubs]

SECOND_CLOUD: Final = (
    *(f"tests/localstack/test_{name}.py" for name in ("commands", "firewall", "function")),
    "tests/localstack/watch",
)
"""Files and a folder that run in a local cloud of their own: a third of the time of their folder."""

THIRD_CLOUD: Final = tuple(f"tests/localstack/test_{name}.py" for name in ("lessons", "rollout"))
"""Another third."""

FIRST_CLOUD: Final = ("tests/localstack",)
"""All other files of that folder."""

CLOUD_GROUPS: Final = (SECOND_CLOUD, THIRD_CLOUD, FIRST_CLOUD)

LONGEST_FIRST: Final[tuple[tuple[str, ...], ...]] = (
    *CLOUD_GROUPS,
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
)
"""Folders that share a local cloud, a LocalStack or archives, and files that take long by themselves.

Each is a group, and so is every other file. Those named here start first, so that none is left for the end,
when the other processes have nothing more to do.
"""

WAITING: Final[tuple[tuple[str, ...], ...]] = (
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
"""Groups that start last, when no cloud waits beside them any more: they mostly wait, as the clouds do."""

CLOUDS: Final = tuple(group[0] for group in CLOUD_GROUPS)
"""Groups of the local clouds."""

MORE_PROCESSES: Final = 3
"""Processes in addition to one for each processor."""

PARTIAL_PROCESSES: Final = 2
"""Those of them that collect only the groups that wait. With three, the others are too few at the end."""

_COLLECTED: Final = pytest.StashKey[int]()
"""Number of collected tests of a run in several processes."""

_ONLY_WAITING: Final = "only_waiting"
"""Key in the input of a process of pytest-xdist: whether it collects only the groups that wait."""

NICENESS: Final = 5
"""Niceness of all other groups: with 5 more, a process gets a third of the processor time (sched(7))."""


_PLACES: Final[tuple[tuple[str, ...], ...]] = (*LONGEST_FIRST, (), *WAITING)
"""All groups in the order in which they begin; those without a name where it is empty."""

_COLLECTED_BY_ALL: Final = frozenset(group[0] for group in (*CLOUD_GROUPS, *WAITING))


@cache
def _group_of_file(path: str) -> tuple[str, int]:
    parents = {str(parent) for parent in (PurePosixPath(path), *PurePosixPath(path).parents)}
    for place, group in enumerate(_PLACES):
        if group and not parents.isdisjoint(group):
            return group[0], place
    return path, _PLACES.index(())


def group_of(node_id: str) -> str:
    """Return the group of a test: the first name of its group above, or else its file."""
    return _group_of_file(node_id.partition("::")[0])[0]


def position(node_id: str) -> int:
    """Return the place of a test's group in the order in which they are begun."""
    return _group_of_file(node_id.partition("::")[0])[1]


class GroupScheduling(LoadScopeScheduling):
    """Hands out whole groups, in the order of the collected tests, to processes that have collected them."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        # Else the groups with the most tests would come first, however little they take.
        config.option.loadscopereorder = False

    @override
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    @override
    def schedule(self) -> None:
        if self.collection is None:
            # The first of them is taken for that of the whole run.
            by_length = sorted(self.registered_collections.items(), key=lambda item: -len(item[1]))
            self.registered_collections = dict(by_length)
            self.config.stash[_COLLECTED] = len(by_length[0][1])
            if len({group_of(test) for test in by_length[0][1]}) < len(self.assigned_work):
                # The last ones get nothing to do.
                complete_first = sorted(
                    self.assigned_work.items(), key=lambda it: _collects_only_waiting(it[0])
                )
                self.assigned_work = OrderedDict(complete_first)
        super().schedule()

    @override
    def _check_nodes_have_same_collection(self) -> bool:
        collected = self.registered_collections
        try:
            self.registered_collections = {
                node: tests for node, tests in collected.items() if not _collects_only_waiting(node)
            }
            return super()._check_nodes_have_same_collection()
        finally:
            self.registered_collections = collected

    @override
    def _assign_work_unit(self, node: WorkerController) -> None:
        partial = _collects_only_waiting(node)
        group = next((group for group in self.workqueue if not partial or group in _COLLECTED_BY_ALL), None)
        if group is None:
            node.shutdown()
            return
        self.workqueue.move_to_end(group, last=False)
        super()._assign_work_unit(node)


def _collects_only_waiting(node: Any) -> bool:
    return node.workerinput[_ONLY_WAITING]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupScheduling:
    return GroupScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Count the tests of the whole run; pytest-xdist counts those of the process that collects last.

    Without tests there, the status of the whole run would be that of one without tests.
    """
    try:
        return (yield)
    finally:
        session.testscollected = session.config.stash.get(_COLLECTED, session.testscollected)


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Return three more than the number of processors that pytest-xdist finds."""
    return (yield) + MORE_PROCESSES


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Limit the first of more processes to the groups that wait, in a run of all tests."""
    number, count = int(node.gateway.id.removeprefix("gw")), node.workerinput["workercount"]
    named = node.config.args_source is pytest.Config.ArgsSource.ARGS
    everything = not named and (node.config.rootpath / FIRST_CLOUD[0]).exists()
    node.workerinput[_ONLY_WAITING] = everything and number < PARTIAL_PROCESSES and count > MORE_PROCESSES


def pytest_configure(config: pytest.Config) -> None:
    if getattr(config, "workerinput", {}).get(_ONLY_WAITING):
        waiting = [path for group in (FIRST_CLOUD, *WAITING) for path in group]
        config.args = [path for path in waiting if (config.rootpath / path).exists()]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Yield to the clouds from the first test of another group on, as only root can take that back."""
    if "PYTEST_XDIST_WORKER" in os.environ and group_of(item.nodeid) not in CLOUDS:
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: position(item.nodeid))
