"""Answers of the data sources that the program reads, from the resources of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.engine.plugin.account import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.engine.plugin.account import Account, StoredResource
    from tests.engine.plugin.wire import Properties

GROUP: Final = "aws:autoscaling/group:Group"
OBJECT: Final = "aws:s3/bucketObjectv2:BucketObjectv2"

ZONES: Final[Mapping[str, str]] = {
    f"{REGION}{letter}": f"use1-az{9 - index}" for index, letter in enumerate("abcd")
}
"""Name of a zone -> its id."""

IMAGE: Final = "ami-0123456789abcdef0"


def look_up(account: Account, token: str, arguments: Properties) -> Properties:
    """Answer a data source.

    Raises:
        KeyError: There is no answer to this one, or no such resource.
    """
    return {**arguments, **_ANSWERS[token.rpartition(":")[2]](account, arguments)}


def _zones(_account: Account, arguments: Properties) -> Properties:
    zones = {name: zone for name, zone in ZONES.items() if zone not in arguments.get("excludeZoneIds", ())}
    return {"names": list(zones), "zoneIds": list(zones.values()), "id": REGION}


def _group_names(account: Account, arguments: Properties) -> Properties:
    wanted = {one["name"].removeprefix("tag:"): one["values"] for one in arguments.get("filters", ())}
    names = [
        identifier
        for identifier, group in account.resources().items()
        if group.type == GROUP and all(_tags(group).get(key) in values for key, values in wanted.items())
    ]
    return {"names": names, "arns": names, "id": REGION}


def _tags(group: StoredResource) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in group.inputs.get("tags", ())}


def _group(account: Account, arguments: Properties) -> Properties:
    group = account.resources()[arguments["name"]].inputs
    single: Any = group.get("launchTemplate")
    mixed: Any = group.get("mixedInstancesPolicy")
    return {
        "id": arguments["name"],
        "minSize": group["minSize"],
        "maxSize": group["maxSize"],
        "vpcZoneIdentifier": ",".join(group["vpcZoneIdentifiers"]),
        "launchTemplates": [{"name": "", **single}] if single else [],
        "mixedInstancesPolicies": [_mixture(mixed)] if mixed else [],
    }


def _mixture(policy: Properties) -> Properties:
    """Return a mixture as the data source names it: each block in a list."""
    template: Properties = policy["launchTemplate"]
    specification = {"launchTemplateName": "", **template["launchTemplateSpecification"]}
    return {
        "instancesDistributions": [policy.get("instancesDistribution", {})],
        "launchTemplates": [
            {"launchTemplateSpecifications": [specification], "overrides": template.get("overrides", [])}
        ],
    }


def _object(account: Account, arguments: Properties) -> Properties:
    for stored in account.resources().values():
        if stored.type == OBJECT and all(stored.inputs[key] == arguments[key] for key in ("bucket", "key")):
            version = arguments.get("versionId") or stored.outputs["versionId"]
            earlier = next(one for one in stored.history if one["versionId"] == version)
            return {"id": version, "versionId": version, "metadata": earlier["metadata"]}
    raise KeyError(arguments["key"])


_ANSWERS: Final[Mapping[str, Callable[[Account, Properties], Properties]]] = {
    "getAmiIds": _group_names,
    "getAvailabilityZones": _zones,
    "getCallerIdentity": lambda _account, _arguments: {"accountId": ACCOUNT, "id": ACCOUNT},
    "getGroup": _group,
    "getInstanceTypeOfferings": lambda _account, _arguments: {"locations": list(ZONES), "id": REGION},
    "getObject": _object,
    "getParameter": lambda _account, _arguments: {"value": IMAGE, "insecureValue": IMAGE, "id": "parameter"},
    "getRegion": lambda _account, _arguments: {"region": REGION, "name": REGION, "id": REGION},
    "getZone": lambda _account, arguments: {"zoneId": f"zone-{arguments['name']}", "id": "zone"},
}
