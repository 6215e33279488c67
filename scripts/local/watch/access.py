"""Access to the console: a link that opens it once, and sessions signed with the cloud's own key.

Any program on this machine can connect to a port on loopback, and so can pages of other sites in a browser.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

HOSTS: Final = ("127.0.0.1", "localhost")
"""Names of loopback. A name of another site that resolves to loopback (DNS rebinding) is refused."""


class Access:
    """Sessions of one console."""

    def __init__(self, key: str, port: int) -> None:
        """Create the access.

        Args:
            key: Secret access key of the cloud.
            port: Port on which the console listens.
        """
        self._key = key.encode()
        self._port = port
        self._token: str | None = secrets.token_urlsafe(32)

    @property
    def cookie(self) -> str:
        """Name of the cookie; browsers send the cookies of a host to all of its ports."""
        return f"iris_watch_{self._port}"

    @property
    def url(self) -> str:
        """Link that opens a session, once."""
        return f"http://{HOSTS[0]}:{self._port}/?token={self._token}"

    def open_session(self, token: str) -> str | None:
        """Return the cookie's value for a new session; None if the token is wrong or has been used."""
        if self._token is None or not hmac.compare_digest(token.encode(), self._token.encode()):
            return None
        self._token = None
        name = secrets.token_urlsafe(16)
        return f"{name}.{self._sign('session', name)}"

    def is_session(self, cookie: str) -> bool:
        """Return whether a cookie's value is that of a session."""
        name, _, signature = cookie.partition(".")
        return hmac.compare_digest(signature.encode(), self._sign("session", name).encode())

    def form_token(self, cookie: str) -> str:
        """Return the token that the forms of a session send."""
        return self._sign("form", cookie)

    def is_form_token(self, cookie: str, token: str) -> bool:
        """Return whether a form belongs to a session."""
        return hmac.compare_digest(token.encode(), self.form_token(cookie).encode())

    def is_allowed_host(self, host: str) -> bool:
        """Return whether a `Host` header names this console."""
        return host in {f"{name}:{self._port}" for name in HOSTS}

    def is_own_origin(self, origin: str) -> bool:
        """Return whether an `Origin` header names a page of this console."""
        return origin.startswith("http://") and self.is_allowed_host(origin.removeprefix("http://"))

    def _sign(self, purpose: str, value: str) -> str:
        return hmac.new(
            self._key, f"iris-watch {self._port} {purpose} {value}".encode(), hashlib.sha256
        ).hexdigest()
