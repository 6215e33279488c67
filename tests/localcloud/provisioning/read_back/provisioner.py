"""Provisioning of a stack in a separate process, which records the API calls of each resource.

It reads the stack's settings from standard input and writes a line of JSON to standard output: the duration,
the outputs of the program, and each resource with its id, its outputs and the calls that created it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.aws.clients import Api
from localcloud.aws.credentials import read_credentials
from localcloud.provisioning import registry, resource_type
from localcloud.provisioning.engine import provision

if TYPE_CHECKING:
    from localcloud.provisioning.resource_type import Inputs, ResourceType


def main() -> None:
    settings = json.load(sys.stdin)
    records: list[dict[str, Any]] = []
    calls: list[tuple[str, dict[str, Any]]] = []
    create = registry.create
    call = resource_type._call  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - recorded and forwarded

    def record_call(
        api: Api, kind: ResourceType, operation: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        # AWS describes only the size of a body.
        size = {"ContentLength": len(arguments["Body"])} if "Body" in arguments else {}
        calls.append((operation, {**arguments, "Body": None, **size} if size else arguments))
        return call(api, kind, operation, arguments)

    def record_creation(api: Api, kind: str, name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
        calls.clear()
        identifier, outputs = create(api, kind, name, inputs)
        records.append(
            {"type": kind, "name": name, "id": identifier, "outputs": outputs, "calls": list(calls)}
        )
        return identifier, outputs

    registry.create = record_creation
    resource_type._call = record_call  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    began = time.monotonic()
    exports = provision(
        Path(settings["program"]),
        project=settings["project"],
        stack=settings["stack"],
        config=settings["config"],
        api=Api(settings["endpoint"], settings["region"], read_credentials(Path(settings["key_file"]))),
    )
    seconds = time.monotonic() - began
    json.dump({"seconds": seconds, "exports": exports, "records": records}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
