"""Comparisons with a commit, in a repository whose commit contains the project's working tree."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from infra.reference_data.csv_rows import REFERENCE_DATA
from scripts.cli import main
from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.capacity.vcpu_throughput import instance_throughput, read_capacity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.stack.stack_bill import stack_bill, stack_shape
from scripts.program import run as program

if TYPE_CHECKING:
    from collections.abc import Iterator


STACKS: dict[str, dict[str, Any]] = {
    "fleet": {"minInstances": 3, "instanceType": "m7g.large", "maxInstances": 40},
    "function": {"compute": "lambda", "functionMemoryMb": 1_024, "minProvisionedConcurrency": 2},
    "both": {
        "compute": "both",
        "alternativeInstanceTypes": "t4g.medium, c7g.large",
        "spotPercent": 50,
        "targetCpuPercent": 45,
        "natGateways": "single",
        "firewallLogs": "all",
    },
}
"""Stacks of the repository, with their configuration."""

PRICES = project_snapshot().region("us-east-1")

IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.com")


def git(folder: Path, *words: str) -> str:
    isolated = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    command = ["git", *IDENTITY, *words]
    return subprocess.run(
        command,
        cwd=folder,
        env=isolated | {"GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one commit: the project as it lies here, and the stacks."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("infra", "scripts"):
        shutil.copytree(
            program.PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "localstack")
        )
    shutil.copy(program.PROJECT / "Pulumi.yaml", folder)
    for stack, config in STACKS.items():
        write_stack(folder, stack, config)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=As it was")
    return folder


def write_stack(folder: Path, stack: str, config: dict[str, Any]) -> None:
    keys = {f"scalable-models:{key}": value for key, value in config.items()}
    (folder / f"Pulumi.{stack}.yaml").write_text(
        yaml.safe_dump({"config": {"aws:region": "us-east-1", **keys}})
    )


@pytest.fixture
def clone(repository: Path, tmp_path: Path) -> Path:
    """A repository that a test may change."""
    git(tmp_path, "clone", "--quiet", str(repository), "clone")
    return tmp_path / "clone"


def iris_cost(folder: Path, *options: str) -> Result:
    """Run the command for the project of a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "PROJECT", folder)
        return CliRunner().invoke(main, ["cost", "--format", "json", *options])


def changes(result: Result) -> dict[str, Decimal]:
    """Return the difference of each item that has one; the total is the sum of all."""
    assert result.exit_code == 0, result.output
    table = json.loads(result.stdout)["against"]
    rows = {
        row["item"]: Decimal(row["difference"])
        for row in table["rows"]
        if not row["item"].startswith("not priced: ")
    }
    assert rows
    total = Decimal(table["totals"]["difference"])
    assert round(total - sum(rows.values()), 12) == 0
    assert total == Decimal(table["totals"]["after"]) - Decimal(table["totals"]["before"])
    return {item: usd for item, usd in rows.items() if usd}


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("rate", ["0", "7", "20000", "900000"])
def test_an_unchanged_tree_costs_what_it_did(repository: Path, stack: str, rate: str):
    result = iris_cost(repository, "--stack", stack, "--rate", rate, "--against", "HEAD")
    assert changes(result) == {}


@given(rate=st.floats(0, 10**6), factor=st.floats(1.1, 8), stack=st.sampled_from(list(STACKS)))
def test_an_unchanged_tree_costs_the_same_at_any_rate(
    repository: Path, rate: float, factor: float, stack: str
):
    week = Demand(rates=weekly_demand.diurnal_with_peak(rate, factor))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "PROJECT", repository)
        before, after = (
            stack_bill(stack_shape(resources), week, read_capacity(), PRICES, Assumptions())
            for resources in (program.run(stack, reference="HEAD"), program.run(stack))
        )
    assert after == before


