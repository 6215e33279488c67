"""Web ACL as a function of requests: its rules by priority, their actions, labels and overrides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from localcloud.load_balancer.firewall.rules.request_components import UnsupportedError
from localcloud.load_balancer.firewall.rules.reserved_names import DEFAULT_ACTION, INSERTED_PREFIX
from localcloud.load_balancer.firewall.rules.stand_ins import stand_in
from localcloud.load_balancer.firewall.rules.statements import Evaluation, Scope, compile_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from localcloud.load_balancer.firewall.rules.statements import Json, Match, Sources
    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

ActionKind = Literal["Allow", "Block", "Count", "Captcha", "Challenge"]


@dataclass(frozen=True)
class BlockResponse:
    """Custom response of a block action."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    content_type: str = ""


@dataclass(frozen=True)
class RuleMatch:
    """Rule that a request has matched."""

    metric: str
    """Name of the rule of the web ACL in metrics."""
    action: ActionKind
    rule_in_group: str | None = None
    """Name of the rule inside of a rule group, as sampled requests show it."""


@dataclass(frozen=True)
class Verdict:
    """Decision about a request."""

    is_allowed: bool
    terminating: RuleMatch
    """Rule that decided, or the default action."""
    counted: tuple[RuleMatch, ...] = ()
    """Rules that matched without deciding."""
    labels: frozenset[str] = frozenset()
    inserted_headers: tuple[tuple[str, str], ...] = ()
    response: BlockResponse | None = None
    """Custom response; None for the load balancer's own."""


@dataclass(frozen=True)
class _Action:
    kind: ActionKind
    response: BlockResponse | None = None
    inserted: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Rule:
    """Rule with a statement and an action."""

    name: str
    metric: str
    match: Match
    action: _Action
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class _GroupRule:
    """Rule of a web ACL that evaluates a rule group."""

    metric: str
    scope_down: Match | None
    rules: tuple[tuple[_Rule, RuleMatch], ...]
    """Rules, each with what a request that matches it has matched."""
    counts_only: bool


@dataclass
class _Course:
    """Contributions of the rules so far to the verdict."""

    evaluation: Evaluation
    counted: list[RuleMatch] = field(default_factory=list[RuleMatch])
    inserted: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def verdict(self, decided: RuleMatch, action: _Action) -> Verdict:
        inserted = [*self.inserted, *(action.inserted if action.kind == "Allow" else ())]
        return Verdict(
            is_allowed=action.kind == "Allow",
            terminating=decided,
            counted=tuple(self.counted),
            labels=frozenset(self.evaluation.labels),
            inserted_headers=tuple(inserted),
            response=action.response,
        )


