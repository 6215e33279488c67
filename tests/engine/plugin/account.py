"""An AWS account in a JSON file: the resources that exist, and a log of what was done to them."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from tests.engine.plugin.account_rules import cascade, refuse_change, refuse_deletion
from tests.engine.plugin.wire import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.engine.plugin.wire import Properties

ACCOUNT: Final = "000000000000"
REGION: Final = "us-east-1"

FUNCTION: Final = "aws:lambda/function:Function"
OBJECT: Final = "aws:s3/bucketObjectv2:BucketObjectv2"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"

UNVERSIONED: Final = frozenset({"tags", "description", "updateDefaultVersion", "defaultVersion"})
"""Inputs whose change makes no new version."""

Action: TypeAlias = Literal["create", "update", "delete"]


class Operation(NamedTuple):
    """Something that was done to a resource."""

    action: Action
    type: str
    name: str
    """Its logical name."""
    identifier: str


@dataclass(frozen=True)
class StoredResource:
    """A resource that exists."""

    type: str
    name: str
    """Its logical name in the program."""
    inputs: Properties
    outputs: Properties = field(default_factory=dict[str, Any])
    """Values that AWS computes."""
    history: list[Properties] = field(default_factory=list[dict[str, Any]])
    """Inputs of each version, with the version, of what has versions."""


class Account:
    """The resources of one account, by id; what they are survives the process in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._log = file.with_suffix(".log")
        self._lock = threading.Lock()

    def resources(self) -> dict[str, StoredResource]:
        """Return all that exists, by id."""
        if not self._file.exists():
            return {}
        return {key: StoredResource(**value) for key, value in json.loads(self._file.read_text()).items()}

    def operations(self) -> list[Operation]:
        """Return all that was done, in order."""
        if not self._log.exists():
            return []
        return [Operation(*json.loads(line)) for line in self._log.read_text().splitlines()]

    def create(self, resource: StoredResource) -> tuple[str, Properties]:
        """Create a resource; return its id and its outputs.

        Raises:
            RefusedError: AWS would refuse it.
        """
        identifier = f"{resource.name}-{secrets.token_hex(4)}"
        outputs = {**computed(identifier, resource.name), "id": identifier}
        made = self._put("create", identifier, replace(resource, outputs=outputs))
        return identifier, {**made.outputs, **made.inputs}

    def update(self, identifier: str, resource: StoredResource) -> Properties:
        """Replace the inputs of a resource; return its outputs.

        Raises:
            RefusedError: AWS would refuse it.
        """
        made = self._put("update", identifier, resource)
        return {**made.outputs, **made.inputs}

    def read(self, identifier: str) -> StoredResource | None:
        """Return a resource as it is now; None if it is gone."""
        return self.resources().get(identifier)

    def delete(self, identifier: str) -> None:
        """Delete a resource, and what is part of it; one that is gone already is no error.

        Raises:
            RefusedError: AWS would refuse it.
        """
        with self._lock:
            remaining = self.resources()
            if (gone := remaining.get(identifier)) is None:
                return
            refuse_deletion(identifier, remaining)
            for one in [identifier, *cascade(identifier, remaining)]:
                del remaining[one]
            self._write(remaining)
            self._record("delete", identifier, gone)

    def change(self, identifier: str, edit: Callable[[StoredResource], StoredResource]) -> None:
        """Change a resource without Pulumi, as a console or a command does."""
        with self._lock:
            existing = self.resources()
            self._write(
                {**existing, identifier: _versioned(edit(existing[identifier]), existing[identifier])}
            )

    def _put(self, action: Action, identifier: str, resource: StoredResource) -> StoredResource:
        with self._lock:
            existing = self.resources()
            old = existing.get(identifier)
            refuse_change(identifier, resource.type, resource.name, resource.inputs, existing)
            if old is not None:
                resource = replace(resource, outputs=old.outputs, history=old.history)
            resource = _versioned(resource, old)
            self._store(action, identifier, resource)
            return resource

    def _store(self, action: Action, identifier: str, resource: StoredResource) -> None:
        self._write({**self.resources(), identifier: resource})
        self._record(action, identifier, resource)

    def _write(self, resources: Mapping[str, StoredResource]) -> None:
        text = json.dumps({key: asdict(resource) for key, resource in resources.items()})
        # At once, so that a process that is killed leaves the one or the other.
        written = self._file.with_suffix(".new")
        written.write_text(text)
        written.replace(self._file)

    def _record(self, action: Action, identifier: str, resource: StoredResource) -> None:
        with self._log.open("a") as log:
            log.write(json.dumps([action, resource.type, resource.name, identifier]) + "\n")


VERSIONED: Final[Mapping[str, str]] = {
    FUNCTION: "version",
    OBJECT: "versionId",
    TEMPLATE: "latestVersion",
}
"""Type -> the output that changes with each version."""


def is_another_version(kind: str, old: Properties, new: Properties) -> bool:
    """Return whether a change of the inputs makes a version."""
    keys = {*old, *new} - UNVERSIONED
    return kind in VERSIONED and any(old.get(key) != new.get(key) for key in keys)


def _versioned(resource: StoredResource, old: StoredResource | None) -> StoredResource:
    if resource.type not in VERSIONED or (
        old is not None and not is_another_version(resource.type, old.inputs, resource.inputs)
    ):
        return resource
    number = len(resource.history) + 1
    version = {FUNCTION: str(number), OBJECT: secrets.token_hex(8), TEMPLATE: number}[resource.type]
    output = VERSIONED[resource.type]
    return replace(
        resource,
        outputs={**resource.outputs, output: version},
        history=[*resource.history, {**resource.inputs, output: version}],
    )


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
        "fqdn": f"{name}.example",
        "invokeArn": f"{arn}/invoke",
        "invokeUrl": f"https://{identifier}.example/live",
        "keyId": identifier,
        "latestVersion": 1,
        "name": identifier,
        "prefixListId": f"pl-{identifier}",
        "qualifiedArn": f"{arn}:1",
        "regionalDomainName": f"{identifier}.example",
        "regionalZoneId": "zone",
        "rootResourceId": f"{identifier}-root",
        "version": "1",
        "versionId": "1",
        "zoneId": "zone",
    }


def planned() -> Properties:
    """Return the same outputs as a preview sees them."""
    return dict.fromkeys(["id", *computed("", "")], UNKNOWN)
