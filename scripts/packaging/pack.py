"""`iris pack`: packs the service, its predictors and what it depends on into one archive."""

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

from scripts.console import atomic_write
from scripts.console.options import format_option
from scripts.console.progress import stages
from scripts.packaging import archive as packing
from scripts.packaging import interpreters, wheels
from scripts.training.train import PREDICTORS, train_missing
from service.model.registry import PredictorError, Predictors, load_predictors

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).resolve().parents[2]

ARCHIVES: Final = ROOT / "build" / "archives"
"""Where archives lie."""

AWS_ARM64: Final = wheels.Platform(name=f"aarch64-{wheels.AWS_GLIBC}", python=wheels.AWS_PYTHON)
AWS_X86_64: Final = wheels.Platform(name=f"x86_64-{wheels.AWS_GLIBC}", python=wheels.AWS_PYTHON)


@dataclass(frozen=True, kw_only=True)
class Target:
    """What an archive is to run on."""

    platform: wheels.Platform | None
    """Of its wheels; None is this machine and this interpreter."""
    is_function: bool = False
    """Whether Lambda runs it: without a server, and with bytecode, as it can't keep what it compiles."""


TARGETS: Final = {
    "local": Target(platform=None),
    "aws-arm64": Target(platform=AWS_ARM64),
    "aws-x86_64": Target(platform=AWS_X86_64),
    "lambda-local": Target(platform=None, is_function=True),
    "lambda-arm64": Target(platform=AWS_ARM64, is_function=True),
    "lambda-x86_64": Target(platform=AWS_X86_64, is_function=True),
}

SERVICE_SUFFIXES: Final = {".py", ".html", ".css", ".js"}
"""Modules, and the files of the pages."""

NO_FUNCTION: Final = {
    f"service/{name}.py"
    for name in (
        *("admission", "app", "compression", "connections", "content_coding", "ending", "front", "lifespan"),
        *("logs", "main", "metrics", "protocol", "quick_body", "quick_protocol", "refusal", "routes/metrics"),
        "supervisor",
    )
}
"""Modules of the service that only a server runs."""

LARGEST_PARTS_SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class Packed:
    """An archive that lies on the disk."""

    path: Path
    sha256: str
    bytes: int
    bytecode: str | None
    """Version of the Python that wrote its bytecode, such as 3.13.1; None where it has none."""
    report: packing.Report


@click.command()
@click.option(
    "--target",
    type=click.Choice(list(TARGETS)),
    default="local",
    show_default=True,
    help="What the archive is to run on: a machine, or Lambda; local is this machine and this Python.",
)
@click.option(
    "--predictors",
    type=click.Path(file_okay=False, path_type=Path),
    default=PREDICTORS,
    show_default="build/predictors",
    help="Folder of trained predictors.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=ARCHIVES,
    show_default="build/archives",
    help="Folder that gets the archive.",
)
@format_option
def pack(target: str, predictors: Path, output: Path, form: str) -> None:
    """Pack the service into one archive, and print its path.

    It holds the service, the trained predictors and the installed dependencies of the target's platform, and
    nothing that serving does not need. Unpacked anywhere, `python3 -m service.main` starts it there. One for
    Lambda has no server; its handler is `service.lambda_handler.handler`. Predictors of the
    project that are missing are trained first.

    The same content gives the same bytes, and the name of the archive carries their hash. What was packed
    already is not packed again.

    For Lambda, all modules are compiled beforehand, which only a Python 3.13 can do: this one, `python3.13`
    on the PATH, or one that uv knows. Without one, or with another 3.13, the archive has other bytes and
    another name; without one, every cold start of the function compiles, and takes about twice as long.
    """
    packed = packed_for(target, predictors, output)
    _report(target, packed)
    if form == "json":
        click.echo(json.dumps(_as_json(packed)))
    else:
        click.echo(packed.path)


def packed_for(target: str, predictors: Path = PREDICTORS, output: Path = ARCHIVES) -> Packed:
    """Pack for a target, and train first where one of the project's own predictors is missing.

    Raises:
        click.ClickException: it can't be done; the message says why.
    """
    if predictors == PREDICTORS:
        train_missing()
    try:
        loaded = load_predictors(predictors)
        loaded.unpack()
    except PredictorError as error:
        raise click.ClickException(f"No predictor can be packed: {error}. Run `iris train` first.") from error
    _check(loaded)
    try:
        return pack_service(target, predictors, output)
    except wheels.InstallError as error:
        raise click.ClickException(f"Cannot install what the service depends on: {error}") from error
    except packing.PackingError as error:
        raise click.ClickException(f"Cannot pack: {error}") from error
    except OSError as error:
        raise click.ClickException(f"Cannot write to {error.filename or output}: {error.strerror}") from error


def _check(predictors: Predictors) -> None:
    """Refuse what could not be served from an archive.

    Raises:
        click.ClickException: a predictor errs, or needs more than an archive holds.
    """
    for predictor in predictors:
        if predictor.kind == "onnx":
            raise click.ClickException(
                f"{predictor.name} is of kind onnx, and archives hold no ONNX Runtime: it is larger than all "
                f"the rest. Remove {predictor.name}, or serve it where the extra `onnx` is installed."
            )
        if not predictor.reproduces_known_answers():
            raise click.ClickException(
                f"{predictor.name} does not give its known answers here. Run `iris train` first."
            )


