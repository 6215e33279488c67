from __future__ import annotations

import pytest

from infra.monitoring.cost_metric import FLEET_ITEMS, FUNCTION_ITEMS
from infra.reference_data import check
from infra.reference_data.check import check_reference_data
from infra.reference_data.csv_rows import REFERENCE_DATA, ReferenceDataError, read_rows
from infra.reference_data.instance_types import ARCHITECTURES
from infra.reference_data.prices import SERVICE_ITEMS


def test_the_project_s_own_files_are_whole():
    check_reference_data()


# The dashboard's formulas look these up while resources are created: an error would leave half a stack.
def test_every_price_of_the_formulas_is_checked():
    gb_seconds = {f"lambda.gb_second.{architecture}" for architecture in ARCHITECTURES}
    assert {*FLEET_ITEMS, *FUNCTION_ITEMS, *gb_seconds} == {*SERVICE_ITEMS}


def test_every_instance_type_has_a_score_and_a_price():
    types = {row["type"] for row in read_rows(REFERENCE_DATA / "instance_types.csv")}
    scores = {row["type"] for row in read_rows(REFERENCE_DATA / "cpu_scores.csv")}
    prices = read_rows(REFERENCE_DATA / "ec2_on_demand.csv")
    assert types
    assert types - scores == set()
    assert types - {row["type"] for row in prices if row["region"] == "us-east-1"} == set()


def test_a_price_that_is_missing_is_found_before_the_first_resource(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(check, "SERVICE_ITEMS", ("alb.hour", "no.such.item"))
    with pytest.raises(ReferenceDataError, match=r"has no price of no\.such\.item in us-east-1"):
        check_reference_data()
