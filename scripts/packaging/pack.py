"""`iris pack`: one archive of the service, its predictors and its dependencies."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import sys
import tempfile
import zlib
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.table import Table

from scripts.console.atomic_write import atomic_write
from scripts.console.options import format_option, output_folder_option
from scripts.console.progress import stage_progress
from scripts.packaging import interpreters, wheels, zip_archive
from scripts.training.train import PREDICTORS, train_missing
from service.model.registry import PredictorError, Predictors, load_predictors

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).resolve().parents[2]

ARCHIVES: Final = ROOT / "build" / "archives"
"""Folder of the packed archives."""

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

SERVICE_SUFFIXES: Final = {".py", ".html", ".css", ".js"}
"""Suffixes of the service's files: modules, and parts of the pages."""

SERVER_ONLY_MODULES: Final = frozenset(
    {
        "service/app.py",
        "service/main.py",
        "service/api/routes/metrics.py",
        "service/fast_path/asgi.py",
        "service/fast_path/http_protocol.py",
        "service/fast_path/json_body.py",
        "service/http/accept_encoding.py",
        "service/server/connection_timeouts.py",
        "service/server/error_response.py",
        "service/server/graceful_shutdown.py",
        "service/server/http_protocol.py",
        "service/server/supervisor.py",
        "service/server/middleware/compression.py",
        "service/server/middleware/concurrency_limit.py",
        "service/server/middleware/lifespan.py",
        "service/telemetry/json_logs.py",
        "service/telemetry/prometheus.py",
    }
)
"""Modules of the service that a function never imports."""

MAXIMUM_PARTS_SHOWN: Final = 5
"""Rows of the table of sizes."""


EXAMPLES: Final = """\b
Examples:
  iris pack                                             for this machine
  iris pack --target lambda-arm64                       for Lambda on Graviton
  iris pack --target aws-arm64 --output /tmp/archives   for instances, into another folder
"""


@dataclass(frozen=True, kw_only=True)
class PackedArchive:
    """Archive on the disk."""

    path: Path
    sha256: str
    bytes: int
    bytecode: str | None
    """Python version of its bytecode, such as 3.13.1; None if it has none."""
    size: zip_archive.ArchiveSize


@click.command(epilog=EXAMPLES)
@click.option(
    "--target",
    type=click.Choice(list(TARGETS)),
    default="local",
    show_default=True,
    help="Platform to pack for: instances (aws), Lambda, or this machine and this Python (local).",
)
@click.option(
    "--predictors",
    type=click.Path(file_okay=False, path_type=Path),
    default=PREDICTORS,
    show_default="build/predictors",
    help="Folder of trained predictors.",
)
@output_folder_option(ARCHIVES, shown="build/archives", text="Folder for the archive.")
@format_option
def pack(target: str, predictors: Path, output: Path, form: str) -> None:
    """Pack the service into one archive, and print its path.

    The archive contains the service, the trained predictors, and the dependencies for the target's platform,
    without the files that serving does not need. Unpacked anywhere, `python3 -m service.main` starts it. An
    archive for Lambda has no server; its handler is `service.lambda_handler.handler`. Missing predictors of
    the project are trained first.

    The same content gives the same bytes, and the name of the archive includes their hash. An archive that
    exists already is not packed again.

    For Lambda, all modules are compiled beforehand, which needs a Python 3.13: this one, `python3.13` on the
    PATH, or one that uv finds. Another patch version gives other bytes and another name. Without any, every
    cold start of the function compiles, and takes about twice as long.
    """
    packed = archive_for(target, predictors, output)
    _print_size(target, packed)
    if form == "json":
        click.echo(json.dumps(_as_json(packed)))
    else:
        click.echo(packed.path)


