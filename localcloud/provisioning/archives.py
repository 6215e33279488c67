"""Archives in a cloud's folder: kept, verified against their hash, and unpacked once for all instances."""

from __future__ import annotations

import hashlib
import os
import shutil
import sysconfig
import zipfile
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from localcloud.aws.clients import Api
    from localcloud.controller.instances import LaunchSettings
    from localcloud.state_dir import StateDir

LIBRARIES: Final = Path(sysconfig.get_path("platlib"))
"""Libraries of this environment, of the versions that are packed for this machine."""


class ArchiveHashError(RuntimeError):
    """Mismatch between the archive in S3 and the hash in the launch template."""


def keep(state_dir: StateDir, archive: Path) -> Path:
    """Keep an archive in the cloud's folder, as the project deletes its own; return its path there.

    It is the same file, and takes no more space: packing never changes a file, but writes another one.
    """
    state_dir.archives.mkdir(parents=True, exist_ok=True)
    kept = state_dir.archives / archive.name
    kept.unlink(missing_ok=True)
    if not _link(archive, kept):
        shutil.copy2(archive, kept)
    return kept


def archive_file(state_dir: StateDir, sha256: str) -> Path:
    """Return the path of the archive with a hash, beside the folder with its content."""
    return state_dir.archives / f"{sha256}.zip"


def unpack_ahead(state_dir: StateDir) -> None:
    """Unpack the kept archives of this machine's instances, while their stack is still being deployed.

    The first instance downloads and verifies its archive all the same, and then finds it unpacked.
    """
    for kept in state_dir.archives.glob("iris-local-*.zip"):
        body = kept.read_bytes()
        sha256 = hashlib.sha256(body).hexdigest()
        _link(kept, archive_file(state_dir, sha256))
        with suppress(OSError, zipfile.BadZipFile):  # the instance that needs it reports the error
            _extract(body, _folder(state_dir, sha256).with_suffix(".ahead"))


def unpack(api: Api, boot: LaunchSettings, state_dir: StateDir) -> Path:
    """Download the archive from S3, verify its hash and unpack it once; return the folder.

    Raises:
        ArchiveHashError: the object has a different hash.
    """
    folder = _folder(state_dir, boot.sha256)
    if folder.exists():
        return folder
    location = urlsplit(boot.archive)
    stored = api.client("s3").get_object(
        Bucket=location.netloc, Key=location.path.lstrip("/"), VersionId=boot.version
    )
    body = stored["Body"].read()
    found = hashlib.sha256(body).hexdigest()
    if found != boot.sha256:
        raise ArchiveHashError(
            f"{boot.archive} has sha256 {found}, but the launch template names {boot.sha256}"
        )
    state_dir.archives.mkdir(parents=True, exist_ok=True)
    archive = archive_file(state_dir, boot.sha256)
    if not archive.exists():
        archive.write_bytes(body)
    ahead = folder.with_suffix(".ahead")
    if not ahead.exists():
        _extract(body, ahead)
    ahead.rename(folder)
    return folder


def _folder(state_dir: StateDir, sha256: str) -> Path:
    return state_dir.archives / sha256


def _extract(body: bytes, folder: Path) -> None:
    """Extract an archive into a folder that exists only with all of its content."""
    draft = folder.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    with zipfile.ZipFile(BytesIO(body)) as archive:
        for member in archive.infolist():
            if not _link_library(member, draft):
                archive.extract(member, draft)
    draft.rename(folder)


def _link_library(member: zipfile.ZipInfo, folder: Path) -> bool:
    """Link the library of this environment if it is the same; return whether it is there.

    The libraries are half of an archive's content. So they are once on the disk, and once in memory.
    """
    name = PurePosixPath(member.filename)
    own = LIBRARIES / name
    if name.suffix != ".so" or name.is_absolute() or ".." in name.parts or not own.is_file():
        return False
    content = own.read_bytes()
    if (len(content), zlib.crc32(content)) != (member.file_size, member.CRC):
        return False
    linked = folder / member.filename
    linked.parent.mkdir(parents=True, exist_ok=True)
    return _link(own, linked)


def _link(file: Path, link: Path) -> bool:
    """Create another name of a file; return whether it exists, as another file system has none."""
    try:
        os.link(file, link)
    except FileExistsError:
        return True
    except OSError:
        return False
    return True
