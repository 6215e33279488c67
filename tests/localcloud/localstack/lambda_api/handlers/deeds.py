"""Lambda function that performs the action of its event; it is packed and run by LocalStack."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

HANGS_FOR = 60
"""Seconds that a hanging function sleeps."""

sys.stdout.write("imported\n")
calls = 0


def handler(event: dict[str, Any], context: Any) -> Any:
    global calls  # noqa: PLW0603 - the state of a warm process is tested
    calls += 1
    return DEEDS[event["do"]](event, context)


def describe(_event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "calls": calls,
        "environment": dict(os.environ),
        "path": sys.path,
        "python": sys.version,
        "folder": str(Path.cwd()),
        "temporary": tempfile.gettempdir(),
        "arguments": sys.argv[1:],
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "left": context.get_remaining_time_in_millis(),
    }


def describe_process(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    mask = os.umask(0)
    os.umask(mask)
    resource = importlib.import_module("resource")
    names = ("RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE")
    opened = Path("/proc/self/fd")
    return {
        "umask": mask,
        "limits": {name: resource.getrlimit(getattr(resource, name)) for name in names},
        # The listing opens the folder itself.
        "descriptors": [str(each.readlink()) for each in opened.iterdir() if each.exists()],
        "temporary mode": Path(tempfile.gettempdir()).stat().st_mode & 0o777,
        "groups": os.getgroups(),
    }


def write_file(event: dict[str, Any], _context: Any) -> str:
    with tempfile.TemporaryFile() as file:
        try:
            file.truncate(event["size"])
        except OSError as error:
            return os.strerror(error.errno or 0)
    return "written"


def meet(event: dict[str, Any], _context: Any) -> int:
    """Wait until a number of processes have created their files in a folder."""
    folder = Path(event["folder"])
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < event["number"]:
        time.sleep(0.01)
    return os.getpid()


def hang_with_family(event: dict[str, Any], _context: Any) -> None:
    """Start a child, a child in its own session and a fork, and write their process ids to a file."""
    command = [sys.executable, "-c", f"import time; time.sleep({HANGS_FOR})"]
    family = [subprocess.Popen(command), subprocess.Popen(command, start_new_session=True)]
    copy = os.fork()
    if copy == 0:
        time.sleep(HANGS_FOR)
    pids = [os.getpid(), copy, *(each.pid for each in family)]
    draft = Path(event["pid_file"] + ".new")
    draft.write_text(" ".join(map(str, pids)))
    draft.replace(event["pid_file"])
    if event.get("crash"):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(HANGS_FOR)


def fail(event: dict[str, Any], _context: Any) -> None:
    raise LookupError(event["message"])


def log(_event: dict[str, Any], _context: Any) -> None:
    logging = importlib.import_module("logging")
    logging.getLogger("flowers").warning("a rare %s", "rose", extra={"petals": 5})
    logging.getLogger("flowers").info("a daisy")
    try:
        {}["no such flower"]
    except KeyError:
        logging.getLogger("flowers").exception("lost")


def show(event: dict[str, Any], _context: Any) -> None:
    sys.stdout.write(event["text"] * event.get("times", 1))
    sys.stderr.write("aside\n")


def try_import(event: dict[str, Any], _context: Any) -> str:
    try:
        importlib.import_module(event["module"])
    except ImportError as error:
        return str(error)
    return "imported"


def answer_at_length(event: dict[str, Any], _context: Any) -> str:
    return "x" * event["length"]


DEEDS: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "describe": describe,
    "describe process": describe_process,
    "write file": write_file,
    "meet": meet,
    "hang with family": hang_with_family,
    "fail": fail,
    "log": log,
    "show": show,
    "import": try_import,
    "answer a set": lambda _event, _context: {1},
    "answer at length": answer_at_length,
    "answer text": lambda event, _context: event["text"],
    "exit": lambda event, _context: sys.exit(event["status"]),
    "signal": lambda event, _context: os.kill(os.getpid(), event["number"]),
}
