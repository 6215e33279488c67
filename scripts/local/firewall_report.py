"""Rules of the local firewall with their counts, and the latest requests that they matched."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.firewall.publication import read_counts
from localcloud.load_balancer.firewall.rules.reserved_names import DEFAULT_ACTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from localcloud.load_balancer.firewall.files import FirewallFiles

COLUMNS: Final = ("AllowedRequests", "BlockedRequests", "CountedRequests")

LATEST: Final = 10
"""Number of requests in a report."""


def rule_names(files: FirewallFiles) -> list[str]:
    """Return the names of the rules of the web ACL that is enforced; none without one."""
    try:
        definition: dict[str, Any] = json.loads(files.definition.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [rule["Name"] for rule in definition["acl"]["Rules"]]


def rule_rows(files: FirewallFiles) -> Iterator[Sequence[str]]:
    """Yield the name of each rule, its allowed, blocked and counted requests, and a note.

    Raises:
        FileNotFoundError: no web ACL is enforced.
    """
    # They compile the patterns of all rules, which only this report needs.
    from localcloud.load_balancer.firewall.rules.statements import Sources
    from localcloud.load_balancer.firewall.rules.web_acl import WebAcl

    definition: dict[str, Any] = json.loads(files.definition.read_text(encoding="utf-8"))
    acl: Mapping[str, Any] = definition.pop("acl")
    unenforced = WebAcl(acl, Sources(**definition)).unenforced
    counts = read_counts(files.counts)
    counted: Mapping[str, Mapping[str, int]] = counts.counts if counts else {}
    metrics = {rule["Name"]: rule["VisibilityConfig"]["MetricName"] for rule in acl["Rules"]}
    for name, metric in {**metrics, "default action": DEFAULT_ACTION}.items():
        of_rule: Mapping[str, int] = counted.get(metric, {})
        note = f"not enforced: {unenforced[name]}" if name in unenforced else ""
        yield (name, *(str(of_rule.get(column, 0)) for column in COLUMNS), note)


def latest_requests(files: FirewallFiles) -> list[Sequence[str]]:
    """Return time, action, rule, address, method and target of the latest requests that a rule matched."""
    if not files.samples.exists():
        return []
    samples: dict[str, list[dict[str, Any]]] = json.loads(files.samples.read_text(encoding="utf-8"))
    matched = [
        (each["Timestamp"], each, each.get("RuleNameWithinRuleGroup", rule))
        for rule, kept in samples.items()
        if rule != DEFAULT_ACTION
        for each in kept
    ]
    latest = sorted(matched, key=lambda item: item[0])[-LATEST:]
    return [
        (
            datetime.fromtimestamp(time).astimezone().strftime("%H:%M:%S"),
            sample["Action"],
            rule.rpartition("#")[2],
            sample["Request"]["ClientIP"],
            sample["Request"]["Method"],
            sample["Request"]["URI"],
        )
        for time, sample, rule in latest
    ]
