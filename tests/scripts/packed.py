"""Helpers to run `iris pack` in this process, and to list what it packed."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from scripts.packaging.pack import pack

if TYPE_CHECKING:
    from pathlib import Path

ELF_MACHINES = {"arm64": 183, "x86_64": 62}
"""Architecture -> EM_AARCH64, EM_X86_64 of the ELF specification."""


def run(target: str, predictors: Path, output: Path, *options: str) -> Result:
    arguments = ["--target", target, "--predictors", str(predictors), "--output", str(output), *options]
    return CliRunner().invoke(pack, arguments, catch_exceptions=False)


def names(archive: Path) -> list[str]:
    return zipfile.ZipFile(archive).namelist()
