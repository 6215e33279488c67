"""The matrix of all options of `iris cost` and all its modes: each acts, or is refused."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final

import click
import pytest
from click.testing import CliRunner

from scripts.cli import main
from scripts.cost.bill.assumptions import ASSUMPTIONS
from scripts.cost.capacity.vcpu_throughput import as_json, read_capacity
from scripts.cost.cli.cost import cost
from scripts.cost.cli.modes import PROJECTIONS, Mode, ScopedOption
from scripts.program import run
from tests.scripts.program.preview_output import digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WEEK: Final = "{folder}/week.csv"

BASES: Final[dict[Mode, list[str]]] = {
    Mode.COMPARISON: ["--show", "sizes", "--show", "fleet", "--show", "function"],
    Mode.REGIONS: ["--all-regions"],
    Mode.MONTHS: ["--months", "2"],
    Mode.STACK: ["--stack", "dev"],
    Mode.STACK_MONTHS: ["--stack", "dev", "--months", "2"],
    Mode.PREVIEW: ["--preview", "{folder}/preview.json"],
    Mode.PREVIEW_MONTHS: ["--preview", "{folder}/preview.json", "--months", "2"],
}
"""Options that select each mode."""

SELECTORS: Final = frozenset({"--all-regions", "--months", "--stack", "--preview"})
"""Options that select a mode."""

PROBES: Final[dict[str, tuple[list[str], list[str]]]] = {
    "--region": (["--region", "us-east-1"], ["--region", "eu-central-1"]),
    "--rate": ([], ["--rate", "70"]),
    "--peak-factor": ([], ["--peak-factor", "20"]),
    "--demand": ([], ["--demand", WEEK]),
    "--request-bytes": ([], ["--request-bytes", "90000"]),
    "--response-bytes": ([], ["--response-bytes", "90000"]),
    "--instance-type": ([], ["--instance-type", "c7g.large"]),
    "--family": ([], ["--family", "m7g"]),
    "--memory": ([], ["--memory", "16"]),
    "--zones": ([], ["--zones", "3"]),
    "--least": ([], ["--least", "9"]),
    "--utilisation": ([], ["--utilisation", "1"]),
    "--commitment": ([], ["--commitment", "1y"]),
    "--spot": ([], ["--spot", "100"]),
    "--standard-credits": ([], ["--standard-credits"]),
    "--no-firewall": ([], ["--no-firewall"]),
    "--no-access-logs": ([], ["--no-access-logs"]),
    "--function-memory": ([], ["--function-memory", "4096"]),
    "--free-tier": ([], ["--free-tier"]),
    "--capacity": ([], ["--capacity", "{folder}/capacity.json"]),
    "--assume": ([], ["--assume", "requests_per_connection=1"]),
    "--assumptions": ([], ["--assumptions", "{folder}/assumptions.yaml"]),
    "--show": ([], ["--show", "vertical"]),
    "--top": ([], ["--top", "3"]),
    "--charts": ([], ["--charts", "{folder}/charts"]),
    "--report": ([], ["--report", "{folder}/report.html"]),
    "--format": ([], ["--format", "markdown"]),
    "--lang": ([], ["--lang", "es"]),
    "--config": ([], ["--config", "instanceType=c7g.large"]),
    "--against": ([], ["--against", "HEAD"]),
    "--budget": ([], ["--budget", "1"]),
    "--growth": (["--growth", "5"], ["--growth", "50"]),
    "--after": (["--growth", "50", "--after", "1"], ["--growth", "50", "--after", "12"]),
}
"""Two ways to give each option, of which the answers differ wherever it acts."""

CONTEXTS: Final[dict[str, list[str]]] = {
    # A peak that takes several instances.
    "--peak-factor": ["--rate", "100000"],
    "--utilisation": ["--rate", "100000"],
    "--spot": ["--rate", "300000", "--peak-factor", "20"],
    "--standard-credits": ["--rate", "100000"],
    "--capacity": ["--rate", "300000"],
}
"""Options with which an option acts."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the files that the options name."""
    path = tmp_path_factory.mktemp("files")
    (path / "week.csv").write_text("7\n" * 24)
    (path / "preview.json").write_text(json.dumps(digest(run.run("dev"))))
    (path / "assumptions.yaml").write_text("requests_per_connection: 2\n")
    slow = read_capacity().at(90.0)
    (path / "capacity.json").write_text(as_json(slow))
    return path


