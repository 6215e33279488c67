"""Access key of one local cloud: made at its start, kept in a file that only its owner can read.

The file has the form of AWS's shared credentials file. Processes are told where it lies and never what it
holds, for the environment and the arguments of a process show up in `ps` and in logs.
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
"""Start of an access key id. LocalStack reads an account out of one that starts with LKIA or LSIA, or with
twelve digits, and takes the account 000000000000 for any other."""

ID_ALPHABET: Final = string.ascii_uppercase + "234567"
ID_LENGTH: Final = 20
"""Characters of an access key id, as AWS's own have."""

SECRET_BYTES: Final = 30
"""Random bytes of a secret access key, which make 40 characters, as AWS's own have."""

AWS_PREFIXES: Final = ("AKIA", "ASIA")
"""Start of access key ids that AWS gives out. Source: "IAM identifiers", IAM user guide."""


class CredentialsError(RuntimeError):
    """There is no key of a local cloud where one should be."""


@dataclass(frozen=True)
class Credentials:
    """Access key, without a session token."""

    access_key_id: str
    secret_access_key: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """Return the environment variables in which AWS's tools look for a key."""
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}


DUMMY: Final = Credentials("test", "test")
"""What LocalStack's documentation signs with: even a wrong endpoint could spend nobody's money."""


def make_credentials() -> Credentials:
    """Make a random key."""
    letters = (secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH - len(ID_PREFIX)))
    return Credentials(ID_PREFIX + "".join(letters), secrets.token_urlsafe(SECRET_BYTES))


def credentials_in(environment: Mapping[str, str]) -> Credentials:
    """Return the key in an environment, for a LocalStack that somebody else has started.

    A key that AWS itself gave out is never used on this machine; without another one it is the dummy.
    """
    key_id, secret = (environment.get(name, "") for name in DUMMY.environment())
    if not (key_id and secret) or key_id.startswith(AWS_PREFIXES):
        return DUMMY
    return Credentials(key_id, secret)


def write_credentials(file: Path, credentials: Credentials) -> None:
    """Write a key into a file that nobody else can read, at no moment; an earlier file is replaced."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "w", encoding="utf-8") as output:  # noqa: PTH123 - a path could not be given a mode
        os.fchmod(descriptor, 0o600)  # a umask may have taken our own rights away, too
        output.write(
            f"[{PROFILE}]\naws_access_key_id = {credentials.access_key_id}\n"
            f"aws_secret_access_key = {credentials.secret_access_key}\n"
        )
    draft.replace(file)


def read_credentials(file: Path) -> Credentials:
    """Read the key of a local cloud.

    Raises:
        CredentialsError: the file is missing or holds no key.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
        profile = parser[PROFILE]
        return Credentials(profile["aws_access_key_id"], profile["aws_secret_access_key"])
    except (OSError, UnicodeDecodeError, KeyError, configparser.Error):
        # Without the cause, which could quote the secret.
        raise CredentialsError(f"{file} holds no key of a local cloud; `make down`, then `make up`") from None
