from __future__ import annotations

import shutil
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from scripts.cost.prices.snapshot import (
    DATA,
    STALE_DAYS,
    SnapshotError,
    UnknownNameError,
    load_snapshot,
    size_problems,
    stale_provenances,
)
from scripts.cost.prices.tariff import Provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SNAPSHOT = load_snapshot()


INSTALLMENTS, T4G_SMALL = "ec2_installments.csv", "sa-east-1,t4g.small"
NO_UPFRONT = f"{T4G_SMALL},1y-no-upfront,0,0.0154,"


def changed(folder: Path, file: str, old: str, new: str) -> Path:
    """Copy the snapshot with one figure changed."""
    shutil.copytree(DATA, folder / "data", ignore=shutil.ignore_patterns("__pycache__"))
    text = (DATA / file).read_text()
    assert text.count(old) == 1
    (folder / "data" / file).write_text(text.replace(old, new))
    return folder / "data"


def test_every_price_of_every_region_has_a_source():
    provenances = [
        it.provenance
        for region in SNAPSHOT.regions.values()
        for it in [*region.services.values(), *(prices.on_demand for prices in region.instances.values())]
    ]
    assert len(provenances) > 1_300
    assert all(it.source for it in provenances)


def test_every_region_has_every_service_and_its_own_instances():
    items = {frozenset(region.services) for region in SNAPSHOT.regions.values()}
    assert len(items) == 1
    assert len(SNAPSHOT.region("us-east-1").instances) == 173
    assert len(SNAPSHOT.region("mx-central-1").instances) == 68


def test_a_price_of_another_region_is_marked_as_assumed():
    assert SNAPSHOT.region("us-east-1").tariff("nat.hour").provenance.basis == "listed"
    assert SNAPSHOT.region("sa-east-1").tariff("nat.hour").usd == Decimal("0.093")
    borrowed = SNAPSHOT.region("ca-central-1").tariff("nat.hour")
    assert (borrowed.usd, borrowed.provenance.basis) == (Decimal("0.045"), "assumed")


def test_an_unverified_price_is_marked_as_assumed():
    assert SNAPSHOT.region("mx-central-1").tariff("ebs.gb_month").provenance.basis == "assumed"


@pytest.mark.parametrize(
    ("look_up", "suggestion"),
    [
        (lambda: SNAPSHOT.region("us-esat-1"), "us-east-1"),
        (lambda: SNAPSHOT.region("us-east-1").instance("c7g.lage"), "c7g.large"),
        (lambda: SNAPSHOT.region("mx-central-1").instance("c8g.large"), "c7g.large"),
        (lambda: SNAPSHOT.region("us-east-1").tariff("alb.hours"), "alb.hour"),
    ],
)
def test_an_unknown_name_gets_a_suggestion_of_known_ones(look_up: Callable[[], object], suggestion: str):
    with pytest.raises(UnknownNameError, match=suggestion):
        look_up()


def test_figures_older_than_half_a_year_are_stale_and_so_are_those_without_a_date():
    today = date(2026, 11, 22)
    fresh = Provenance(as_of=today - timedelta(days=STALE_DAYS), source="fresh")
    old = Provenance(as_of=today - timedelta(days=STALE_DAYS + 1), source="old")
    undated = Provenance(as_of=None, source="undated")
    assert stale_provenances([fresh, old, undated, old], today) == [undated, old]


def test_a_price_that_is_not_proportional_to_the_memory_is_found():
    right = {"c7g.large": Decimal("0.0725"), "c7g.xlarge": Decimal("0.145")}
    assert size_problems("here", right) == []
    assert "c7g.xlarge" in size_problems("here", right | {"c7g.xlarge": Decimal("0.155")})[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (
            "ec2_on_demand.csv",
            "us-east-1,c7g.xlarge,0.145,",
            "us-east-1,c7g.xlarge,0.245,",
            "c7g.xlarge in us-",
        ),
        ("ec2_on_demand.csv", "us-east-1,c7g.xlarge,0.145,", "us-east-1,c7g.xlarge,0,", "not above zero"),
        ("ec2_on_demand.csv", "us-east-1,c7g.xlarge,", "us-east-1,c7g.2xlarge,", "two prices"),
        ("ec2_on_demand.csv", "us-east-1,c7g.xlarge,", "us-east-1,c77g.xlarge,", "instance_types.csv"),
        ("services.csv", "alb.hour,us-east-1,0.0225,", "alb.hour,us-east-1,0,", "not above zero"),
        (
            "services.csv",
            "us-east-1,0.085,1,10240,51200",
            "us-east-1,0.085,1,10241,51200",
            "a tier ends at 10240",
        ),
        ("services.csv", "us-east-1,0.09,1,0,10240", "us-east-1,0.09,1,1,10240", "starts at 1, not at 0"),
        ("services.csv", "us-east-1,0.05,1,153600,", "us-east-1,0.05,1,153600,9e9", "the last tier ends"),
        ("services.csv", "alb.hour,us-east-1,0.0225,", "alb.hour,us-east-1,cheap,", "can't be read"),
        ("sources.csv", "offer-ec2-2026-09,", "offer-ec2,", "offer-ec2-2026-09"),
        (INSTALLMENTS, NO_UPFRONT, f"{T4G_SMALL},1y-no-upfront,7,0.0154,", "7 USD upfront for 1y-no-upfront"),
        (
            INSTALLMENTS,
            NO_UPFRONT,
            f"{T4G_SMALL},1y-partial-upfront,0,0.0154,",
            "0 USD upfront for 1y-partial",
        ),
        (INSTALLMENTS, NO_UPFRONT, f"{T4G_SMALL},1y-partial-upfront,-7,0.0154,", "-7 USD upfront for"),
        (INSTALLMENTS, NO_UPFRONT, f"{T4G_SMALL},1y-no-upfront,0,0,", "usd_per_hour 0 is not above zero"),
        (INSTALLMENTS, NO_UPFRONT, f"{T4G_SMALL},1y,0,0.0154,", "'1y' is missing"),
    ],
)
def test_a_snapshot_with_an_implausible_figure_is_rejected(
    tmp_path: Path, file: str, old: str, new: str, complaint: str
):
    with pytest.raises(SnapshotError, match=complaint):
        load_snapshot(changed(tmp_path, file, old, new))


def test_a_missing_snapshot_is_one_clear_error(tmp_path: Path):
    with pytest.raises(SnapshotError, match=r"sources\.csv"):
        load_snapshot(tmp_path)
