"""Pulumi's command: found, or fetched where it is missing."""

from __future__ import annotations

import subprocess
import urllib.error
from typing import TYPE_CHECKING, Final

from pulumi.automation import PulumiCommand
from pulumi.automation.errors import InvalidVersionError

if TYPE_CHECKING:
    from collections.abc import Callable

BY_HAND: Final = "https://www.pulumi.com/docs/install/"


class PulumiError(RuntimeError):
    """Pulumi can't be used; the message says why, and what to do."""


def find() -> PulumiCommand | None:
    """Find the command on the PATH; None if there is none.

    Raises:
        PulumiError: There is one, of a version that does not go with ours.
    """
    try:
        return PulumiCommand()
    except FileNotFoundError:
        return None
    except InvalidVersionError as error:
        raise PulumiError(f"the Pulumi CLI on the PATH is of no use here: {error}") from None
    except (subprocess.CalledProcessError, PermissionError) as error:
        raise PulumiError(f"the Pulumi CLI on the PATH does not run: {error}") from None


def find_or_install(tell: Callable[[str], None]) -> PulumiCommand:
    """Find the command, or fetch the version that goes with ours into `~/.pulumi/versions`.

    Raises:
        PulumiError: There is none, and it can't be fetched either.
    """
    if found := find():
        return found
    tell("Fetching the Pulumi CLI")
    try:
        return PulumiCommand.install()
    except urllib.error.URLError as error:
        why = str(error.reason)
    except subprocess.CalledProcessError as error:
        said = str(error.output, "utf-8", "replace").strip().splitlines()
        why = said[-1] if said else f"its installer ended with status {error.returncode}"
    except OSError as error:
        why = str(error)
    raise PulumiError(f"there is no Pulumi CLI on the PATH, and it can't be fetched ({why}); see {BY_HAND}")