class WebAcl:
    """Compiled web ACL."""

    def __init__(self, acl: Json, sources: Sources) -> None:
        """Compile a web ACL.

        Args:
            acl: `WebACL` of `GetWebACL`.
            sources: what its statements refer to.
        """
        self.metric: str = acl["VisibilityConfig"]["MetricName"]
        self.unenforced: dict[str, str] = {}
        """Rules that are not evaluated here, by name, with the reason."""
        self._bodies: Json = acl.get("CustomResponseBodies", {})
        self._sources = sources
        self._default = self._action(acl["DefaultAction"])
        prefix = acl.get("LabelNamespace") or f"awswaf:webacl:{acl['Name']}:"
        ordered = sorted(acl["Rules"], key=lambda rule: rule["Priority"])
        self._rules = [rule for each in ordered if (rule := self._compile(each, prefix))]

    def evaluate(self, request: WebRequest, now: float) -> Verdict:
        """Return the decision about a request that arrived at the time `now`, in seconds."""
        course = _Course(Evaluation(request, now))
        for rule in self._rules:
            if isinstance(rule, _GroupRule):
                decided = self._evaluate_group(rule, course)
            else:
                decided = (
                    _apply(rule, course, RuleMatch(rule.metric, rule.action.kind))
                    if rule.match(course.evaluation)
                    else None
                )
            if decided is not None:
                return course.verdict(*decided)
        kind: ActionKind = self._default.kind
        return course.verdict(RuleMatch(DEFAULT_ACTION, kind), self._default)

    def _evaluate_group(self, group: _GroupRule, course: _Course) -> tuple[RuleMatch, _Action] | None:
        if group.scope_down is not None and not group.scope_down(course.evaluation):
            return None
        for rule, found in group.rules:
            if not rule.match(course.evaluation):
                continue
            decided = _apply(rule, course, found)
            if decided is None:
                continue
            if not group.counts_only:
                return decided
            course.counted.append(replace(found, action="Count"))
            return None
        return None

    def _compile(self, rule: Json, prefix: str) -> _Rule | _GroupRule | None:
        """Compile a rule of the web ACL; return None, and remember why, if it is not evaluated here."""
        try:
            ((kind, inner),) = rule["Statement"].items()
            match kind:
                case "ManagedRuleGroupStatement":
                    return self._managed_group(rule, inner, prefix)
                case "RuleGroupReferenceStatement":
                    return self._rule_group(rule, inner)
                case _:
                    return self._rule(rule, prefix)
        except UnsupportedError as error:
            self.unenforced[rule["Name"]] = str(error)
            return None

    def _rule(self, rule: Json, prefix: str) -> _Rule:
        action = self._action(rule["Action"])
        if action.kind in {"Captcha", "Challenge"}:
            raise UnsupportedError(f"the action {action.kind}")
        return _Rule(
            name=rule["Name"],
            metric=rule["VisibilityConfig"]["MetricName"],
            match=compile_statement(rule["Statement"], Scope(self._sources, prefix, rule["Name"])),
            action=action,
            labels=tuple(prefix + label["Name"] for label in rule.get("RuleLabels", [])),
        )

    def _managed_group(self, rule: Json, inner: Json, prefix: str) -> _GroupRule:
        vendor, name = inner["VendorName"], inner["Name"]
        group = stand_in(name) if vendor == "AWS" else None
        if group is None:
            raise UnsupportedError("only AWS has its rules")
        scope_down = inner.get("ScopeDownStatement")
        rules = [
            _Rule(
                each.name,
                "",
                _of_request(each.match),
                _Action("Block"),
                (group.label_prefix + each.label,),
            )
            for each in group.rules
        ]
        scope = (
            compile_statement(scope_down, Scope(self._sources, prefix, rule["Name"])) if scope_down else None
        )
        return self._group(rule, scope, self._overridden(rules, inner), f"{vendor}#{name}")

    def _rule_group(self, rule: Json, inner: Json) -> _GroupRule:
        arn = inner["ARN"]
        if arn not in self._sources.rule_groups:
            raise UnsupportedError(f"the missing {arn}")
        group = self._sources.rule_groups[arn]
        prefix = group.get("LabelNamespace") or f"awswaf:rulegroup:{group['Name']}:"
        ordered = sorted(group["Rules"], key=lambda each: each["Priority"])
        compiled = [self._rule(each, prefix) for each in ordered]
        return self._group(rule, None, self._overridden(compiled, inner), arn)

    def _group(self, rule: Json, scope_down: Match | None, rules: Iterable[_Rule], prefix: str) -> _GroupRule:
        metric: str = rule["VisibilityConfig"]["MetricName"]
        return _GroupRule(
            metric=metric,
            scope_down=scope_down,
            rules=tuple(
                (each, RuleMatch(metric, each.action.kind, f"{prefix}#{each.name}")) for each in rules
            ),
            counts_only="Count" in rule.get("OverrideAction", {}),
        )

    def _overridden(self, rules: Iterable[_Rule], inner: Json) -> Iterator[_Rule]:
        """Yield a group's rules with the actions that a statement gives them."""
        actions = {
            each["Name"]: self._action(each["ActionToUse"]) for each in inner.get("RuleActionOverrides", [])
        }
        excluded = {each["Name"] for each in inner.get("ExcludedRules", [])}
        for rule in rules:
            action = actions.get(rule.name, _Action("Count") if rule.name in excluded else rule.action)
            yield replace(rule, action=action)

    def _action(self, action: Mapping[ActionKind, Json]) -> _Action:
        ((kind, settings),) = action.items()
        handling: Json = settings.get("CustomRequestHandling", {})
        inserted = tuple(
            (INSERTED_PREFIX + header["Name"].lower(), header["Value"])
            for header in handling.get("InsertHeaders", [])
        )
        return _Action(kind, self._response(settings.get("CustomResponse")), inserted)

    def _response(self, custom: Json | None) -> BlockResponse | None:
        if custom is None:
            return None
        body: Json = self._bodies.get(custom.get("CustomResponseBodyKey", ""), {})
        return BlockResponse(
            status=custom["ResponseCode"],
            headers=tuple((each["Name"], each["Value"]) for each in custom.get("ResponseHeaders", [])),
            body=body.get("Content", ""),
            content_type=_CONTENT_TYPES.get(body.get("ContentType", ""), ""),
        )


_CONTENT_TYPES: Final[Mapping[str, str]] = {
    "TEXT_PLAIN": "text/plain",
    "TEXT_HTML": "text/html",
    "APPLICATION_JSON": "application/json",
}


def _of_request(match: Callable[[WebRequest], bool]) -> Match:
    return lambda evaluation: match(evaluation.request)


def _apply(rule: _Rule, course: _Course, found: RuleMatch) -> tuple[RuleMatch, _Action] | None:
    """Return the decision of a rule that a request matches; None if the evaluation goes on."""
    course.evaluation.labels.update(rule.labels)
    if rule.action.kind in {"Allow", "Block"}:
        return found, rule.action
    course.counted.append(found)
    course.inserted.extend(rule.action.inserted)
    return None


def referred_arns(rules: Sequence[Json]) -> dict[str, set[str]]:
    """Return the ARNs to which rules refer, by the kind of statement."""
    found: dict[str, set[str]] = {}
    stack: list[Any] = list(rules)
    while stack:
        match stack.pop():
            case dict() as members:  # pyright: ignore[reportUnknownVariableType] - JSON
                for name, inner in members.items():  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON
                    if str(name).endswith("ReferenceStatement"):  # pyright: ignore[reportUnknownArgumentType] - JSON
                        found.setdefault(str(name), set()).add(str(inner["ARN"]))  # pyright: ignore[reportUnknownArgumentType] - JSON
                    stack.append(inner)
            case list() as items:  # pyright: ignore[reportUnknownVariableType] - JSON
                stack += items  # pyright: ignore[reportUnknownArgumentType] - JSON
            case _:
                pass
    return found
