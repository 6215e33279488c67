"""Settings of the whole suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    import pytest

# How long an example takes says more about what else runs on the machine than about what is tested.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

pytest_plugins = ["tests.grouping"]


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
