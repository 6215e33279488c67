"""Redirects of listener rules, as Envoy's redirect actions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

STATUSES: Final = {"HTTP_301": "MOVED_PERMANENTLY", "HTTP_302": "FOUND"}

PLACEHOLDER: Final = re.compile(r"#\{(protocol|host|port|path|query)\}")
"""Part of the request that a redirect keeps (RedirectActionConfig, ELB API 2015-12-01)."""


def redirect_action(redirect: Mapping[str, str]) -> Json:
    """Return Envoy's action for a redirect; what it does not name is kept.

    Raises:
        UnsupportedRuleError: it puts a part of the request where Envoy cannot.
    """
    action: Json = {"response_code": STATUSES[redirect["StatusCode"]]}
    if (protocol := redirect.get("Protocol", "#{protocol}")) != "#{protocol}":
        action["scheme_redirect"] = protocol.lower()
    if (host := redirect.get("Host", "#{host}")) != "#{host}":
        action["host_redirect"] = _literal(host)
    if (port := redirect.get("Port", "#{port}")) != "#{port}":
        action["port_redirect"] = int(_literal(port))
    return action | _path_and_query(redirect.get("Path", "/#{path}"), redirect.get("Query", "#{query}"))


def _path_and_query(path: str, query: str) -> Json:
    if query not in {"", "#{query}"}:
        return {"path_redirect": f"{_literal(path)}?{_literal(query)}"}
    strip: Json = {} if query else {"strip_query": True}
    if path == "/#{path}":
        return strip
    if not PLACEHOLDER.search(path):
        return strip | {"path_redirect": path}
    before, _, after = path.partition("#{path}")
    rewrite = {"pattern": {"regex": "^/(.*)$"}, "substitution": rf"{_literal(before)}\1{_literal(after)}"}
    return strip | {"regex_rewrite": rewrite}


def _literal(text: str) -> str:
    if PLACEHOLDER.search(text):
        raise UnsupportedRuleError(f"the local load balancer does not support redirects to {text}")
    return text
