"""State of a deployed stack, as `pulumi stack export` prints it."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from scripts.deploy.deployed_state import StateResource, read_state

BUCKET: Final = "aws:s3/bucket:Bucket"
BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"


# DeleteBucket refuses a bucket with objects unless the provider empties it first (`forceDestroy`), and
# DeleteLoadBalancer refuses while deletion protection is enabled (S3 and ELB API references). A state of an
# earlier version of the provider may lack an output: then AWS's default counts, which is false for both.
@pytest.mark.parametrize(
    ("kind", "outputs", "can_be_deleted"),
    [
        (BUCKET, {"forceDestroy": True}, True),
        (BUCKET, {"forceDestroy": False}, False),
        (BUCKET, {}, False),
        (BALANCER, {"enableDeletionProtection": False}, True),
        (BALANCER, {"enableDeletionProtection": True}, False),
        (BALANCER, {}, True),
        ("aws:sns/topic:Topic", {}, True),
    ],
)
def test_a_deletion_is_refused_by_pulumi_s_protection_or_by_aws(
    kind: str, outputs: dict[str, Any], *, can_be_deleted: bool
):
    def resource(*, protected: bool) -> StateResource:
        return StateResource(urn="urn:1", type=kind, outputs=outputs, protected=protected)

    assert resource(protected=False).can_be_deleted is can_be_deleted
    assert not resource(protected=True).can_be_deleted


def exported(*resources: dict[str, Any]) -> str:
    return json.dumps({"version": 3, "deployment": {"resources": list(resources)}})


TOPIC: Final = {
    "urn": "urn:pulumi:prod::iris::aws:sns/topic:Topic::iris-alarms",
    "type": "aws:sns/topic:Topic",
    "id": "arn:1",
    "custom": True,
}


def test_the_state_has_what_exists_at_aws_also_what_is_still_to_be_deleted():
    component = {"urn": "urn:c", "type": "iris:fleet:Fleet"}
    provider = {"urn": "urn:p", "type": "pulumi:providers:aws", "custom": True}
    replaced = TOPIC | {"id": "arn:2", "delete": True, "protect": True}
    state = read_state(exported(component, provider, TOPIC, replaced))
    assert [(one.name, one.kind, one.id) for one in state.resources] == [
        ("iris-alarms", "topic", "arn:1"),
        ("iris-alarms", "topic", "arn:2"),
    ]
    assert [one.id for one in state.protected()] == ["arn:2"]
    assert state.protected(["urn:other"]) == []
    assert state.ids_of("aws:sns/topic:Topic") == ["arn:1", "arn:2"]
    assert state.ids_of("aws:sns/topicPolicy:TopicPolicy") == []


def test_the_outputs_of_the_state_say_what_aws_would_refuse_to_delete():
    def bucket(name: str, **outputs: bool) -> dict[str, Any]:
        return {"urn": f"urn::{name}", "type": BUCKET, "id": name, "custom": True, "outputs": outputs}

    state = read_state(exported(bucket("emptied", forceDestroy=True), bucket("kept", forceDestroy=False)))
    assert [one.id for one in state.protected()] == ["kept"]


@pytest.mark.parametrize("text", ["{}", '{"deployment": null}', '{"deployment": {}}'])
def test_a_stack_that_was_never_deployed_has_no_resources(text: str):
    assert read_state(text).resources == ()


def test_a_type_of_two_words_is_named_in_plain_words():
    assert StateResource(urn="urn:1", type=BALANCER).kind == "load balancer"
