"""Addresses of a local cloud, passed to each of its processes in environment variables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from localcloud.aws.clients import shared_api
from localcloud.aws.credentials import read_credentials
from localcloud.incompatible_state import IncompatibleStateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.aws.clients import Api

PREFIX: Final = "LOCAL_CLOUD_"


@dataclass(frozen=True)
class Identity:
    """Stack, region and addresses of one local cloud, as seen from this machine."""

    stack: str
    """Name of the Pulumi stack."""
    region: str
    """AWS region that it emulates."""
    endpoint: str
    """URL of the AWS API."""
    balancer_url: str
    """URL of the load balancer, if the stack has one."""
    key_file: str
    """Path of the file with the access key of the AWS API."""

    @property
    def api(self) -> Api:
        """Boto3 clients of the AWS API.

        Raises:
            CredentialsError: the key file is missing or invalid.
        """
        return shared_api(self.endpoint, self.region, read_credentials(Path(self.key_file)))

    def environment(self) -> dict[str, str]:
        """Return the identity as environment variables."""
        return {
            f"{PREFIX}STACK": self.stack,
            f"{PREFIX}REGION": self.region,
            f"{PREFIX}ENDPOINT": self.endpoint,
            f"{PREFIX}BALANCER_URL": self.balancer_url,
            f"{PREFIX}KEY_FILE": self.key_file,
        }

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Identity:
        """Read the identity from a process's environment.

        Raises:
            IncompatibleStateError: a variable is missing.
        """
        try:
            return cls(
                stack=environment[f"{PREFIX}STACK"],
                region=environment[f"{PREFIX}REGION"],
                endpoint=environment[f"{PREFIX}ENDPOINT"],
                balancer_url=environment[f"{PREFIX}BALANCER_URL"],
                key_file=environment[f"{PREFIX}KEY_FILE"],
            )
        except KeyError as error:
            raise IncompatibleStateError(f"its processes have no variable {error.args[0]}") from None