def archive_for(target: str, predictors: Path = PREDICTORS, output: Path = ARCHIVES) -> PackedArchive:
    """Return the archive for a target: train missing predictors, and pack unless it exists already.

    Raises:
        click.ClickException: It can't be packed; the message says why.
    """
    if predictors == PREDICTORS:
        train_missing()
    try:
        loaded = load_predictors(predictors)
        loaded.unpack()
    except PredictorError as error:
        raise click.ClickException(
            f"The predictors can't be packed: {error}. Run `iris train` first."
        ) from error
    _require_packable(loaded)
    try:
        return pack_service(target, predictors, output)
    except wheels.InstallError as error:
        raise click.ClickException(f"Cannot install the dependencies of the service: {error}") from error
    except zip_archive.PackingError as error:
        raise click.ClickException(f"Cannot pack: {error}") from error
    except OSError as error:
        raise click.ClickException(f"Cannot write to {error.filename or output}: {error.strerror}") from error


def _require_packable(predictors: Predictors) -> None:
    """Check that all predictors can be served from an archive.

    Raises:
        click.ClickException: A predictor gives a wrong answer, or needs ONNX Runtime.
    """
    for predictor in predictors:
        if predictor.kind == "onnx":
            raise click.ClickException(
                f"{predictor.name} is of kind onnx, and archives don't contain ONNX Runtime, which is larger "
                f"than everything else. Remove {predictor.name}, or serve it with the extra `onnx` installed."
            )
        if not predictor.reproduces_known_answers():
            raise click.ClickException(
                f"{predictor.name} does not give its known answers on this machine. Run `iris train` first."
            )


def pack_service(target: str, predictors: Path, output: Path) -> PackedArchive:
    """Pack for a target into `output`, unless the same content has been packed there already.

    Raises:
        wheels.InstallError: A dependency can't be installed.
        zip_archive.PackingError: A module can't be compiled.
        OSError: The folder can't be written to.
    """
    compiler = _compiler(TARGETS[target])
    inputs = hash_inputs(target, compiler, predictors)
    receipt = output / f".iris-{target}.json"
    if earlier := _read_receipt(receipt, inputs, output):
        return earlier
    output.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=output, prefix=".packing-") as folder,
        stage_progress() as progress,
    ):
        task = progress.add_task(f"Installing dependencies for {target}", total=None)
        root = Path(folder) / "root"
        wheels.install(root, _requirements(TARGETS[target]), TARGETS[target].platform)
        zip_archive.remove_unused_files(
            root, zip_archive.UNUSED_FOLDERS if TARGETS[target].is_function else ()
        )
        _copy(ROOT / "service", root / "service", _service_files(TARGETS[target]))
        _copy(predictors, root / "predictors", _predictor_files(predictors))
        if compiler:
            progress.update(task, description=f"Compiling with Python {compiler.version}")
            zip_archive.compile_bytecode(root, compiler.path)
        total = sum(path.stat().st_size for path in zip_archive.files_below(root))
        progress.update(task, description="Compressing", total=total)
        zipped = Path(folder) / "archive.zip"
        with zipped.open("wb") as archive:
            size = zip_archive.write_archive(
                root, archive, on_progress=lambda done: progress.advance(task, done)
            )
        sha256 = _sha256(zipped)
        path = output / f"iris-{target}-{sha256[:12]}.zip"
        zipped.chmod(0o644)
        zipped.replace(path)
    bytecode = compiler.version if compiler else None
    with atomic_write(receipt) as file:
        content = {
            "inputs": inputs,
            "archive": path.name,
            "sha256": sha256,
            "bytecode": bytecode,
            "size": asdict(size),
        }
        file.write(json.dumps(content).encode())
    return PackedArchive(path=path, sha256=sha256, bytes=path.stat().st_size, bytecode=bytecode, size=size)


def _compiler(target: ArchiveTarget) -> interpreters.Interpreter | None:
    """Return the interpreter that compiles the modules; None for instances, which compile at boot."""
    if target.platform is None:
        return interpreters.this_interpreter()
    return interpreters.find_interpreter(target.platform.python) if target.is_function else None