@cache
def outcome(options: tuple[str, ...]) -> tuple[int, str, str]:
    """Return exit code, answer and messages."""
    result = CliRunner().invoke(main, ["cost", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), (options, result.exception)
    return result.exit_code, result.stdout, result.stderr


def in_folder(folder: Path, options: Sequence[str]) -> tuple[str, ...]:
    return tuple(it.format(folder=folder) for it in options)


def options_of_the_command() -> dict[str, ScopedOption]:
    return {it.flag: it for it in cost.params if isinstance(it, ScopedOption)}


def test_every_option_declares_the_modes_in_which_it_acts():
    assert [it.name for it in cost.params if not isinstance(it, ScopedOption)] == []
    assert all(it.modes for it in options_of_the_command().values())
    with pytest.raises(TypeError, match="modes"):
        ScopedOption(["--new"])  # pyright: ignore[reportCallIssue] (what is tested)


def test_every_option_is_probed():
    assert set(options_of_the_command()) == set(PROBES) | SELECTORS


@pytest.mark.parametrize("mode", Mode, ids=lambda it: it.name.lower())
@pytest.mark.parametrize("flag", PROBES)
def test_an_option_changes_the_answer_or_is_refused(flag: str, mode: Mode, folder: Path):
    option = options_of_the_command()[flag]
    plain, given = PROBES[flag]
    base = [*BASES[mode], *CONTEXTS.get(flag, [])]
    if flag == "--growth" and mode not in PROJECTIONS:
        base += ["--after", "3"]
    code, stdout, stderr = outcome(in_folder(folder, [*base, *given]))
    if mode not in option.modes:
        assert (code, stdout) == (2, "")
        assert stderr.startswith(f"Error: {flag} does nothing {mode.value}; ")
        assert len(stderr.splitlines()) == 1
        return
    if (flag, mode) == ("--region", Mode.REGIONS):
        assert (code, stderr.count("\n")) == (2, 1)
        return
    assert (code, stdout, stderr) != outcome(in_folder(folder, [*base, *plain]))
    assert code in {0, 1, 3}
    assert code == 0 or flag in {"--budget", "--region"}, stderr


@pytest.mark.parametrize("flag", sorted(SELECTORS))
@pytest.mark.parametrize("mode", Mode, ids=lambda it: it.name.lower())
def test_two_modes_exclude_each_other(flag: str, mode: Mode, folder: Path):
    values = {"--all-regions": [], "--months": ["1"], "--stack": ["dev"], "--preview": ["x"]}
    if flag in BASES[mode] or (flag == "--months" and mode is not Mode.REGIONS):
        return
    if mode in {Mode.COMPARISON, Mode.MONTHS} and flag in {"--stack", "--preview", "--all-regions"}:
        return
    code, _, stderr = outcome(in_folder(folder, [*BASES[mode], flag, *values[flag]]))
    assert (code, stderr.count("\n")) == (2, 1)
    assert "does nothing with" in stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--growth", "5"], "--growth does nothing without --months or --after."),
        (["--after", "5"], "--after does nothing without --growth."),
        (["--rate", "5", "--demand", "week.csv"], "--rate does nothing beside --demand."),
        (["--peak-factor", "5", "--demand", "week.csv"], "--peak-factor does nothing beside --demand."),
        (["--top", "5", "--show", "fleet"], "--top does nothing without --show sizes."),
        (["--lang", "es", "--format", "csv", "--show", "fleet"], "--lang no hace nada con --format csv"),
    ],
)
def test_an_option_that_needs_another_one_is_refused_without_it(options: list[str], complaint: str):
    code, _, stderr = outcome(tuple(options))
    assert (code, stderr.count("\n")) == (2, 1)
    assert complaint in stderr


def test_a_plan_without_a_known_price_is_named():
    code, _, stderr = outcome(("--stack", "dev", "--config", "compute=lambda", "--commitment", "1y"))
    assert code == 0
    assert (
        "Warning: no price under the commitment 1 year, all upfront is known in us-east-1 of function "
        "duration: the price on demand is used instead." in stderr
    )


