"""Settings of the whole suite."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    import pytest

# How long an example takes says more about what else runs on the machine than about what is tested.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

# Most of what a run holds are modules, which never become garbage. Python looks through them so often that a
# third of the time of running the Pulumi program went into it.
gc.set_threshold(100_000, 20, 20)

pytest_plugins = ["tests.fast", "tests.grouping", "tests.stopping"]


def pytest_collection_finish() -> None:
    gc.freeze()


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
