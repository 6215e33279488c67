"""Pulumi CLI: found on the PATH, or downloaded."""

from __future__ import annotations

import importlib.metadata
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pulumi.automation import PulumiCommand
from pulumi.automation.errors import InvalidVersionError

from scripts.deploy import pulumi_release

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
    """Return the CLI on the PATH, or that of the SDK's version in `~/.pulumi/versions`, which may be new.

    Raises:
        PulumiError: There is none, and it can't be downloaded or has a wrong checksum.
    """
    if found := find():
        return found
    version = importlib.metadata.version("pulumi")
    # The folder of the Automation API's own installer.
    root = Path.home() / ".pulumi" / "versions" / version
    try:
        if not (root / "bin" / "pulumi").exists():
            on_progress("Downloading the Pulumi CLI")
            pulumi_release.install(version, root)
        return PulumiCommand(root=str(root))
    except (pulumi_release.ReleaseError, OSError) as error:
        reason = str(error)
    except (subprocess.CalledProcessError, InvalidVersionError) as error:
        reason = f"the one in {root} does not run: {error}"
    raise PulumiError(
        f"there is no Pulumi CLI on the PATH, and it can't be downloaded ({reason}); see {INSTALL_URL}"
    )
