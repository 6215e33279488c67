"""Counts of the firewall's decisions, and samples of the requests, as CloudWatch and AWS WAF show them."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from localcloud.load_balancer.firewall.rules.web_acl import RuleMatch, Verdict
    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

    Json = dict[str, Any]

ALL_RULES: Final = "ALL"
"""Name of all rules together in metrics."""

ALLOWED: Final = "AllowedRequests"
BLOCKED: Final = "BlockedRequests"
COUNTED: Final = "CountedRequests"
"""Metrics (AWS WAF developer guide, "AWS WAF core metrics and dimensions")."""

SAMPLES: Final = 100
"""Latest requests that are kept of each rule; AWS shows up to 500."""

REDACTED_HEADERS: Final = frozenset({"authorization", "cookie"})


class Results:
    """Counts and samples since the process started."""

    def __init__(self) -> None:
        self.total = 0
        """Number of requests."""
        self._counts: Counter[tuple[str, str]] = Counter()
        self._samples: dict[str, deque[tuple[float, WebRequest, Verdict, RuleMatch]]] = defaultdict(
            lambda: deque(maxlen=SAMPLES)
        )

    def add(self, request: WebRequest, verdict: Verdict) -> None:
        """Count a request, and keep it as the latest sample of each rule that matched it."""
        self.total += 1
        counts, found, now = self._counts, verdict.terminating, time.time()
        decision = ALLOWED if verdict.is_allowed else BLOCKED
        counts[ALL_RULES, decision] += 1
        counts[found.metric, decision] += 1
        self._samples[found.metric].append((now, request, verdict, found))
        if verdict.counted:
            counts[ALL_RULES, COUNTED] += 1
        for each in verdict.counted:
            counts[each.metric, COUNTED] += 1
            self._samples[each.metric].append((now, request, verdict, each))

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the counts by rule and metric."""
        found: dict[str, dict[str, int]] = {}
        for (rule, metric), count in self._counts.items():
            found.setdefault(rule, {})[metric] = count
        return found

    def samples(self) -> dict[str, list[Json]]:
        """Return the samples by rule, in the form of `GetSampledRequests`."""
        return {rule: [_sample(*each) for each in kept] for rule, kept in self._samples.items()}


def _sample(now: float, request: WebRequest, verdict: Verdict, found: RuleMatch) -> Json:
    sample: Json = {
        "Request": {
            "ClientIP": request.source,
            "Country": "-",
            "URI": request.target,
            "Method": request.method,
            "HTTPVersion": "HTTP/1.1",
            "Headers": [
                {"Name": name, "Value": "REDACTED" if name in REDACTED_HEADERS else value}
                for name, value in request.headers
            ],
        },
        "Weight": 1,
        "Timestamp": now,
        "Action": found.action.upper(),
        "Labels": [{"Name": label} for label in sorted(verdict.labels)],
    }
    if found.rule_in_group is not None:
        sample["RuleNameWithinRuleGroup"] = found.rule_in_group
    if not verdict.is_allowed:
        sample["ResponseCodeSent"] = verdict.response.status if verdict.response else 403
    return sample
