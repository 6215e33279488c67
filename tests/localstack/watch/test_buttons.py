"""Buttons of the live console, pressed in a browser, and what they change in the running cloud."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from playwright.sync_api import expect

from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.load_balancer.firewall.publication import read_counts
from localcloud.state_dir import StateDir
from scripts.local.watch.actions.settings import INJECTION_RULES
from scripts.local.watch.observation.cloud_reader import CloudReader
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

    from localcloud.aws.clients import Api
    from tests.localstack.conftest import RunningCloud


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def fill(page: Page, **fields: int) -> None:
    for name, value in fields.items():
        page.locator(f'[name="{name}"]').fill(str(value))


@pytest.fixture(scope="module")
def reader(cloud: RunningCloud) -> Iterator[CloudReader]:
    reader = CloudReader(StateDir(cloud.home.resolve()))
    yield reader
    reader.close()


def requests_of(reader: CloudReader) -> int:
    """Return the number of requests that the load balancers have counted."""
    return sum(node.requests for node in reader.read().nodes)


@pytest.mark.parametrize(
    ("button", "option"),
    [
        ("Ramp", "--ramp 6:60"),
        ("A day's demand", "--curve day"),
        ("Peak demand", "--steps 10,10,60,60,10,10"),
    ],
)
def test_each_load_reaches_the_load_balancers(page: Page, reader: CloudReader, button: str, option: str):
    fill(page, rate=60, seconds=60)
    press(page, button)
    # The load before is stopped first, and says what it has found.
    expect(page.locator("#activity code")).to_contain_text(option, timeout=30_000)
    before = requests_of(reader)
    until(lambda: requests_of(reader) > before + 20)


def test_a_load_that_is_stopped_sends_nothing_more(page: Page, reader: CloudReader):
    press(page, "Stop")
    expect(page.locator("#activity code")).to_have_count(0, timeout=20_000)
    before = requests_of(reader)
    page.wait_for_timeout(1_000)
    assert requests_of(reader) == before


def a_healthy_instance(page: Page) -> tuple[str, Locator]:
    """Return the id and the card of a healthy instance."""
    card = page.locator(".instance.healthy").first
    expect(card).to_be_visible(timeout=60_000)
    name = card.get_attribute("data-key") or ""
    return name, page.locator(f'[data-key="{name}"]')


def pid_of(cloud: RunningCloud, instance: str) -> int:
    return next(each["pid"] for each in cloud.status()["instances"] if each["id"] == instance)


def test_a_frozen_instance_stands_still_and_says_so(cloud: RunningCloud, page: Page):
    name, card = a_healthy_instance(page)
    pid = pid_of(cloud, name)
    card.get_by_role("button", name=f"freeze {name}").click()
    try:
        until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, seconds=5)
        expect(card.locator(".health")).to_have_text("frozen")
    finally:
        os.kill(pid, signal.SIGCONT)
    expect(card.locator(".health")).to_have_text("healthy", timeout=30_000)


def test_a_load_balancer_that_is_killed_is_started_again(cloud: RunningCloud, page: Page):
    def balancers() -> dict[str, int | None]:
        return {part["zone"]: part["pid"] for part in cloud.status()["parts"] if part["role"] == "balancer"}

    before = balancers()
    zone = min(before)
    press(page, f"kill Load balancer {zone}")
    event = f"the load balancer in {zone} lost its process; it is started again"
    expect(page.locator("#events")).to_contain_text(event, timeout=30_000)
    after = until(lambda: (found := balancers())[zone] not in {before[zone], None} and found)
    assert {name for name in before if before[name] != after[name]} == {zone}


def test_a_zone_is_lost_and_restored(cloud: RunningCloud, page: Page):
    def processes_in(zone: str) -> list[int]:
        status = cloud.status()
        parts = [*status["parts"], *status["instances"]]
        return [part["pid"] for part in parts if part.get("zone") == zone and part["pid"]]

    zone = page.locator(".zone").last.get_attribute("data-key") or ""
    assert processes_in(zone)
    press(page, f"lose zone {zone}")
    until(lambda: not processes_in(zone))
    expect(page.locator(".zone.gone")).to_contain_text("lost")
    # Auto Scaling replaces its instances in the other zone.
    expect(page.locator(".zone:not(.gone) .instance.healthy")).to_have_count(2, timeout=60_000)
    press(page, f"restore zone {zone}")
    until(lambda: processes_in(zone))
    expect(page.locator(".zone.gone")).to_have_count(0)


def web_acl(api: Api, outputs: dict[str, Any]) -> Any:
    found: Any = api.client("wafv2").get_web_acl_for_resource(ResourceArn=outputs["loadBalancerArn"])
    return found["WebACL"]


@pytest.fixture
def rules_afterwards(api: Api, outputs: dict[str, Any]) -> Iterator[None]:
    """Restore the rules of the web ACL."""
    before = web_acl(api, outputs)
    yield
    named: Any = {"Name": before["Name"], "Id": before["Id"], "Scope": "REGIONAL"}
    wafv2 = api.client("wafv2")
    wafv2.update_web_acl(
        **named,
        LockToken=wafv2.get_web_acl(**named)["LockToken"],
        DefaultAction=before["DefaultAction"],
        VisibilityConfig=before["VisibilityConfig"],
        Rules=before["Rules"],
    )


@pytest.mark.usefixtures("rules_afterwards")
def test_attacks_are_blocked_or_only_counted_as_the_buttons_say(
    cloud: RunningCloud, page: Page, api: Api, outputs: dict[str, Any]
):
    def matched(rule: str, action: str) -> int:
        counts = read_counts(FirewallFiles(StateDir(cloud.home.resolve()).firewall).counts)
        return counts.counts.get(rule, {}).get(action, 0) if counts else 0

    press(page, "SQL injection")
    expect(page.locator("#activity")).to_contain_text("No rule looks for these 30 requests")
    press(page, "Let the firewall block")
    expect(page.locator("#fleet")).to_contain_text("blocks attacks", timeout=30_000)
    rules = web_acl(api, outputs)["Rules"]
    assert all("Count" not in (rule.get("Action") or rule["OverrideAction"]) for rule in rules)
    expect(page.locator("#events")).to_contain_text(f"web ACL of {len(rules)} rules", timeout=30_000)
    attacks = {
        "SQL injection": INJECTION_RULES,
        "Cross-site scripting": "AWSManagedRulesCommonRuleSet",
        "Flood from one address": "RateLimit",
    }
    for button, rule in attacks.items():
        before = matched(rule, "BlockedRequests")
        press(page, button)
        expect(page.locator(".notices li").first).not_to_contain_text("No rule")
        until(lambda rule=rule, before=before: matched(rule, "BlockedRequests") > before)
    expect(page.locator("#firewall")).to_contain_text("RateLimit")
    press(page, "Stop")
    press(page, "Let it only count")
    expect(page.locator("#fleet")).to_contain_text("only counts attacks", timeout=30_000)
    before = matched(INJECTION_RULES, "CountedRequests")
    press(page, "SQL injection")
    until(lambda: matched(INJECTION_RULES, "CountedRequests") > before)


def test_the_size_of_the_group_is_that_of_the_form(
    cloud: RunningCloud, page: Page, api: Api, outputs: dict[str, Any]
):
    def group() -> Any:
        named = [outputs["autoScalingGroup"]]
        autoscaling = api.client("autoscaling")
        (found,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=named)["AutoScalingGroups"]
        return found

    before = group()
    fill(page, minimum=3, maximum=5)
    press(page, "Change the size")
    until(lambda: [it["health"] for it in cloud.status()["instances"]] == ["healthy"] * 3, seconds=60)
    assert (group()["MinSize"], group()["MaxSize"]) == (3, 5)
    fill(page, minimum=before["MinSize"], maximum=before["MaxSize"])
    press(page, "Change the size")
    until(lambda: (group()["MinSize"], group()["MaxSize"]) == (before["MinSize"], before["MaxSize"]))
    api.client("autoscaling").set_desired_capacity(
        AutoScalingGroupName=outputs["autoScalingGroup"], DesiredCapacity=before["DesiredCapacity"]
    )


def test_the_target_of_the_policy_is_that_of_the_form_in_requests_per_minute(
    page: Page, api: Api, outputs: dict[str, Any]
):
    name = outputs["autoScalingGroup"]

    def policy() -> Any:
        policies: Any = api.client("autoscaling").describe_policies(AutoScalingGroupName=name)
        return next(
            each
            for each in policies["ScalingPolicies"]
            if "ALBRequestCountPerTarget" in str(each.get("TargetTrackingConfiguration"))
        )

    before = policy()
    fill(page, target=500)
    press(page, "Change the policy's target")
    until(lambda: policy()["TargetTrackingConfiguration"]["TargetValue"] == 60 * 500)
    kept = ("AutoScalingGroupName", "PolicyName", "PolicyType", "TargetTrackingConfiguration")
    api.client("autoscaling").put_scaling_policy(**{key: before[key] for key in kept})


def versions(page: Page) -> set[str]:
    """Return the versions of the healthy instances."""
    return set(page.locator(".instance.healthy .badge").all_text_contents())


def bad_release_begins(page: Page) -> bool:
    """Press the button; return whether it acts, which it does once the command before has ended."""
    begun = page.locator("#activity .notices", has_text="never answers")
    if not begun.count():
        press(page, "Release a bad version")
        page.wait_for_timeout(1_500)
    return begun.count() > 0


def test_a_good_version_replaces_all_instances_and_a_bad_one_is_rolled_back(page: Page):
    expect(page.locator(".instance.healthy")).to_have_count(2, timeout=60_000)
    (old,) = versions(page)
    rollout = page.locator("#activity .running", has_text="iris rollout")
    press(page, "Release a good version")
    expect(rollout).to_contain_text(f"serves in place of {old.removeprefix('v')}", timeout=180_000)
    until(lambda: len(versions(page)) == 1)
    (good,) = versions(page)
    assert good != old
    until(lambda: bad_release_begins(page))
    bad = f"v{int(good.removeprefix('v')) + 1}"
    expect(page.locator(".instance", has_text=bad).first).to_be_visible(timeout=60_000)
    expect(page.locator("#activity .running.bad")).to_be_visible(timeout=180_000)
    expect(page.locator(".instance", has_text=bad)).to_have_count(0, timeout=60_000)
    assert versions(page) == {good}


def test_an_instance_that_is_slowed_down_stands_still_again_and_again(cloud: RunningCloud, page: Page):
    name, card = a_healthy_instance(page)
    process = psutil.Process(pid_of(cloud, name))
    card.get_by_role("button", name=f"slow down {name}").click()
    expect(card.locator(".health")).to_have_text("slow")
    for _ in range(2):
        until(lambda: process.status() == psutil.STATUS_STOPPED, seconds=5)
        until(lambda: process.status() != psutil.STATUS_STOPPED, seconds=5)
