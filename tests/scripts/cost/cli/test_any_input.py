"""No input ends in a trace: odd numbers, texts and files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.cli import main
from scripts.cost.bill.assumptions import ASSUMPTIONS
from scripts.cost.cli.cost import cost
from scripts.cost.cli.modes import Mode, ScopedOption
from scripts.program import run
from tests.scripts.program.preview_output import digest

if TYPE_CHECKING:
    from pathlib import Path

ODD_TEXTS: Final = (
    *("nan", "-nan", "inf", "-inf", "-1", "0", "1", "0.1", "1e9", "1e-9", "1e308", "1e400", "9" * 30),
    *("", " ", "text", "ñ€", "1,5", "0x10", "٣", "--", "a=b"),
)

NAMES: Final = ("", " ", "ñ€", "a=b", "--")
"""Odd texts for options that take no number."""

QUICK: Final[dict[str, list[str]]] = {
    "--format": ["--show", "fleet"],
    "--after": ["--growth", "1", "--show", "fleet"],
    "--growth": ["--after", "1", "--show", "fleet"],
    "--months": [],
    "--all-regions": [],
    "--stack": [],
    "--preview": [],
}
"""Other options beside those of `--show fleet`."""


def iris_cost(*options: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["cost", *options], input=given)


def check(result: Result, options: object) -> None:
    """Check that a command succeeds, or says in one sentence why it does not."""
    assert result.exception is None or isinstance(result.exception, SystemExit), (options, result.exception)
    assert result.exit_code in {0, 1, 2, 3}
    assert "Traceback" not in result.output
    if result.exit_code:
        assert len([line for line in result.stderr.splitlines() if line.startswith("Error: ")]) == 1


@pytest.mark.parametrize(
    "option",
    [it for it in cost.params if isinstance(it, ScopedOption) and not it.is_flag],
    ids=lambda it: it.flag,
)
def test_no_value_of_an_option_ends_in_a_trace(option: ScopedOption, tmp_path: Path):
    if option.flag in {"--charts", "--report"}:
        values = [str(tmp_path), "/dev/null/x", ""]
    else:
        values = list(ODD_TEXTS if isinstance(option.type, click.FloatRange | click.IntRange) else NAMES)
    quick = QUICK.get(option.flag, ["--show", "fleet"])
    if Mode.COMPARISON not in option.modes:
        quick = ["--stack", "dev"] if option.flag in {"--config", "--against"} else []
    for value in values:
        options = [*quick, option.flag, value]
        check(iris_cost(*options), options)


@pytest.mark.parametrize("name", ASSUMPTIONS)
def test_no_value_of_an_assumption_ends_in_a_trace(name: str):
    minimum, maximum = ASSUMPTIONS[name].limits
    for value in ("nan", "1e400", "", "text", "-1", f"{minimum:g}", f"{maximum:g}", f"{maximum * 2:g}"):
        options = ["--show", "fleet", "--show", "function", "--assume", f"{name}={value}"]
        result = iris_cost(*options)
        check(result, options)
        assert (result.exit_code == 0) == (value in {f"{minimum:g}", f"{maximum:g}"}), value


@pytest.mark.parametrize("rate", ["0", "1e-9", "1e7"])
@pytest.mark.parametrize(
    "mode", [["--show", "sizes"], ["--all-regions"], ["--months", "1"], ["--stack", "dev"]], ids=str
)
def test_every_rate_has_an_answer(rate: str, mode: list[str]):
    result = iris_cost("--rate", rate, *mode)
    assert result.exit_code == 0, result.output
    assert "nan" not in result.stdout


TREES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda it: st.lists(it, max_size=3) | st.dictionaries(st.text(max_size=8), it, max_size=3),
    max_leaves=8,
)
"""Any JSON."""

STEPS: Final = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["create", "same", "delete"]) | TREES,
        "urn": st.text(max_size=8),
        "newState": st.fixed_dictionaries(
            {},
            optional={
                "type": st.sampled_from(
                    [
                        "aws:lambda/function:Function",
                        "aws:autoscaling/group:Group",
                        "aws:ec2/launchTemplate:x",
                    ]
                )
                | TREES,
                "custom": st.just(value=True) | TREES,
                "inputs": TREES,
            },
        )
        | TREES,
    },
)

PREVIEWS: Final = st.fixed_dictionaries(
    {},
    optional={
        "steps": st.lists(STEPS | TREES, max_size=3) | TREES,
        "changeSummary": st.dictionaries(st.just("same"), TREES, max_size=1) | TREES,
        "config": TREES,
        "diagnostics": TREES,
    },
)

FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(content=PREVIEWS | TREES)
def test_no_preview_ends_in_a_trace(content: Any):
    check(iris_cost("--preview", "-", given=json.dumps(content)), content)


@FEW
@given(data=st.data())
def test_no_input_of_a_resource_in_a_preview_ends_in_a_trace(data: st.DataObject):
    content = digest(run.run("dev", ["compute=both", "minProvisionedConcurrency=2"]))
    states = [it["newState"] for it in content["steps"] if it["newState"]["inputs"]]
    inputs = data.draw(st.sampled_from(states))["inputs"]
    inputs[data.draw(st.sampled_from(sorted(inputs)))] = data.draw(TREES)
    check(iris_cost("--preview", "-", given=json.dumps(content)), inputs)


@FEW
@given(text=st.binary(max_size=40) | TREES.map(lambda it: json.dumps(it).encode()))
@pytest.mark.parametrize("option", ["--capacity", "--assumptions", "--demand"])
def test_no_file_ends_in_a_trace(option: str, text: bytes, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.getbasetemp() / "odd"
    path.write_bytes(text)
    check(iris_cost("--show", "fleet", option, str(path)), text)
