"""The option `--fast` of pytest: leaves out the tests that take long, for the minute between two edits.

They start a cloud, LocalStack, a browser or many processes, pack archives, train classifiers, measure, or run
the Pulumi program over and over. `make test` runs them all.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

ROOT: Final = Path(__file__).parents[1]

SLOW: Final = (
    "tests/localstack",
    "tests/engine/test_fresh_clone.py",
    "tests/engine/test_older_python.py",
    "tests/infra/local/localstack",
    "tests/infra/local/read_back",
    "tests/infra/local/test_processes.py",
    "tests/infra/local/test_provision.py",
    "tests/infra/local/test_resources.py",
    "tests/infra/local/test_resources_on_localstack.py",
    "tests/infra/policy/test_clauses.py",
    "tests/infra/policy/test_every_configuration.py",
    "tests/infra/policy/test_names.py",
    "tests/infra/policy/test_pack.py",
    "tests/infra/test_boot.py",
    "tests/infra/test_boot_lifecycle.py",
    "tests/infra/test_boot_steps.py",
    "tests/infra/test_program.py",
    "tests/scripts/bench",
    "tests/scripts/cost",
    "tests/scripts/deploy",
    "tests/scripts/graph",
    "tests/scripts/test_pack.py",
    "tests/scripts/test_pack_function.py",
    "tests/scripts/test_packed_service.py",
    "tests/scripts/test_train.py",
    "tests/scripts/training",
    "tests/service/page/test_in_browser.py",
    "tests/service/test_ending.py",
    "tests/service/test_lambda_handler.py",
    "tests/service/test_logs.py",
    "tests/service/test_main.py",
    "tests/service/test_metrics.py",
    "tests/service/test_onnx.py",
    "tests/service/test_openapi.py",
    "tests/service/test_protocol.py",
    "tests/test_grouping.py",
    "tests/test_makefile.py",
    "tests/test_pythons.py",
    "tests/test_signals.py",
    "tests/test_stopping.py",
)
"""Files and folders, from the project's folder on."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="leave out the tests that take long")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if config.getoption("--fast") and collection_path.is_relative_to(ROOT):
        return collection_path.relative_to(ROOT).as_posix() in SLOW or None
    return None
