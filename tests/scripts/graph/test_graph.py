"""The picture of the architecture is that of the program, and can be read."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from infra.local.resources import ROWS
from scripts.graph.asked import Asked, Program, run
from scripts.graph.box import Group, Leaf, Placed, Tier, Zones, height, narrowest, place
from scripts.graph.command import PICTURE, drawn, graph
from scripts.graph.composition import Arrow, compose
from scripts.graph.kinds import BOXES, UndrawnError, check
from scripts.graph.svg import draw
from scripts.local import PROJECT

EVERYTHING = ("compute=both", "zones=3", "natGateways=per-zone", "interfaceEndpoints=ssm,logs")


def placed(*settings: str) -> tuple[list[Placed], list[Arrow]]:
    root, arrows = compose(run(PROJECT, "dev", settings))
    return list(place(root, 0, 0, narrowest(root))), arrows


def overlap(one: Placed, other: Placed) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def test_the_picture_in_the_docs_is_that_of_the_program():
    assert PICTURE.read_text(encoding="utf-8") == drawn(), "run `make graph`"


@pytest.mark.parametrize("settings", [EVERYTHING, ("compute=lambda",)])
def test_no_box_hides_another_and_every_arrow_begins_and_ends_at_one(settings: tuple[str, ...]):
    boxes, arrows = placed(*settings)
    leaves = [box for box in boxes if not box.is_frame]
    assert [(a.key, b.key) for a, b in combinations(leaves, 2) if overlap(a, b)] == []
    keys = {box.key for box in boxes}
    assert {end for arrow in arrows for end in (arrow.source, arrow.target)} <= keys
    if "zones=3" in settings:
        assert sum(box.look == "zone" and box.title.startswith("us-east-1") for box in boxes) == 3
        assert Arrow("fleet", "nat", "HTTPS :443") in arrows


def test_every_type_that_is_made_here_has_a_place():
    drawn_kinds = {kind for kinds in BOXES.values() for kind in kinds}
    assert sorted({token.split(":")[1] for token in ROWS} - drawn_kinds) == []


def test_a_type_without_a_place_is_named():
    queue = Asked(type="aws:sqs/queue:Queue", name="orders", inputs={})
    with pytest.raises(UndrawnError, match=r"no box stands for sqs/queue"):
        check(Program(region="us-east-1", resources=(queue,)))


def test_the_same_boxes_give_the_same_well_formed_text():
    inner = Leaf(key="a", title="<A & B>", lines=("one",), look="compute")
    root = Group(children=(inner, Leaf(key="b", title="B", look="watch")))
    text = draw(root, [Arrow("a", "b", "HTTP :80")], "A picture")
    assert text == draw(root, [Arrow("a", "b", "HTTP :80")], "A picture")
    found = ET.fromstring(text)  # noqa: S314 (our own)
    words = [element.text for element in found.iter("{http://www.w3.org/2000/svg}text")]
    assert words == ["<A & B>", "one", "B", "HTTP :80"]
    assert "prefers-color-scheme: dark" in text


def test_what_spans_the_zones_lies_above_a_subnet_of_each():
    tier = Tier(look="public", subnets=("s1", "s2"), holds=Leaf(key="x", title="X", look="compute"))
    zones = Zones(names=("z1", "z2"), tiers=(tier,), gap=10)
    boxes = {box.title: box for box in place(zones, 0, 0, 400)}
    assert height(zones) == boxes["z1"].height
    assert all(overlap(boxes["X"], boxes[subnet]) for subnet in ("s1", "s2"))
    assert not overlap(boxes["z1"], boxes["z2"])


def test_a_program_that_refuses_is_told_in_a_line():
    done = CliRunner().invoke(graph, ["--config", "zones=9", "--output", "/nowhere/at/all.svg"])
    assert done.exit_code == 1
    (line,) = re.findall(r"^Error: .*", done.stderr, re.MULTILINE)
    assert "zones is '9'" in line
