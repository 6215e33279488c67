"""Output of `pulumi preview --json` for the project's own resources, in the engine's format.

As in a real preview of a new stack, one fixed text takes the place of each id, ARN and list of them, since
the engine can't know them before it creates the resources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from scripts.program.resources import StackResources

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
ROOT = "urn:pulumi:dev::scalable-models::pulumi:pulumi:Stack::scalable-models-dev"
PROVIDER = "urn:pulumi:dev::scalable-models::pulumi:providers:aws::default_7_51_1"


def with_unknown_values(value: Any) -> Any:
    """Replace the values that only existing resources have."""
    if isinstance(value, dict):
        return {key: with_unknown_values(it) for key, it in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        items = [with_unknown_values(it) for it in cast("list[Any]", value)]
        return UNKNOWN if items and all(it == UNKNOWN for it in items) else items
    if isinstance(value, str) and (value.startswith("arn:iris") or value.endswith("-id")):
        return UNKNOWN
    return value


def step(urn: str, kind: str, inputs: dict[str, Any], *, op: str, custom: bool = True) -> dict[str, Any]:
    state = {"urn": urn, "custom": custom, "type": kind, "inputs": inputs, "outputs": inputs}
    if urn != ROOT:
        state |= {"parent": ROOT}
    if custom:
        state |= {"provider": f"{PROVIDER}::{UNKNOWN}"}
    states = {"newState": state} if op == "create" else {"oldState": state, "newState": state}
    return {"op": op, "urn": urn, **states, "detailedDiff": None}


def digest(resources: StackResources, op: str = "create") -> dict[str, Any]:
    steps = [
        step(ROOT, "pulumi:pulumi:Stack", {}, op=op, custom=False),
        step(f"{PROVIDER}-us", "pulumi:providers:aws", {"region": "us-east-1"}, op=op),
    ]
    for index, it in enumerate(resources.resources):
        urn = f"urn:pulumi:dev::scalable-models::scalable-models:aws:Part${it.type}::resource-{index}"
        steps.append(step(urn, it.type, with_unknown_values(it.inputs), op=op))
    return {
        "config": {"scalable-models:compute": "both"},
        "steps": steps,
        "duration": 1_234_567_890,
        "changeSummary": {op: len(steps)},
    }
