"""Command `iris` as a whole: misspelt subcommands, exit statuses, and completion by real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scripts.cli import COMMANDS, main
from scripts.console.exit_status import SPECIAL
from scripts.console.steps import StepDisplay

BIN = Path(sys.executable).parent


@pytest.mark.parametrize(("misspelt", "meant"), [("trian", "train"), ("detroy", "deploy"), ("cots", "cost")])
def test_a_misspelt_subcommand_is_named_with_the_one_that_is_meant(misspelt: str, meant: str):
    result = CliRunner().invoke(main, [misspelt])
    assert result.exit_code == 2
    assert f"Did you mean '{meant}'?" in result.stderr or f"'{meant}'" in result.stderr


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS), ["local", "up"], ["deploy", "up"]])
def test_an_unknown_option_of_each_command_is_one_line(words: list[str]):
    result = CliRunner().invoke(main, [*words, "--no-such-option"])
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: No such option '--no-such-option'.")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cost --budget nan", "Error: Invalid value for '--budget': 'nan' is not a finite number."),
        ("cost --budget", "Error: Option '--budget' requires an argument."),
        ("cost --free-tier=1", "Error: Option '--free-tier' does not take a value."),
        ("cost one two", "Error: Got unexpected extra arguments (one two)"),
        ("predict", "Error: Missing argument 'FILE'."),
        # click lists these choices on a line each.
        ("completion", "Error: Missing argument '{bash|zsh|fish}'. Choose from: bash, zsh, fish"),
        ("local bogus", "Error: No such command 'bogus'. Did you mean 'logs'?"),
    ],
)
def test_a_wrong_argument_is_explained_in_one_line(words: str, expected: str):
    result = CliRunner().invoke(main, words.split())
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{expected}\n")


def test_a_group_without_a_subcommand_still_shows_its_help():
    result = CliRunner().invoke(main, ["local"])
    assert result.exit_code == 2
    assert "Commands:" in result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_subcommand_has_a_help_and_ends_with_0(name: str):
    result = CliRunner().invoke(main, [name, "--help"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Usage: ")
    assert "\b" not in result.stdout


def test_the_list_of_commands_loads_nothing_heavy():
    code = (
        "import sys; from click.testing import CliRunner; from scripts.cli import main; "
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0; "
        "heavy = {'botocore', 'httpx', 'matplotlib', 'pulumi', 'pydantic', 'sklearn'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def leaves() -> list[str]:
    """Return all commands without subcommands, as words."""
    found: list[str] = []
    context = click.Context(main)
    waiting = [(name, main.get_command(context, name)) for name in COMMANDS]
    while waiting:
        name, command = waiting.pop()
        if isinstance(command, click.Group):
            words = command.list_commands(context)
            waiting += [(f"{name} {word}", command.get_command(context, word)) for word in words]
        else:
            found.append(name)
    return found


@pytest.mark.parametrize("name", leaves())
def test_the_help_of_each_command_has_its_exit_status_once(name: str):
    shown = CliRunner().invoke(main, [*name.split(), "--help"]).stdout
    assert " ".join(shown.split()).count("Exit status: 0 = ") == 1


def test_the_exit_statuses_that_differ_belong_to_commands():
    assert set(SPECIAL) <= set(leaves())


@pytest.mark.parametrize("verb", ["update", "print"])
def test_quiet_leaves_out_progress_and_nothing_else(verb: str, monkeypatch: pytest.MonkeyPatch):
    @click.command()
    def slow() -> None:
        with StepDisplay("Working") as steps:
            getattr(steps, verb)("a line")
        click.echo("the result")

    monkeypatch.setattr("scripts.graph.graph.graph", slow)
    usual, quiet = (CliRunner().invoke(main, [*words, "graph"]) for words in ([], ["--quiet"]))
    assert usual.stdout == quiet.stdout == "the result\n"
    assert "a line" in usual.stderr
    # A line that is printed between the steps is no progress.
    assert ("a line" in quiet.stderr) is (verb == "print")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["iris", "tr"], {"train"}),
        (
            ["iris", "local", ""],
            {
                "up",
                "down",
                "status",
                "logs",
                "firewall",
                "env",
                "stack-file",
                "lose-zone",
                "restore-zone",
                "watch",
            },
        ),
        (["iris", "train", "--est"], {"--estimator"}),
        (["iris", "pack", "--target", "lambda"], {"lambda-arm64", "lambda-x86_64", "lambda-local"}),
    ],
)
def test_bash_completes_subcommands_options_and_values(words: list[str], expected: set[str]):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    script = (
        f'export PATH="{BIN}:$PATH"; eval "$(iris completion bash)"; '
        f"COMP_WORDS=({' '.join(map(repr, words))}); "
        f'COMP_CWORD={len(words) - 1}; _iris_completion iris; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    ended = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True)
    assert {it.removeprefix("plain,") for it in ended.stdout.split()} == expected, ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full exists on Linux")
@pytest.mark.parametrize("words", ["--help", "completion bash", "lesson", "local status --format json"])
def test_a_full_disk_is_reported_in_one_line(words: str, tmp_path: Path):
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "scripts", *words.split()],
            env={**os.environ, "IRIS_LOCAL_HOME": str(tmp_path)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.stderr == "Error: No space left on device\n"  # errno(3), ENOSPC
    assert ended.returncode == 1
