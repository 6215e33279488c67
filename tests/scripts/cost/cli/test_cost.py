from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, get_args
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from scripts.cli import main
from scripts.cost.capacity.vcpu_throughput import instance_throughput, read_capacity
from scripts.cost.cli.cost import VIEWS
from scripts.cost.output import translations
from scripts.cost.output.charts import ChartName

if TYPE_CHECKING:
    from pathlib import Path


def iris_cost(*options: str) -> Result:
    return CliRunner().invoke(main, ["cost", *options])


def test_everything_is_shown_unless_something_is_chosen():
    result = iris_cost("--format", "json")
    assert result.exit_code == 0
    others = {"inputs", "conclusion", "assumptions", "sources", "warnings"}
    assert set(json.loads(result.stdout)) == {*VIEWS, "assumption_values"} | others
    assert set(json.loads(iris_cost("--format", "json", "--show", "sizes").stdout)) == {"sizes"} | others


def test_json_has_exact_amounts():
    content = json.loads(iris_cost("--format", "json", "--show", "fleet", "--rate", "0").stdout)
    rows = {(row["item"], row["component"]): row for row in content["fleet"]["rows"]}
    assert Decimal(rows["load balancer", "fixed"]["USD per month"]) == Decimal("16.425")
    total = sum(Decimal(row["USD per month"]) for row in content["fleet"]["rows"])
    assert Decimal(content["fleet"]["totals"]["USD per month"]) == total


def test_csv_has_the_single_chosen_table():
    rows = list(
        csv.DictReader(io.StringIO(iris_cost("--format", "csv", "--show", "sizes", "--top", "3").stdout))
    )
    assert len(rows) == 3
    assert rows[0]["type"]
    assert Decimal(rows[0]["USD per month"]) <= Decimal(rows[1]["USD per month"])
    assert iris_cost("--format", "csv").exit_code == 2


def test_a_terminal_gets_tables_and_a_summary_of_the_scenario():
    result = iris_cost("--show", "vertical", "--rate", "20000", "--peak-factor", "3")
    assert "20,000 requests per second on average, 60,000 at the peak" in result.stdout
    assert "one big machine" in result.stdout


def test_markdown_is_a_table_with_numbers_aligned_to_the_right():
    lines = iris_cost("--format", "markdown", "--show", "fleet").stdout.splitlines()
    title = lines.index("### The fleet's bill")
    assert lines[title + 3] == "| --- | --- | ---: | ---: | ---: | --- |"
    assert [line for line in lines if line.startswith("|")][-1].startswith("| **total** |")


def test_all_text_has_a_spanish_translation():
    result = iris_cost("--lang", "es", "--format", "markdown", "--show", "fleet", "--show", "functions")
    assert "Factura de la flota" in result.stdout
    assert "| balanceador de carga | fijo |" in result.stdout
    english = iris_cost("--format", "json").stdout
    content = json.loads(english)
    spoken = {
        row[key]
        for name in ("fleet", "function")
        for row in content[name]["rows"]
        for key in ("item", "component")
    }
    spoken |= {row["assumption"] for row in content["sensitivity"]["rows"]}
    spoken |= {heading for view in VIEWS[:-1] for row in content[view]["rows"] for heading in row}
    assert spoken - set(translations.SPANISH) == set()


def test_the_report_is_one_html_file_without_external_resources(tmp_path: Path):
    path = tmp_path / "deep" / "report.html"
    assert iris_cost("--report", str(path), "--lang", "es").exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert text.count("<svg") == 4
    assert "src=" not in text
    assert "<link" not in text
    assert '<html lang="es">' in text
    assert "Fuentes de los precios" in text


def test_charts_are_reproducible_svg_and_png_files(tmp_path: Path):
    for folder in ("one", "two"):
        assert iris_cost("--charts", str(tmp_path / folder)).exit_code == 0
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {f"{name}.{form}" for name in get_args(ChartName) for form in ("svg", "png")}
    for name in names:
        content = (tmp_path / "one" / name).read_bytes()
        assert content == (tmp_path / "two" / name).read_bytes()
        if name.endswith(".svg"):
            assert ET.fromstring(content).tag.endswith("svg")  # noqa: S314 (drawn a line above)
        else:
            assert content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--region", "us-esat-1"], "Did you mean us-east-1"),
        (["--instance-type", "t4g.smal"], "Did you mean t4g.small"),
        (["--instance-type", "c8g.large", "--region", "mx-central-1"], "in mx-central-1"),
        (["--family", "c77g"], "c7g"),
        (["--demand", "/nowhere/week.csv"], "/nowhere/week.csv"),
        (["--capacity", "/nowhere/capacity.json"], "/nowhere/capacity.json"),
        (["--peak-factor", "0.5"], "between 1 and"),
    ],
)
def test_an_unknown_name_or_file_is_one_line_that_helps(options: list[str], complaint: str):
    result = iris_cost(*options)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_bill_above_the_budget_fails_after_it_was_shown():
    fits = iris_cost("--rate", "1", "--show", "fleet", "--budget", "70")
    assert fits.exit_code == 0
    fails = iris_cost("--rate", "1", "--show", "fleet", "--budget", "45")
    assert fails.exit_code == 3
    assert "total" in fails.stdout
    assert "above the budget of 45.00" in fails.stderr


