"""User data of a launch template: its boot settings, and a copy with another archive."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from infra.fleet.user_data import BootSettings, parse_boot_settings, render_boot_script
from scripts.rollout.rollout_result import RolloutError

if TYPE_CHECKING:
    from scripts.rollout.publish import PublishedArchive


def read_boot_settings(user_data: str) -> BootSettings:
    """Read the boot settings from base64-encoded user data.

    Raises:
        RolloutError: The user data does not contain this project's boot script.
    """
    settings = parse_boot_settings(base64.b64decode(user_data).decode())
    try:
        return BootSettings(
            archive_uri=settings["ARCHIVE_URI"],
            archive_version=settings["ARCHIVE_VERSION"],
            archive_sha256=settings["ARCHIVE_SHA256"],
            region=settings["REGION"],
            service_port=int(settings["SERVICE_PORT"]),
            workers=int(settings["WORKERS"]),
            keep_alive_seconds=int(settings["KEEP_ALIVE_SECONDS"]),
            # Templates of earlier versions lack these.
            log_group=settings.get("LOG_GROUP", ""),
            docs="off" if settings.get("DOCS") == "off" else "on",
            hooks="yes" if settings.get("HOOKS") == "yes" else "no",
        )
    except (KeyError, ValueError) as error:
        raise RolloutError(f"the launch template's user data is not this project's: {error!r}") from None


def user_data_with_archive(settings: BootSettings, archive: PublishedArchive) -> str:
    """Return base64-encoded user data that differs from `settings` only in its archive."""
    changed = replace(
        settings,
        archive_uri=f"s3://{archive.bucket}/{archive.key}",
        archive_version=archive.version,
        archive_sha256=archive.sha256,
    )
    return base64.b64encode(render_boot_script(changed).encode()).decode()
