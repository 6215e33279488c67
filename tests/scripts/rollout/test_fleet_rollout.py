"""Requests to Auto Scaling for an instance refresh, and the alarms that the refresh watches by itself."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from typing_extensions import override

from infra.fleet.user_data import BootSettings, render_boot_script
from scripts.rollout.alarm_watch import AlarmError, AlarmWatch
from scripts.rollout.fleet_rollout import FleetRollout, GroupState, RefreshTimeouts
from scripts.rollout.launch_template import user_data_with_archive
from scripts.rollout.publish import PublishedArchive
from scripts.rollout.rollout_plan import make_plan
from scripts.rollout.rollout_result import RolloutError
from tests.stubbed import Answers, answering, client_of, stub
from tests.suite.clock import Clock

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from scripts.rollout.rollout_plan import RolloutPlan

NAME: Final = "iris-fleet"
GROUP_REQUEST: Final = {"AutoScalingGroupNames": [NAME]}
TIMEOUTS: Final = RefreshTimeouts(warmup=None, give_up_after=60)
PLAN: Final = make_plan("canary", 20, 0)

PREFERENCES: Final[dict[str, Any]] = {
    # As in the group's own maintenance policy: new instances serve before old ones end.
    "MinHealthyPercentage": 100,
    "MaxHealthyPercentage": 200,
    "AutoRollback": True,
    "SkipMatching": True,
    "CheckpointPercentages": [20, 100],
    "CheckpointDelay": 0,
    "BakeTime": 0,
}


def group_response(version: str, *running: str) -> Answers:
    template = {"LaunchTemplateId": "lt-0123456789abcdef0", "Version": version}
    described: dict[str, Any] = {
        "AutoScalingGroupName": NAME,
        "MinSize": 1,
        "MaxSize": 4,
        "DesiredCapacity": 2,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["eu-west-1a"],
        "HealthCheckType": "ELB",
        "CreatedTime": "2026-01-31T00:00:00Z",
        "LaunchTemplate": template,
        "Instances": [
            {
                "InstanceId": f"i-{number}",
                "AvailabilityZone": "eu-west-1a",
                "LifecycleState": "InService",
                "HealthStatus": "Healthy",
                "ProtectedFromScaleIn": False,
                "LaunchTemplate": {**template, "Version": each},
            }
            for number, each in enumerate(running)
        ],
    }
    return [("describe_auto_scaling_groups", GROUP_REQUEST, {"AutoScalingGroups": [described]})]


def refresh_response(status: str = "", *, is_ours: bool = False) -> Answers:
    which = {"InstanceRefreshIds": ["r-1"]} if is_ours else {"MaxRecords": 1}
    refreshes = [{"InstanceRefreshId": "r-1", "Status": status}] if status else []
    request = {"AutoScalingGroupName": NAME, **which}
    return [("describe_instance_refreshes", request, {"InstanceRefreshes": refreshes})]


def start_request(**preferences: object) -> Answers:
    request = {
        "AutoScalingGroupName": NAME,
        "Strategy": "Rolling",
        "DesiredConfiguration": {
            "LaunchTemplate": {"LaunchTemplateId": "lt-0123456789abcdef0", "Version": "8"}
        },
        "Preferences": {**PREFERENCES, **preferences},
    }
    return [("start_instance_refresh", request, {"InstanceRefreshId": "r-1"})]


def unchecked_watch(*names: str) -> AlarmWatch:
    """Return a watch whose alarms are never checked."""
    return AlarmWatch(client_of("cloudwatch"), names)


def released(
    answers: Answers,
    watch: AlarmWatch,
    timeouts: RefreshTimeouts = TIMEOUTS,
    plan: RolloutPlan = PLAN,
    reasons: list[str] | None = None,
) -> str:
    """Return the result of a release; append its reason to `reasons`.

    A request without a response would be an error of AWS as well, and a reason for a rollback.
    """
    with answering("autoscaling", answers) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        result = fleet.release("8", plan, watch, lambda _: None, timeouts)
    if reasons is not None:
        reasons.append(result.reason)
    return str(result.result)


def test_the_refresh_watches_the_alarms_that_are_ok_by_itself():
    request = start_request(AlarmSpecification={"Alarms": ["slow", "failing"]})
    answers = (
        group_response("7", "7") + refresh_response() + request + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch("slow", "failing")) == "released"


# Auto Scaling API reference, AlarmSpecification: 10.
def test_a_refresh_gets_the_first_alarms_if_there_are_more_than_its_maximum():
    names = [f"alarm-{number}" for number in range(11)]
    request = start_request(AlarmSpecification={"Alarms": names[:10]})
    answers = (
        group_response("7", "7") + refresh_response() + request + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch(*names)) == "released"


def test_a_refresh_gets_no_alarms_if_all_of_them_are_on_already():
    answers = (
        group_response("7", "7")
        + refresh_response()
        + start_request()
        + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch()) == "released"


def test_a_warm_up_is_sent_only_if_it_was_chosen():
    timeouts = RefreshTimeouts(warmup=0, give_up_after=60)
    answers = (
        group_response("7", "7")
        + refresh_response()
        + start_request(InstanceWarmup=0)
        + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch(), timeouts) == "released"


@pytest.mark.parametrize(
    ("group", "is_released"),
    [(("8", "8", "8"), True), (("8", "8", "7"), False), (("7", "8", "8"), False), (("8",), True)],
)
def test_a_version_is_released_once_the_group_and_every_instance_are_on_it(
    group: tuple[str, ...], *, is_released: bool
):
    with answering("autoscaling", group_response(*group)) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        assert fleet.is_released("8") is is_released


@pytest.mark.parametrize("version", ["$Latest", "$Default"])
def test_a_group_without_a_version_number_could_not_be_rolled_back_and_is_not_changed(version: str):
    with pytest.raises(RolloutError, match=f"launches version \\{version} of its template"):
        released(group_response(version, "7") + refresh_response(), unchecked_watch())


def test_nothing_is_new_only_if_every_instance_runs_the_version():
    assert released(group_response("8", "8", "8") + refresh_response(), unchecked_watch()) == "nothing new"
    answers = (
        group_response("8", "8", "7")
        + refresh_response()
        + start_request()
        + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch()) == "released"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("RollbackSuccessful", "rolled back"),
        ("RollbackFailed", "failed"),
        ("Cancelled", "failed"),
        ("Failed", "failed"),
    ],
)
def test_an_unsuccessful_refresh_is_reported_by_its_final_status(status: str, result: str):
    answers = (
        group_response("7", "7")
        + refresh_response()
        + start_request()
        + refresh_response(status, is_ours=True)
        + group_response("7", "7")
    )
    assert released(answers, unchecked_watch()) == result


# Auto Scaling API reference, RefreshPreferences: BakeTime is the time after the last replacement in which
# alarms still roll the refresh back.
def test_alarms_are_watched_for_an_interval_after_the_last_instance():
    answers = (
        group_response("7", "7")
        + refresh_response()
        + start_request(CheckpointDelay=300, BakeTime=300)
        + refresh_response("Successful", is_ours=True)
    )
    assert released(answers, unchecked_watch(), plan=make_plan("canary", 20, 300)) == "released"


# A refresh stays the same during a pause: 5 s of it and 3 s of patience are 8 s, at one check per second.
@pytest.mark.parametrize(
    ("unchanged", "result", "reason"),
    [(9, "released", ""), (10, "rolled back", "no progress for 8 s: InProgress, 0 %")],
)
def test_a_refresh_without_progress_is_rolled_back_after_the_pause_and_the_patience(
    unchanged: int, result: str, reason: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("scripts.rollout.fleet_rollout.time", Clock())
    begun = group_response("7", "7") + refresh_response() + start_request(CheckpointDelay=5, BakeTime=5)
    paused = refresh_response("InProgress", is_ours=True) * unchanged
    rolled_back: Answers = [
        ("rollback_instance_refresh", {"AutoScalingGroupName": NAME}, {"InstanceRefreshId": "r-1"}),
        *refresh_response("RollbackSuccessful", is_ours=True),
        *group_response("7", "7"),
    ]
    ended = refresh_response("Successful", is_ours=True) if result == "released" else rolled_back
    timeouts = RefreshTimeouts(warmup=None, give_up_after=3)
    answers = begun + paused + ended
    reasons: list[str] = []
    plan = make_plan("canary", 20, 5)
    assert released(answers, unchecked_watch(), timeouts, plan, reasons) == result
    assert reasons == [reason]


BEGUN: Final = group_response("7", "7") + refresh_response() + start_request()
UNDERWAY: Final = BEGUN + refresh_response("InProgress", is_ours=True)
ROLLED_BACK: Final = refresh_response("RollbackSuccessful", is_ours=True) + group_response("7", "7")


class FailingWatch(AlarmWatch):
    """Watch whose alarms can't be checked, or are on."""

    def __init__(self, error: Exception) -> None:
        super().__init__(client_of("cloudwatch"), [])
        self._error = error

    @override
    def check(self) -> None:
        raise self._error


