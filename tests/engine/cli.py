"""Pulumi's real CLI: where it is found, and its commands in a fresh copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.engine.plugin.provider import ACCOUNT_FILE

PROJECT: Final = Path(__file__).resolve().parents[2]

PLUGIN: Final = "tests.engine.plugin.provider"
"""Module of the stand-in for the AWS plugin that keeps its resources in a file."""

PROGRAMS: Final = ("pulumi", "pulumi-language-python")
"""The CLI with its engine, and the host that runs Python programs for it."""


def find_engine() -> Path | None:
    """Return the folder of the CLI and its Python host: on the PATH, where Pulumi's installer puts them
    (`~/.pulumi/bin`), where `iris deploy` does (`~/.pulumi/versions`), or the newest `pulumi-*` of the user's
    cache; None if there is none.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    on_path = [Path(folder) for folder in os.get_exec_path()]
    cached = sorted(cache.glob("pulumi-*"), key=_version, reverse=True)
    home = Path.home() / ".pulumi"
    downloaded = sorted(
        (home / "versions").glob("*/bin"), key=lambda folder: _version(folder.parent), reverse=True
    )
    for folder in (*on_path, home / "bin", *downloaded, *cached):
        if all(shutil.which(program, path=str(folder)) for program in PROGRAMS):
            return folder
    return None


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.name)]


ENGINE: Final = find_engine()

needs_engine = pytest.mark.skipif(
    ENGINE is None,
    reason="Pulumi's CLI and Python host are neither on the PATH, nor in ~/.pulumi/bin, nor in the cache",
)


@dataclass(frozen=True)
class CommandResult:
    """Result of a command of the CLI."""

    status: int
    says: str
    seconds: float

    def counts(self) -> dict[str, int]:
        """Return how many resources were created, unchanged and so on, from the summary at its end."""
        summary = self.says.rpartition("\nResources:\n")[2].partition("\n\n")[0]
        return {
            what: int(number)
            for number, what in re.findall(r"(\d+) (to create|[a-z]+d)$", summary, re.MULTILINE)
        }


class FreshCopy:
    """The project as git would clone it, uncommitted changes included, with nothing installed or built."""

    def __init__(self, folder: Path, engine: Path, plugin: str = PLUGIN) -> None:
        """Copy the project.

        Args:
            folder: Folder of the copy, its state and its account.
            engine: Folder of Pulumi's CLI.
            plugin: Module that stands in for the AWS plugin.
        """
        self.folder = folder / "project"
        self.account_file = folder / "account.json"
        _copy(self.folder)
        (folder / "state").mkdir()
        self._environment = {
            **{key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}},
            "PATH": os.pathsep.join(
                [str(write_plugin(folder / "bin", plugin)), str(engine), os.environ["PATH"]]
            ),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "only for this test",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            # Not the interpreter of the tests' own environment, which holds everything already.
            "PULUMI_PYTHON_CMD": str(Path(sys.base_prefix) / "bin" / "python3"),
            "PIP_PROGRESS_BAR": "off",
            # A falsy value enables `--no-compile` (pip's documentation of boolean options): the program loads
            # few of the 3,000 modules of pulumi_aws.
            "PIP_NO_COMPILE": "no",
            ACCOUNT_FILE: str(self.account_file),
        }

    def iris(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `iris` there, by the tests' own environment."""
        environment = self.folder / ".venv"
        if not environment.exists():
            environment.symlink_to(sys.prefix)
        return subprocess.run(
            [environment / "bin" / "iris", *words],
            cwd=self.folder,
            # In that environment, this project is installed; the modules are those of the copy.
            env={**self._environment, **variables, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, *words: str, **variables: str) -> CommandResult:
        """Run `pulumi` there, and wait for its end."""
        started = time.monotonic()
        command = ["pulumi", "--non-interactive", "--color", "never", *words]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self._environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return CommandResult(done.returncode, done.stdout, time.monotonic() - started)


def _copy(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.rstrip("\0").split("\0"):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)


def write_plugin(folder: Path, module: str = PLUGIN) -> Path:
    """Write the stand-in for the AWS plugin into a new folder, which is for the PATH; return the folder."""
    folder.mkdir()
    plugin = folder / "pulumi-resource-aws"
    plugin.write_text(f"#!/bin/sh\ncd '{PROJECT}' && exec '{sys.executable}' -m {module} \"$@\"\n")
    plugin.chmod(0o755)
    return folder
