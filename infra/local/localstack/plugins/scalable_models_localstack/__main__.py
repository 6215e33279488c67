"""Starts LocalStack so that all it writes lies in the folder named by FILESYSTEM_ROOT."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from scalable_models_localstack.service_index import STATIC


def main() -> None:
    """Prepare the folder and run LocalStack until it is told to end."""
    root = Path(os.environ["FILESYSTEM_ROOT"])
    _keep_temporary_files_in(root / "tmp")
    _share(Path(sys.prefix) / STATIC, root / STATIC)

    # LocalStack reads its settings when imported.
    from localstack.runtime.main import main as run  # noqa: PLC0415
    from localstack.utils.aws import aws_stack  # noqa: PLC0415

    # Otherwise it asks the network's DNS whether its own S3 has a name.
    aws_stack.CACHE_S3_HOSTNAME_DNS_STATUS = False
    run()


def _keep_temporary_files_in(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(folder)
    # LocalStack reads it as an old setting of its own, and warns.
    os.environ.pop("TMPDIR", None)


def _share(ours: Path, theirs: Path) -> None:
    """Let LocalStack find what was made once for this environment, if it was."""
    if ours.is_dir() and not theirs.exists():
        theirs.parent.mkdir(parents=True, exist_ok=True)
        theirs.symlink_to(ours)


if __name__ == "__main__":
    main()
