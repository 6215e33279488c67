"""Inputs, sources and warnings of a report, around its tables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.bill_lines import bill, bill_line
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.function import FunctionShape
from scripts.cost.bill.monthly_projection import ProjectedMonth
from scripts.cost.bill.shared_services import SharedServices
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.cli.preamble import inputs, preamble
from scripts.cost.comparison.scenario import Scenario
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.output.messages import message
from scripts.cost.output.report import Report
from scripts.cost.output.shortfalls import monthly_shortfall_warnings, shortfall_warnings
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.prices.tariff import Provenance

OLD, NEW = (Provenance(as_of=date(2026, it, 1), source=f"month {it}") for it in (3, 9))
UNDATED = Provenance(as_of=None, source="somewhere")
SCENARIO = Scenario(
    demand=Demand(rates=(10.0, 30.0) * 84, request_bytes=1_500, response_bytes=900),
    capacity=replace(read_capacity().at(5_000), low=2_000, high=20_000, seconds_per_byte=2e-9),
    prices=project_snapshot().region("us-east-1"),
    assumptions=Assumptions(free_tier=True),
    shape=FleetShape(instance_type="t3.nano"),
    function=FunctionShape(),
)


def test_the_inputs_are_the_figures_of_the_scenario():
    found = inputs(SCENARIO, "eu-west-1")
    expected = {
        "region": "eu-west-1",
        "mean_requests_per_second": 20,
        "peak_requests_per_second": 30,
        "requests_per_month": 20 * 730 * 3_600,
        "request_bytes": 1_500,
        "response_bytes": 900,
        "requests_per_second_per_vcpu": 5_000,
        "requests_per_second_per_vcpu_low": 2_000,
        "requests_per_second_per_vcpu_high": 20_000,
        "microseconds_per_kilobyte": 2,
        "free_tier": True,
    }
    assert {key: found[key] for key in expected} == expected
    assert "measured" not in found


def test_demand_capacity_and_dates_of_prices_stand_above():
    fleet = bill([bill_line(it, "fixed", Decimal(1), 1, NEW, UNDATED) for it in ("disks", "keys")], 1)
    function = bill([bill_line(it, "fixed", Decimal(1), 1, OLD) for it in ("keys", "logs")], 1)
    machine = SCENARIO.capacity
    demand, capacity, prices, included = map(str, preamble(SCENARIO, "here", [fleet, function]))
    assert demand == (
        "Demand: 20 requests per second on average, 30 at the peak; 1,500 bytes per request and "
        "900 per response."
    )
    assert capacity.startswith(
        "Capacity: 5,000 requests per second and vCPU, from 2,000 in the worst case to 20,000 in the best, "
        f"measured on {machine.machine} ({machine.measured_on.isoformat()}, "
    )
    assert prices == "Prices: here, as of 2026-03-01 to 2026-09-01."
    assert included.startswith("Included: disks, keys, logs. Not included: taxes, ")
    *_, sides = map(str, preamble(SCENARIO, "here", [], sides=[fleet, function]))
    assert sides.startswith(
        "Included in both: keys; in the fleet also: disks; in the function also: logs. Not included: taxes, "
    )
    bare = replace(SCENARIO.shape, access_log=False, shared=SharedServices(web_acls=0))
    *_, undated, sides = map(str, preamble(replace(SCENARIO, shape=bare), "here", [], sides=[fleet, fleet]))
    assert undated == "Prices: here."
    assert "in the fleet also: -; in the function also: -" in sides
    assert "Not included: firewall, access logs, taxes" in sides


def test_a_report_names_each_source_once_in_the_order_of_their_dates():
    report = Report(
        title="Regions",
        inputs={"a": Decimal("1.5")},
        preamble=[message("first")],
        tables=[],
        conclusion=message("last."),
        assumptions=Assumptions(log_days=7),
        provenances=[NEW, UNDATED, OLD, NEW],
        warnings=["careful", message("very")],
    )
    content = json.loads(report.as_json("en"))
    assert [it["source"] for it in content["sources"]] == ["month 3", "month 9", "somewhere"]
    assert content["sources"][0] == {"as_of": "2026-03-01", "basis": "listed", "source": "month 3"}
    assert (content["inputs"], content["conclusion"]) == ({"a": "1.5"}, "last.")
    assert content["warnings"] == ["careful", "very"]
    assert content["assumptions"]["log_days"]["value"] == 7
    assert report.as_markdown("en").split("\n\n") == [
        *("## Regions", "**last.**", "- first", "- ⚠ careful\n- ⚠ very"),
    ]
    assert "⚠" not in replace(report, warnings=()).as_markdown("en")
    page = report.as_html("en")
    assert page.index("first") < page.index("careful") < page.index("last.") < page.index("month 3")


def test_each_shortfall_is_warned_of_and_of_months_the_first():
    assert [str(it) for it in shortfall_warnings(["too few instances", "too many targets"])] == [
        "the stack's maximum number of instances is too low for this demand.",
        "the load balancer's quota of targets is exceeded for this demand.",
    ]
    months = [
        ProjectedMonth(number=it, demand=Demand(rates=weekly_demand.constant(10.0**it)), bills=())
        for it in range(4)
    ]
    (warning,) = monthly_shortfall_warnings(
        months, lambda it: ("CPU credits", "network bandwidth") if it.mean >= 100 else ()
    )
    assert str(warning) == (
        "in month 2 the instances spend more CPU credits than they earn, and are slowed down."
    )
    assert monthly_shortfall_warnings(months, lambda _: ()) == []
