"""Requests of the lessons about the firewall: attacks and ordinary ones, each harmless to the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from scripts.local.lessons.stage import StageError
from scripts.local.lessons.texts import Text
from service.iris.examples import COURSE_PATH, QUERY_PATH

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from scripts.local.lessons.stage import Stage

SQL: Final = Text("SQL injection", "inyección de SQL")
SCRIPT: Final = Text("cross-site scripting", "secuencias entre sitios (XSS)")
PATH: Final = Text("path traversal", "recorrido de rutas")
LOOKUP: Final = Text("Log4j lookup", "consulta de Log4j")
ORDINARY: Final = Text("ordinary request", "petición normal")


@dataclass(frozen=True)
class Probe:
    """Request of a kind."""

    kind: Text
    path: str
    query: str = ""
    """Value of an additional parameter."""

    @property
    def is_attack(self) -> bool:
        """True unless it is an ordinary request."""
        return self.kind is not ORDINARY

    def send(self, client: httpx.Client) -> int:
        """Send it, and return the status of its response."""
        separator = "&" if "?" in self.path else "?"
        suffix = f"{separator}{self.query}" if self.query else ""
        return client.get(self.path + suffix).status_code


PROBES: Final = (
    Probe(SQL, "/listpredictors", "q=1%27%20OR%20%271%27=%271"),
    Probe(SQL, "/listpredictors", "q=1%20UNION%20SELECT%20password%20FROM%20users--"),
    Probe(SCRIPT, "/listpredictors", "q=%3Cscript%3Ealert(1)%3C/script%3E"),
    Probe(SCRIPT, "/listpredictors", "q=%3Cimg%20src=x%20onerror=alert(1)%3E"),
    Probe(PATH, "/listpredictors", "file=../../../../etc/passwd"),
    Probe(LOOKUP, "/listpredictors", "q=%24%7Bjndi:ldap://127.0.0.1/a%7D"),
    Probe(ORDINARY, QUERY_PATH),
    Probe(ORDINARY, COURSE_PATH),
    Probe(ORDINARY, "/listpredictors"),
)
"""All probes; the attacks come first."""


SQL_GROUP: Final = "AWSManagedRulesSQLiRuleSet"
"""Managed rule group against SQL injection, which the stack has on request (`managedRuleGroups`)."""


def with_sql_rules(rules: Sequence[Any]) -> list[Any]:
    """Return the rules of a web ACL with those against SQL injection, which count."""
    if any(rule["Name"] == SQL_GROUP for rule in rules):
        return list(rules)
    visibility = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": SQL_GROUP}
    group: dict[str, Any] = {
        "Name": SQL_GROUP,
        "Priority": 1 + max((rule["Priority"] for rule in rules), default=0),
        "OverrideAction": {"Count": {}},
        "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": SQL_GROUP}},
        "VisibilityConfig": visibility,
    }
    return [*rules, group]


def blocking(rules: Sequence[Any]) -> list[Any]:
    """Return the rules of a web ACL with the managed groups' own actions, which block."""
    return [{**rule, "OverrideAction": {"None": {}}} if "OverrideAction" in rule else rule for rule in rules]


class WebAcl:
    """Web ACL of a stage, whose rules are restored at the end."""

    def __init__(self, stage: Stage) -> None:
        """Read the web ACL of the load balancer.

        Raises:
            StageError: There is none.
        """
        self._wafv2 = stage.api.client("wafv2")
        found = self._wafv2.get_web_acl_for_resource(ResourceArn=stage.outputs["loadBalancerArn"])
        if "WebACL" not in found:
            raise StageError(Text("this cloud has no firewall", "esta nube no tiene cortafuegos"))
        self._acl: Any = found["WebACL"]
        self.rules: list[Any] = self._acl["Rules"]
        stage.on_end(self.update, self.rules)

    def update(self, rules: Sequence[Any]) -> None:
        """Replace the rules."""
        named: Any = {"Name": self._acl["Name"], "Id": self._acl["Id"], "Scope": "REGIONAL"}
        self._wafv2.update_web_acl(
            **named,
            LockToken=self._wafv2.get_web_acl(**named)["LockToken"],
            DefaultAction=self._acl["DefaultAction"],
            VisibilityConfig=self._acl["VisibilityConfig"],
            Rules=rules,
        )