def _requirements(target: ArchiveTarget) -> Path:
    return wheels.FUNCTION_REQUIREMENTS if target.is_function else wheels.REQUIREMENTS


def _service_files(target: ArchiveTarget) -> list[Path]:
    files = sorted(path for path in ROOT.glob("service/**/*") if path.suffix in SERVICE_SUFFIXES)
    excluded = SERVER_ONLY_MODULES if target.is_function else set[str]()
    return [path for path in files if path.relative_to(ROOT).as_posix() not in excluded]


def hash_inputs(target: str, compiler: interpreters.Interpreter | None, predictors: Path) -> str:
    """Return the hash of everything that determines the content of an archive, including this program."""
    digest = hashlib.sha256()
    tools = [
        *(target, compiler.version if compiler else None),
        *(version("uv"), zlib.ZLIB_RUNTIME_VERSION, sys.version, platform.platform()),
    ]
    digest.update(json.dumps(tools).encode())
    modules = (sys.modules[__name__], zip_archive, wheels, interpreters)
    programs = [Path(module.__file__ or "") for module in modules]
    installed = _requirements(TARGETS[target])
    for path in (*programs, installed, *_service_files(TARGETS[target]), *_predictor_files(predictors)):
        digest.update(f"\0{path}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read_receipt(receipt: Path, inputs: str, output: Path) -> PackedArchive | None:
    """Return the archive of the same inputs, if it still exists and is unchanged."""
    try:
        earlier = json.loads(receipt.read_bytes())
        path = output / earlier["archive"]
        if earlier["inputs"] != inputs or _sha256(path) != earlier["sha256"]:
            return None
        size = zip_archive.ArchiveSize(**earlier["size"])
        return PackedArchive(
            path=path,
            sha256=earlier["sha256"],
            bytes=path.stat().st_size,
            bytecode=earlier["bytecode"],
            size=size,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # packing again repairs any defect of it


def _predictor_files(predictors: Path) -> list[Path]:
    return sorted(
        folder.parent / name
        for folder in predictors.glob("*/manifest.json")
        for name in ("manifest.json", "predictor.json")
    )


def _copy(source: Path, destination: Path, files: Iterable[Path]) -> None:
    for path in files:
        copied = destination / path.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_json(packed: PackedArchive) -> dict[str, str | int | None]:
    return {
        "path": str(packed.path),
        "sha256": packed.sha256,
        "bytes": packed.bytes,
        "unzipped_bytes": packed.size.unzipped_bytes,
        "files": packed.size.files,
        "bytecode": packed.bytecode,
    }


def _print_size(target: str, packed: PackedArchive) -> None:
    size = packed.size
    table = Table()
    table.add_column("Largest parts")
    table.add_column("Unzipped", justify="right")
    largest = list(size.parts.items())[:MAXIMUM_PARTS_SHOWN]
    for part, part_size in largest:
        table.add_row(part, _megabytes(part_size))
    rest = size.unzipped_bytes - sum(part_size for _, part_size in largest)
    table.add_row(f"{len(size.parts) - len(largest)} others", _megabytes(rest))
    table.add_section()
    table.add_row(f"{size.files} files", _megabytes(size.unzipped_bytes))
    console = Console(stderr=True)
    console.print(table)
    bytecode = f"with bytecode of Python {packed.bytecode}" if packed.bytecode else "without bytecode"
    console.print(
        f"{packed.path.name}: {_megabytes(packed.bytes)}, {bytecode}.", highlight=False, soft_wrap=True
    )
    if packed.bytecode is None and TARGETS[target].is_function:
        console.print(
            f"[yellow]No Python {wheels.AWS_PYTHON} was found to compile the modules: every cold start of "
            "the function compiles them, and takes about twice as long.",
            highlight=False,
            soft_wrap=True,
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
