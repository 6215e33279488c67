"""Access key of this local cloud, with which all its clients sign.

It is stored in a file in the format of AWS's shared credentials file, because other processes can read the
environment and the arguments of a process.
"""

from __future__ import annotations

from configparser import ConfigParser
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

KEY_FILE: Final = "LOCAL_CLOUD_KEY_FILE"
"""Variable with the path of the access key file, which is required."""

PROFILE: Final = "default"


@dataclass(frozen=True)
class Key:
    """Access key."""

    id: str
    secret: str = field(repr=False)


def read_key(file: Path) -> Key:
    """Read the key from its file.

    Raises:
        OSError: the file cannot be read.
        KeyError: the file contains no key.
    """
    parser = ConfigParser(interpolation=None)
    parser.read_string(file.read_text(encoding="utf-8"))
    profile = parser[PROFILE]
    return Key(profile["aws_access_key_id"], profile["aws_secret_access_key"])
