"""Signs that a request comes from a web page, or was sent to a name that is not this machine's.

A page of another site can send requests here, and under a name of its own that it lets resolve to 127.0.0.1
(DNS rebinding). The browser says so in header fields that a page cannot change: `Host`, `Origin` (Fetch
standard, section 3.2) and `Sec-Fetch-Site` (Fetch Metadata Request Headers, section 2.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scalable_models_localstack.guard.verdict import RefusedError

if TYPE_CHECKING:
    from scalable_models_localstack.guard.request_head import RequestHead

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
"""Hosts by which this machine is reached. `localhost.localstack.cloud` is a name that others answer for."""

OWN_SITES: Final = frozenset({"none", "same-origin"})
"""Values of Sec-Fetch-Site that no other site causes: typed by the user, or a page of this very port."""


def check_target(head: RequestHead) -> None:
    """Take only targets in origin form, without what a client would never send there.

    The absolute form would name a host of its own, which counts instead of `Host` (RFC 9112, section 3.2.2).

    Raises:
        RefusedError: the target has another form.
    """
    target = head.target
    if not target.startswith("/") or "#" in target or not (target.isascii() and target.isprintable()):
        raise RefusedError("AccessDenied", "The request target is not a path on this machine.")
    if " " in target:
        raise RefusedError("AccessDenied", "The request target has a space.")


def check_host(head: RequestHead, port: int) -> None:
    """Take only requests to this machine, by one of its loopback names.

    Raises:
        RefusedError: `Host` is missing, ambiguous, or names another host or port.
    """
    hosts = head.values("host")
    allowed = {*LOOPBACK, *(f"{name}:{port}" for name in LOOPBACK)}
    if len(hosts) != 1 or hosts[0] not in allowed:
        raise RefusedError("AccessDenied", f"The Host of a request must be {LOOPBACK[0]}:{port}.")


def check_sender(head: RequestHead) -> None:
    """Take no request that a web page has sent.

    Raises:
        RefusedError: a browser says that a page did.
    """
    if head.values("origin"):
        raise RefusedError("AccessDenied", "Web pages may not call the AWS API of this machine (Origin).")
    if not OWN_SITES.issuperset(head.values("sec-fetch-site")):
        raise RefusedError(
            "AccessDenied", "Web pages may not call the AWS API of this machine (Sec-Fetch-Site)."
        )
