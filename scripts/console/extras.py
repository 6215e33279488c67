"""Libraries that few commands need, and that the first of them installs."""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, NamedTuple

import click

Extra = Literal["charts", "onnx", "skops"]

REQUIREMENTS: Final = Path(__file__).resolve().parents[2] / "requirements"


class _Library(NamedTuple):
    module: str
    announcement: str


_LIBRARIES: Final[dict[Extra, _Library]] = {
    "charts": _Library("matplotlib", "Installing matplotlib, which draws the charts"),
    "onnx": _Library("skl2onnx", "Installing skl2onnx and ONNX Runtime, which this classifier needs"),
    "skops": _Library("skops", "Installing skops, which reads models without running code of theirs"),
}


class ExtraError(Exception):
    """An extra is missing, and can't be installed."""


def require(extra: Extra) -> None:
    """Install an extra of the project, with its pinned versions, unless it is there.

    Raises:
        ExtraError: It can't be installed.
    """
    library = _LIBRARIES[extra]
    if find_spec(library.module):
        return
    pins = REQUIREMENTS / f"extra-{extra}.txt"
    by_hand = f"uv pip install --require-hashes -r requirements/{pins.name}"
    click.echo(library.announcement, err=True)
    # Imported here, since most runs of most commands install nothing.
    from scripts.packaging.wheels import InstallError, run_uv

    try:
        run_uv("pip", "install", "--python", sys.executable, "--require-hashes", "-r", pins)
    except (InstallError, OSError) as error:
        raise ExtraError(f"{library.module} is missing: `{by_hand}` ({error})") from error
    importlib.invalidate_caches()
