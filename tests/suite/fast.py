"""The option `--fast` of pytest: leaves out the tests that take long, for the minute between two edits.

They start a cloud, LocalStack, Envoy, a browser or many processes, pack archives, train classifiers, measure,
or run the Pulumi program over and over. `make test` runs them all.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

ROOT: Final = Path(__file__).parents[2]

SLOW: Final = (
    "tests/localstack",
    "tests/client/test_transport.py",
    "tests/conformance/test_without_fast_path.py",
    "tests/docs/test_readme_commands.py",
    "tests/engine/test_changes.py",
    "tests/engine/test_commands.py",
    "tests/engine/test_find_engine.py",
    "tests/engine/test_fresh_clone.py",
    "tests/engine/test_older_python.py",
    "tests/engine/test_orders.py",
    "tests/engine/test_protection.py",
    "tests/localcloud/load_balancer/firewall/rules/test_stand_ins.py",
    "tests/localcloud/load_balancer/firewall/test_enforcement.py",
    "tests/localcloud/load_balancer/firewall/test_process.py",
    "tests/localcloud/load_balancer/test_envoy_policies.py",
    "tests/localcloud/load_balancer/routing/test_envoy_routes.py",
    "tests/localcloud/load_balancer/test_balancer.py",
    "tests/localcloud/load_balancer/test_zonal_envoy.py",
    "tests/localcloud/localstack",
    "tests/localcloud/provisioning/read_back",
    "tests/localcloud/test_processes.py",
    "tests/localcloud/provisioning/test_engine.py",
    "tests/localcloud/provisioning/test_registry.py",
    "tests/localcloud/provisioning/test_resources_on_localstack.py",
    "tests/policy/test_clauses.py",
    "tests/policy/test_every_configuration.py",
    "tests/policy/test_names.py",
    "tests/policy/test_pack.py",
    "tests/infra/fleet/test_boot.py",
    "tests/infra/fleet/test_boot_lifecycle.py",
    "tests/infra/fleet/test_boot_steps.py",
    "tests/infra/test_program.py",
    "tests/scripts/bench",
    "tests/scripts/audit",
    "tests/scripts/console/test_encoding.py",
    "tests/scripts/cost",
    "tests/scripts/deploy",
    "tests/scripts/graph",
    "tests/scripts/prediction",
    "tests/scripts/program/test_preview.py",
    "tests/scripts/program/test_run.py",
    "tests/scripts/rollout/test_unreleased.py",
    "tests/scripts/packaging/test_archive_of_own_models.py",
    "tests/scripts/packaging/test_pack.py",
    "tests/scripts/packaging/test_onnx_archive.py",
    "tests/scripts/packaging/test_function_archive.py",
    "tests/scripts/packaging/test_packed_service.py",
    "tests/scripts/training/test_train.py",
    "tests/scripts/training",
    "tests/service/clients",
    "tests/service/page/test_in_browser.py",
    "tests/service/fast_path/test_asgi.py",
    "tests/service/model/test_corrupt_predictors.py",
    "tests/service/server/middleware/test_batch_limit.py",
    "tests/service/server/test_lingering.py",
    "tests/service/telemetry/test_metrics_files.py",
    "tests/service/test_mixed_models.py",
    "tests/service/test_models_of_files.py",
    "tests/service/test_other_models.py",
    "tests/service/server/test_file_limit.py",
    "tests/service/server/test_graceful_shutdown.py",
    "tests/service/test_snapshot.py",
    "tests/service/test_lambda_handler.py",
    "tests/service/telemetry/test_json_logs.py",
    "tests/service/telemetry/test_load_report.py",
    "tests/service/test_main.py",
    "tests/service/telemetry/test_prometheus.py",
    "tests/service/model/test_onnx_model.py",
    "tests/service/api/test_openapi.py",
    "tests/service/server/test_http_protocol.py",
    "tests/suite/test_grouping.py",
    "tests/suite/test_left_running.py",
    "tests/test_makefile.py",
    "tests/test_requirements.py",
    "tests/suite/test_pythons.py",
    "tests/suite/test_signals.py",
    "tests/suite/test_stopping.py",
)
"""Files and folders, from the project's folder on."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="leave out the tests that take long")
    parser.addoption(
        "--hostile-requests",
        type=int,
        default=600,
        help="number of hostile requests that are answered with and without the fast path",
    )
    parser.addoption(
        "--hostile-seconds", default="5", help="time in which hostile requests are sent to a local cloud"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if config.getoption("--fast") and collection_path.is_relative_to(ROOT):
        return collection_path.relative_to(ROOT).as_posix() in SLOW or None
    return None
