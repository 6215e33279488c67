"""Places of new instances while Availability Zones are lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, cast

import pytest

from scalable_models_localstack.autoscaling.lost_zones import LOST_ZONES, usable_places

if TYPE_CHECKING:
    from pathlib import Path

    from scalable_models_localstack.autoscaling.launch import Placement


class Place(NamedTuple):
    """Zone and subnet, as of the launch, which needs moto."""

    zone: str
    subnet_id: str


PLACES = cast("list[Placement]", [Place("eu-west-1a", "s-1"), Place("eu-west-1b", "s-2")])


@pytest.mark.parametrize(
    ("lost", "usable"),
    [
        ("[]", PLACES),
        ("", PLACES),
        (json.dumps(["eu-west-1a"]), PLACES[1:]),
        (json.dumps(["eu-west-1c"]), PLACES),
        # There is no other place: launching goes on as before.
        (json.dumps(["eu-west-1a", "eu-west-1b"]), PLACES),
    ],
)
def test_no_instance_is_launched_in_a_lost_zone_while_there_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str, usable: list[Placement]
):
    file = tmp_path / "lost-zones.json"
    file.write_text(lost)
    monkeypatch.setenv(LOST_ZONES, str(file))
    assert usable_places(PLACES) == usable


def test_without_a_file_no_zone_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(LOST_ZONES, str(tmp_path / "missing"))
    assert usable_places(PLACES) == PLACES
    monkeypatch.delenv(LOST_ZONES)
    assert usable_places(PLACES) == PLACES
