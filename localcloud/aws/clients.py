"""Clients of a control plane on this machine, which can never reach AWS itself.

They are botocore's: boto3 only adds uploads and downloads in parts to them, and takes 0.2 s to import.
"""

from __future__ import annotations

import os
from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

from localcloud.aws.credentials import DUMMY, Credentials

if TYPE_CHECKING:
    from botocore.client import BaseClient

    from localcloud.aws.client_factory import ClientFactory

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost", "localhost.localstack.cloud"})
"""Host names of this machine; the last is LocalStack's public name for 127.0.0.1."""


_FILES: Final = ("config_file", "credentials_file")
"""Variables of botocore with the paths of the files in `~/.aws`."""


@cache
def _loader() -> botocore.loaders.Loader:
    """Return the loader of botocore's descriptions of services, which all sessions of this process share.

    A session of its own would read them again, 0.2 s for the first client of each.
    """
    return botocore.loaders.create_loader()


def _session_without_settings() -> botocore.session.Session:
    """Return a session that reads neither the AWS_ variables nor `~/.aws`, which are about AWS itself.

    A missing profile or a malformed file there would be an error here, and a retry mode have an effect.
    """
    session = botocore.session.Session()
    session.register_component("data_loader", _loader())
    for name, (_, _, default, convert) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items():
        session.session_var_map[name] = (None, None, os.devnull if name in _FILES else default, convert)
    return session


class NotLocalError(ValueError):
    """Endpoint that is not on this machine."""


def is_local(url: str) -> bool:
    """Return whether the host of a URL is this machine; false for a text that is no URL."""
    try:
        return urlsplit(url).hostname in LOOPBACK
    except ValueError:
        return False


@lru_cache(maxsize=8)
def shared_api(endpoint: str, region: str, credentials: Credentials) -> Api:
    """Return clients that this process shares: to create the first of a service takes 0.1 s.

    Raises:
        NotLocalError: the endpoint's host is not this machine.
    """
    return Api(endpoint, region, credentials)


class Api:
    """Clients of the AWS services at one endpoint, each created once."""

    def __init__(self, endpoint: str, region: str, credentials: Credentials = DUMMY) -> None:
        """Create clients for `endpoint`, a URL on this machine.

        Args:
            endpoint: URL of the AWS API.
            region: AWS region that it emulates.
            credentials: access key of the local cloud.

        Raises:
            NotLocalError: the endpoint's host is not this machine.
        """
        if not is_local(endpoint):
            raise NotLocalError(
                f"{endpoint} is not on this machine; allowed hosts are {', '.join(sorted(LOOPBACK))}"
            )
        self.endpoint = endpoint
        self.region = region
        self.credentials = credentials
        self._session = _session_without_settings()
        self._clients: dict[str, BaseClient] = {}
        self._lock = Lock()

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which AWS's own tools reach this API.

        S3 needs no other variable: the tools use path-style requests if the host is an IP address.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            **self.credentials.environment(),
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }

    @property
    def client(self) -> ClientFactory:
        """Function that returns the typed client of a service. May be called from any thread."""
        return cast("ClientFactory", self.client_by_name)

    def client_by_name(self, service: str) -> BaseClient:
        """Return the client of a service whose name is known only at run time.

        May be called from any thread.
        """
        with self._lock:  # a session is not thread-safe; its clients are
            if service not in self._clients:
                self._clients[service] = cast("Any", self._session).create_client(
                    service,
                    region_name=self.region,
                    endpoint_url=self.endpoint,
                    aws_access_key_id=self.credentials.access_key_id,
                    aws_secret_access_key=self.credentials.secret_access_key,
                    # A loopback address cannot be reached through a proxy.
                    config=Config(retries={"max_attempts": 2}, proxies={}),
                )
            return self._clients[service]
