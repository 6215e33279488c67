"""Release of the Pulumi CLI: downloaded by version, and installed if its checksum is right.

The Automation API's own installer runs a script from the network, which checks nothing. This one compares
the SHA-256 of the archive with `requirements/pulumi.sha256`, if that file exists, and otherwise with Pulumi's
release on GitHub: another host than the archive's, but no proof against an attacker who controls releases.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from typing import BinaryIO

PINS: Final = Path(__file__).resolve().parents[2] / "requirements" / "pulumi.sha256"
"""Checksums of one release, as Pulumi publishes them; `make requirements` writes it."""

ARCHIVES_URL: Final = "https://get.pulumi.com/releases/sdk"

CHECKSUMS_URL: Final = "https://github.com/pulumi/pulumi/releases/download"

OPERATING_SYSTEMS: Final = {"linux": "linux", "darwin": "darwin"}
"""Name in Python -> name in Pulumi's archives."""

PROCESSORS: Final = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
"""Name in Python -> name in Pulumi's archives."""

TIMEOUT_SECONDS: Final = 60.0
"""Timeout of each step of a transfer."""

_FOLDER: Final = PurePosixPath("pulumi")

MAXIMUM_BYTES: Final = 1_000_000_000
"""Maximum size of an archive; one has about 150 MB."""


class ReleaseError(Exception):
    """A release can't be installed; nothing was."""


def install(version: str, root: Path) -> None:
    """Download the CLI of a version, check it, and install it into `<root>/bin`.

    Raises:
        ReleaseError: There is none for this platform, it can't be downloaded, or its checksum is wrong.
        OSError: The folder can't be written.
    """
    archive = archive_name(version)
    root.mkdir(parents=True, exist_ok=True)
    # On the same file system, so that the last step is a single rename.
    with tempfile.TemporaryDirectory(prefix=".download-", dir=root) as folder:
        try:
            expected = checksum_of(archive, _read_pins() or published_checksums(version))
            with Path(folder, archive).open("w+b") as file:
                actual = _download(f"{ARCHIVES_URL}/{archive}", file)
                if actual != expected:
                    raise ReleaseError(f"the SHA-256 of {archive} is {actual}, not {expected}")
                file.seek(0)
                with tarfile.open(fileobj=file, mode="r:gz") as packed:
                    _unpack(packed, Path(folder, "pulumi"))
        except httpx.HTTPError as error:
            raise ReleaseError(" ".join(str(error).split())) from error
        except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
            raise ReleaseError(f"{archive} can't be unpacked: {error}") from error
        Path(folder, "pulumi").rename(root / "bin")


def _unpack(packed: tarfile.TarFile, folder: Path) -> None:
    """Write the programs of a release, which all lie in its folder `pulumi`, into a new folder.

    `extractall` keeps other archives in their folder by its `filter`, which Python 3.11 has only from its
    fourth patch on; Debian 12 has the second.

    Raises:
        tarfile.TarError: There is a link, a device, or a file in another folder.
    """
    folder.mkdir()
    for member in packed:
        path = PurePosixPath(member.name)
        if member.isdir() and path == _FOLDER:
            continue
        content = packed.extractfile(member) if member.isreg() else None
        if content is None or path.parent != _FOLDER or path.name == "..":
            raise tarfile.ExtractError(f"{member.name} is no file of the folder {_FOLDER}")
        program = folder / path.name
        with content, program.open("wb") as file:
            shutil.copyfileobj(content, file)
        program.chmod(0o755 if member.mode & 0o100 else 0o644)


def archive_name(version: str) -> str:
    """Return the name of the archive for this machine.

    Raises:
        ReleaseError: Pulumi has none.
    """
    system, processor = OPERATING_SYSTEMS.get(sys.platform), PROCESSORS.get(platform.machine().lower())
    if system is None or processor is None:
        raise ReleaseError(f"there is no release for {sys.platform} on {platform.machine()}")
    return f"pulumi-v{version}-{system}-{processor}.tar.gz"


def published_checksums(version: str) -> str:
    """Download the checksums of a release: a line each, of a SHA-256 and the name of a file.

    Raises:
        httpx.HTTPError: They can't be downloaded.
    """
    url = f"{CHECKSUMS_URL}/v{version}/pulumi-{version}-checksums.txt"
    response = httpx.get(url, follow_redirects=True, timeout=TIMEOUT_SECONDS)
    return response.raise_for_status().text


def checksum_of(archive: str, checksums: str) -> str:
    """Return the SHA-256 of an archive.

    Raises:
        ReleaseError: It is not among the checksums.
    """
    for line in checksums.splitlines():
        digest, _, name = line.partition(" ")
        if name.lstrip(" *") == archive:
            return digest
    raise ReleaseError(f"no checksum of {archive} is known")


def _read_pins() -> str:
    return PINS.read_text(encoding="utf-8") if PINS.exists() else ""


def _download(url: str, file: BinaryIO) -> str:
    """Download a file, and return its SHA-256."""
    digest, size = hashlib.sha256(), 0
    with httpx.stream("GET", url, follow_redirects=True, timeout=TIMEOUT_SECONDS) as response:
        for chunk in response.raise_for_status().iter_bytes():
            size += len(chunk)
            if size > MAXIMUM_BYTES:
                raise ReleaseError(f"{url} has more than {MAXIMUM_BYTES} bytes")
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


if __name__ == "__main__":
    PINS.write_text(published_checksums(sys.argv[1]), encoding="utf-8")
