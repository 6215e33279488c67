"""Option `--home` of the commands of local clouds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

PROJECT: Final = Path(__file__).resolve().parents[2]

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=PROJECT / ".local",
    envvar="IRIS_LOCAL_HOME",
    show_default="./.local",
    help="Folder for the cloud's state and logs; several clouds can run, each in its own folder.",
)
