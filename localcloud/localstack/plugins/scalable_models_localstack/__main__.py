"""Entry point of LocalStack, with all files in the folder of FILESYSTEM_ROOT and a fast shutdown."""

from __future__ import annotations

import gc
import os
import socket
import sys
import tempfile
from configparser import Error as ConfigParserError
from pathlib import Path
from threading import Timer
from typing import Final

from scalable_models_localstack.guard.key import KEY_FILE, read_key
from scalable_models_localstack.service_index import STATIC
from scalable_models_localstack.shared_endpoints import share_endpoints

SHUTDOWN_TIMEOUT: Final = 2.0
"""Maximum seconds of a shutdown. LocalStack would wait longer for threads that wait for one another."""

MODELS: Final = Path(__file__).with_name("models")
"""Extras to the service models of LocalStack's botocore, with additions to the AWS APIs since its release."""

CUSTOMER_MODELS: Final = Path("home/.aws/models")
"""Folder of botocore's additional models, relative to the root folder, which contains LocalStack's home."""


def main() -> None:
    """Create the folder and run LocalStack until SIGTERM.

    Raises:
        SystemExit: The port is in use, or there is no access key: one line that says so, and status 1.
    """
    _check_port(os.environ["GATEWAY_LISTEN"])
    _check_key()
    # Most objects are modules and service models, which never become garbage. By default, Python looks
    # through them so often that it takes a third of the time of a start.
    gc.set_threshold(100_000, 20, 20)
    share_endpoints()
    root = Path(os.environ["FILESYSTEM_ROOT"])
    _set_temporary_folder(root / "tmp")
    _link(Path(sys.prefix) / STATIC, root / STATIC)
    _link(MODELS, root / CUSTOMER_MODELS)

    # LocalStack reads its settings at import.
    from localstack.runtime.main import main as run  # noqa: PLC0415
    from localstack.runtime.shutdown import SHUTDOWN_HANDLERS  # noqa: PLC0415
    from localstack.utils.aws import aws_stack  # noqa: PLC0415

    # Prevents a DNS query for the host name of LocalStack's S3.
    aws_stack.CACHE_S3_HOSTNAME_DNS_STATUS = False
    SHUTDOWN_HANDLERS.register(_limit_shutdown)
    try:
        run()
    except SystemExit as end:
        # Do not wait for the thread of a service that was loaded during the shutdown.
        os._exit(end.code if isinstance(end.code, int) else 1)


def _check_port(listen: str) -> None:
    """Exit if the port is in use: LocalStack would find that out itself, after seconds of imports."""
    host, _, port = listen.rpartition(":")
    with socket.socket() as probe:
        # As the server itself does, to which the connections of one that has ended are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            sys.exit(f"LocalStack can't listen on {listen}: {error.strerror}")


def _check_key() -> None:
    """Exit without an access key: the server would find that out itself, after seconds of imports."""
    file = os.environ.get(KEY_FILE, "")
    try:
        read_key(Path(file))
    except (OSError, KeyError, ValueError, ConfigParserError) as error:
        sys.exit(f"LocalStack has no access key in {file or KEY_FILE}: {error}")


def _set_temporary_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(folder)
    # LocalStack interprets TMPDIR as an obsolete setting of its own, and warns.
    os.environ.pop("TMPDIR", None)


def _limit_shutdown() -> None:
    """Exit after the timeout even if services are still stopping: their state is not needed any more."""
    deadline = Timer(SHUTDOWN_TIMEOUT, os._exit, (0,))
    deadline.daemon = True
    deadline.start()


def _link(shared: Path, link: Path) -> None:
    """Link a shared folder of this environment into LocalStack's folder, if it exists."""
    if shared.is_dir() and not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(shared)


if __name__ == "__main__":
    main()
