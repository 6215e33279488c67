"""Provisions a stack as the local cloud does, in a process of its own, and writes down what was asked of AWS.

Reads from standard input what to provision, and writes to standard output a line of JSON: how long it took,
what the program exports, and each resource with its id, its outputs and the calls that made it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.aws.clients import Api
from localcloud.aws.credentials import read_credentials
from localcloud.provisioning import registry
from localcloud.provisioning import resource_type as rows
from localcloud.provisioning.engine import provision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.provisioning.resource_type import Inputs, ResourceType


def main() -> None:
    wanted = json.load(sys.stdin)
    made: list[dict[str, Any]] = []
    calls: list[tuple[str, dict[str, Any]]] = []
    create, call = registry.create, rows._call  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] (watched, and called all the same)

    def watched_call(
        api: Api, row: ResourceType, operation: str, arguments: dict[str, Any]
    ) -> Mapping[str, Any]:
        # Of bytes AWS tells the number.
        told = {"ContentLength": len(arguments["Body"])} if "Body" in arguments else {}
        calls.append((operation, {**arguments, "Body": None, **told} if told else arguments))
        return call(api, row, operation, arguments)

    def watched_create(api: Api, kind: str, name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
        calls.clear()
        identifier, outputs = create(api, kind, name, inputs)
        made.append({"type": kind, "name": name, "id": identifier, "outputs": outputs, "calls": list(calls)})
        return identifier, outputs

    registry.create = watched_create
    rows._call = watched_call  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    began = time.monotonic()
    exports = provision(
        Path(wanted["program"]),
        project=wanted["project"],
        stack=wanted["stack"],
        config=wanted["config"],
        api=Api(wanted["endpoint"], wanted["region"], read_credentials(Path(wanted["key_file"]))),
    )
    seconds = time.monotonic() - began
    json.dump({"seconds": seconds, "exports": exports, "made": made}, sys.stdout, default=str)


if __name__ == "__main__":
    main()
