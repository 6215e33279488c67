"""Service that is loaded: its address, and the requests that it can answer."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import httpx

from scripts.bench.load.requests import example_request, flower_requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.bench.load.requests import LoadRequest

TIMEOUT: Final = 10.0
"""Seconds for the answer to a question about the service."""


class TargetError(ValueError):
    """Service that can't be loaded; the message says why."""


@dataclass(frozen=True)
class Target:
    """Address of a service."""

    url: str
    host: str
    port: int
    is_tls: bool
    prefix: str
    """Path before those of the service, such as an API's stage."""

    @property
    def authority(self) -> str:
        """Value of the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def parse_target(url: str) -> Target:
    """Parse the URL of a service.

    Raises:
        TargetError: It is not of the form `http://host:port`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetError(f"{url} is no URL: {error}") from None
    # Credentials, a query or a fragment would not be sent.
    has_more = any((parts.username, parts.password, parts.query, parts.fragment))
    if parts.scheme not in {"http", "https"} or not parts.hostname or has_more or not url.isascii():
        raise TargetError(f"{url} is not of the form http://127.0.0.1:8080")
    is_tls = parts.scheme == "https"
    return Target(
        url=url.rstrip("/"),
        host=parts.hostname,
        port=port or (443 if is_tls else 80),
        is_tls=is_tls,
        prefix=parts.path.rstrip("/"),
    )


@cache
def tls_context() -> ssl.SSLContext:
    """Return the system's certificate authorities, or those of `SSL_CERT_FILE` (OpenSSL's)."""
    return ssl.create_default_context()


def find_requests(target: Target, predictor: str | None, sources: Sequence[str] = ()) -> list[LoadRequest]:
    """Return the requests for a predictor of the service: flowers for an iris, else its own example.

    Args:
        target: Service.
        predictor: Name of the predictor; None for the default one.
        sources: Addresses of this machine to send from, of which the first asks; none for the system's
            choice.

    Raises:
        TargetError: The service does not answer like this one, or has no such predictor.
    """
    transport = httpx.HTTPTransport(
        verify=tls_context(), trust_env=False, local_address=next(iter(sources), None)
    )
    with httpx.Client(timeout=TIMEOUT, transport=transport) as client:
        try:
            return _find_requests(client, target, predictor)
        except (KeyError, TypeError):
            raise TargetError(f"{target.url} does not answer like this service") from None


def _find_requests(client: httpx.Client, target: Target, predictor: str | None) -> list[LoadRequest]:
    listed: list[dict[str, Any]] = _json(client, f"{target.url}/api/v01/predictors")["predictors"]
    found = [each for each in listed if each["name"] == predictor or (predictor is None and each["default"])]
    if not found:
        names = ", ".join(sorted(str(each["name"]) for each in listed))
        raise TargetError(f"{target.url} has no predictor {predictor}, only {names}")
    name = quote(str(found[0]["name"]), safe="")
    definition = _json(client, f"{target.url}/api/v01/predictors/{name}")["definition"]
    if definition["name"] == "iris" and found[0]["default"]:
        return flower_requests()
    return [example_request(name, definition["example"])]


def _json(client: httpx.Client, url: str) -> dict[str, Any]:
    try:
        response = client.get(url)
    except httpx.HTTPError as error:
        raise TargetError(f"{url} does not answer: {' '.join(str(error).split())}") from None
    try:
        content = response.json() if response.is_success else None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise TargetError(f"{url} answers {response.status_code}, and not like this service")
    return content  # pyright: ignore[reportUnknownVariableType] - a document of the service
