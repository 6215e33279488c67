"""An AWS account in a JSON file: the resources that exist, and what AWS allows only once."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.engine.wire import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.engine.wire import Properties

ACCOUNT: Final = "000000000000"
REGION: Final = "us-east-1"

ONCE: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:autoscaling/group:Group": ("name",),
    "aws:cloudwatch/logGroup:LogGroup": ("name",),
    "aws:ec2/launchTemplate:LaunchTemplate": ("name",),
    "aws:iam/role:Role": ("name",),
    "aws:lambda/function:Function": ("name",),
    "aws:lb/listenerRule:ListenerRule": ("listenerArn", "priority"),
    "aws:lb/loadBalancer:LoadBalancer": ("name",),
    "aws:lb/targetGroup:TargetGroup": ("name",),
    "aws:s3/bucket:Bucket": ("bucket",),
    "aws:sns/topic:Topic": ("name",),
}
"""The properties that no two resources of a type may share at any moment.

Pulumi creates and updates before it deletes: what moves from one resource to another is still taken.
"""


class ConflictError(ValueError):
    """Another resource has what only one may have; the text says which."""


@dataclass(frozen=True)
class StoredResource:
    """A resource that exists."""

    type: str
    name: str
    """Its logical name in the program."""
    inputs: Properties


class Account:
    """The resources of one account, by id; what they are survives the process in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def resources(self) -> dict[str, StoredResource]:
        """Return all that exists, by id."""
        if not self._file.exists():
            return {}
        return {key: StoredResource(**value) for key, value in json.loads(self._file.read_text()).items()}

    def create(self, resource: StoredResource) -> tuple[str, Properties]:
        """Create a resource; return its id and its outputs.

        Raises:
            ConflictError: It would share what only one may have.
        """
        identifier = f"{resource.name}-{secrets.token_hex(4)}"
        self._put(identifier, resource)
        return identifier, {**computed(identifier, resource.name), **resource.inputs, "id": identifier}

    def update(self, identifier: str, resource: StoredResource) -> None:
        """Replace the inputs of a resource.

        Raises:
            ConflictError: It would share what only one may have.
        """
        self._put(identifier, resource)

    def delete(self, identifier: str) -> None:
        """Delete a resource; one that is gone already is no error."""
        with self._lock:
            remaining = self.resources()
            remaining.pop(identifier, None)
            self._write(remaining)

    def _put(self, identifier: str, resource: StoredResource) -> None:
        with self._lock:
            existing = self.resources()
            for other in _rivals(identifier, resource, existing):
                what = " and ".join(f"{key} {resource.inputs[key]}" for key in ONCE[resource.type])
                raise ConflictError(f"{resource.name} can't have the {what}: {other} has it")
            self._write({**existing, identifier: resource})

    def _write(self, resources: Mapping[str, StoredResource]) -> None:
        text = json.dumps({key: asdict(resource) for key, resource in resources.items()})
        self._file.write_text(text)


def _rivals(
    identifier: str, resource: StoredResource, existing: Mapping[str, StoredResource]
) -> Iterator[str]:
    properties = ONCE.get(resource.type, ())
    values = [resource.inputs.get(key) for key in properties]
    if not properties or None in values:
        return
    for key, other in existing.items():
        if key == identifier or other.type != resource.type:
            continue
        if [other.inputs.get(one) for one in properties] == values:
            yield key


def computed(identifier: str, name: str) -> Properties:
    """Return the outputs of all types that are known only after creation."""
    arn = f"arn:aws:service:{REGION}:{ACCOUNT}:{identifier}"
    record = {"resourceRecordName": "_name", "resourceRecordType": "CNAME", "resourceRecordValue": "_value"}
    certificate = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/{identifier}"
    return {
        "arn": arn,
        "arnSuffix": f"app/{name}/{identifier}",
        "bucket": identifier,
        "certificateArn": certificate,
        "dnsName": f"{name}.example",
        "domainValidationOptions": [{"domainName": f"{name}.example", **record}],
        "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{identifier}",
        "invokeArn": f"{arn}/invoke",
        "keyId": identifier,
        "latestVersion": 1,
        "name": identifier,
        "prefixListId": f"pl-{identifier}",
        "qualifiedArn": f"{arn}:1",
        "rootResourceId": f"{identifier}-root",
        "version": "1",
        "versionId": "1",
    }


def planned() -> Properties:
    """Return the same outputs as a preview sees them."""
    return dict.fromkeys(["id", *computed("", "")], UNKNOWN)


def look_up(token: str, arguments: Properties) -> Properties:
    """Answer a data source.

    Raises:
        KeyError: There is no answer to this one.
    """
    answers: dict[str, dict[str, Any]] = {
        "aws:autoscaling/getAmiIds:getAmiIds": {"names": [], "arns": [], "id": REGION},
        "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": {
            "locations": [f"{REGION}{letter}" for letter in "abc"],
            "id": REGION,
        },
        "aws:index/getAvailabilityZones:getAvailabilityZones": {
            "names": [f"{REGION}{letter}" for letter in "abc"],
            "zoneIds": [f"use1-az{number}" for number in (1, 2, 3)],
            "id": REGION,
        },
        "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT, "id": ACCOUNT},
        "aws:index/getRegion:getRegion": {"region": REGION, "name": REGION, "id": REGION},
        "aws:ssm/getParameter:getParameter": {"value": "ami-0123456789abcdef0", "id": "parameter"},
    }
    return {**arguments, **answers[token]}
