"""Checks against requests from web pages and for other host names.

A page of another site can send requests here, also to its own host name that resolves to 127.0.0.1 (DNS
rebinding). The browser reveals that in header fields that a page cannot change: `Host`, `Origin` (Fetch
standard, section 3.2) and `Sec-Fetch-Site` (Fetch Metadata Request Headers, section 2.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scalable_models_localstack.guard.verdict import RefusedError

if TYPE_CHECKING:
    from scalable_models_localstack.guard.request_head import RequestHead

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
"""Allowed host names. Others control the DNS of `localhost.localstack.cloud`."""

OWN_SITES: Final = frozenset({"none", "same-origin"})
"""Sec-Fetch-Site values that no other site causes: typed by the user, or sent by a page of this port."""


def check_target(head: RequestHead) -> None:
    """Check that the target is in origin form, without characters that no client sends.

    The absolute form contains a host that overrides `Host` (RFC 9112, section 3.2.2).

    Raises:
        RefusedError: the target has a different form.
    """
    target = head.target
    if not target.startswith("/") or "#" in target or not (target.isascii() and target.isprintable()):
        raise RefusedError("AccessDenied", "The request target is not a path on this machine.")
    if " " in target:
        raise RefusedError("AccessDenied", "The request target has a space.")


def check_host(head: RequestHead, port: int) -> None:
    """Check that the request is for one of this machine's loopback names.

    Raises:
        RefusedError: `Host` is missing, ambiguous, or has a different host or port.
    """
    hosts = head.values("host")
    allowed = {*LOOPBACK, *(f"{name}:{port}" for name in LOOPBACK)}
    if len(hosts) != 1 or hosts[0] not in allowed:
        raise RefusedError("AccessDenied", f"The Host of a request must be {LOOPBACK[0]}:{port}.")


def check_sender(head: RequestHead) -> None:
    """Check that no web page sent the request.

    Raises:
        RefusedError: the browser's header fields show that a page did.
    """
    if head.values("origin"):
        raise RefusedError("AccessDenied", "Web pages may not call the AWS API of this machine (Origin).")
    if not OWN_SITES.issuperset(head.values("sec-fetch-site")):
        raise RefusedError(
            "AccessDenied", "Web pages may not call the AWS API of this machine (Sec-Fetch-Site)."
        )
