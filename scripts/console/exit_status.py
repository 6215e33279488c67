"""Exit status of each command, as its help shows it."""

from __future__ import annotations

from typing import Final

import click

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C: that of a shell (128 and the number of SIGINT)."""

GENERAL: Final = "0 = success, 1 = failure, with one line on standard error, 2 = invalid option or argument"

SPECIAL: Final = {
    "predict": "0 = success, 1 = failure, 2 = invalid option or argument, 3 = some rows are invalid",
    "cost": "0 = success, 1 = failure, 2 = invalid option or argument, 3 = a bill above --budget",
    "load": "0 = all answers right, 1 = a failed request, a wrong answer or no service, 2 = invalid option",
    "doctor": "0 = no problem, 1 = a problem that would make a deployment fail, 2 = invalid option",
    "local status": "0 = ready, 1 = unreadable state, 2 = invalid option, 3 = down, 4 = not ready",
    "local logs": "0 = success or Ctrl-C, 1 = failure, 2 = invalid option or argument",
    "local watch": "0 = Ctrl-C, 1 = failure, 2 = invalid option",
    "rollout": "0 = released, 1 = failed or rolled back, 2 = invalid option or argument, 130 = Ctrl-C before "
    "it began",
}
"""Command -> its exit status, where it is not the general one."""

_TITLE: Final = "Exit status: "


def document_exit_status(name: str, command: click.Command) -> None:
    """Add the exit status to the help of a command, or of each command of a group, before its examples."""
    if isinstance(command, click.Group):
        for word, each in command.commands.items():
            document_exit_status(f"{name} {word}", each)
        return
    epilog = command.epilog or ""
    if _TITLE not in epilog:
        status = SPECIAL.get(name, GENERAL)
        if "Ctrl-C" not in status:
            status += f", {INTERRUPTED} = Ctrl-C"
        command.epilog = f"{_TITLE}{status}.\n\n{epilog}".rstrip()
