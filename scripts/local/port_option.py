"""Type of options that name a port of this machine."""

from __future__ import annotations

from typing import Any

import click
from typing_extensions import override


class Port(click.ParamType[int]):
    """TCP port as a command option; `free` stands for any free port and is converted to 0."""

    name = "port"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "free":
            return 0
        if str(value).isdecimal() and 0 < int(value) < 65536:  # noqa: PLR2004 - TCP's own limit
            return int(value)
        raise click.BadParameter(f"{value!r} is neither a port (1 to 65535) nor the word 'free'", ctx, param)
