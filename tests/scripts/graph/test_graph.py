"""The picture of the architecture is that of the program, and can be read."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from localcloud.provisioning.registry import RESOURCE_TYPES
from scripts.graph.command import PICTURE, drawn, graph
from scripts.graph.diagram import compose
from scripts.graph.edges import Arrow
from scripts.graph.layout import Group, Leaf, Placed, Tier, Zones, height, narrowest, place
from scripts.graph.resource_groups import BOXES, UndrawnError, check
from scripts.graph.svg import draw
from scripts.local.local import PROJECT
from scripts.program.asked import Asked, Program, run

EVERYTHING = (
    *(
        "compute=both",
        "availabilityZones=3",
        "natGateways=per-zone",
        "interfaceEndpoints=ssm,logs,autoscaling",
    ),
    *("alternativeInstanceTypes=t4g.medium, c7g.large", "spotPercent=50", "maxInstances=12"),
    *("scalingSchedule=0 8 * * * min=4; 0 20 * * * min=2", "predictiveScaling=scale"),
    *("firewallMode=block", "managedRuleGroups=ip-reputation, common:count", "allowedIpRanges=203.0.113.7"),
    *("guardDuty=true", "monthlyBudgetUsd=250"),
)


@pytest.fixture(scope="module")
def everything() -> tuple[list[Placed], list[Arrow]]:
    return placed(*EVERYTHING)


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


def texts(boxes: list[Placed], key: str) -> tuple[str, ...]:
    (box,) = [box for box in boxes if box.key == key]
    return (box.title, *box.lines)


def test_three_zones_and_their_gateways_are_drawn(everything: tuple[list[Placed], list[Arrow]]):
    boxes, arrows = everything
    assert sum(box.look == "zone" and box.title.startswith("us-east-1") for box in boxes) == 3
    assert Arrow("fleet", "nat", "HTTPS :443") in arrows
    assert texts(boxes, "nat") == ("NAT gateway", "one in each zone")
    assert texts(boxes, "endpoints-interface") == (
        "Interface endpoints",
        "Auto Scaling · CloudWatch Logs · Session Manager · Systems Manager",
    )


def test_the_fleet_says_what_it_may_be_made_of_and_what_its_size_follows(
    everything: tuple[list[Placed], list[Arrow]],
):
    _, size, bought, followed = texts(everything[0], "fleet")
    assert size == "2 to 12 x t4g.small, t4g.medium or c7g.large"
    assert bought == "2 on demand, 50 % of the others spot, IMDSv2, encrypted gp3"
    assert re.fullmatch(
        r"follows [\d,]+ requests a minute and instance, 60 % CPU, a schedule and a forecast", followed
    )


def test_a_long_mix_is_told_by_its_number_and_what_waits_is_told():
    boxes, _ = placed(
        "alternativeInstanceTypes=t4g.medium, c7g.large, m7g.large",
        "spotPercent=100",
        "onDemandBaseCapacity=0",
        "availabilityZones=2",
    )
    assert texts(boxes, "fleet")[1:3] == (
        "2 to 4 x t4g.small or 3 types like it",
        "100 % spot, IMDSv2, encrypted gp3",
    )
    boxes, _ = placed("warmPoolSize=2", "natGateways=single")
    assert texts(boxes, "fleet")[-1] == "2 more wait, stopped"


def test_whoever_tells_the_topic_has_an_arrow_to_it(everything: tuple[list[Placed], list[Arrow]]):
    boxes, arrows = everything
    told = {(arrow.source, arrow.says) for arrow in arrows if arrow.target == "topic"}
    assert told == {("watch", "alarms"), ("detection", "findings"), ("budget", "warnings")}
    assert texts(boxes, "budget") == ("AWS Budgets", "USD 250 a month")
    quiet, arrows = placed("compute=lambda", "monthlyBudgetUsd=0")
    assert {box.key for box in quiet}.isdisjoint({"detection", "budget"})
    assert {arrow.source for arrow in arrows if arrow.target == "topic"} == {"watch"}


def test_a_firewall_of_two_minds_says_so(everything: tuple[list[Placed], list[Arrow]]):
    title, rules = texts(everything[0], "firewall")
    assert title == "AWS WAF web ACL, which blocks and counts"
    assert rules == "allowed addresses · rate limit · IP reputation · common · large body"


def test_an_arrow_to_a_box_beside_goes_straight_there_to_either_side():
    left, right = (
        Group(children=tuple(Leaf(key=f"{side}{number}", title="X", look="watch") for number in (1, 2)))
        for side in "lr"
    )
    middle = Leaf(key="m", title="M", look="watch")
    root = Group(children=(left, middle, right), flow="row", gap=60)
    text = draw(root, [Arrow("l1", "m", ""), Arrow("r2", "m", "")], "A picture")
    ways = re.findall(r'class="way" d="M([\d.]+) ([\d.]+) L([\d.]+) ([\d.]+)"', text)
    (x1, y1, end1, below1), (x2, y2, end2, below2) = [tuple(map(float, way)) for way in ways]
    assert (y1, y2) == (below1, below2)
    assert y1 < y2
    assert x1 < end1 < end2 < x2


@pytest.mark.parametrize("settings", [EVERYTHING, ("compute=lambda",)])
def test_no_box_hides_another_and_every_arrow_begins_and_ends_at_one(settings: tuple[str, ...]):
    boxes, arrows = placed(*settings)
    leaves = [box for box in boxes if not box.is_frame]
    assert [(a.key, b.key) for a, b in combinations(leaves, 2) if overlap(a, b)] == []
    keys = {box.key for box in boxes}
    assert {end for arrow in arrows for end in (arrow.source, arrow.target)} <= keys


def test_every_type_that_is_made_here_has_a_place():
    drawn_kinds = {kind for kinds in BOXES.values() for kind in kinds}
    assert sorted({token.split(":")[1] for token in RESOURCE_TYPES} - drawn_kinds) == []


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
    done = CliRunner().invoke(graph, ["--config", "availabilityZones=9", "--output", "/nowhere/at/all.svg"])
    assert done.exit_code == 1
    (line,) = re.findall(r"^Error: .*", done.stderr, re.MULTILINE)
    assert "availabilityZones is '9'" in line
