"""Installation from wheels with pinned hashes, and from nothing else."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest

from scripts.packaging.archive_inputs import AWS_ARM64, AWS_X86_64
from scripts.packaging.wheels import InstallError, install

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.packaging.wheels import WheelPlatform

METADATA: Final = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
WHEEL: Final = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"

BACKEND: Final = """
import pathlib, zipfile
def build_wheel(folder, settings=None, metadata=None):
    with zipfile.ZipFile(pathlib.Path(folder) / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "")
        wheel.writestr("tiny-1.0.dist-info/METADATA", {metadata!r})
        wheel.writestr("tiny-1.0.dist-info/WHEEL", {wheel!r})
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return "tiny-1.0-py3-none-any.whl"
"""
"""Build backend of a source distribution, which could run any code."""


def wheel(folder: Path, *requirements: str, tag: str = "py3-none-any") -> Path:
    metadata = METADATA + "".join(f"Requires-Dist: {one}\n" for one in requirements)
    path = folder / f"tiny-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", metadata)
        archive.writestr("tiny-1.0.dist-info/WHEEL", WHEEL.replace("py3-none-any", tag))
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return path


def source(folder: Path) -> Path:
    files = {
        "PKG-INFO": METADATA,
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n',
        "b.py": BACKEND.format(metadata=METADATA, wheel=WHEEL),
    }
    path = folder / "tiny-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"tiny-1.0/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def pinned(folder: Path, *hashes: str) -> Path:
    """Write requirements that are searched only in one folder."""
    pins = folder / "pins.txt"
    words = " ".join(["tiny==1.0", *(f"--hash=sha256:{one}" for one in hashes)])
    pins.write_text(f"--no-index\n--find-links {folder}\n{words}\n")
    return pins


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_wheel_with_the_pinned_hash_is_installed(tmp_path: Path):
    install(tmp_path / "root", [pinned(tmp_path, sha256(wheel(tmp_path)))], None)
    assert (tmp_path / "root/tiny.py").is_file()


def test_a_wheel_with_another_hash_is_refused(tmp_path: Path):
    wheel(tmp_path)
    with pytest.raises(InstallError) as caught:
        install(tmp_path / "root", [pinned(tmp_path, "0" * 64)], None)
    # One line with the failure and its cause, without the lists of uv.
    assert str(caught.value) == "Failed to download `tiny==1.0`: Hash mismatch for `tiny==1.0`"
    assert not (tmp_path / "root/tiny.py").exists()


def test_a_wheel_without_a_pinned_hash_is_refused(tmp_path: Path):
    wheel(tmp_path)
    with pytest.raises(InstallError, match=r"[Hh]ash"):
        install(tmp_path / "root", [pinned(tmp_path)], None)
    assert not (tmp_path / "root/tiny.py").exists()


def test_a_source_distribution_is_refused_even_with_its_pinned_hash(tmp_path: Path):
    with pytest.raises(InstallError, match="tiny"):
        install(tmp_path / "root", [pinned(tmp_path, sha256(source(tmp_path)))], None)
    assert not (tmp_path / "root/tiny.py").exists()


def test_requirements_of_a_wheel_that_are_not_pinned_are_not_installed(tmp_path: Path):
    install(tmp_path / "root", [pinned(tmp_path, sha256(wheel(tmp_path, "nowhere-to-be-found")))], None)
    assert (tmp_path / "root/tiny.py").is_file()


# Amazon Linux 2023 has glibc 2.34 (its user guide, "Core glibc"), on instances and in Lambda's python3.13.
@pytest.mark.parametrize("platform", [AWS_ARM64, AWS_X86_64], ids=lambda platform: platform.name)
def test_a_wheel_for_aws_may_need_python_3_13_and_glibc_2_34_and_nothing_newer(
    tmp_path: Path, platform: WheelPlatform
):
    machine = platform.name.partition("-")[0]

    def is_installed(python: str, glibc: str) -> bool:
        folder = tmp_path / f"{python}-{glibc}"
        folder.mkdir()
        made = wheel(folder, tag=f"{python}-{python}-manylinux_2_{glibc}_{machine}")
        with suppress(InstallError):
            install(folder / "root", [pinned(folder, sha256(made))], platform)
        return (folder / "root/tiny.py").is_file()

    tags = [("cp313", "34"), ("cp313", "35"), ("cp314", "34")]
    assert [is_installed(*tag) for tag in tags] == [True, False, False]
