"""Sticky sessions of an ALB: Envoy's filters that bind a client to a target by a cookie.

A request whose target is gone or unhealthy goes to another one, as with an ALB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Json = dict[str, Any]

COOKIE: Final = "AWSALB"
"""Name of the cookie that an ALB sets (ELB user guide, "Sticky sessions")."""

APPLICATION_COOKIE: Final = "AWSALBAPP-0"
"""Name of the cookie that an ALB sets beside that of the application."""

SESSIONS: Final = "sticky_sessions"
"""Name of the filter that sets the load balancer's cookie and follows it."""

CONDITION: Final = "application_cookie"
"""Name of the filter that removes the load balancer's cookie where there is none of the application."""


def sticky_filters(attributes: Mapping[str, str], others: Iterable[Mapping[str, str]] = ()) -> list[Json]:
    """Return Envoy's filters for the stickiness of target groups; none if it is off in all of them.

    Args:
        attributes: attributes of the target group for which the filters hold by default.
        others: those of the target groups whose routes have `sticky_overrides`.
    """
    every = [attributes, *others]
    filters: list[Json] = []
    if any(map(_application_cookie, every)):
        filters.append({"name": CONDITION, "typed_config": {"@type": _lua("Lua"), **_condition(attributes)}})
    if any(map(_session_state, every)):
        session = {"@type": _session("StatefulSession"), **_session_state(attributes)}
        filters.append({"name": SESSIONS, "typed_config": session})
    return filters


def sticky_overrides(attributes: Mapping[str, str]) -> Json:
    """Return the configuration of these filters for the routes to a target group, by filter."""
    state, condition = _session_state(attributes), _condition(attributes)
    return {
        SESSIONS: {
            "@type": _session("StatefulSessionPerRoute"),
            **({"stateful_session": state} if state else {"disabled": True}),
        },
        CONDITION: {
            "@type": _lua("LuaPerRoute"),
            **({"source_code": condition["default_source_code"]} if condition else {"disabled": True}),
        },
    }


def _session_state(attributes: Mapping[str, str]) -> Json:
    """Return the configuration of a target group's cookie; an empty one without stickiness."""
    if attributes.get("stickiness.enabled") != "true":
        return {}
    if attributes.get("stickiness.type", "lb_cookie") == "lb_cookie":
        name, key = COOKIE, "stickiness.lb_cookie.duration_seconds"
    elif _application_cookie(attributes):
        name, key = APPLICATION_COOKIE, "stickiness.app_cookie.duration_seconds"
    else:
        return {}
    cookie = {"name": name, "path": "/", "ttl": f"{attributes.get(key, '86400')}s"}
    return {
        "session_state": {
            "name": "envoy.http.stateful_session.cookie",
            "typed_config": {
                "@type": _type("http.stateful_session.cookie.v3.CookieBasedSessionState"),
                "cookie": cookie,
            },
        }
    }


def _application_cookie(attributes: Mapping[str, str]) -> str:
    """Return the name of the application's cookie; an empty text if stickiness is not by one."""
    is_enabled = attributes.get("stickiness.enabled") == "true"
    if not is_enabled or attributes.get("stickiness.type") != "app_cookie":
        return ""
    return attributes.get("stickiness.app_cookie.cookie_name", "")


def _condition(attributes: Mapping[str, str]) -> Json:
    """Return the script with which the load balancer's cookie accompanies one of the application."""
    name = _application_cookie(attributes)
    if not name:
        return {}
    # In decimal escapes, as no character of a name may end the text.
    quoted = "".join(f"\\{byte:03d}" for byte in name.encode())
    source = _SCRIPT.replace("APPLICATION", quoted).replace("BALANCER", APPLICATION_COOKIE)
    return {"default_source_code": {"inline_string": source}}


_SCRIPT: Final = """
local function has(text, name)
  return string.find("; " .. text, "; " .. name .. "=", 1, true) ~= nil
end

-- Clients have to send both cookies ("Application-based stickiness").
function envoy_on_request(handle)
  local sent = handle:headers():get("cookie")
  if sent and not has(sent, "APPLICATION") then
    local kept = {}
    for pair in string.gmatch(sent, "[^;]+") do
      local trimmed = string.gsub(pair, "^%s+", "")
      if not has(trimmed, "BALANCER") then
        table.insert(kept, trimmed)
      end
    end
    handle:headers():replace("cookie", table.concat(kept, "; "))
  end
end

-- The load balancer sets its cookie with each one that the application sets.
function envoy_on_response(handle)
  local headers = handle:headers()
  local set, is_set = {}, false
  for number = 0, headers:getNumValues("set-cookie") - 1 do
    local value = headers:getAtIndex("set-cookie", number)
    table.insert(set, value)
    is_set = is_set or has(value, "APPLICATION")
  end
  if not is_set then
    headers:remove("set-cookie")
    for _, value in ipairs(set) do
      if not has(value, "BALANCER") then
        headers:add("set-cookie", value)
      end
    end
  end
end
"""


def _session(name: str) -> str:
    return _type(f"filters.http.stateful_session.v3.{name}")


def _lua(name: str) -> str:
    return _type(f"filters.http.lua.v3.{name}")


def _type(name: str) -> str:
    return f"type.googleapis.com/envoy.extensions.{name}"
