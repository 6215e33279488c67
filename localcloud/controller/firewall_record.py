"""Record of a load balancer's web ACL, and its restoration in another LocalStack.

The web ACL that is associated with the load balancer is recorded, with the IP sets, sets of regular
expressions and rule groups to which its rules refer. Others have no effect here, and are not.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, cast

from localcloud.load_balancer.firewall.definition import SCOPE, read_definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from localcloud.aws.clients import Api

Described = dict[str, Any]
"""Resource as the AWS API describes it, with texts of one character for each byte in place of bytes."""

_SUFFIX: Final = re.compile(r"-[0-9a-f]{7}$")
"""End of the name of a resource without a name of its own: a hyphen and seven hexadecimal digits."""

ACL_PARAMETERS: Final = (
    "DefaultAction",
    "Description",
    "Rules",
    "VisibilityConfig",
    "CustomResponseBodies",
    "CaptchaConfig",
    "ChallengeConfig",
    "TokenDomains",
    "AssociationConfig",
)
"""Parameters that a description of a web ACL and UpdateWebACL have in common."""

GROUP_PARAMETERS: Final = ("Description", "Rules", "VisibilityConfig", "CustomResponseBodies")
"""Parameters that a description of a rule group and UpdateRuleGroup have in common."""


def record_firewall(api: Api, load_balancer: str) -> Described | None:
    """Return the web ACL of a load balancer, with all that it refers to; None if it has none."""
    definition = read_definition(api, load_balancer)
    return None if definition is None else json.loads(json.dumps(asdict(definition)))


def restore_firewall(api: Api, wanted: Described | None, load_balancer: str) -> None:
    """Associate a load balancer with the web ACL that was recorded, or with none if there was none."""
    if wanted == record_firewall(api, load_balancer):
        return
    wafv2: Any = api.client("wafv2")
    if wanted is None:
        wafv2.disassociate_web_acl(ResourceArn=load_balancer)
        return
    arn = _Restoration(wafv2).web_acl(wanted)
    wafv2.associate_web_acl(WebACLArn=arn, ResourceArn=load_balancer)


class _Restoration:
    """Restoration of one web ACL: each resource is updated if there is one of its name, or else created."""

    def __init__(self, wafv2: Any) -> None:  # noqa: ANN401 - its parameters are those of the record
        self._wafv2 = wafv2
        self._arns: dict[str, str] = {}
        """ARN before -> ARN of the same resource now."""

    def web_acl(self, wanted: Described) -> str:
        """Restore a web ACL and what it refers to; return its ARN."""
        for arn, addresses in wanted["ip_sets"].items():
            version = "IPV6" if any(":" in address for address in addresses) else "IPV4"
            self._put("ip_set", "IPSet", arn, {"Addresses": addresses}, {"IPAddressVersion": version})
        for arn, expressions in wanted["regex_sets"].items():
            listed = {"RegularExpressionList": [{"RegexString": each} for each in expressions]}
            self._put("regex_pattern_set", "RegexPatternSet", arn, listed, {})
        for arn, group in wanted["rule_groups"].items():
            parameters = {key: group[key] for key in GROUP_PARAMETERS if group.get(key)}
            self._put("rule_group", "RuleGroup", arn, parameters, {"Capacity": group["Capacity"]})
        acl = wanted["acl"]
        parameters = {key: acl[key] for key in ACL_PARAMETERS if acl.get(key)} | {"Rules": acl["Rules"]}
        return self._put("web_acl", "WebACL", acl["ARN"], parameters, {})

    def _put(
        self, kind: str, shape: str, arn: str, parameters: Mapping[str, Any], of_creation: Mapping[str, Any]
    ) -> str:
        """Update the resource that had an ARN, or create it; return its ARN now."""
        current = with_bytes(_replaced(parameters, self._arns))
        name = arn.split("/")[-2]
        listed = getattr(self._wafv2, f"list_{kind}s")(Scope=SCOPE)[f"{shape}s"]
        found = _of_same_name(name, listed)
        if found is None:
            create = getattr(self._wafv2, f"create_{kind}")
            found = create(Name=name, Scope=SCOPE, **of_creation, **current)["Summary"]
        else:
            place = {"Name": found["Name"], "Scope": SCOPE, "Id": found["Id"]}
            token = getattr(self._wafv2, f"get_{kind}")(**place)["LockToken"]
            getattr(self._wafv2, f"update_{kind}")(**place, LockToken=token, **current)
        self._arns[arn] = found["ARN"]
        return found["ARN"]


def stem(name: str) -> str:
    """Return what the names of a resource have in common in every LocalStack: all but its random suffix."""
    return _SUFFIX.sub("-", name)


def _of_same_name(name: str, listed: Iterable[Described]) -> Described | None:
    """Return the resource of a name, or that whose name differs only in the suffix that it was given."""
    by_name = {each["Name"]: each for each in listed}
    by_stem = {stem(each): by_name[each] for each in by_name}
    return by_name.get(name) or by_stem.get(stem(name))


def _replaced(value: Mapping[str, Any], arns: Mapping[str, str]) -> Described:
    text = json.dumps(value)
    for before, now in arns.items():
        text = text.replace(json.dumps(before)[1:-1], json.dumps(now)[1:-1])
    return json.loads(text)


def with_bytes(value: Any) -> Any:  # noqa: ANN401 - JSON of any depth
    """Return a description with bytes where the API has them: in the text for which a rule searches."""
    match value:
        case dict():
            inner = cast("Described", value)
            return {
                key: each.encode("latin-1") if key == "SearchString" else with_bytes(each)
                for key, each in inner.items()
            }
        case list():
            return [with_bytes(each) for each in cast("list[Any]", value)]
        case _:
            return value
