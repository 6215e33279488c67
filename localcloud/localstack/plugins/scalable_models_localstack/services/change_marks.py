"""Marks of changes, by which the local cloud need not read all resources again and again.

A file in LocalStack's folder grows by a byte with each call that may change a resource that the local cloud
reads, before the caller has its answer, and with each change that LocalStack makes by itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext

FILE: Final = "changes"
"""Name of the file in the folder of FILESYSTEM_ROOT; the local cloud knows it too."""

SERVICES: Final = frozenset({"autoscaling", "cloudwatch", "ec2", "elbv2", "lambda", "ssm", "wafv2"})
"""Services whose resources the controller follows, or a status shows."""

READ_ONLY: Final = ("Describe", "Get", "List")
"""Beginnings of the names of operations that change nothing."""

DATA: Final = frozenset({"Invoke", "PutMetricData"})
"""Operations that take or store data, and change no resource."""


def mark_change() -> None:
    """Mark that a resource may have changed."""
    with (Path(os.environ["FILESYSTEM_ROOT"]) / FILE).open("ab") as file:
        file.write(b".")


def mark_change_by_request(_chain: object, context: RequestContext, _response: object) -> None:
    """Mark that a request may have changed a resource; a handler of LocalStack's gateway."""
    service, operation = cast("Any", context.service), cast("Any", context.operation)
    if service is not None and operation is not None and _may_change(service.service_name, operation.name):
        mark_change()


def _may_change(service: str, operation: str) -> bool:
    return service in SERVICES and operation not in DATA and not operation.startswith(READ_ONLY)
