from __future__ import annotations

import pytest

from infra.reference_data import check
from infra.reference_data.check import check_reference_data
from infra.reference_data.csv_rows import REFERENCE_DATA, ReferenceDataError, read_rows


def test_the_project_s_own_files_are_whole():
    check_reference_data()


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
