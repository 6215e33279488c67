"""Steps of a preview, as Pulumi's engine reports them."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.automation import OpType
from pulumi.automation.events import EngineEvent

from scripts.deploy.pulumi_stack import deleted_by

URN = "urn:pulumi:prod::iris::aws:s3/bucket:Bucket::iris-logs"


def event_of(content: dict[str, Any]) -> EngineEvent:
    return EngineEvent.from_json(content)  # pyright: ignore[reportUnknownMemberType] (a bare dict)


# Pulumi SDK, OpType: a replacement is `replace` or a pair of `create-replacement` and `delete-replaced`.
@pytest.mark.parametrize("operation", list(OpType))
def test_a_step_deletes_a_resource_also_when_it_replaces_it(operation: OpType):
    metadata = {"op": operation.value, "urn": URN, "type": "aws:s3/bucket:Bucket", "provider": ""}
    event = event_of({"resourcePreEvent": {"metadata": metadata}})
    deletes = operation in {OpType.DELETE, OpType.DELETE_REPLACED, OpType.REPLACE}
    assert deleted_by(event) == ({URN} if deletes else set())


def test_other_events_delete_nothing():
    assert deleted_by(event_of({"stdoutEvent": {"message": "m", "color": "never"}})) == set()
