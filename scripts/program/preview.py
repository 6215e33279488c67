"""Reads what `pulumi preview --json --show-sames` prints: all resources that a stack will have.

The form is the engine's `PreviewDigest`: https://pkg.go.dev/github.com/pulumi/pulumi/sdk/v3/go/common/display.
What depends on a resource that does not exist yet is a fixed text in it, which no number and no list looks
like; resources that stay as they are stand in it only where they were asked for.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, cast

from scripts.program.resources import Asked, Record, StackError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAME: Final = "same"
ERROR: Final = "error"

ZONE: Final = re.compile(r"([a-z]+(?:-[a-z]+)+-\d)[a-z]")
"""An availability zone, like `us-east-1a`, and the region that it is in."""

STAYS: Final = frozenset(
    {SAME, "create", "update", "replace", "create-replacement", "import", "import-replacement"}
)
"""Operations after which the resource is there."""

GOES: Final = frozenset(
    {"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace", "refresh"}
    | {"read", "read-replacement", "read-discard"}
)
"""Operations after which it is not, or which look at what is not the stack's own or will be listed again."""


def read(text: str, default_region: str) -> Record:
    """Read a preview.

    Args:
        text: what the command printed.
        default_region: the region where the preview does not say it, for it may come from the environment.

    Raises:
        StackError: it is no whole preview, or leaves resources out.
    """
    digest = _digest(text)
    steps = cast("list[Mapping[str, Any]]", digest["steps"])
    _refuse_what_failed(digest)
    _refuse_gaps(digest, steps)
    states = _states(steps)
    if not states:
        raise StackError("Nothing to price: after this preview the stack has no resources.")
    resources = tuple(Asked(str(it["type"]), it.get("inputs") or {}) for it in states.values())
    # urn:pulumi:<stack>::<project>::<types>::<name>
    stack = next(iter(states)).split("::")[0].rpartition(":")[2]
    return Record(stack=stack, region=_region(digest, resources) or default_region, resources=resources)


def _digest(text: str) -> dict[str, Any]:
    try:
        digest = cast("object", json.loads(text))
    except ValueError as error:
        raise StackError(f"The preview is no JSON: {error}. Make it with `pulumi preview --json`.") from error
    if not isinstance(digest, dict) or not isinstance(cast("dict[str, Any]", digest).get("steps"), list):
        raise StackError("This JSON is no preview: it has no steps. Make it with `pulumi preview --json`.")
    return cast("dict[str, Any]", digest)


def _refuse_what_failed(digest: Mapping[str, Any]) -> None:
    for it in cast("list[Mapping[str, Any]]", digest.get("diagnostics") or []):
        if it.get("severity") == ERROR:
            raise StackError(f"The preview failed: {' '.join(str(it.get('message')).split())}")
    if not isinstance(digest.get("changeSummary"), dict):
        raise StackError("The preview did not finish: it has no summary of the changes.")


def _refuse_gaps(digest: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> None:
    same = int(cast("dict[str, Any]", digest["changeSummary"]).get(SAME, 0))
    left_out = same - sum(1 for it in steps if it.get("op") == SAME)
    if left_out > 0:
        raise StackError(
            f"The preview leaves {left_out} unchanged resources out, so the bill would be too low: "
            "make it with `pulumi preview --json --show-sames`."
        )


def _states(steps: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the state of each resource that will be there, by its URN; components cost nothing."""
    states: dict[str, Mapping[str, Any]] = {}
    for step in steps:
        operation, urn, state = step.get("op"), step.get("urn"), step.get("newState")
        if operation not in STAYS | GOES or not isinstance(urn, str):
            raise StackError(f"The preview has a step that is not known: {operation!r} of {urn!r}.")
        if operation in GOES:
            continue
        if not isinstance(state, dict) or "type" not in state:
            raise StackError(f"The preview does not say what {urn} will be.")
        known = cast("Mapping[str, Any]", state)
        if known.get("custom") and not str(known["type"]).startswith("pulumi:"):
            states[urn] = known
    return states


def _region(digest: Mapping[str, Any], resources: Sequence[Asked]) -> str | None:
    configured = cast("dict[str, Any]", digest.get("config") or {}).get("aws:region")
    if configured:
        return str(configured)
    for it in resources:
        zone = ZONE.fullmatch(str(it.inputs.get("availabilityZone")))
        if zone:
            return zone[1]
    return None
