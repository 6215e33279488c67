"""Starts the service on an instance: settings, then predictors, then the application, then the server.

`python3 -m service.main`, told what it needs to know by `IRIS_*` variables (`service/settings.py`).
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import sys
import tempfile
from typing import TYPE_CHECKING, Final

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from service.app import create_app
from service.fast_path.http_protocol import FastPathProtocol
from service.model.registry import PredictorError, load_predictors
from service.server.supervisor import Supervisor
from service.settings import Settings, SettingsError
from service.telemetry import json_logs
from service.telemetry.prometheus import FOLDER_VARIABLE

if TYPE_CHECKING:
    from types import FrameType

    from starlette.types import ASGIApp

_LOG: Final = logging.getLogger("service")

WORKER_HEALTHCHECK_SECONDS: Final = 15
"""A worker that gives no sign of life for so long is replaced. To start takes seconds on a busy machine."""

SPARE_FILES: Final = 128
"""Files that a process opens beside its connections, at most."""


def main() -> None:
    """Serve until told to stop by SIGTERM or SIGINT; then finish what is under way, and exit with 0.

    Raises:
        SystemExit: with one line that says what keeps it from starting, and the status 1.
    """
    signal.signal(signal.SIGTERM, _exit)
    try:
        settings = Settings.from_environment(os.environ)
        predictors = load_predictors(settings.predictors)
        predictors.unpack()  # what is wrong with one is better said now than to the first who asks it
        listener = listen(settings)
    except (SettingsError, PredictorError, ListenError) as error:
        sys.exit(f"The service cannot start: {error}")

    _raise_open_file_limit(settings.max_connections + SPARE_FILES)
    several = settings.workers > 1
    config = uvicorn.Config(
        # Each further process makes its own application, so it is told where to find what makes one.
        "service.main:create_worker_app" if several else create_app(predictors, settings),
        factory=several,
        workers=settings.workers,
        loop="uvloop",
        http=FastPathProtocol,
        ws="none",
        lifespan="on",
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=settings.drain_seconds - settings.grace_seconds,
        timeout_worker_healthcheck=WORKER_HEALTHCHECK_SECONDS,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    json_logs.start_logging()
    host, port = listener.getsockname()[:2]
    _LOG.info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)
    try:
        if several:
            _supervise(config, listener, settings)
        else:
            uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # the server has already drained
    finally:
        json_logs.flush()


def _supervise(config: uvicorn.Config, listener: socket.socket, settings: Settings) -> None:
    with tempfile.TemporaryDirectory(prefix="iris-metrics-") as folder:
        if settings.metrics:
            os.environ[FOLDER_VARIABLE] = folder
        supervisor = Supervisor(config, listener, drain_seconds=settings.drain_seconds)
        supervisor.run()
    if supervisor.failed:
        sys.exit("The service cannot start: a worker failed, and any other one would too")


def create_worker_app() -> ASGIApp:
    """Make the application of one of several worker processes, from the environment that they share."""
    json_logs.start_logging()
    try:
        settings = Settings.from_environment(os.environ)
        predictors = load_predictors(settings.predictors)
        predictors.unpack()
        return create_app(predictors, settings)
    except (SettingsError, PredictorError) as error:
        _LOG.error("cannot start: %s", error)
        json_logs.flush()
        sys.exit(STARTUP_FAILURE)


class ListenError(Exception):
    """The address cannot be listened on."""


def listen(settings: Settings) -> socket.socket:
    """Take the port; before the server starts, as it would report a failure in many lines of its own.

    Raises:
        ListenError: somebody else has it, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or error
        raise ListenError(f"cannot listen on {settings.host} port {settings.port}: {reason}") from error
    return listener


def _raise_open_file_limit(number: int) -> None:
    """Let this process and its workers open so many files, as far as they may decide that themselves."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < number:
        most = number if hard == resource.RLIM_INFINITY else min(number, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def _exit(_: int, __: FrameType | None) -> None:
    # The server raises the signal once more when it has drained; by default the process would end by it.
    sys.exit(0)


if __name__ == "__main__":
    main()
