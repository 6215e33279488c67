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
    "tests/engine/test_hidden_paths.py",
    "tests/engine/test_local_stack_file.py",
    "tests/engine/test_older_python.py",
    "tests/engine/test_orders.py",
    "tests/engine/test_protection.py",
    "tests/localcloud/load_balancer/firewall/rules/test_stand_ins.py",
    "tests/localcloud/load_balancer/firewall/test_enforcement.py",
    "tests/localcloud/load_balancer/firewall/test_process.py",
    "tests/localcloud/load_balancer/test_envoy_policies.py",
    "tests/localcloud/load_balancer/routing/test_envoy_routes.py",
    "tests/localcloud/load_balancer/routing/test_forwarding.py",
    "tests/localcloud/load_balancer/routing/test_sticky_sessions.py",
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
    "tests/scripts/local/watch/test_accessibility.py",
    "tests/scripts/local/watch/test_other_sites.py",
    "tests/scripts/program/test_preview.py",
    "tests/scripts/program/test_run.py",
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

SLOW_TESTS: Final[dict[str, frozenset[str]]] = {
    "tests/client/test_upkeep.py": frozenset(
        {
            "test_it_works_when_it_is_woken_but_not_at_every_failed_request",
        }
    ),
    "tests/conformance/test_handler.py": frozenset(
        {
            "test_an_event_gets_the_response_of_the_http_request",
            "test_the_requests_cover_every_status",
        }
    ),
    "tests/infra/fleet/test_config.py": frozenset(
        {
            "test_every_known_instance_type_goes_with_its_own_architecture_alone",
        }
    ),
    "tests/infra/load_balancer/test_application_load_balancer.py": frozenset(
        {
            "test_a_port_opens_only_after_every_rule_of_its_listener",
            "test_plain_http_redirects_only_after_https_listens_at_the_name",
        }
    ),
    "tests/infra/load_balancer/test_blocked_paths.py": frozenset(
        {
            "test_the_answer_is_a_problem_that_a_balancer_has_room_for",
            "test_the_service_takes_no_spelling_for_a_hidden_path_that_the_balancer_lets_through",
        }
    ),
    "tests/infra/serverless/test_rest_api.py": frozenset(
        {
            "test_no_stage_is_made_before_api_gateway_may_log_and_has_something_to_serve",
        }
    ),
    "tests/localcloud/aws/test_clients.py": frozenset(
        {
            "test_a_local_cloud_reads_no_setting_of_aws",
        }
    ),
    "tests/localcloud/controller/test_start.py": frozenset(
        {
            "test_a_supervisor_that_fails_is_started_again_with_its_controller",
        }
    ),
    "tests/localcloud/controller/test_supervisor.py": frozenset(
        {
            "test_a_program_that_is_killed_or_stopped_is_started_again",
            "test_a_program_whose_heartbeat_goes_on_is_left_alone",
            "test_a_program_without_a_heartbeat_is_started_again",
        }
    ),
    "tests/localcloud/load_balancer/firewall/rules/test_text_transformations.py": frozenset(
        {
            "test_every_text_of_bytes_becomes_a_text_of_bytes",
        }
    ),
    "tests/policy/test_rules.py": frozenset(
        {
            "test_exactly_one_rule_finds_the_violation",
        }
    ),
    "tests/policy/test_texts.py": frozenset(
        {
            "test_the_table_agrees_with_the_api_model",
        }
    ),
    "tests/scripts/aws/test_clients.py": frozenset(
        {
            "test_a_role_is_assumed_with_a_web_identity_token",
            "test_a_role_is_assumed_with_the_credentials_of_the_one_before",
        }
    ),
    "tests/scripts/aws/test_errors.py": frozenset(
        {
            "test_unusable_settings_are_a_finding_with_advice",
        }
    ),
    "tests/scripts/local/test_logs.py": frozenset(
        {
            "test_new_lines_and_new_files_are_followed_until_ctrl_c_which_is_silent",
        }
    ),
    "tests/scripts/packaging/test_function_modules.py": frozenset(
        {
            "test_the_function_imports_no_module_of_the_server",
        }
    ),
    "tests/scripts/rollout/test_alarm_watch.py": frozenset(
        {
            "test_check_for_checks_from_the_beginning_to_the_end",
        }
    ),
    "tests/scripts/test_cli.py": frozenset(
        {
            "test_bash_completes_subcommands_options_and_values",
        }
    ),
    "tests/service/api/test_cors.py": frozenset(
        {
            "test_no_other_origin_may_read_responses",
        }
    ),
    "tests/service/aws_lambda/test_rest_api_event.py": frozenset(
        {
            "test_every_query_parameter_arrives_unchanged",
        }
    ),
    "tests/service/batch/test_limits.py": frozenset(
        {
            "test_no_batch_keeps_others_waiting",
        }
    ),
    "tests/service/batch/test_open_inference.py": frozenset(
        {
            "test_any_request_is_answered_or_refused",
            "test_each_row_gets_the_label_and_the_probabilities_of_the_model",
        }
    ),
    "tests/service/batch/test_reading.py": frozenset(
        {
            "test_both_readers_agree_on_arrays",
            "test_both_readers_agree_on_lines",
            "test_both_readers_agree_wherever_a_piece_of_a_batch_ends",
            "test_of_all_short_texts_the_fast_reader_accepts_only_lengths_and_reads_them_right",
        }
    ),
    "tests/service/fast_path/test_batch.py": frozenset(
        {
            "test_every_request_gets_the_response_of_the_framework",
        }
    ),
    "tests/service/fast_path/test_hostile_requests.py": frozenset(
        {
            "test_hostile_requests_get_the_same_bytes_with_and_without_the_fast_path",
        }
    ),
    "tests/service/fast_path/test_http_protocol.py": frozenset(
        {
            "test_the_bytes_are_those_of_the_server_and_the_application_for_any_split_of_the_requests",
        }
    ),
    "tests/service/fast_path/test_lambda_events.py": frozenset(
        {
            "test_a_response_of_the_fast_path_is_that_of_the_framework",
        }
    ),
    "tests/service/http/test_replay.py": frozenset(
        {
            "test_a_delivered_message_is_released",
        }
    ),
    "tests/service/model/test_linear.py": frozenset(
        {
            "test_many_flowers_are_decided_like_each_where_scores_are_nearly_equal",
        }
    ),
    "tests/service/page/test_page.py": frozenset(
        {
            "test_a_drawing_has_finite_numbers_and_fits",
            "test_a_function_that_hides_its_documentation_has_no_link_to_it",
            "test_no_input_can_add_markup",
        }
    ),
    "tests/service/server/middleware/test_body_limit.py": frozenset(
        {
            "test_many_slow_senders_do_not_fill_memory_and_make_room_for_others",
        }
    ),
    "tests/service/server/middleware/test_request_context.py": frozenset(
        {
            "test_an_uncaught_exception_is_a_problem_without_details",
        }
    ),
    "tests/service/server/test_connection_timeouts.py": frozenset(
        {
            "test_new_connections_are_served_while_others_keep_the_service_waiting",
        }
    ),
    "tests/service/server/test_draining_server.py": frozenset(
        {
            "test_many_connections_are_accepted_in_a_turn_and_fewer_where_many_are_open",
        }
    ),
    "tests/service/server/test_listener_filter.py": frozenset(
        {
            "test_a_connection_made_before_is_accepted_and_answers_and_a_later_one_is_refused_at_the_close",
        }
    ),
    "tests/test_iris_command.py": frozenset(
        {
            "test_foreign_packages_on_the_python_path_are_not_imported",
        }
    ),
}
"""Tests that take more than 0.7 s, of files with fast ones, by file."""


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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--fast"):
        slow = [item for item in items if is_slow(item)]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not is_slow(item)]


def is_slow(item: pytest.Item) -> bool:
    file, _, test = item.nodeid.partition("::")
    return test.partition("[")[0] in SLOW_TESTS.get(file, ())
