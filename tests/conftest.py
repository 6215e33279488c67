"""Which tests share what takes long to start, and so run one after the other in one process."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

# How long an example takes says more about what else runs on the machine than about what is tested.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

HERE: Final = Path(__file__).parent

TOGETHER: Final = ("localstack", "infra/local/localstack", "service", "conformance")
"""Folders whose tests share one local cloud, one LocalStack, one service."""


REAL_TIME: Final = ("localstack", "infra/local/localstack")
"""Folders whose tests wait, against the clock, for processes that share a busy machine with other tests.

They get a second and a third chance: a defect fails all three, and each is reported as a rerun.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.parent.relative_to(HERE).as_posix()
        if folder in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(folder))
        if folder in REAL_TIME:
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=2))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the figures that tests have recorded as `told`, from whichever process they ran in."""
    told = [
        f"{report.nodeid.partition('::')[0]}: {value}"
        for report in terminalreporter.getreports("passed")
        if report.when == "call"
        for name, value in report.user_properties
        if name == "told"
    ]
    if told:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(told))
