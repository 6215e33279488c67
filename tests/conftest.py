"""Settings of the whole suite."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from hypothesis import settings

from iris_command import set_up_process

if TYPE_CHECKING:
    import pytest

# No deadline: the duration of an example depends on what else runs on the machine.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

# Before any test imports numpy.
set_up_process()

pytest_plugins = [
    "tests.suite.fast",
    "tests.suite.grouping",
    "tests.suite.left_running",
    "tests.suite.signals",
    "tests.suite.stopping",
]


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests of all processes have recorded as `figure`."""
    figures = [
        f"{report.nodeid.partition('::')[0]}: {value}"
        for report in terminalreporter.getreports("passed")
        if report.when == "call"
        for name, value in report.user_properties
        if name == "figure"
    ]
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line("\n".join(figures))
