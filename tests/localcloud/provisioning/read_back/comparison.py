"""What was asked of AWS for a resource, held against what AWS tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jmespath

from tests.localcloud.provisioning.read_back.leaves import leaves
from tests.localcloud.provisioning.read_back.readers import READERS, SAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from localcloud.aws.clients import Api
    from tests.localcloud.provisioning.read_back.leaves import Leaf


def untold(api: Api, made: Mapping[str, Any]) -> Iterator[Leaf]:
    """Give what was asked of AWS for a resource, and AWS does not tell.

    Args:
        api: of the control plane.
        made: a resource as the provisioner wrote it down.
    """
    kind = made["type"].split(":")[1]
    # What looks or takes away leaves nothing to be told.
    calls = [
        arguments
        for operation, arguments in made["calls"]
        if not operation.startswith(("Describe", "Revoke"))
    ]
    known = _known(made, calls)
    # Nothing is told of a resource that has another name or lies elsewhere.
    addressed = {value for ask in READERS[kind] for _, value in leaves(_filled(ask.arguments, known))}
    addressed |= {known[name] for ask in READERS[kind] for name in known if f"{{{name}}}" in ask.path}
    told = {leaf for answer in _answers(api, kind, known) for leaf in leaves(answer)}
    for key, value in sorted({leaf for arguments in calls for leaf in leaves(arguments)}):
        named = SAME.get(kind, {}).get(key, key)
        by_name = key == "name" and any(one.endswith(f":{value}") for one in addressed)
        # The kind itself, beside its tags; a template's tags are for other kinds.
        of_tags = key == "resourcetype" and (kind != "ec2/launchTemplate" or value == "launch-template")
        if (named, value) not in told and value not in addressed and not by_name and not of_tags:
            yield key, value


def _known(made: Mapping[str, Any], calls: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Collect what may stand in braces."""
    known = {"id": made["id"], "arn": str(made["outputs"].get("arn"))}
    for arguments in calls:
        known |= {name: value for name, value in arguments.items() if isinstance(value, str)}
        for change in arguments.get("ChangeBatch", {}).get("Changes", []):
            known["record"] = change["ResourceRecordSet"]["Name"]
    return known


def _answers(api: Api, kind: str, known: Mapping[str, str]) -> Iterator[object]:
    for ask in READERS[kind]:
        operation = getattr(api.client(ask.service), ask.operation)
        answer: Any = operation(**_filled(ask.arguments, known))
        answer.pop("ResponseMetadata", None)
        yield jmespath.search(ask.path.format_map(known), answer)


def _filled(template: Any, known: Mapping[str, str]) -> Any:
    match template:
        case str():
            return template.format_map(known)
        case list():
            return [_filled(item, known) for item in template]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return {key: _filled(value, known) for key, value in template.items()}