@pytest.mark.parametrize(
    "error",
    [
        AlarmError("the alarm slow is on"),
        RolloutError("the alarm slow does not exist any more"),
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeAlarms"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_alarms_that_are_on_or_can_not_be_checked_any_more_roll_the_refresh_back(error: Exception):
    rollback: Answers = [
        ("rollback_instance_refresh", {"AutoScalingGroupName": NAME}, {"InstanceRefreshId": "r-1"})
    ]
    answers = UNDERWAY + rollback + ROLLED_BACK
    reasons: list[str] = []
    assert released(answers, FailingWatch(error), reasons=reasons) == "rolled back"
    assert reasons == [str(error)]


# --- interruptions and rollbacks ---


class Interruption:
    """Progress that Ctrl-C interrupts once, as soon as the refresh is in progress."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def __call__(self, text: str) -> None:
        """Record a sentence."""
        self.told.append(text)
        if text == f"{NAME}: InProgress, 0 %":
            raise KeyboardInterrupt


def interrupted(begun: Stubber) -> str:
    """Return the result of a release that Ctrl-C interrupts."""
    autoscaling: Any = begun.client
    with begun:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        result = fleet.release("8", PLAN, unchecked_watch(), Interruption(), TIMEOUTS)
        begun.assert_no_pending_responses()
    assert result.reason.startswith("interrupted")
    return str(result.result)


def underway() -> Stubber:
    return stub(client_of("autoscaling"), UNDERWAY)


def add(stubber: Stubber, answers: Answers) -> None:
    for operation, request, response in answers:
        stubber.add_response(operation, response, request)


def test_ctrl_c_rolls_the_refresh_back():
    begun = underway()
    begun.add_response(
        "rollback_instance_refresh", {"InstanceRefreshId": "r-1"}, {"AutoScalingGroupName": NAME}
    )
    add(begun, ROLLED_BACK)
    assert interrupted(begun) == "rolled back"


# EC2 Auto Scaling API reference, RollbackInstanceRefresh: IrreversibleInstanceRefresh if the refresh is being
# rolled back already, which its own alarms may have begun, or if it has nothing to return to.
@pytest.mark.parametrize(
    ("status", "is_cancelled", "ended", "result"),
    [
        ("RollbackInProgress", False, "RollbackSuccessful", "rolled back"),
        ("InProgress", True, "Cancelled", "failed"),
    ],
)
def test_a_refresh_that_can_not_be_rolled_back_is_cancelled_unless_it_is_on_its_way_back(
    status: str, ended: str, result: str, *, is_cancelled: bool
):
    begun = underway()
    begun.add_client_error("rollback_instance_refresh", "IrreversibleInstanceRefresh")
    add(begun, refresh_response(status, is_ours=True))
    if is_cancelled:
        cancelled: Answers = [
            ("cancel_instance_refresh", {"AutoScalingGroupName": NAME}, {"InstanceRefreshId": "r-1"})
        ]
        add(begun, cancelled)
    add(begun, refresh_response(ended, is_ours=True) + group_response("7", "7"))
    assert interrupted(begun) == result


def test_a_refresh_that_has_ended_by_itself_is_not_rolled_back():
    begun = underway()
    begun.add_client_error("rollback_instance_refresh", "ActiveInstanceRefreshNotFound")
    add(begun, ROLLED_BACK)
    assert interrupted(begun) == "rolled back"


def test_progress_renews_the_patience(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("scripts.rollout.fleet_rollout.time", Clock())
    shares: Answers = []
    for percent in (0, 20, 40, 60, 80):
        ((operation, request, response),) = refresh_response("InProgress", is_ours=True)
        (described,) = response["InstanceRefreshes"]
        # Three checks in as many seconds without progress, each time.
        shares += [
            (operation, request, {"InstanceRefreshes": [{**described, "PercentageComplete": percent}]})
        ] * 3
    answers = BEGUN + shares + refresh_response("Successful", is_ours=True)
    timeouts = RefreshTimeouts(warmup=None, give_up_after=3)
    assert released(answers, unchecked_watch(), timeouts) == "released"


# --- template versions ---


def published_version(archive_sha256: str) -> str:
    """Return the version that runs an archive, if the latest one, 9, runs that with the digest of zeros."""
    settings = BootSettings(
        archive_uri="s3://archives/service.zip",
        archive_version="v1",
        archive_sha256="0" * 64,
        region="eu-west-1",
        service_port=8080,
        workers=2,
        keep_alive_seconds=75,
        log_group="iris-instances",
        hooks="yes",
    )
    archive = PublishedArchive(bucket="archives", key="service.zip", version="v2", sha256=archive_sha256)
    template: dict[str, Any] = {"LaunchTemplateId": "lt-0123456789abcdef0"}
    user_data = base64.b64encode(render_boot_script(settings).encode()).decode()
    data = {"LaunchTemplateData": {"UserData": user_data}}
    answers: Answers = [
        (
            "describe_launch_templates",
            {"LaunchTemplateIds": ["lt-0123456789abcdef0"]},
            {"LaunchTemplates": [{"LatestVersionNumber": 9}]},
        ),
        (
            "describe_launch_template_versions",
            {**template, "Versions": ["9"]},
            {"LaunchTemplateVersions": [data]},
        ),
    ]
    if archive_sha256 != settings.archive_sha256:
        changed = {"UserData": user_data_with_archive(settings, archive)}
        request = {
            **template,
            "SourceVersion": "9",
            "VersionDescription": f"service.zip {archive_sha256[:12]}",
            "LaunchTemplateData": changed,
        }
        created = {"LaunchTemplateVersion": {"VersionNumber": 10}}
        answers.append(("create_launch_template_version", request, created))
    groups = refresh_response() + group_response("7", "7") * 2
    with answering("autoscaling", groups) as autoscaling, answering("ec2", answers) as ec2:
        return FleetRollout(autoscaling, ec2, NAME, client_of("elbv2")).publish(archive)


# The group may serve an earlier version than the latest, which has the settings of the last deployment.
def test_an_archive_gets_a_version_with_the_settings_of_the_latest_one():
    assert published_version("1" * 64) == "10"


def test_an_archive_that_the_latest_version_runs_gets_no_other_version():
    assert published_version("0" * 64) == "9"


# --- a group that serves nothing ---


TARGETS: Final = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/iris/1"


def health_response(*states: str) -> Answers:
    described = [{"Target": {"Id": f"i-{state}"}, "TargetHealth": {"State": state}} for state in states]
    return [
        ("describe_target_health", {"TargetGroupArn": TARGETS}, {"TargetHealthDescriptions": described}),
    ]


def checked_group(version: str, *running: str) -> Answers:
    ((operation, request, response),) = group_response(version, *running)
    response["AutoScalingGroups"][0]["TargetGroupARNs"] = [TARGETS]
    return [(operation, request, response)]


# Elastic Load Balancing API reference, TargetHealth: the states of a target.
@pytest.mark.parametrize(
    ("states", "is_healthy"),
    [
        ((), False),
        (("initial", "unhealthy", "unused", "draining", "unavailable"), False),
        (("unhealthy", "healthy"), True),
    ],
)
def test_a_group_serves_if_the_load_balancer_finds_an_instance_healthy(
    states: tuple[str, ...], *, is_healthy: bool
):
    with (
        answering("autoscaling", checked_group("1", "1")) as autoscaling,
        answering("elbv2", health_response(*states)) as elbv2,
    ):
        assert FleetRollout(autoscaling, client_of("ec2"), NAME, elbv2).has_healthy_instance() is is_healthy


def test_without_a_load_balancer_a_group_counts_as_serving():
    with answering("autoscaling", group_response("1", "1")) as autoscaling:
        assert FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2")).has_healthy_instance()


def released_at_once(
    answers: Answers, told: list[str], timeouts: RefreshTimeouts = TIMEOUTS
) -> tuple[str, str]:
    with answering("autoscaling", answers) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        result = fleet.release_at_once("8", told.append, timeouts)
    return result.result, result.reason


# With a minimum of healthy instances, or an alarm that is on, Auto Scaling would not replace any.
@pytest.mark.parametrize(("warmup", "more"), [(None, {}), (2, {"InstanceWarmup": 2})])
def test_a_group_without_a_healthy_instance_is_replaced_at_once_without_alarms(
    warmup: int | None, more: dict[str, int]
):
    ((operation, request, response),) = start_request()
    request["Preferences"] = {
        "MinHealthyPercentage": 0,
        "MaxHealthyPercentage": 100,
        "AutoRollback": False,
        "SkipMatching": True,
        **more,
    }
    told: list[str] = []
    answers = (
        refresh_response()
        + group_response("7", "7")
        + [(operation, request, response)]
        + refresh_response("Successful", is_ours=True)
    )
    timeouts = RefreshTimeouts(warmup=warmup, give_up_after=60)
    assert released_at_once(answers, told, timeouts) == ("released", "")
    assert told[0] == (
        "iris-fleet: no instance is healthy, so nothing can be lost; version 8 is released at once"
    )


def test_a_version_that_is_not_healthy_is_not_released_once_more():
    status, reason = released_at_once(refresh_response() + group_response("8", "8"), [])
    assert (status, reason) == ("failed", "no instance is healthy, and there is no other version to release")


def refused_at_once(answers: Answers) -> str:
    """Return the error of a release at once."""
    with answering("autoscaling", answers) as autoscaling, pytest.raises(RolloutError) as caught:
        FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2")).release_at_once(
            "8", Interruption(), TIMEOUTS
        )
    return str(caught.value)


def start_at_once() -> Answers:
    ((operation, request, response),) = start_request()
    replaced = {
        "MinHealthyPercentage": 0,
        "MaxHealthyPercentage": 100,
        "AutoRollback": False,
        "SkipMatching": True,
    }
    return [(operation, {**request, "Preferences": replaced}, response)]


def test_a_group_that_is_being_refreshed_is_not_replaced_at_once():
    assert "is being refreshed already" in refused_at_once(refresh_response("InProgress"))


def test_ctrl_c_ends_the_wait_for_a_replacement_at_once_and_says_that_it_goes_on():
    answers = (
        refresh_response()
        + group_response("7", "7")
        + start_at_once()
        + refresh_response("InProgress", is_ours=True)
    )
    assert refused_at_once(answers) == "interrupted; iris-fleet is still being replaced"


def test_a_replacement_at_once_without_progress_has_failed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("scripts.rollout.fleet_rollout.time", Clock())
    answers = (
        refresh_response()
        + group_response("7", "7")
        + start_at_once()
        # At 0, 1, 2, 3 and 4 s: more than 3 s after the first.
        + refresh_response("InProgress", is_ours=True) * 5
        + group_response("8", "8")
    )
    timeouts = RefreshTimeouts(warmup=None, give_up_after=3)
    assert released_at_once(answers, [], timeouts) == ("failed", "no progress for 3 s: InProgress, 0 %")


def test_a_replacement_at_once_that_fails_is_reported_by_its_final_status():
    answers = (
        refresh_response()
        + group_response("7", "7")
        + start_at_once()
        + refresh_response("Failed", is_ours=True)
        + group_response("8", "8")
    )
    assert released_at_once(answers, []) == ("failed", "Failed; the refresh ended as Failed")


# A roll-out may have ended half-way: the group launches the version, and not all instances run it.
@pytest.mark.parametrize("group", [("8", "7"), ("7", "8")])
def test_a_replacement_at_once_begins_unless_the_group_and_all_instances_have_the_version(
    group: tuple[str, str],
):
    answers = (
        refresh_response()
        + group_response(*group)
        + start_at_once()
        + refresh_response("Successful", is_ours=True)
    )
    assert released_at_once(answers, []) == ("released", "")


# --- a refresh that is in progress ---


def test_a_refresh_in_progress_is_watched_to_its_own_version_and_no_other_is_started():
    ((operation, request, response),) = refresh_response("InProgress")
    response["InstanceRefreshes"][0]["DesiredConfiguration"] = {
        "LaunchTemplate": {"LaunchTemplateId": "lt-0123456789abcdef0", "Version": "9"}
    }
    answers = [
        *group_response("7", "7"),
        (operation, request, response),
        *refresh_response("Successful", is_ours=True),
    ]
    told: list[str] = []
    with answering("autoscaling", answers) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        result = fleet.release("8", PLAN, unchecked_watch(), told.append, TIMEOUTS)
    assert (result.result, result.before, result.offered, result.serves) == ("released", "7", "9", "9")
    assert told[0] == "iris-fleet: version 9 is being rolled out already; watching that"


def test_no_version_is_published_during_a_refresh():
    archive = PublishedArchive(bucket="archives", key="service.zip", version="v2", sha256="1" * 64)
    with answering("autoscaling", refresh_response("InProgress")) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        with pytest.raises(RolloutError, match="is being refreshed already; run this without --archive"):
            fleet.publish(archive)


# Auto Scaling API reference, InstanceRefresh: the final statuses; any other is in progress.
@pytest.mark.parametrize(
    ("status", "is_current"),
    [
        *(
            (status, True)
            for status in ("Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking")
        ),
        *((status, False) for status in ("Successful", "Failed", "Cancelled")),
        *((status, False) for status in ("RollbackSuccessful", "RollbackFailed")),
    ],
)
def test_a_refresh_is_in_progress_until_it_has_a_final_status(status: str, *, is_current: bool):
    with answering("autoscaling", refresh_response(status)) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        assert (fleet.current_refresh() is not None) is is_current


# Auto Scaling API reference, DesiredConfiguration: a launch template would replace the policy.
def test_a_group_with_several_instance_types_keeps_them():
    distribution: Any = {"OnDemandBaseCapacity": 2, "SpotAllocationStrategy": "price-capacity-optimized"}
    overrides: Any = [{"InstanceType": "t4g.small"}, {"InstanceType": "c7g.large"}]
    old: Any = {"LaunchTemplateId": "lt-1", "Version": "7"}
    policy: Any = {
        "LaunchTemplate": {"LaunchTemplateSpecification": old, "Overrides": overrides},
        "InstancesDistribution": distribution,
    }
    group = GroupState("lt-1", "7", frozenset({"7"}), (), policy)
    assert group.desired_configuration("8") == {
        "MixedInstancesPolicy": {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "8"},
                "Overrides": overrides,
            },
            "InstancesDistribution": distribution,
        }
    }


def test_the_version_of_a_group_with_several_instance_types_is_that_of_its_policy():
    ((operation, request, response),) = group_response("7", "7")
    (described,) = response["AutoScalingGroups"]
    template = described.pop("LaunchTemplate")
    described["MixedInstancesPolicy"] = {"LaunchTemplate": {"LaunchTemplateSpecification": template}}
    with answering("autoscaling", [(operation, request, response)]) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        assert fleet.serving_version() == "7"


def test_a_group_that_does_not_exist_is_an_error_with_its_name():
    answers: Answers = [("describe_auto_scaling_groups", GROUP_REQUEST, {"AutoScalingGroups": []})]
    with answering("autoscaling", answers) as autoscaling:
        fleet = FleetRollout(autoscaling, client_of("ec2"), NAME, client_of("elbv2"))
        with pytest.raises(RolloutError, match="there is no Auto Scaling group iris-fleet"):
            fleet.serving_version()
