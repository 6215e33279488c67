"""Groups of tests that run one after the other in one process of pytest-xdist, the long ones first.

pytest-xdist 3.8 keeps its own groups in an attribute that pytest 9.2 does not read any more, so they have no
effect. Here the group of a test follows from where it lies.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest
from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling  # pyright: ignore[reportMissingTypeStubs]

if TYPE_CHECKING:
    from xdist.remote import Producer  # pyright: ignore[reportMissingTypeStubs]

LONGEST_FIRST: Final = (
    "tests/localstack",
    "tests/localcloud/localstack",
    "tests/localcloud/provisioning/test_resources_on_localstack.py",
    "tests/policy/test_every_configuration.py",
    "tests/scripts/cost/test_commit_comparison.py",
    "tests/scripts/packaging",
    "tests/infra/test_program.py",
    "tests/scripts/bench/coldstart/test_coldstart.py",
    "tests/service/clients",
    "tests/service/api/test_openapi.py",
)
"""Folders that share a local cloud, a LocalStack or archives, and files that take long by themselves.

Each is a group, and so is every other file. Those named here start first, so that none is left for the end,
when the other processes have nothing more to do.
"""


def group_of(node_id: str) -> str:
    """Return the group of a test: the folder or file of `LONGEST_FIRST` that it is in, or else its file."""
    file = PurePosixPath(node_id.partition("::")[0])
    parents = {str(parent) for parent in (file, *file.parents)}
    return next((group for group in LONGEST_FIRST if group in parents), str(file))


def position(node_id: str) -> int:
    """Return the place of a test's group among those that are begun first, or the one after them all."""
    group = group_of(node_id)
    return LONGEST_FIRST.index(group) if group in LONGEST_FIRST else len(LONGEST_FIRST)


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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: position(item.nodeid))
