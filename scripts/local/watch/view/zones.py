"""Zones with their load balancer and their instances, as the views show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.local.watch.observation.snapshot import Instance, Node, Snapshot


def zones_of(snapshot: Snapshot) -> list[tuple[Node | None, list[Instance]]]:
    """Return each node with the instances of its zone; those of unknown zones come last, without a node."""
    known = {node.zone for node in snapshot.nodes}
    zones: list[tuple[Node | None, list[Instance]]] = [
        (node, [each for each in snapshot.instances if each.zone == node.zone or not node.zone])
        for node in snapshot.nodes
    ]
    others = [each for each in snapshot.instances if each.zone not in known and "" not in known]
    return [*zones, (None, others)] if others else zones
