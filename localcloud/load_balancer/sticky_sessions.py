"""Sticky sessions of an ALB: Envoy's filter that binds a client to a target by a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

COOKIE: Final = "AWSALB"
"""Name of the cookie that an ALB sets (ELB user guide, "Sticky sessions")."""


def sticky_filters(target_group_attributes: Mapping[str, str]) -> list[Json]:
    """Return Envoy's filter for the stickiness of a target group; none if it is off or by the application.

    A request whose target is gone or unhealthy goes to another one, as with an ALB.
    """
    is_enabled = target_group_attributes.get("stickiness.enabled") == "true"
    if not is_enabled or target_group_attributes.get("stickiness.type", "lb_cookie") != "lb_cookie":
        return []
    seconds = target_group_attributes.get("stickiness.lb_cookie.duration_seconds", "86400")
    return [
        {
            "name": "sticky_sessions",
            "typed_config": {
                "@type": _type("filters.http.stateful_session.v3.StatefulSession"),
                "session_state": {
                    "name": "envoy.http.stateful_session.cookie",
                    "typed_config": {
                        "@type": _type("http.stateful_session.cookie.v3.CookieBasedSessionState"),
                        "cookie": {"name": COOKIE, "path": "/", "ttl": f"{seconds}s"},
                    },
                },
            },
        }
    ]


def _type(name: str) -> str:
    return f"type.googleapis.com/envoy.extensions.{name}"
