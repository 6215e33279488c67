"""Access key of one local cloud, generated at its start and stored in a file that only its owner can read.

The file has the format of AWS's shared credentials file. Processes get its path and never its content,
because the environment and the arguments of a process show up in `ps` and in logs.
"""

from __future__ import annotations

import configparser
import os
import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROFILE: Final = "default"

ID_PREFIX: Final = "IRIS"
"""Prefix of an access key id. LocalStack decodes an account from an id that starts with LKIA, LSIA or twelve
digits, and uses the account 000000000000 for any other."""

ID_ALPHABET: Final = string.ascii_uppercase + "234567"
ID_LENGTH: Final = 20
"""Length of an access key id in characters, as in AWS."""

SECRET_BYTES: Final = 30
"""Random bytes of a secret access key, which make 40 characters, as in AWS."""

AWS_PREFIXES: Final = ("AKIA", "ASIA")
"""Prefixes of access key ids that AWS issues. Source: "IAM identifiers", IAM user guide."""


class CredentialsError(RuntimeError):
    """Missing or invalid key file of a local cloud."""


@dataclass(frozen=True)
class Credentials:
    """Access key, without a session token."""

    access_key_id: str
    secret_access_key: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """Return the key as the environment variables that AWS's tools read."""
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}


DUMMY: Final = Credentials("test", "test")
"""Key of LocalStack's documentation, which is worthless at any other endpoint."""


def generate_credentials() -> Credentials:
    """Generate a random key."""
    letters = (secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH - len(ID_PREFIX)))
    return Credentials(ID_PREFIX + "".join(letters), secrets.token_urlsafe(SECRET_BYTES))


def credentials_from_environment(environment: Mapping[str, str]) -> Credentials:
    """Return the key in an environment, for a LocalStack that was started separately.

    A key that AWS issued is never used on this machine; the dummy key replaces it, and a missing one.
    """
    key_id, secret = (environment.get(name, "") for name in DUMMY.environment())
    if not (key_id and secret) or key_id.startswith(AWS_PREFIXES):
        return DUMMY
    return Credentials(key_id, secret)


def write_credentials(file: Path, credentials: Credentials) -> None:
    """Write a key to a file that is never readable for other users; replace an earlier file."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "w", encoding="utf-8") as output:  # noqa: PTH123 - Path.open takes no descriptor
        os.fchmod(descriptor, 0o600)  # a umask may have removed our own permissions
        output.write(
            f"[{PROFILE}]\naws_access_key_id = {credentials.access_key_id}\n"
            f"aws_secret_access_key = {credentials.secret_access_key}\n"
        )
    draft.replace(file)


def read_credentials(file: Path) -> Credentials:
    """Read the key of a local cloud.

    Raises:
        CredentialsError: the file is missing or contains no key.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
        profile = parser[PROFILE]
        return Credentials(profile["aws_access_key_id"], profile["aws_secret_access_key"])
    except (OSError, UnicodeDecodeError, KeyError, configparser.Error):
        # Suppress the cause, which could quote the secret.
        raise CredentialsError(
            f"{file} contains no key of a local cloud; `make down`, then `make up`"
        ) from None