def test_growth_increases_the_bill():
    def total(*options: str) -> Decimal:
        content = json.loads(iris_cost("--format", "json", "--show", "fleet", *options).stdout)
        return Decimal(content["fleet"]["totals"]["USD per month"])

    assert total("--growth", "10", "--after", "12") > 2 * total()


def test_growth_is_shown_month_by_month():
    rows = json.loads(
        iris_cost("--growth", "10", "--months", "12", "--rate", "100", "--format", "json").stdout
    )["months"]["rows"]
    assert [row["month"] for row in rows] == list(range(13))
    assert rows[12]["mean requests per second"] == pytest.approx(100 * 1.1**12)
    for title, view in (("The fleet's bill", "fleet"), ("The function's bill", "function")):
        options = ("--rate", "100", "--growth", "10", "--after", "7", "--show", view, "--format", "json")
        alone = json.loads(iris_cost(*options).stdout)[view]["totals"]["USD per month"]
        assert rows[7][title] == alone
        bills = [Decimal(row[title]) for row in rows]
        assert bills == sorted(bills)
    assert {heading for row in rows for heading in row} - set(translations.SPANISH) == set()


def test_a_stack_grows_until_its_maximum_number_of_instances():
    # Four instances at their target of 60 % serve the initial rate, and not twice as much.
    maximum = 4 * instance_throughput(read_capacity(), "c7g.medium")
    rate = round(0.6 * maximum)
    settings = ("instanceType=c7g.medium", "maxInstances=4", "targetRequestsPerMinute=10000000")
    options = ("--stack", "dev", *(f"--config={it}" for it in settings), f"--rate={rate}", "--peak-factor=1")
    options += ("--format", "json")
    alone = json.loads(iris_cost(*options).stdout)["stack"]["totals"]["USD per month"]
    result = iris_cost(*options, "--growth", "100", "--months", "2")
    rows = json.loads(result.stdout)["months"]["rows"]
    assert [row["mean requests per second"] for row in rows] == pytest.approx([rate, 2 * rate, 4 * rate])
    assert rows[0]["The stack's bill"] == alone
    assert "in month 1 the stack's maximum number of instances is too low" in result.stderr
    text = " ".join(iris_cost(*options[:-2], "--growth", "100", "--months", "2").stdout.split())
    assert "The stack dev costs " in text


def test_a_stack_whose_instances_exceed_their_baseline_bandwidth_is_named():
    # A t4g.micro has 64 Mbit/s, which are 10,000 requests of 782 bytes.
    settings = ("instanceType=t4g.micro", "maxInstances=2", "targetRequestsPerMinute=10000000")
    options = ("--stack", "dev", *(f"--config={it}" for it in settings), "--peak-factor=1")
    warning = "the instances exceed the baseline bandwidth of their type"
    assert warning in iris_cost(*options, "--rate=22000").stderr
    assert warning not in iris_cost(*options, "--rate=19000").stderr


def test_the_budget_applies_to_every_month_of_growth():
    result = iris_cost("--growth", "20", "--months", "24", "--rate", "100", "--budget", "120")
    assert result.exit_code == 3
    assert "The fleet in month 24 costs" in result.stderr
    assert iris_cost("--growth", "0", "--months", "2", "--rate", "1", "--budget", "70").exit_code == 0


def test_all_regions_are_compared():
    content = json.loads(iris_cost("--all-regions", "--format", "json").stdout)
    assert len(content["regions"]["rows"]) == 8


def test_old_prices_are_warned_of_on_standard_error():
    result = iris_cost("--show", "sizes", "--region", "eu-west-1", "--format", "json")
    json.loads(result.stdout)
    assert "older than 180 days" in result.stderr


SPOT_OF_NEW_TYPES = (
    "--config instanceType=c9g.medium --config alternativeInstanceTypes=m9g.medium,m8g.medium "
    "--config spotPercent=50"
)

NEW_TYPE = "--instance-type c8i.large"


@pytest.mark.parametrize(
    ("options", "missing"),
    [
        (
            "--instance-type c8i.large --show fleet --commitment 1y",
            "under the commitment 1 year, all upfront is known in us-east-1 of c8i.large",
        ),
        (
            "--instance-type c8i.large --months 1 --commitment 3y",
            "under the commitment 3 years, all upfront is known in us-east-1 of c8i.large",
        ),
        ("--show fleet --spot 50 --family c9g", "at spot is known in us-east-1 of c9g."),
        (
            f"--stack dev {SPOT_OF_NEW_TYPES}",
            "at spot is known in us-east-1 of c9g.medium",
        ),
    ],
)
def test_a_missing_price_is_warned_of(options: str, missing: str):
    result = iris_cost(*options.split())
    assert result.exit_code == 0, result.stderr
    assert f"Warning: no price {missing}" in result.stderr


