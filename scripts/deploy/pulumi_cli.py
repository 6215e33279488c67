"""Pulumi CLI: found on the PATH, or downloaded."""

from __future__ import annotations

import subprocess
import urllib.error
from typing import TYPE_CHECKING, Final

from pulumi.automation import PulumiCommand
from pulumi.automation.errors import InvalidVersionError

if TYPE_CHECKING:
    from collections.abc import Callable

INSTALL_URL: Final = "https://www.pulumi.com/docs/install/"


class PulumiError(RuntimeError):
    """Pulumi can't be used; the message says why, and what to do."""


def find() -> PulumiCommand | None:
    """Return the CLI on the PATH, or None.

    Raises:
        PulumiError: Its version is not supported, or it does not run.
    """
    try:
        return PulumiCommand()
    except FileNotFoundError:
        return None
    except InvalidVersionError as error:
        raise PulumiError(f"the Pulumi CLI on the PATH is not supported: {error}") from None
    except (subprocess.CalledProcessError, PermissionError) as error:
        raise PulumiError(f"the Pulumi CLI on the PATH does not run: {error}") from None


def find_or_install(on_progress: Callable[[str], None]) -> PulumiCommand:
    """Return the CLI on the PATH, or download the version of the SDK into `~/.pulumi/versions`.

    Raises:
        PulumiError: There is none, and it can't be downloaded.
    """
    if found := find():
        return found
    on_progress("Downloading the Pulumi CLI")
    try:
        return PulumiCommand.install()
    except urllib.error.URLError as error:
        reason = str(error.reason)
    except subprocess.CalledProcessError as error:
        output = str(error.output, "utf-8", "replace").strip().splitlines()
        reason = output[-1] if output else f"its installer ended with status {error.returncode}"
    except OSError as error:
        reason = str(error)
    raise PulumiError(
        f"there is no Pulumi CLI on the PATH, and it can't be downloaded ({reason}); see {INSTALL_URL}"
    )
