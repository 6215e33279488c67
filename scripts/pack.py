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
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from scripts import atomic, packing, wheels
from scripts.train import PREDICTORS, train_default
from service.predictors import PredictorError, load_predictors

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).resolve().parent.parent

ARCHIVES: Final = ROOT / "build" / "archives"
"""Where archives lie."""

TARGETS: Final[dict[str, wheels.Platform | None]] = {
    "local": None,
    "aws-arm64": wheels.Platform(name=f"aarch64-{wheels.AWS_GLIBC}", python=wheels.AWS_PYTHON),
    "aws-x86_64": wheels.Platform(name=f"x86_64-{wheels.AWS_GLIBC}", python=wheels.AWS_PYTHON),
}
"""What an archive is to run on -> the platform of its wheels; None is this machine and this interpreter."""

LARGEST_PARTS_SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class Packed:
    """An archive that lies on the disk."""

    path: Path
    sha256: str
    bytes: int
    report: packing.Report


@click.command()
@click.option(
    "--target",
    type=click.Choice(list(TARGETS)),
    default="local",
    show_default=True,
    help="What the archive is to run on; local is this machine and this Python.",
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
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print the result."
)
def pack(target: str, predictors: Path, output: Path, form: str) -> None:
    """Pack the service into one archive, and print its path.

    It holds the service, the trained predictors and the installed dependencies of the target's platform, and
    nothing that serving does not need. Unpack it anywhere and start it there: python3 -m service.main
    Where nothing was trained yet, that is done first.

    The same content gives the same bytes, and the name of the archive carries their hash. What was packed
    already is not packed again.
    """
    packed = packed_for(target, predictors, output)
    _report(packed)
    if form == "json":
        click.echo(json.dumps(_as_json(packed)))
    else:
        click.echo(packed.path)


def packed_for(target: str, predictors: Path = PREDICTORS, output: Path = ARCHIVES) -> Packed:
    """Pack for a target, and train first where the project has no predictor of its own yet.

    Raises:
        click.ClickException: it can't be done; the message says why.
    """
    if predictors == PREDICTORS and not _predictor_files(predictors):
        train_default()
    try:
        load_predictors(predictors)
    except PredictorError as error:
        raise click.ClickException(f"No predictor can be packed: {error}. Run `iris train` first.") from error
    try:
        return pack_service(target, predictors, output)
    except wheels.InstallError as error:
        raise click.ClickException(f"Cannot install what the service depends on: {error}") from error
    except packing.PackingError as error:
        raise click.ClickException(f"Cannot pack: {error}") from error
    except OSError as error:
        raise click.ClickException(f"Cannot write to {error.filename or output}: {error.strerror}") from error


def pack_service(target: str, predictors: Path, output: Path) -> Packed:
    """Pack for a target into `output`, unless the very same has been packed there already.

    Raises:
        wheels.InstallError: a dependency cannot be had.
        packing.PackingError: a module cannot be compiled.
        OSError: the folder cannot be written to.
    """
    inputs = _hash_of_inputs(target, predictors)
    receipt = output / f".iris-{target}.json"
    if earlier := _packed_earlier(receipt, inputs, output):
        return earlier
    output.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    with (
        tempfile.TemporaryDirectory(dir=output, prefix=".packing-") as folder,
        Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        ) as progress,
    ):
        task = progress.add_task(f"Installing dependencies for {target}", total=None)
        root = Path(folder) / "root"
        wheels.install(root, TARGETS[target])
        packing.remove_unserved(root)
        _copy(ROOT / "service", root / "service", ROOT.glob("service/**/*.py"))
        _copy(predictors, root / "predictors", _predictor_files(predictors))
        if TARGETS[target] is None:
            progress.update(task, description="Compiling")
            packing.compile_bytecode(root)
        total = sum(path.stat().st_size for path in packing.files_of(root))
        progress.update(task, description="Compressing", total=total)
        zipped = Path(folder) / "archive.zip"
        with zipped.open("wb") as archive:
            report = packing.write_zip(root, archive, advance=lambda done: progress.advance(task, done))
        sha256 = _sha256(zipped)
        path = output / f"iris-{target}-{sha256[:12]}.zip"
        zipped.chmod(0o644)
        zipped.replace(path)
    packed = Packed(path=path, sha256=sha256, bytes=path.stat().st_size, report=report)
    with atomic.replacing(receipt) as file:
        content = {"inputs": inputs, "archive": path.name, "sha256": sha256, "report": asdict(report)}
        file.write(json.dumps(content).encode())
    return packed


def _hash_of_inputs(target: str, predictors: Path) -> str:
    """Hash all that decides what an archive holds, this program included."""
    digest = hashlib.sha256()
    tools = [target, version("uv"), zlib.ZLIB_RUNTIME_VERSION, sys.version, platform.platform()]
    digest.update(json.dumps(tools).encode())
    programs = [Path(module.__file__ or "") for module in (sys.modules[__name__], packing, wheels)]
    service = sorted(ROOT.glob("service/**/*.py"))
    for path in (*programs, wheels.REQUIREMENTS, *service, *_predictor_files(predictors)):
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
        return Packed(path=path, sha256=earlier["sha256"], bytes=path.stat().st_size, report=report)
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


def _as_json(packed: Packed) -> dict[str, str | int]:
    return {
        "path": str(packed.path),
        "sha256": packed.sha256,
        "bytes": packed.bytes,
        "unzipped_bytes": packed.report.unzipped_bytes,
        "files": packed.report.files,
    }


def _report(packed: Packed) -> None:
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
    console.print(f"{packed.path.name} has {_megabytes(packed.bytes)}.", highlight=False, soft_wrap=True)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