# Prices of us-east-1, from AWS's price pages: an hour of m7g.large 0.0816 USD and of m7g.xlarge 0.1632 USD,
# and a GB of gp3 0.08 USD per month, 8 of them for each instance; an hour is a 730th of a month.
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Decimal]]] = {
    "two more instances": (
        {"minInstances": 5},
        {"instances": 2 * 730 * Decimal("0.0816"), "disks": 2 * 8 * Decimal("0.08")},
    ),
    "a type of another size": (
        {"instanceType": "m7g.xlarge"},
        {"instances": 3 * 730 * Decimal("0.0816")},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_key_costs_what_an_independent_calculation_gives(clone: Path, name: str):
    changed, expected = CHANGES[name]
    write_stack(clone, "fleet", STACKS["fleet"] | changed)
    found = changes(iris_cost(clone, "--stack", "fleet", "--rate", "0", "--against", "HEAD"))
    assert found == expected


def test_a_setting_that_is_tried_is_compared_with_the_commit_s_value(repository: Path):
    options = ("--stack", "function", "--rate", "0", "--against", "main")
    found = changes(iris_cost(repository, *options, "--config", "minProvisionedConcurrency=5"))
    # 3 more environments of 1 GB, at 0.0000033334 USD a GB and second on arm64.
    assert found["provisioned concurrency"] == 3 * 730 * 3_600 * Decimal("0.0000033334")


def test_the_commit_s_program_reads_the_files_of_the_commit(clone: Path):
    # Half the measured throughput, in the commit only: its instances are added at half the requests.
    file = clone / "infra" / "reference_data" / "capacity.json"
    text = file.read_text()
    measured = json.loads(text)
    measured["requests_per_second_per_vcpu"] /= 2
    file.write_text(json.dumps(measured))
    git(clone, "commit", "--quiet", "--all", "--message=Slower")
    file.write_text(text)
    rate = 5.4 * 0.6 * instance_throughput(read_capacity(), "m7g.large")
    options = ("--stack", "fleet", "--rate", str(rate), "--peak-factor", "1", "--against", "HEAD")
    # At a target of 60 % of the throughput, 6 instances serve the rate of 5.4; at half of that, 11 do.
    assert changes(iris_cost(clone, *options)) == {
        "instances": -5 * 730 * Decimal("0.0816"),
        "disks": -5 * 8 * Decimal("0.08"),
    }


def test_changes_that_cost_nothing_make_no_difference(clone: Path):
    (clone / "infra" / "new.py").write_text("raise RuntimeError")
    (clone / "Pulumi.other.yaml").write_text("config: {}")
    (clone / "scripts" / "cli.py").write_text("")
    (clone / ".git" / "info" / "exclude").write_text("__pycache__")
    git(clone, "add", "Pulumi.other.yaml")
    status = git(clone, "status", "--porcelain")
    assert changes(iris_cost(clone, "--stack", "fleet", "--rate", "9000", "--against", "HEAD")) == {}
    assert git(clone, "status", "--porcelain") == status
    assert git(clone, "worktree", "list").count("\n") == 1


def test_a_worktree_and_a_folder_of_a_repository_are_compared_too(repository: Path, tmp_path: Path):
    outer = tmp_path / "outer"
    shutil.copytree(repository, outer / "deep", ignore=shutil.ignore_patterns(".git"))
    git(outer, "init", "--quiet", "--initial-branch=main")
    git(outer, "add", ".")
    git(outer, "commit", "--quiet", "--message=Deep")
    git(outer, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    options = ("--stack", "fleet", "--rate", "20000", "--against", "main")
    assert changes(iris_cost(tmp_path / "linked" / "deep", *options)) == {}


def one_line(result: Result) -> str:
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    return line


@pytest.mark.parametrize("reference", ["nowhere", "HEAD~7", "HEAD:infra", "0123456789abcdef", "main..HEAD"])
def test_an_unknown_commit_is_one_line(repository: Path, reference: str):
    error = one_line(iris_cost(repository, "--stack", "fleet", "--against", reference))
    assert f"no branch or commit '{reference}'" in error


def test_a_shallow_clone_says_how_to_fetch_the_history(clone: Path, tmp_path: Path):
    git(clone, "commit", "--quiet", "--allow-empty", "--message=Second")
    git(tmp_path, "clone", "--quiet", "--depth=1", clone.as_uri(), "shallow")
    error = one_line(iris_cost(tmp_path / "shallow", "--stack", "fleet", "--against", "HEAD~1"))
    assert "git fetch --unshallow" in error


def test_without_git_or_a_repository_it_says_so(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    alone = tmp_path / "alone"
    shutil.copytree(repository, alone, ignore=shutil.ignore_patterns(".git"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert "not a git repository" in one_line(iris_cost(alone, "--stack", "fleet", "--against", "HEAD"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "needs git" in one_line(iris_cost(repository, "--stack", "fleet", "--against", "HEAD"))


def test_a_commit_without_the_stack_or_a_file_names_both(clone: Path):
    git(clone, "rm", "--quiet", "Pulumi.function.yaml", "infra/reference_data/capacity.json")
    git(clone, "commit", "--quiet", "--message=Without")
    git(clone, "checkout", "--quiet", "HEAD~1")
    error = one_line(iris_cost(clone, "--stack", "function", "--against", "main"))
    assert "function of main" in error
    assert "no Pulumi.function.yaml" in error
    error = one_line(iris_cost(clone, "--stack", "fleet", "--against", "main"))
    assert "fleet of main" in error
    assert " infra/reference_data/capacity.json is missing" in error


def test_a_commit_before_the_program_says_what_is_not_there(clone: Path):
    git(clone, "rm", "-r", "--quiet", "infra")
    git(clone, "commit", "--quiet", "--message=Empty")
    git(clone, "checkout", "--quiet", "HEAD~1")
    assert "infra" in one_line(iris_cost(clone, "--stack", "fleet", "--against", "main"))


@pytest.mark.parametrize(
    "name", ["capacity.json", "cpu_scores.csv", "ec2_on_demand.csv", "instance_types.csv", "services.csv"]
)
def test_a_program_without_its_reference_data_is_one_line(clone: Path, name: str):
    (clone / REFERENCE_DATA.relative_to(program.PROJECT) / name).unlink()
    error = one_line(iris_cost(clone, "--stack", "both"))
    assert re.search(rf"infra/reference_data/{name} is missing\. .*restore it", error)


def as_a_user(folder: Path, *options: str, cwd: Path, temporary: Path) -> subprocess.Popen[str]:
    """Start the command of a project, as `iris` does, in a separate process group."""
    code = "from scripts.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code, "cost", *options],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(folder), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def temporary(tmp_path: Path) -> Iterator[Path]:
    """A folder for temporary files, which must be empty at the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []


def test_the_command_runs_in_any_folder(repository: Path, temporary: Path):
    options = ("--stack", "fleet", "--rate", "20000", "--against", "HEAD", "--format", "json")
    started = as_a_user(repository, *options, cwd=Path("/"), temporary=temporary)
    out, err = started.communicate(timeout=200)
    assert started.returncode == 0, err
    assert Decimal(json.loads(out)["against"]["totals"]["difference"]) == 0


@pytest.fixture
def exporting(clone: Path, temporary: Path) -> subprocess.Popen[str]:
    """A command that compares with a commit whose program does not end, and has begun to export its tree."""
    program_file = clone / "infra" / "__main__.py"
    usual = program_file.read_text()
    program_file.write_text("import time\n\ntime.sleep(600)\n")
    git(clone, "commit", "--quiet", "--all", "--message=Does not end")
    program_file.write_text(usual)
    started = as_a_user(clone, "--stack", "fleet", "--against", "HEAD", cwd=temporary, temporary=temporary)
    deadline = time.monotonic() + 200
    while not list(temporary.glob("iris-cost-*/Pulumi.yaml")):
        assert started.poll() is None, started.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return started


def test_an_interrupted_comparison_leaves_nothing_behind(exporting: subprocess.Popen[str]):
    # As a terminal does at Ctrl-C: to the whole group.
    os.killpg(exporting.pid, signal.SIGINT)
    _, err = exporting.communicate(timeout=60)
    assert exporting.returncode == 130
    assert "Aborted!" in err


def test_a_terminated_comparison_leaves_nothing_behind(exporting: subprocess.Popen[str]):
    exporting.terminate()
    exporting.communicate(timeout=60)
    assert exporting.returncode == 128 + signal.SIGTERM


def test_a_comparison_that_is_terminated_while_the_program_runs_stops_the_program(
    exporting: subprocess.Popen[str],
):
    command = psutil.Process(exporting.pid)
    deadline = time.monotonic() + 60
    # The process that runs programs forks for each of them; it ran the working tree's before.
    while len(processes := command.children(recursive=True)) < 2:
        assert exporting.poll() is None, exporting.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.001)
    exporting.terminate()
    exporting.communicate(timeout=60)
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []


@pytest.mark.parametrize("name", ["capacity.json", "cpu_scores.csv", "instance_types.csv", "services.csv"])
def test_a_comparison_without_its_reference_data_is_one_line(repository: Path, temporary: Path, name: str):
    folder = temporary.with_name("project")
    shutil.copytree(repository, folder, ignore=shutil.ignore_patterns(".git"))
    (folder / "infra" / "reference_data" / name).unlink()
    started = as_a_user(folder, "--show", "fleet", cwd=temporary, temporary=temporary)
    out, err = started.communicate(timeout=100)
    assert (started.returncode, out) == (1, "")
    (line,) = err.strip().splitlines()
    assert f"infra/reference_data/{name} is missing" in line
