"""Comparison of the parameters of a resource's creation with AWS's descriptions of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jmespath

from tests.localcloud.provisioning.read_back.leaves import leaves
from tests.localcloud.provisioning.read_back.readers import READERS, SAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from localcloud.aws.clients import Api
    from tests.localcloud.provisioning.read_back.leaves import Leaf


def missing_leaves(api: Api, record: Mapping[str, Any]) -> Iterator[Leaf]:
    """Yield the parameters of a resource that AWS's descriptions do not contain.

    Args:
        api: AWS API of the control plane.
        record: record of the resource from the provisioner.
    """
    kind = record["type"].split(":")[1]
    # Calls that describe or revoke add nothing to a description.
    calls = [
        arguments
        for operation, arguments in record["calls"]
        if not operation.startswith(("Describe", "Revoke"))
    ]
    known = _known(record, calls)
    # A resource with another name or place would not be described at all.
    addressed = {value for ask in READERS[kind] for _, value in leaves(_filled(ask.arguments, known))}
    addressed |= {known[name] for ask in READERS[kind] for name in known if f"{{{name}}}" in ask.path}
    described = {leaf for response in _responses(api, kind, known) for leaf in leaves(response)}
    for key, value in sorted({leaf for arguments in calls for leaf in leaves(arguments)}):
        named = SAME.get(kind, {}).get(key, key)
        by_name = key == "name" and any(one.endswith(f":{value}") for one in addressed)
        # The resource type in its tag specification; a template's tags are for other types.
        of_tags = key == "resourcetype" and (kind != "ec2/launchTemplate" or value == "launch-template")
        if (named, value) not in described and value not in addressed and not by_name and not of_tags:
            yield key, value


def _known(record: Mapping[str, Any], calls: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the values for the placeholders in braces."""
    known = {"id": record["id"], "arn": str(record["outputs"].get("arn"))}
    for arguments in calls:
        known |= {name: value for name, value in arguments.items() if isinstance(value, str)}
        for change in arguments.get("ChangeBatch", {}).get("Changes", []):
            known["record"] = change["ResourceRecordSet"]["Name"]
    return known


def _responses(api: Api, kind: str, known: Mapping[str, str]) -> Iterator[object]:
    for ask in READERS[kind]:
        operation = getattr(api.client_by_name(ask.service), ask.operation)
        response: Any = operation(**_filled(ask.arguments, known))
        response.pop("ResponseMetadata", None)
        yield jmespath.search(ask.path.format_map(known), response)


def _filled(template: Any, known: Mapping[str, str]) -> Any:
    match template:
        case str():
            return template.format_map(known)
        case list():
            return [_filled(item, known) for item in template]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return {key: _filled(value, known) for key, value in template.items()}
