"""Commands of both READMEs: each is executed, here or by another test, or listed with a reason."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import CliRunner

from scripts.cli import main
from scripts.local.lessons.registry import LESSONS
from tests.docs.test_documents import PROJECT, README, SPANISH, commands

if TYPE_CHECKING:
    from pathlib import Path

RUN_HERE: Final = (
    'make train ARGS="--list"',
    'make train ARGS="--estimator ExtraTreesClassifier --name iris-extra"',
    "make train",
    "make cost",
    'make cost ARGS="--rate 500 --peak-factor 4"',
    'make cost ARGS="--lang es --rate 100000 --peak-factor 3 --show vertical"',
    'make cost ARGS="--lang es"',
    "make graph",
    "make status",
    "make down",
    ".venv/bin/iris predict examples/flowers.csv",
    "iris cost --help",
)

RUN_ELSEWHERE: Final = {
    "make help": "tests/docs/test_documents.py::test_make_help_explains_every_command_that_it_lists",
    "make up": "tests/localstack/conftest.py::cloud",
    "make up COMPUTE=both": "tests/localstack/conftest.py::cloud",
    "make watch": "tests/localstack/watch/test_page.py"
    "::test_the_page_shows_the_instances_and_the_requests_that_they_receive",
    "make rollout": "tests/localstack/test_rollout.py::test_all_instances_are_replaced_and_no_request_fails",
    "kill -9 <pid>": "tests/localstack/test_failures.py"
    "::test_an_instance_that_dies_is_replaced_in_its_zone_and_hardly_a_request_fails",
    'make train ARGS="--verify"': "tests/scripts/training/test_train.py"
    "::test_no_predictor_of_the_project_differs_from_scikit_learn",
    'make cost ARGS="--stack dev --rate 5 --against main"': "tests/scripts/cost/test_commit_comparison.py"
    "::test_an_unchanged_tree_costs_what_it_did",
    "iris import": "tests/scripts/training/imported/test_import_model.py"
    "::test_a_pipeline_with_a_column_transformer_gives_its_labels_at_random_rows",
    "iris train --data": "tests/scripts/training/own_data/test_train_on_csv.py"
    "::test_10_000_random_rows_of_the_ranges_get_the_labels_of_scikit_learn",
    "make bench": "tests/scripts/bench/serving/test_serving.py"
    "::test_it_measures_the_floor_and_a_server_and_writes_figures_and_chart",
    "iris capacity": "tests/scripts/cost/capacity/test_benchmark.py"
    "::test_the_service_is_measured_on_this_machine_and_stopped",
    'make load ARGS="--ramp 10:300 --seconds 60"': "tests/scripts/bench/load/test_load.py"
    "::test_answers_are_verified_and_counted_by_instance",
    ".venv/bin/iris balance compare": "tests/scripts/bench/balance/test_balance.py"
    "::test_a_short_comparison_measures_a_method_of_envoy_and_one_of_the_client",
    "make bench-coldstart": "tests/scripts/bench/coldstart/test_coldstart.py"
    "::test_it_measures_all_and_keeps_every_run",
    "make lesson": "tests/scripts/local/lessons/test_lessons.py"
    "::test_the_list_has_every_lesson_in_the_language_that_is_asked_for",
    'make lesson ARGS="--lang es"': "tests/scripts/local/lessons/test_lessons.py"
    "::test_the_list_has_every_lesson_in_the_language_that_is_asked_for",
    'make lesson NAME=vertical ARGS="--lang es"': "tests/scripts/local/lessons/test_lessons.py"
    "::test_vertical_scaling_is_compared_with_the_price_of_the_machine",
    **{
        f"make lesson NAME={lesson.name}": "tests/scripts/local/lessons/test_lessons.py"
        "::test_each_lesson_has_a_table_and_a_sentence_in_both_languages"
        for lesson in LESSONS
    },
    'make up CONFIG="loadBalancingAlgorithm=least_outstanding_requests minInstances=3"': (
        "tests/localstack/test_commands.py"
        "::test_up_with_another_config_starts_everything_anew_at_the_same_addresses"
    ),
}
"""Command -> the test or fixture that executes its subcommand of `iris` for longer, or with a cloud."""

NOT_RUN: Final = {
    "make test": "it runs this test",
    "make doctor STACK=dev": "it needs AWS; tests/scripts/deploy and tests/localstack run its checks",
    "make preview STACK=dev": "it needs AWS",
    "make deploy STACK=dev": "it needs AWS",
    'make rollout OPTIONS="--stack dev"': "it needs AWS",
    "make destroy STACK=dev": "it needs AWS",
    "pulumi up": "it needs AWS; tests/engine runs it on LocalStack",
}

CURLS: Final = "tests/localstack/test_readme.py"
"""Tests of all lines that begin with `curl`."""


def all_commands() -> list[str]:
    """Return the commands in the blocks and in the sentences and tables, without those that show a syntax."""
    inline = [
        command
        for document in (README, SPANISH)
        for command in re.findall(r"`((?:make|pulumi|iris|\.venv/bin/iris) [^`]+)`", document)
        if not re.search(r"<key>|<clave>|pulumi (?:config|preview)", command)
    ]
    listed = [*commands(README), *commands(SPANISH), *inline]
    return [it for it in dict.fromkeys(listed) if it and not it.startswith(("curl ", "# "))]


def iris_words(command: str) -> list[str]:
    """Return the arguments of `iris` in what `make` runs for a command, or in the command itself."""
    words = shlex.split(command)
    if words[0] == "make":
        recipe = subprocess.run(
            ["make", "--silent", "--dry-run", *words[1:]],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        # The first line that calls it with words, up to an operator of the shell.
        found = re.search(r"\.venv/bin/(iris [a-z][^|{}&;\n]*)", recipe)
        assert found, recipe
        command = found[1]
        words = shlex.split(command)
    return words[1:]


def test_every_command_of_the_readmes_is_executed_or_listed_with_a_reason():
    assert sorted(all_commands()) == sorted([*RUN_HERE, *RUN_ELSEWHERE, *NOT_RUN])
    assert (PROJECT / CURLS).is_file()


@pytest.mark.parametrize("place", sorted(set(RUN_ELSEWHERE.values())))
def test_the_test_that_executes_a_command_exists(place: str):
    file, _, name = place.partition("::")
    assert re.search(rf"^def {name}\b", (PROJECT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    "command",
    [it for it in all_commands() if not it.startswith(("kill", "pulumi", "make test", "make help"))],
)
def test_make_and_iris_know_every_option_of_a_command(command: str):
    words = iris_words(command)
    if command == "iris train --data":  # the name of an option, without its file
        words.append("FILE.csv")
    result = CliRunner().invoke(main, [*words, "--help"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("command", RUN_HERE)
def test_a_command_of_the_readmes_succeeds(command: str, tmp_path: Path):
    words = iris_words(command)
    # Files go to a folder of the test, and a local cloud that runs is not touched.
    if words[0] == "train" and "--list" not in words:
        words += ["--output", str(tmp_path)]
    elif words[0] == "graph":
        words += ["--output", str(tmp_path / "architecture.svg")]
    elif words[0] == "local":
        words += ["--home", str(tmp_path)]
    run = subprocess.run(
        [PROJECT / ".venv" / "bin" / "iris", *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    # `make status` takes the status of a cloud that is down (3) as a success.
    assert run.returncode == (3 if words[:2] == ["local", "status"] else 0), run.stderr
    assert run.stdout
