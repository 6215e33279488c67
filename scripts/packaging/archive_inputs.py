"""Inputs of an archive: its targets, the files and requirements of each, and the hash of them all."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import zlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from scripts.packaging import interpreters, wheels
from scripts.packaging.function_modules import function_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT: Final = Path(__file__).resolve().parents[2]
"""Folder of the project."""

PROGRAM: Final = Path(__file__).resolve().parent
"""Folder of the modules that pack an archive."""

AWS_ARM64: Final = wheels.WheelPlatform(name=f"aarch64-{wheels.AWS_GLIBC}", python=wheels.AWS_PYTHON)
AWS_X86_64: Final = wheels.WheelPlatform(name=f"x86_64-{wheels.AWS_GLIBC}", python=wheels.AWS_PYTHON)


@dataclass(frozen=True, kw_only=True)
class ArchiveTarget:
    """Platform that an archive is packed for."""

    platform: wheels.WheelPlatform | None
    """Platform of the wheels; None is this machine and this interpreter."""
    is_function: bool = False
    """True for Lambda: no server, but bytecode, as a function can't keep what it compiles."""


TARGETS: Final = {
    "local": ArchiveTarget(platform=None),
    "aws-arm64": ArchiveTarget(platform=AWS_ARM64),
    "aws-x86_64": ArchiveTarget(platform=AWS_X86_64),
    "lambda-local": ArchiveTarget(platform=None, is_function=True),
    "lambda-arm64": ArchiveTarget(platform=AWS_ARM64, is_function=True),
    "lambda-x86_64": ArchiveTarget(platform=AWS_X86_64, is_function=True),
}

MANIFEST: Final = "manifest.json"
"""File of a predictor's folder that describes it."""

SERVICE_SUFFIXES: Final = {".py", ".html", ".css", ".js"}
"""Suffixes of the service's files: modules, and parts of the pages."""


def compiler_for(target: ArchiveTarget) -> interpreters.Interpreter | None:
    """Return the interpreter that compiles the modules; None for instances, which compile at boot."""
    if target.platform is None:
        return interpreters.this_interpreter()
    return interpreters.find_interpreter(target.platform.python) if target.is_function else None


def requirements_of(target: ArchiveTarget, predictors: Path) -> tuple[Path, ...]:
    """Return the files of pinned requirements for a target and for the predictors in a folder."""
    service = wheels.FUNCTION_REQUIREMENTS if target.is_function else wheels.REQUIREMENTS
    return (service, wheels.ONNX_REQUIREMENTS) if needs_onnx_runtime(predictors) else (service,)


def needs_onnx_runtime(predictors: Path) -> bool:
    """Return whether a predictor in a folder needs ONNX Runtime."""
    return any(manifest.get("kind") == "onnx" for manifest in manifests(predictors).values())


def service_files(target: ArchiveTarget) -> list[Path]:
    """Return the files of the service for a target, in a fixed order."""
    files = sorted(path for path in ROOT.glob("service/**/*") if path.suffix in SERVICE_SUFFIXES)
    if not target.is_function:
        return files
    imported = function_modules(ROOT)
    return [path for path in files if path.suffix != ".py" or path in imported]


def predictor_files(predictors: Path) -> list[Path]:
    """Return the files of the trained predictors in a folder, in a fixed order."""
    return sorted(
        folder.parent / name
        for folder in predictors.glob(f"*/{MANIFEST}")
        for name in (MANIFEST, "predictor.json")
    )


def manifests(predictors: Path) -> dict[str, Mapping[str, Any]]:
    """Return the manifest of each predictor in a folder, by the name of its subfolder.

    Raises:
        ValueError: A manifest is not a JSON object.
    """
    return {
        path.parent.name: _json_object(path) for path in predictor_files(predictors) if path.name == MANIFEST
    }


def _json_object(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_bytes())
    if not isinstance(content, dict):
        raise ValueError(f"{path} is not a JSON object")  # noqa: TRY004 (content of a file, as of json.loads)
    return cast("dict[str, Any]", content)


def hash_inputs(target: str, compiler: interpreters.Interpreter | None, predictors: Path) -> str:
    """Return the hash of everything that determines the content of an archive, including this program."""
    files = (*service_files(TARGETS[target]), *predictor_files(predictors))
    return _hash(target, compiler, (*requirements_of(TARGETS[target], predictors), *files))


def hash_dependencies(target: str, compiler: interpreters.Interpreter | None, predictors: Path) -> str:
    """Return the hash of everything that determines the dependencies in an archive."""
    return _hash(target, compiler, requirements_of(TARGETS[target], predictors))


def _hash(target: str, compiler: interpreters.Interpreter | None, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    tools = [
        *(target, compiler.version if compiler else None),
        *(version("uv"), zlib.ZLIB_RUNTIME_VERSION, sys.version, platform.platform()),
    ]
    digest.update(json.dumps(tools).encode())
    for path in (*sorted(PROGRAM.glob("*.py")), *files):
        digest.update(f"\0{path}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
