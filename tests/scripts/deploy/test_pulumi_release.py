"""Download of the Pulumi CLI from a server on this machine, with the layout of Pulumi's own."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scripts.deploy import pulumi_release
from scripts.deploy.deploy import deploy
from scripts.deploy.pulumi_cli import PulumiError, find_or_install
from tests.http_server import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = version("pulumi")
PINS = pulumi_release.PINS
ARCHIVE = pulumi_release.archive_name(VERSION)


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name in the base class)
        pass


@dataclass(frozen=True)
class Release:
    """Release of the CLI on a server, and the home folder of its user."""

    server: Path
    home: Path

    @property
    def root(self) -> Path:
        return self.home / ".pulumi" / "versions" / VERSION

    def publish(self, checksums: str) -> None:
        (self.server / f"v{VERSION}" / f"pulumi-{VERSION}-checksums.txt").write_text(checksums)

    def installed(self) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*"))


def pack(name: str, content: bytes, mode: int = 0o755, kind: bytes = tarfile.REGTYPE) -> bytes:
    return pack_all((name, content, mode, kind))


def pack_all(*members: tuple[str, bytes, int, bytes]) -> bytes:
    """Return an archive of members, each with its name, content (or what it links to), mode and type."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content, mode, kind in members:
            member = tarfile.TarInfo(name)
            member.mode, member.type = mode, kind
            if kind == tarfile.REGTYPE:
                member.size = len(content)
            else:
                member.linkname = content.decode()
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


CLI = pack("pulumi/pulumi", f"#!/bin/sh\necho v{VERSION}\n".encode())


def line_of(content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()}  {ARCHIVE}\n"


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Release]:
    made = Release(tmp_path / "server", tmp_path / "home")
    made.home.mkdir()
    (made.server / f"v{VERSION}").mkdir(parents=True)
    (made.server / ARCHIVE).write_bytes(CLI)
    made.publish("0" * 64 + f"  pulumi-v{VERSION}-other.tar.gz\n" + line_of(CLI))
    monkeypatch.setenv("HOME", str(made.home))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(pulumi_release, "PINS", tmp_path / "pulumi.sha256")
    with running_server(partial(_Handler, directory=made.server)) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(pulumi_release, "ARCHIVES_URL", url)
        monkeypatch.setattr(pulumi_release, "CHECKSUMS_URL", url)
        yield made


