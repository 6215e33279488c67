"""An account whose resources exist on a LocalStack, where the rows of the local cloud create them.

The file of the account remembers which resource is whose; what they are now is read from LocalStack.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pulumi
from typing_extensions import override

from localcloud.provisioning import registry
from localcloud.provisioning.registry import RESOURCE_TYPES
from localcloud.provisioning.resource_type import create_resource
from tests.engine.plugin.account import Account, StoredResource
from tests.engine.plugin.localstack.deletions import delete_on
from tests.engine.plugin.localstack.updates import UPDATES, present_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localcloud.aws.clients import Api
    from tests.engine.plugin.wire import Properties

REPEATABLE: Final = ("Put", "Set", "Associate")
"""Beginnings of creating operations that update as well."""

IDS: Final[Mapping[str, str]] = {"aws:cloudwatch/dashboard:Dashboard": "dashboardName"}
"""Type -> input that is the resource's id in the AWS provider, though the local cloud has another."""

BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"


class LocalStackAccount(Account):
    """The resources of one stack on a LocalStack."""

    def __init__(self, file: Path, api: Api, balancer: str) -> None:
        """Open the account.

        Args:
            file: File of what belongs to the stack.
            api: API of the LocalStack.
            balancer: Host and port at which load balancers answer, since LocalStack forwards no request.
        """
        super().__init__(file)
        self._api = api
        self._balancer = balancer

    @override
    def create(self, resource: StoredResource) -> tuple[str, Properties]:
        with self._lock:
            identifier, outputs = registry.create(
                self._api, resource.type, resource.name, _for_registry(resource.inputs)
            )
            identifier = resource.inputs.get(IDS.get(resource.type, ""), identifier)
            computed = {key: value for key, value in outputs.items() if key not in resource.inputs}
            if resource.type == BALANCER:
                computed["dnsName"] = self._balancer
            created = replace(resource, outputs={**computed, "id": identifier})
            self._store("create", identifier, created)
            return identifier, {**created.outputs, **created.inputs}

    @override
    def update(self, identifier: str, resource: StoredResource) -> Properties:
        with self._lock:
            old = self.resources()[identifier]
            outputs = dict(old.outputs)
            described = RESOURCE_TYPES[resource.type]
            if update := UPDATES.get(resource.type):
                outputs |= update(self._api, identifier, old.inputs, resource.inputs)
            elif described.operation.startswith(REPEATABLE):
                named = {described.name_input: outputs[described.name_input]} if described.name_input else {}
                _, made = create_resource(
                    self._api, described, resource.name, _for_registry({**named, **resource.inputs})
                )
                outputs |= {key: made[key] for key in described.outputs}
            else:
                raise NotImplementedError(f"{resource.name}: no update of {resource.type} on LocalStack")
            updated = replace(resource, outputs=outputs)
            self._store("update", identifier, updated)
            return {**updated.outputs, **updated.inputs}

    @override
    def read(self, identifier: str) -> StoredResource | None:
        with self._lock:
            found = self.resources().get(identifier)
            return found and present_values(self._api, identifier, found)

    @override
    def delete(self, identifier: str) -> None:
        with self._lock:
            remaining = self.resources()
            if (gone := remaining.pop(identifier, None)) is None:
                return
            delete_on(self._api, identifier, gone)
            self._write(remaining)
            self._record("delete", identifier, gone)

    def look_up(self, token: str, arguments: Properties) -> Properties:
        """Answer a data source."""
        with self._lock:
            return {**arguments, **registry.read_data_source(self._api, token, arguments)}


def _for_registry(inputs: Properties) -> Properties:
    """Return inputs as the program's own process has them: a file to upload as an asset."""
    source: Properties | None = inputs.get("source")
    return {**inputs, "source": pulumi.FileAsset(source["path"])} if source else inputs
