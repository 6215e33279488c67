"""Requests to Lambda for a roll-out: versions, the alias, and its rollback."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

import pytest
from typing_extensions import override

from scripts.rollout.alarm_watch import AlarmWatch
from scripts.rollout.function_rollout import AliasMovedError, FunctionRollout
from scripts.rollout.publish import PublishedArchive
from scripts.rollout.rollout_plan import make_plan
from scripts.rollout.rollout_result import RolloutError, RolloutResult
from tests.stubbed import Answers, answering, client_of, stub

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

ALARM: Final = "the alarm slow is on: no reason given"

ALIAS: Final = {"FunctionName": "iris", "Name": "live"}


def alias_response(version: str, weights: dict[str, float], revision: str) -> dict[str, object]:
    return {
        "FunctionVersion": version,
        "RoutingConfig": {"AdditionalVersionWeights": weights},
        "RevisionId": revision,
    }


def read_alias(version: str, weights: dict[str, float], revision: str) -> Answers:
    return [("get_alias", ALIAS, alias_response(version, weights, revision))]


def move_alias(version: str, weights: dict[str, float], *, seen: str, revision: str) -> Answers:
    request = {
        **ALIAS,
        "FunctionVersion": version,
        "RoutingConfig": {"AdditionalVersionWeights": weights},
        "RevisionId": seen,
    }
    return [("update_alias", request, alias_response(version, weights, revision))]


def alarm_states(*states: str) -> Answers:
    request = {"AlarmNames": ["slow"], "MaxRecords": 100}
    return [
        ("describe_alarms", request, {"MetricAlarms": [{"AlarmName": "slow", "StateValue": state}]})
        for state in states
    ]


def release(answers: Answers) -> RolloutResult:
    """Release version 8 over version 7, with an alarm that goes off after the first step of 20 percent."""
    with (
        answering("lambda", answers) as client,
        answering("cloudwatch", alarm_states("OK", "ALARM")) as cloudwatch,
    ):
        watch = AlarmWatch(cloudwatch, ["slow"])
        plan = make_plan("canary", 20, 0)
        return FunctionRollout(client, "iris", "live").release("8", plan, watch, lambda _: None)


FIRST_STEP: Final = read_alias("7", {}, "a") + move_alias("7", {"8": 0.2}, seen="a", revision="b")


def test_an_alarm_returns_all_requests_to_the_old_version():
    back = read_alias("7", {"8": 0.2}, "b") + move_alias("7", {}, seen="b", revision="c")
    result = release(FIRST_STEP + back)
    assert (result.result, result.serves) == ("rolled back", "7")
    # An error of AWS would roll it back as well.
    assert result.reason == ALARM


class RecordedWatch(AlarmWatch):
    """Watch that records when its alarms are checked, and for how many seconds."""

    def __init__(self) -> None:
        super().__init__(client_of("cloudwatch"), [])
        self.checked: list[float] = []

    @override
    def check(self) -> None:
        self.checked.append(0)

    @override
    def check_for(self, seconds: float) -> None:
        self.checked.append(seconds)


def test_the_alarms_are_watched_for_the_interval_after_each_step_and_after_the_last():
    watch = RecordedWatch()
    all_of_it = move_alias("8", {}, seen="b", revision="c")
    with answering("lambda", FIRST_STEP + all_of_it) as client:
        result = FunctionRollout(client, "iris", "live").release(
            "8", make_plan("canary", 20, 60), watch, lambda _: None
        )
    assert (result.result, watch.checked) == ("released", [0, 60, 0, 60])


@pytest.mark.parametrize(
    ("version", "weights"), [("9", {}), ("7", {"9": 0.5})], ids=["all of it", "a share of it"]
)
def test_a_rollback_keeps_an_alias_that_was_moved_to_another_version(version: str, weights: dict[str, float]):
    # Without an update in the responses: the client would refuse one.
    with pytest.raises(RolloutError, match=f"moved to version {version} by something else"):
        release(FIRST_STEP + read_alias(version, weights, "c"))


# --- versions ---


def of_function(answers: Answers, work: Callable[[FunctionRollout], T]) -> T:
    with answering("lambda", answers) as client:
        return work(FunctionRollout(client, "iris", "live"))


# Versions are numbers that rise (Lambda API reference, FunctionConfiguration); $LATEST is none.
def test_the_latest_version_is_the_largest_number_of_all_pages():
    first = {"Versions": [{"Version": each} for each in ("$LATEST", "9", "10")], "NextMarker": "more"}
    last = {"Versions": [{"Version": "2"}]}
    pages: Answers = [
        ("list_versions_by_function", {"FunctionName": "iris"}, first),
        ("list_versions_by_function", {"FunctionName": "iris", "Marker": "more"}, last),
    ]
    assert of_function(pages, FunctionRollout.latest_version) == "10"


@pytest.mark.parametrize(
    ("version", "weights", "is_released"),
    [("8", {}, True), ("7", {}, False), ("7", {"8": 0.9}, False), ("8", {"7": 0.1}, False)],
)
def test_a_version_is_released_once_the_alias_sends_all_requests_to_it(
    version: str, weights: dict[str, float], *, is_released: bool
):
    answers = read_alias(version, weights, "a")
    assert of_function(answers, lambda function: function.is_released("8")) is is_released


# Lambda publishes the code that is there (PublishVersion): with CodeSha256 it refuses other code than was
# uploaded, and both changes take a while, before which a version can't be invoked.
def test_a_version_has_the_uploaded_code_and_is_active_before_it_is_released():
    archive = PublishedArchive(bucket="archives", key="function.zip", version="v2", sha256="0" * 64)
    code = {"S3Bucket": "archives", "S3Key": "function.zip", "S3ObjectVersion": "v2"}
    waited = {"Configuration": {"State": "Active", "LastUpdateStatus": "Successful"}}
    answers: Answers = [
        ("update_function_code", {"FunctionName": "iris", **code}, {"CodeSha256": "c2hh"}),
        ("get_function", {"FunctionName": "iris"}, waited),
        ("publish_version", {"FunctionName": "iris", "CodeSha256": "c2hh"}, {"Version": "8"}),
        ("get_function_configuration", {"FunctionName": "iris", "Qualifier": "8"}, {"State": "Active"}),
    ]
    assert of_function(answers, lambda function: function.publish(archive)) == "8"


# --- interrupted roll-outs ---


def released(answers: Answers, *states: str, take_over: bool = False) -> RolloutResult:
    with (
        answering("lambda", answers) as client,
        answering("cloudwatch", alarm_states(*states)) as cloudwatch,
    ):
        function, watch = FunctionRollout(client, "iris", "live"), AlarmWatch(cloudwatch, ["slow"])
        return function.release("8", make_plan("canary", 20, 0), watch, lambda _: None, take_over=take_over)


def test_an_alias_that_already_shifts_is_left_alone_and_the_message_says_how_to_take_over():
    with pytest.raises(RolloutError, match=r"sends 20% to version 9: .* --take-over starts again from ver"):
        released(read_alias("7", {"9": 0.2}, "a"))


def test_a_roll_out_that_takes_over_first_returns_all_requests_to_the_old_version():
    answers = (
        read_alias("7", {"9": 0.2}, "a")
        + move_alias("7", {}, seen="a", revision="b")
        + move_alias("7", {"8": 0.2}, seen="b", revision="c")
        + move_alias("8", {}, seen="c", revision="d")
    )
    result = released(answers, *["OK"] * 4, take_over=True)
    assert (result.result, result.serves) == ("released", "8")


def test_a_version_that_serves_already_is_not_released_again():
    result = released(read_alias("8", {}, "a"))
    assert (result.result, result.before, result.serves) == ("nothing new", "8", "8")


def test_a_roll_out_that_takes_over_may_return_to_the_version_that_serves():
    answers = read_alias("8", {"9": 0.2}, "a") + move_alias("8", {}, seen="a", revision="b")
    assert released(answers, take_over=True).result == "nothing new"


def test_an_alarm_before_a_step_prevents_that_step():
    back = read_alias("7", {}, "a") + move_alias("7", {}, seen="a", revision="b")
    result = released(read_alias("7", {}, "a") + back, "ALARM")
    assert (result.result, result.reason) == ("rolled back", ALARM)


@pytest.mark.parametrize("defect", [KeyboardInterrupt(), MemoryError("no memory")])
def test_a_roll_out_that_breaks_off_returns_all_requests_to_the_old_version(defect: BaseException):
    def broken(text: str) -> None:
        if text.endswith("gets 20 %"):
            raise defect

    back = read_alias("7", {"8": 0.2}, "b") + move_alias("7", {}, seen="b", revision="c")
    with (
        answering("lambda", FIRST_STEP + back) as client,
        answering("cloudwatch", alarm_states("OK")) as cloudwatch,
        suppress(MemoryError),
    ):
        function, watch = FunctionRollout(client, "iris", "live"), AlarmWatch(cloudwatch, ["slow"])
        result = function.release("8", make_plan("canary", 20, 0), watch, broken)
        assert (result.result, result.reason) == ("rolled back", "interrupted")


# Lambda API reference, UpdateAlias: PreconditionFailedException if RevisionId is not the latest.
def test_an_alias_that_something_else_has_moved_stays_where_it_is():
    client = client_of("lambda")
    stubber = stub(client, read_alias("7", {}, "a"))
    stubber.add_client_error("update_alias", "PreconditionFailedException", http_status_code=412)
    with stubber, answering("cloudwatch", alarm_states("OK")) as cloudwatch:
        function, watch = FunctionRollout(client, "iris", "live"), AlarmWatch(cloudwatch, ["slow"])
        with pytest.raises(AliasMovedError, match="moved by something else"):
            function.release("8", make_plan("canary", 20, 0), watch, lambda _: None)
