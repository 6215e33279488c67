"""Line of `up` about what the running cloud does not serve yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.environment import Identity
from localcloud.status import Status
from scripts.local import changes
from scripts.rollout.rollout_result import RolloutError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def constant(answer: object) -> Callable[..., Any]:
    """Return a function of any arguments that always gives this answer."""

    def respond(*_: object) -> object:
        return answer

    return respond


@pytest.fixture
def status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Status:
    write_credentials(tmp_path / "key", generate_credentials())
    monkeypatch.setattr(changes, "stack_from_outputs", constant(None))
    monkeypatch.setattr(changes, "changes_sentence", constant("The predictors have changed."))
    identity = Identity("dev", "us-east-1", "http://127.0.0.1:1", "http://127.0.0.1:2", str(tmp_path / "key"))
    return Status(identity, {"loadBalancerArn": "arn"})


@pytest.mark.parametrize(
    ("shapes", "notice"),
    [(["fleet"], "The predictors have changed. `make rollout` releases that."), ([], None)],
)
def test_only_what_is_not_released_is_named_with_its_command(
    status: Status, monkeypatch: pytest.MonkeyPatch, shapes: list[str], notice: str | None
):
    monkeypatch.setattr(changes, "unreleased_shapes", constant(shapes))
    assert changes.change_notice(status) == notice


def test_a_cloud_that_is_down_or_can_not_be_asked_has_no_notice(
    status: Status, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> Any:
        raise RolloutError("no stack")

    assert changes.change_notice(Status()) is None
    monkeypatch.setattr(changes, "unreleased_shapes", fail)
    assert changes.change_notice(status) is None


def test_a_cloud_that_goes_down_just_then_has_no_notice(status: Status, tmp_path: Path):
    (tmp_path / "key").unlink()
    assert changes.change_notice(status) is None