@pytest.mark.parametrize("mode", Mode, ids=lambda it: it.name.lower())
def test_json_carries_inputs_assumptions_sources_and_warnings_in_every_mode(mode: Mode, folder: Path):
    code, stdout, stderr = outcome(in_folder(folder, [*BASES[mode], "--rate", "5", "--format", "json"]))
    content = json.loads(stdout)
    assert code == 0
    assert content["inputs"]["mean_requests_per_second"] == pytest.approx(5)
    assert set(content["assumptions"]) == set(ASSUMPTIONS)
    assert all({"as_of", "basis", "source"} == set(it) for it in content["sources"])
    assert content["sources"]
    assert content["conclusion"].endswith(".")
    assert [line for line in stderr.splitlines() if line.startswith("Warning: ")] == [
        f"Warning: {it}" for it in content["warnings"]
    ]


@pytest.mark.parametrize("mode", Mode, ids=lambda it: it.name.lower())
def test_html_is_a_whole_page_in_every_mode_and_language(mode: Mode, folder: Path):
    path = folder / "page.html"
    options = [*BASES[mode], "--format", "html", "--lang", "es", "--report", str(path)]
    code, stdout, _ = outcome(in_folder(folder, options))
    assert code == 0
    assert stdout.startswith('<!doctype html>\n<html lang="es">')
    assert stdout.endswith("</html>\n")
    assert "Fuentes de los precios" in stdout
    assert "Demanda: " in stdout
    assert path.read_text(encoding="utf-8") == stdout


@pytest.mark.parametrize("mode", Mode, ids=lambda it: it.name.lower())
def test_demand_capacity_prices_and_contents_stand_above_every_answer(mode: Mode, folder: Path):
    _, stdout, _ = outcome(in_folder(folder, BASES[mode]))
    above = stdout[: stdout.index("\u250f")]
    assert [word for word in ("Demand: ", "Capacity: ", "Prices: ", "Included") if word not in above] == []


def test_a_comment_on_a_change_begins_with_the_difference(folder: Path):
    options = ["--stack", "dev", "--config", "minInstances=3", "--against", "HEAD", "--format", "markdown"]
    code, stdout, _ = outcome(in_folder(folder, options))
    assert code == 0
    lines = [line for line in stdout.splitlines() if line]
    assert lines[0] == "## The cost of a stack"
    # A third t4g.small around the clock and its disk: 730 * 0.0168 + 8 * 0.08 USD.
    assert lines[1].startswith("**The change costs +12.90 USD per month (+0.4%), from ")
    table = [line for line in lines if line.startswith("|")]
    assert table[0] == "| item | before | after | difference |"
    names = [line.split("|")[1].strip() for line in table[2:]]
    assert names == ["instances", "disks", "unchanged items: 11", "**total**"]
    assert table[2].endswith("| +12.26 |")
    assert table[4].endswith("| 0.00 |")


def test_the_help_names_the_exit_code_of_a_bill_above_the_budget():
    code, stdout, _ = outcome(("--help",))
    assert code == 0
    assert "3 = a bill above --budget" in " ".join(stdout.split())


def test_an_assumption_of_the_stack_is_not_overridden():
    code, _, stderr = outcome(("--stack", "dev", "--assume", "disk_gb=20"))
    assert (code, stderr) == (1, "Error: disk_gb does nothing with a stack, which has its own.\n")


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("requests_per_conection=5", "Did you mean requests_per_connection"),
        ("requests_per_connection=0", "between 1 and 1,000,000"),
        ("disk_gb=8.5", "disk_gb is a whole number"),
        ("log_days=many", "log_days takes a number"),
        ("log_days", "--assume takes name=value."),
    ],
)
def test_an_impossible_assumption_is_one_line(value: str, complaint: str):
    code, _, stderr = outcome(("--show", "fleet", "--assume", value))
    assert code in {1, 2}
    assert complaint in stderr
    assert stderr.count("\n") == 1


@pytest.mark.parametrize(
    "option",
    [
        it.flag
        for it in cost.params
        if isinstance(it, ScopedOption) and isinstance(it.type, click.types.StringParamType | click.Path)
    ],
)
def test_an_empty_text_is_refused(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # As of an unset variable of a shell: `--charts "$FOLDER"`.
    monkeypatch.chdir(tmp_path)
    assert outcome((option, "")) == (2, "", f"Error: Invalid value for '{option}': it is empty.\n")
    assert list(tmp_path.iterdir()) == []
