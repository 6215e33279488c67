"""Cloud that runs in a folder, which the views show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud import processes
from localcloud.environment import Identity

if TYPE_CHECKING:
    from localcloud.state_dir import StateDir


class NoCloudError(RuntimeError):
    """View without a cloud to watch."""


def find_identity(state_dir: StateDir) -> Identity:
    """Return the identity of the cloud that runs in a folder.

    Raises:
        NoCloudError: None runs there.
        IncompatibleStateError: A different version of the code started it.
    """
    found = processes.find(state_dir.home)
    if not found:
        raise NoCloudError(f"no local cloud runs in {state_dir.home}; `make up` starts one")
    return Identity.from_environment(found[0].environment)
