"""Reader of the output of `pulumi preview --json --show-sames`: all resources that a stack will have.

The format is the engine's `PreviewDigest`: https://pkg.go.dev/github.com/pulumi/pulumi/sdk/v3/go/common/display.
A value that depends on a resource that does not exist yet is a fixed text, even where a number or a list is
expected. Unchanged resources are included only with `--show-sames`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, cast

from scripts.console.encoding import text_encoding
from scripts.program.resources import RequestedResource, StackError, StackResources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAME: Final = "same"
ERROR: Final = "error"

ZONE: Final = re.compile(r"([a-z]+(?:-[a-z]+)+-\d)[a-z]")
"""Pattern of an availability zone, like `us-east-1a`, whose group is the region."""

KEEPING: Final = frozenset(
    {SAME, "create", "update", "replace", "create-replacement", "import", "import-replacement"}
)
"""Operations after which the resource exists."""

SKIPPED: Final = frozenset(
    {"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace", "refresh"}
    | {"read", "read-replacement", "read-discard"}
)
"""Operations after which the resource does not exist, which read a resource outside the stack, or whose
resource is listed again."""


def read_preview(text: str, default_region: str) -> StackResources:
    """Read a preview.

    Args:
        text: output of the command.
        default_region: the region if the preview has none, since it may come from the environment.

    Raises:
        StackError: the text is no complete preview, or leaves resources out.
    """
    try:
        return _read_digest(_parse_digest(text), default_region)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise StackError(
            f"This JSON is no preview: {error!r}. Create it with `pulumi preview --json`."
        ) from error


def _read_digest(digest: dict[str, Any], default_region: str) -> StackResources:
    steps = cast("list[Mapping[str, Any]]", digest["steps"])
    _reject_failed_preview(digest)
    _reject_missing_resources(digest, steps)
    states = _states(steps)
    if not states:
        raise StackError("Nothing to price: after this preview the stack has no resources.")
    # urn:pulumi:<stack>::<project>::<types>::<name>
    resources = tuple(
        RequestedResource(type=str(it["type"]), name=urn.split("::")[-1], inputs=it.get("inputs") or {})
        for urn, it in states.items()
    )
    stack = next(iter(states)).split("::")[0].rpartition(":")[2]
    region = _region(digest, resources) or default_region
    return StackResources(stack=stack, region=region, resources=resources)


def decode_preview(content: bytes) -> str:
    """Return the text of a preview: UTF-8, or UTF-16 as PowerShell redirects output.

    Raises:
        StackError: It is neither.
    """
    try:
        return content.decode(text_encoding(content))
    except UnicodeDecodeError as error:
        raise StackError(f"The preview is not text: {error}.") from error


def _parse_digest(text: str) -> dict[str, Any]:
    digest = _find_digest(text)
    if not isinstance(digest, dict) or not isinstance(cast("dict[str, Any]", digest).get("steps"), list):
        raise StackError("This JSON is no preview: it has no steps. Create it with `pulumi preview --json`.")
    return cast("dict[str, Any]", digest)


def _find_digest(text: str) -> object:
    """Return the JSON of the preview, between the lines that Pulumi and shells may print around it."""
    reason = "no line begins with a brace"
    found: object = None
    for begin in re.finditer(r"^(?=[\[{])", text, re.MULTILINE):
        try:
            value = cast("object", json.JSONDecoder().raw_decode(text, begin.start())[0])
        except (ValueError, RecursionError) as error:
            reason = str(error)
            continue
        if found is None or (isinstance(value, dict) and "steps" in value):
            found = cast("object", value)
    if found is None:
        raise StackError(f"The preview is no JSON: {reason}. Create it with `pulumi preview --json`.")
    return found


def _reject_failed_preview(digest: Mapping[str, Any]) -> None:
    for it in cast("list[Mapping[str, Any]]", digest.get("diagnostics") or []):
        if it.get("severity") == ERROR:
            raise StackError(f"The preview failed: {' '.join(str(it.get('message')).split())}")
    if not isinstance(digest.get("changeSummary"), dict):
        raise StackError("The preview did not finish: it has no summary of the changes.")


def _reject_missing_resources(digest: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> None:
    same = int(cast("dict[str, Any]", digest["changeSummary"]).get(SAME, 0))
    left_out = same - sum(1 for it in steps if it.get("op") == SAME)
    if left_out > 0:
        raise StackError(
            f"The preview leaves {left_out} unchanged resources out, so the bill would be too low: "
            "create it with `pulumi preview --json --show-sames`."
        )


def _states(steps: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the states of the resources that will exist, except components, by their URNs."""
    states: dict[str, Mapping[str, Any]] = {}
    for step in steps:
        operation, urn, state = step.get("op"), step.get("urn"), step.get("newState")
        if operation not in KEEPING | SKIPPED or not isinstance(urn, str):
            raise StackError(f"The preview has an unknown step: {operation!r} of {urn!r}.")
        if operation in SKIPPED:
            continue
        if not isinstance(state, dict) or "type" not in state:
            raise StackError(f"The preview has no new state of {urn}.")
        known = cast("Mapping[str, Any]", state)
        if known.get("custom") and not str(known["type"]).startswith("pulumi:"):
            states[urn] = known
    return states


def _region(digest: Mapping[str, Any], resources: Sequence[RequestedResource]) -> str | None:
    configured = cast("dict[str, Any]", digest.get("config") or {}).get("aws:region")
    if configured:
        return str(configured)
    for it in resources:
        zone = ZONE.fullmatch(str(it.inputs.get("availabilityZone")))
        if zone:
            return zone[1]
    return None
