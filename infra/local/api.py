"""The AWS API of a control plane on this machine: boto3 clients that can never reach AWS itself."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

import boto3.session
from botocore.config import Config

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost", "localhost.localstack.cloud"})
"""Hosts that are this machine; the last is LocalStack's public name for 127.0.0.1."""


class NotLocalError(ValueError):
    """An endpoint is not on this machine."""


class Api:
    """Clients of the AWS services at one endpoint, made once each."""

    def __init__(self, endpoint: str, region: str) -> None:
        """Point at `endpoint`, a URL on this machine.

        The credentials are LocalStack's documented dummies: even a wrong endpoint could spend nobody's money.

        Raises:
            NotLocalError: the endpoint's host is not this machine.
        """
        if urlsplit(endpoint).hostname not in LOOPBACK:
            raise NotLocalError(
                f"{endpoint} is not on this machine; allowed are {', '.join(sorted(LOOPBACK))}"
            )
        self.endpoint = endpoint
        self.region = region
        self._session = boto3.session.Session("test", "test", region_name=region)
        self._clients: dict[str, Any] = {}
        self._lock = Lock()

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes a client's methods at run time
        """Return the client of a service, by its boto3 name. May be called from any thread."""
        with self._lock:  # a boto3 session is not thread-safe; its clients are
            if service not in self._clients:
                # The stubs have an overload for each service by name; ours is known only at run time.
                self._clients[service] = self._session.client(  # pyright: ignore[reportUnknownMemberType, reportCallIssue]
                    service,  # pyright: ignore[reportArgumentType]
                    endpoint_url=self.endpoint,
                    # Nobody reaches this machine's loopback address through a proxy.
                    config=Config(retries={"max_attempts": 2}, proxies={}),
                )
            return self._clients[service]
