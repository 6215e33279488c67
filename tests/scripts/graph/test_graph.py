"""The diagram shows the architecture of the program, and is readable."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from localcloud.provisioning.registry import RESOURCE_TYPES
from scripts.graph.diagram import compose_diagram
from scripts.graph.edges import Edge
from scripts.graph.graph import DIAGRAM, draw_architecture, graph
from scripts.graph.layout import (
    Container,
    Node,
    PlacedBox,
    SubnetTier,
    ZoneColumns,
    height,
    minimum_width,
    place_boxes,
)
from scripts.graph.resource_groups import BOXES, MissingBoxError, check_boxes
from scripts.graph.svg import draw_svg
from scripts.program.resources import RequestedResource, StackResources
from scripts.program.run import run

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
def everything() -> tuple[list[PlacedBox], list[Edge]]:
    return placed_boxes(*EVERYTHING)


def placed_boxes(*settings: str) -> tuple[list[PlacedBox], list[Edge]]:
    root, edges = compose_diagram(run("dev", settings))
    return list(place_boxes(root, 0, 0, minimum_width(root))), edges


def overlap(one: PlacedBox, other: PlacedBox) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def test_the_diagram_in_the_docs_is_that_of_the_program():
    assert DIAGRAM.read_text(encoding="utf-8") == draw_architecture(), "run `make graph`"


def texts(boxes: list[PlacedBox], key: str) -> tuple[str, ...]:
    (box,) = [box for box in boxes if box.key == key]
    return (box.title, *box.lines)


def test_three_zones_and_their_gateways_are_drawn(everything: tuple[list[PlacedBox], list[Edge]]):
    boxes, edges = everything
    assert sum(box.style == "zone" and box.title.startswith("us-east-1") for box in boxes) == 3
    assert Edge("fleet", "nat", "HTTPS :443") in edges
    assert texts(boxes, "nat") == ("NAT gateway", "one in each zone")
    assert texts(boxes, "endpoints-interface") == (
        "Interface endpoints",
        "Auto Scaling · CloudWatch Logs · Session Manager · Systems Manager",
    )


def test_the_fleet_s_box_has_its_instance_types_purchase_options_and_scaling_signals(
    everything: tuple[list[PlacedBox], list[Edge]],
):
    _, size, bought, followed = texts(everything[0], "fleet")
    assert size == "2 to 12 x t4g.small, t4g.medium or c7g.large"
    assert bought == "2 on demand, 50 % of the rest spot, IMDSv2, encrypted gp3"
    assert re.fullmatch(
        r"follows [\d,]+ requests per minute and instance, 20 % CPU, a schedule and a forecast", followed
    )


def test_a_long_mix_is_shown_by_its_number_and_a_warm_pool_by_its_size():
    boxes, _ = placed_boxes(
        "alternativeInstanceTypes=t4g.medium, c7g.large, m7g.large",
        "spotPercent=100",
        "onDemandBaseCapacity=0",
        "availabilityZones=2",
    )
    assert texts(boxes, "fleet")[1:3] == (
        "2 to 4 x t4g.small or 3 similar types",
        "100 % spot, IMDSv2, encrypted gp3",
    )
    boxes, _ = placed_boxes("warmPoolSize=2", "natGateways=single")
    assert texts(boxes, "fleet")[-1] == "warm pool of 2, stopped"


def test_every_source_of_notifications_has_an_edge_to_the_topic(
    everything: tuple[list[PlacedBox], list[Edge]],
):
    boxes, edges = everything
    notification = {(edge.source, edge.label) for edge in edges if edge.target == "topic"}
    assert notification == {("watch", "alarms"), ("detection", "findings"), ("budget", "warnings")}
    assert texts(boxes, "budget") == ("AWS Budgets", "USD 250 per month")
    quiet, edges = placed_boxes("compute=lambda", "monthlyBudgetUsd=0")
    assert {box.key for box in quiet}.isdisjoint({"detection", "budget"})
    assert {edge.source for edge in edges if edge.target == "topic"} == {"watch"}


def test_a_web_acl_with_blocking_and_counting_rules_says_so(everything: tuple[list[PlacedBox], list[Edge]]):
    title, *rules = texts(everything[0], "firewall")
    assert title == "AWS WAF web ACL that blocks and counts"
    assert rules == [
        "allowed addresses · rate limit · batch rate limit · IP reputation · common",
        "large body",
    ]


def test_an_edge_to_a_neighbouring_box_is_straight_in_both_directions():
    left, right = (
        Container(children=tuple(Node(key=f"{side}{number}", title="X", style="watch") for number in (1, 2)))
        for side in "lr"
    )
    middle = Node(key="m", title="M", style="watch")
    root = Container(children=(left, middle, right), flow="row", gap=60)
    text = draw_svg(root, [Edge("l1", "m", ""), Edge("r2", "m", "")], "A picture")
    ways = re.findall(r'class="way" d="M([\d.]+) ([\d.]+) L([\d.]+) ([\d.]+)"', text)
    (x1, y1, end1, below1), (x2, y2, end2, below2) = [tuple(map(float, way)) for way in ways]
    assert (y1, y2) == (below1, below2)
    assert y1 < y2
    assert x1 < end1 < end2 < x2


@pytest.mark.parametrize("settings", [EVERYTHING, ("compute=lambda",)])
def test_no_box_hides_another_and_every_edge_begins_and_ends_at_one(settings: tuple[str, ...]):
    boxes, edges = placed_boxes(*settings)
    leaves = [box for box in boxes if not box.is_frame]
    assert [(a.key, b.key) for a, b in combinations(leaves, 2) if overlap(a, b)] == []
    keys = {box.key for box in boxes}
    assert {end for edge in edges for end in (edge.source, edge.target)} <= keys


def test_every_type_that_the_local_cloud_provisions_has_a_box():
    drawn_kinds = {kind for kinds in BOXES.values() for kind in kinds}
    assert sorted({token.split(":")[1] for token in RESOURCE_TYPES} - drawn_kinds) == []


def test_a_type_without_a_box_is_named():
    queue = RequestedResource(type="aws:sqs/queue:Queue", name="orders", inputs={})
    with pytest.raises(MissingBoxError, match=r"no box represents sqs/queue"):
        check_boxes(StackResources(stack="dev", region="us-east-1", resources=(queue,)))


def test_the_same_boxes_give_the_same_well_formed_text():
    inner = Node(key="a", title="<A & B>", lines=("one",), style="compute")
    root = Container(children=(inner, Node(key="b", title="B", style="watch")))
    text = draw_svg(root, [Edge("a", "b", "HTTP :80")], "A picture")
    assert text == draw_svg(root, [Edge("a", "b", "HTTP :80")], "A picture")
    found = ET.fromstring(text)  # noqa: S314 (our own)
    words = [element.text for element in found.iter("{http://www.w3.org/2000/svg}text")]
    assert words == ["<A & B>", "one", "B", "HTTP :80"]
    assert "prefers-color-scheme: dark" in text


def test_an_element_that_spans_the_zones_overlaps_a_subnet_of_each():
    row = SubnetTier(style="public", subnets=("s1", "s2"), content=Node(key="x", title="X", style="compute"))
    zones = ZoneColumns(names=("z1", "z2"), rows=(row,), gap=10)
    boxes = {box.title: box for box in place_boxes(zones, 0, 0, 400)}
    assert height(zones) == boxes["z1"].height
    assert all(overlap(boxes["X"], boxes[subnet]) for subnet in ("s1", "s2"))
    assert not overlap(boxes["z1"], boxes["z2"])


def test_a_configuration_that_the_program_rejects_is_one_line():
    done = CliRunner().invoke(graph, ["--config", "availabilityZones=9", "--output", "/nowhere/at/all.svg"])
    assert done.exit_code == 1
    (line,) = re.findall(r"^Error: .*", done.stderr, re.MULTILINE)
    assert "availabilityZones is '9'" in line
