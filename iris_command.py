"""Entry point of the command `iris`, under a name that no other project's package has.

The packages of this project are named by what they hold (`scripts`, `service`), as other projects' may be.
Where PYTHONPATH names such a project, Python would import that one's; and a library in it could replace any
pinned one, here and in all processes that are started.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from pathlib import Path

THREADS = {
    # "Waiting threads should mostly be passive, not consuming processor cycles" (OpenMP 5.0, section 6.7).
    "OMP_WAIT_POLICY": "PASSIVE",
    # Binary logarithm of the processor cycles until a waiting thread of OpenBLAS sleeps, at least 4
    # (OpenBLAS, driver/others/blas_server.c). By default it stays awake for a tenth of a second.
    "OPENBLAS_THREAD_TIMEOUT": "4",
}
"""Environment variables by which the threads of numpy and scikit-learn sleep while they wait for work.

Tables of users are small, so that these threads mostly wait. To fit a small network took five times as much
processor time with them awake, and gradient boosting ten times as much.
"""


def set_up_process() -> None:
    """Set what makes all commands faster, before they import anything; the user's own settings stay."""
    # Most objects of a command are modules, which never become garbage. By default, Python looks through
    # them so often that it takes half of the time in which the Pulumi program runs.
    gc.set_threshold(100_000, 20, 20)
    # It would look through all of them again before it exits, which takes a fifth of a short command's time.
    atexit.register(gc.freeze)
    for name, value in THREADS.items():
        os.environ.setdefault(name, value)


def main() -> None:
    """Run `iris` with the project's own packages and the environment's own libraries."""
    set_up_process()
    # Python has put the folders of PYTHONPATH before its own.
    folders = os.environ.pop("PYTHONPATH", "").split(os.pathsep)
    foreign = {str(Path(folder).resolve()) for folder in folders if folder}
    project = str(Path(__file__).resolve().parent)
    sys.path[:] = [project, *(it for it in sys.path if str(Path(it).resolve()) not in foreign - {project})]
    try:
        from scripts.cli import main as iris  # noqa: PLC0415 (only from this path)
    except KeyboardInterrupt:
        sys.exit(130)  # the status that a shell reports for SIGINT; nothing has begun

    iris(prog_name="iris")