def refusal() -> str:
    """Return the error of `iris deploy preview`, its last line on standard error after that of its step."""
    result = CliRunner().invoke(deploy, ["preview", "--stack", "dev", "--no-doctor"], catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (1, "")
    step, line = result.stderr.splitlines()
    assert step.startswith("Downloading the Pulumi CLI, ")
    return line


def test_the_cli_is_installed_if_its_checksum_is_the_published_one(release: Release):
    steps: list[str] = []
    cli = find_or_install(steps.append)
    assert (cli.command, str(cli.version)) == (str(release.root / "bin" / "pulumi"), VERSION)
    assert release.installed() == ["bin", "bin/pulumi"]
    assert steps == ["Downloading the Pulumi CLI"]


def test_an_installed_cli_is_not_downloaded_again(release: Release):
    find_or_install(lambda _: None)
    (release.server / ARCHIVE).unlink()
    steps: list[str] = []
    assert str(find_or_install(steps.append).version) == VERSION
    assert steps == []


def test_a_wrong_checksum_ends_in_one_line_and_installs_nothing(release: Release):
    (release.server / ARCHIVE).write_bytes(CLI + b"\0")
    line = refusal()
    wrong, right = (line_of(content).split()[0] for content in (CLI + b"\0", CLI))
    assert f"the SHA-256 of {ARCHIVE} is {wrong}, not {right}" in line
    assert release.installed() == []


def test_a_checksum_in_the_repository_counts_more_than_the_published_one(release: Release):
    pulumi_release.PINS.write_text(line_of(b"another"))
    assert "the SHA-256 of" in refusal()
    pulumi_release.PINS.write_text(line_of(CLI))
    release.publish(line_of(b"another"))
    assert str(find_or_install(lambda _: None).version) == VERSION


def test_a_release_without_a_checksum_is_not_installed(release: Release):
    release.publish("")
    assert f"no checksum of {ARCHIVE} is known" in refusal()
    assert release.installed() == []


def test_a_missing_release_ends_in_one_line(release: Release):
    (release.server / ARCHIVE).unlink()
    assert "404" in refusal()
    assert release.installed() == []


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        pack("pulumi/pulumi", bytes(100_000))[:-60],
        pack("pulumi/pulumi", bytes(100_000))[:60] + bytes(100),
        pack("../outside", b""),
        pack("elsewhere", b""),
        pack("pulumi/..", b""),
        pack("pulumi/deeper/pulumi", b""),
        pack("/pulumi/pulumi", b""),
        pack("pulumi/pulumi", b"/bin/true", kind=tarfile.SYMTYPE),
        pack("pulumi/pulumi", b"/bin/true", kind=tarfile.LNKTYPE),
        pack("pulumi/pulumi", b"", kind=tarfile.FIFOTYPE),
        pack("elsewhere", b"", kind=tarfile.DIRTYPE),
    ],
    ids=[
        "no archive",
        "a truncated archive",
        "a damaged archive",
        "a path outside",
        "another folder",
        "the folder above",
        "a folder below",
        "an absolute path",
        "a symbolic link",
        "a hard link",
        "a pipe",
        "an empty folder",
    ],
)
def test_an_archive_with_other_content_installs_nothing(content: bytes, release: Release):
    (release.server / ARCHIVE).write_bytes(content)
    release.publish(line_of(content))
    with pytest.raises(PulumiError):
        find_or_install(lambda _: None)
    assert release.installed() == []
    assert not (release.root.parent / "outside").exists()


def test_its_programs_get_no_mode_but_that_of_a_program_or_a_file(release: Release):
    content = pack_all(
        ("pulumi", b"", 0o700, tarfile.DIRTYPE),
        ("pulumi/pulumi", f"#!/bin/sh\necho v{VERSION}\n".encode(), 0o6777, tarfile.REGTYPE),
        ("pulumi/LICENSE", b"terms", 0o666, tarfile.REGTYPE),
    )
    (release.server / ARCHIVE).write_bytes(content)
    release.publish(line_of(content))
    find_or_install(lambda _: None)
    modes = {path.name: path.stat().st_mode & 0o7777 for path in (release.root / "bin").iterdir()}
    assert modes == {"pulumi": 0o755, "LICENSE": 0o644}
    assert (release.root / "bin" / "LICENSE").read_text() == "terms"


def test_a_cli_that_does_not_run_ends_in_one_line(release: Release):
    content = pack("pulumi/pulumi", b"#!/bin/sh\nexit 3\n")
    (release.server / ARCHIVE).write_bytes(content)
    release.publish(line_of(content))
    assert "does not run" in refusal()


@pytest.mark.parametrize(
    ("system", "processor", "name"),
    [
        ("linux", "x86_64", "linux-x64"),
        ("linux", "aarch64", "linux-arm64"),
        ("darwin", "arm64", "darwin-arm64"),
    ],
)
def test_the_archive_is_that_of_the_platform(
    system: str, processor: str, name: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr("platform.machine", lambda: processor)
    assert pulumi_release.archive_name("3.272.0") == f"pulumi-v3.272.0-{name}.tar.gz"


def test_checksums_in_the_repository_are_those_of_the_sdk():
    if PINS.exists():
        pulumi_release.checksum_of(ARCHIVE, PINS.read_text())


def test_a_platform_without_a_release_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(pulumi_release.ReleaseError, match="riscv64"):
        pulumi_release.archive_name("3.272.0")


def test_a_folder_that_can_not_be_written_is_an_error_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PulumiError) as caught:
        find_or_install(lambda _: None)
    assert "can't be downloaded ([Errno " in str(caught.value)
    assert str(caught.value).endswith("; see https://www.pulumi.com/docs/install/")
