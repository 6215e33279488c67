"""A launch template's user data with another archive in it, and everything else as it was."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from infra.fleet.user_data import BootSettings, boot_script, read_settings
from scripts.rollout.result import RolloutError

if TYPE_CHECKING:
    from scripts.rollout.publish import Published


def read_boot(user_data: str) -> BootSettings:
    """Read the settings out of user data in base64.

    Raises:
        RolloutError: Our boot script is not in it.
    """
    told = read_settings(base64.b64decode(user_data).decode())
    try:
        return BootSettings(
            archive_uri=told["ARCHIVE_URI"],
            archive_version=told["ARCHIVE_VERSION"],
            archive_sha256=told["ARCHIVE_SHA256"],
            region=told["REGION"],
            service_port=int(told["SERVICE_PORT"]),
            workers=int(told["WORKERS"]),
            keep_alive_seconds=int(told["KEEP_ALIVE_SECONDS"]),
            # Templates of earlier versions say nothing of these.
            log_group=told.get("LOG_GROUP", ""),
            hooks="yes" if told.get("HOOKS") == "yes" else "no",
        )
    except (KeyError, ValueError) as error:
        raise RolloutError(f"the launch template's user data is not this project's: {error!r}") from None


def with_archive(settings: BootSettings, archive: Published) -> str:
    """Write user data, in base64, that runs another archive."""
    changed = replace(
        settings,
        archive_uri=f"s3://{archive.bucket}/{archive.key}",
        archive_version=archive.version,
        archive_sha256=archive.sha256,
    )
    return base64.b64encode(boot_script(changed).encode()).decode()