def pack_service(target: str, predictors: Path, output: Path) -> Packed:
    """Pack for a target into `output`, unless the very same has been packed there already.

    Raises:
        wheels.InstallError: a dependency cannot be had.
        packing.PackingError: a module cannot be compiled.
        OSError: the folder cannot be written to.
    """
    compiler = _compiler(TARGETS[target])
    inputs = hash_of_inputs(target, compiler, predictors)
    receipt = output / f".iris-{target}.json"
    if earlier := _packed_earlier(receipt, inputs, output):
        return earlier
    output.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=output, prefix=".packing-") as folder,
        stages() as progress,
    ):
        task = progress.add_task(f"Installing dependencies for {target}", total=None)
        root = Path(folder) / "root"
        wheels.install(root, _requirements(TARGETS[target]), TARGETS[target].platform)
        packing.remove_unserved(root, packing.FOLDERS_NEVER_CALLED if TARGETS[target].is_function else ())
        _copy(ROOT / "service", root / "service", _service_files(TARGETS[target]))
        _copy(predictors, root / "predictors", _predictor_files(predictors))
        if compiler:
            progress.update(task, description=f"Compiling with Python {compiler.version}")
            packing.compile_bytecode(root, compiler.path)
        total = sum(path.stat().st_size for path in packing.files_of(root))
        progress.update(task, description="Compressing", total=total)
        zipped = Path(folder) / "archive.zip"
        with zipped.open("wb") as archive:
            report = packing.write_zip(root, archive, advance=lambda done: progress.advance(task, done))
        sha256 = _sha256(zipped)
        path = output / f"iris-{target}-{sha256[:12]}.zip"
        zipped.chmod(0o644)
        zipped.replace(path)
    bytecode = compiler.version if compiler else None
    with atomic_write.replacing(receipt) as file:
        content = {
            "inputs": inputs,
            "archive": path.name,
            "sha256": sha256,
            "bytecode": bytecode,
            "report": asdict(report),
        }
        file.write(json.dumps(content).encode())
    return Packed(path=path, sha256=sha256, bytes=path.stat().st_size, bytecode=bytecode, report=report)


def _compiler(target: Target) -> interpreters.Interpreter | None:
    """Choose who writes the bytecode. An instance writes its own, once, when it first boots."""
    if target.platform is None:
        return interpreters.this_interpreter()
    return interpreters.find_interpreter(target.platform.python) if target.is_function else None


def _requirements(target: Target) -> Path:
    return wheels.FUNCTION_REQUIREMENTS if target.is_function else wheels.REQUIREMENTS


def _service_files(target: Target) -> list[Path]:
    files = sorted(path for path in ROOT.glob("service/**/*") if path.suffix in SERVICE_SUFFIXES)
    left_out = NO_FUNCTION if target.is_function else set[str]()
    return [path for path in files if path.relative_to(ROOT).as_posix() not in left_out]


def hash_of_inputs(target: str, compiler: interpreters.Interpreter | None, predictors: Path) -> str:
    """Hash all that decides what an archive holds, this program included."""
    digest = hashlib.sha256()
    tools = [
        *(target, compiler.version if compiler else None),
        *(version("uv"), zlib.ZLIB_RUNTIME_VERSION, sys.version, platform.platform()),
    ]
    digest.update(json.dumps(tools).encode())
    modules = (sys.modules[__name__], packing, wheels, interpreters)
    programs = [Path(module.__file__ or "") for module in modules]
    installed = _requirements(TARGETS[target])
    for path in (*programs, installed, *_service_files(TARGETS[target]), *_predictor_files(predictors)):
        digest.update(f"\0{path}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _packed_earlier(receipt: Path, inputs: str, output: Path) -> Packed | None:
    """Return what was packed of the same inputs, if it is still there and still what it was."""
    try:
        earlier = json.loads(receipt.read_bytes())
        path = output / earlier["archive"]
        if earlier["inputs"] != inputs or _sha256(path) != earlier["sha256"]:
            return None
        report = packing.Report(**earlier["report"])
        return Packed(
            path=path,
            sha256=earlier["sha256"],
            bytes=path.stat().st_size,
            bytecode=earlier["bytecode"],
            report=report,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # whatever is wrong with it, packing again puts it right


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


def _as_json(packed: Packed) -> dict[str, str | int | None]:
    return {
        "path": str(packed.path),
        "sha256": packed.sha256,
        "bytes": packed.bytes,
        "unzipped_bytes": packed.report.unzipped_bytes,
        "files": packed.report.files,
        "bytecode": packed.bytecode,
    }


def _report(target: str, packed: Packed) -> None:
    report = packed.report
    table = Table()
    table.add_column("Largest parts")
    table.add_column("Unzipped", justify="right")
    largest = list(report.parts.items())[:LARGEST_PARTS_SHOWN]
    for part, size in largest:
        table.add_row(part, _megabytes(size))
    rest = report.unzipped_bytes - sum(size for _, size in largest)
    table.add_row(f"{len(report.parts) - len(largest)} others", _megabytes(rest))
    table.add_section()
    table.add_row(f"{report.files} files", _megabytes(report.unzipped_bytes))
    console = Console(stderr=True)
    console.print(table)
    bytecode = f"with bytecode of Python {packed.bytecode}" if packed.bytecode else "without bytecode"
    console.print(
        f"{packed.path.name} has {_megabytes(packed.bytes)}, {bytecode}.", highlight=False, soft_wrap=True
    )
    if packed.bytecode is None and TARGETS[target].is_function:
        console.print(
            f"[yellow]No Python {wheels.AWS_PYTHON} was found that could compile it: "
            "every cold start of the function will, and take about twice as long.",
            highlight=False,
            soft_wrap=True,
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
