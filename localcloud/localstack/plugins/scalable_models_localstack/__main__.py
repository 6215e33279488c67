"""Starts LocalStack so that all it writes lies in the folder of FILESYSTEM_ROOT, and ends it soon."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from threading import Timer
from typing import Final

from scalable_models_localstack.service_index import STATIC

ENDS_WITHIN: Final = 2.0
"""Seconds from the signal to its end. By itself it waits longer for threads that wait for one another."""

MODELS: Final = Path(__file__).with_name("models")
"""What AWS's APIs have learnt since the botocore of LocalStack's release, as extras of its service models."""

CUSTOMER_MODELS: Final = Path("home/.aws/models")
"""Where botocore looks for models besides its own, below the root folder, which holds LocalStack's home."""


def main() -> None:
    """Prepare the folder and run LocalStack until it is told to end."""
    root = Path(os.environ["FILESYSTEM_ROOT"])
    _keep_temporary_files_in(root / "tmp")
    _share(Path(sys.prefix) / STATIC, root / STATIC)
    _share(MODELS, root / CUSTOMER_MODELS)

    # LocalStack reads its settings when imported.
    from localstack.runtime.main import main as run  # noqa: PLC0415
    from localstack.runtime.shutdown import SHUTDOWN_HANDLERS  # noqa: PLC0415
    from localstack.utils.aws import aws_stack  # noqa: PLC0415

    # Otherwise it asks the network's DNS whether its own S3 has a name.
    aws_stack.CACHE_S3_HOSTNAME_DNS_STATUS = False
    SHUTDOWN_HANDLERS.register(_end_soon)
    try:
        run()
    except SystemExit as end:
        # A service that is loaded while all are stopped leaves a thread behind, which would be waited for.
        os._exit(end.code if isinstance(end.code, int) else 1)


def _keep_temporary_files_in(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(folder)
    # LocalStack reads it as an old setting of its own, and warns.
    os.environ.pop("TMPDIR", None)


def _end_soon() -> None:
    """Give the services some time to stop, and no more: nothing that they could still save is of use."""
    deadline = Timer(ENDS_WITHIN, os._exit, (0,))
    deadline.daemon = True
    deadline.start()


def _share(ours: Path, theirs: Path) -> None:
    """Let LocalStack find what lies in this environment once for all of its folders, if it does."""
    if ours.is_dir() and not theirs.exists():
        theirs.parent.mkdir(parents=True, exist_ok=True)
        theirs.symlink_to(ours)


if __name__ == "__main__":
    main()