def test_known_prices_give_no_warning():
    types = ("--instance-type", "t4g.small", "--family", "t4g", "--family", "m7g")
    result = iris_cost("--show", "fleet", *types, "--commitment", "1y", "--spot", "50")
    missing = [line for line in result.stderr.splitlines() if "no price" in line]
    # The rate of a Savings Plan for an arm64 function, all upfront, is not in the snapshot.
    assert [line for line in missing if "of function duration:" not in line] == []


def test_the_instance_type_that_is_named_is_billed():
    def total(*options: str) -> Decimal:
        content = json.loads(iris_cost("--format", "json", "--show", "fleet", *options).stdout)
        return Decimal(content["fleet"]["totals"]["USD per month"])

    # Two instances around the clock: 0.0042 and 0.0084 USD per hour.
    micro, nano = total("--instance-type", "t4g.micro"), total("--instance-type", "t4g.nano")
    assert micro - nano == 2 * 730 * (Decimal("0.0084") - Decimal("0.0042"))
    large = total("--instance-type", "c7g.8xlarge")
    assert total("--instance-type", "c7g.8xlarge", "--family", "t4g") == large
    over = iris_cost("--instance-type", "c7g.8xlarge", "--family", "t4g", "--budget", str(large - 1))
    assert over.exit_code == 3


@pytest.mark.parametrize("gib", ["512", "1e9"])
def test_a_memory_that_no_type_has_is_one_line(gib: str):
    for options in ([], ["--all-regions"]):
        result = iris_cost("--memory", gib, *options)
        assert result.exit_code == 1
        assert f"has {float(gib):,.0f} GiB of memory" in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_growth_beyond_every_service_of_the_world_is_one_line():
    result = iris_cost("--growth", "100", "--months", "120")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: After 22 months of 100 % growth: the demand exceeds")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["cost", "capacity", "load"])
def test_help_ends_with_one_example_per_line(command: str):
    examples = CliRunner().invoke(main, [command, "--help"]).stdout.partition("Examples:\n")[2].splitlines()
    assert len(examples) >= 3
    assert all(line.strip().startswith("iris ") for line in examples)


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from click.testing import CliRunner; from scripts.cli import main; "
        "assert CliRunner().invoke(main, ['cost', '--help']).exit_code == 0; "
        "print(sorted({'numpy', 'matplotlib', 'boto3', 'rich', 'pulumi'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_both_sides_have_a_firewall_and_access_logs_or_neither():
    options = ("--rate", "5", "--format", "json", "--show", "fleet", "--show", "function")
    with_both, without = (
        json.loads(iris_cost(*options, *more).stdout) for more in ((), ("--no-firewall", "--no-access-logs"))
    )
    billed, bare = (
        {name: {row["item"] for row in it[name]["rows"]} for name in ("fleet", "function")}
        for it in (with_both, without)
    )
    assert billed["fleet"] - bare["fleet"] == {"firewall", "inspected requests", "load balancer logs"}
    # Lambda itself still writes START, END and REPORT.
    assert billed["function"] - bare["function"] == {"firewall", "inspected requests"}
    difference = Decimal(with_both["fleet"]["totals"]["USD per month"]) - Decimal(
        without["fleet"]["totals"]["USD per month"]
    )
    # 5 + 6 USD for the web ACL, 0.60 per million of 13.14 million requests, and 60 bytes for each of 1.1
    # lines per request, which are kept for 30 days at 0.023 USD per GB and month.
    logs = Decimal(13_140_000 * 60) / 2**30 * Decimal("1.1") * 30 * 24 / 730 * Decimal("0.023")
    assert difference == pytest.approx(11 + Decimal("7.884") + logs, abs=Decimal("1e-9"))


@pytest.mark.parametrize("options", [(), ("--months", "2")])
def test_an_answer_says_what_each_side_includes_and_what_both_leave_out(options: tuple[str, ...]):
    text = " ".join(iris_cost("--rate", "5", "--no-firewall", *options).stdout.split())
    included = text[text.index("Included in both") : text.index("what is named as not priced.")]
    both, fleet, function = included.partition("Not included: ")[0].split("; in the ")
    assert both == "Included in both: data to the internet"
    assert "load balancer logs" in fleet
    assert "API calls" in function
    assert "Not included: firewall, taxes" in included


def test_the_cash_of_each_commitment_is_shown_and_without_a_price_nothing():
    options = ("--rate", "5", "--instance-type", "t4g.small", "--show", "commitments", "--format", "json")
    rows = json.loads(iris_cost(*options).stdout)["commitments"]["rows"]
    by_name = {(row["option"], row["commitment"]): row for row in rows}
    # Two t4g.small: 0.0105 instead of 0.0168 USD per hour.
    assert Decimal(by_name["fleet", "1 year, no upfront"]["saved per month"]) == 2 * 730 * Decimal("0.0063")
    assert by_name["fleet", "3 years, partial upfront"]["note"] == "no price is known"
    assert "due now" not in by_name["fleet", "3 years, partial upfront"]
    assert "due per month" not in by_name["function", "1 year, all upfront"]
    assert len(rows) == 14
