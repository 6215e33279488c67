"""Entry point of the service on an instance: `python3 -m service.main`, configured by `IRIS_*` variables.

It reads the settings (`service/settings.py`), loads the predictors, builds the application and starts
uvicorn.
"""

from __future__ import annotations

import gc

if __name__ == "__main__":
    # Imported objects stay: collecting garbage meanwhile takes a tenth of the start, and finds next to none.
    gc.disable()

import logging
import os
import resource
import signal
import socket
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import uvicorn
from prometheus_client.multiprocess import mark_process_dead  # pyright: ignore[reportUnknownVariableType] (it has no types)
from uvicorn.config import STARTUP_FAILURE

from service.app import create_app, protocol_class
from service.model.registry import PredictorError, load_predictors
from service.server.draining_server import DrainingServer
from service.server.supervisor import Supervisor
from service.settings import Settings, SettingsError
from service.telemetry import json_logs, metrics_files
from service.telemetry.prometheus import DIRECTORY_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

    from starlette.types import ASGIApp

_LOG: Final = logging.getLogger("service")

WORKER_HEALTHCHECK_SECONDS: Final = 15
"""Time after which a worker that does not respond is replaced. Starting takes seconds on a busy machine."""

SPARE_FILES: Final = 128
"""Maximum number of files that a process opens in addition to its connections."""


def main() -> None:
    """Serve until SIGTERM or SIGINT, finish the requests in progress, and exit with status 0.

    Raises:
        SystemExit: The service cannot start: one line with the reason, and status 1.
    """
    _open_standard_files()
    signal.signal(signal.SIGTERM, _exit)
    try:
        settings = Settings.from_environment(os.environ)
        predictors = load_predictors(settings.predictors)
        predictors.unpack()  # a broken predictor fails the start, not its first request
        listener = listen(settings)
    except (SettingsError, PredictorError, ListenError) as error:
        sys.exit(f"The service cannot start: {error}")

    raise_open_file_limit(settings.max_connections + SPARE_FILES)
    has_workers = settings.workers > 1
    # Each worker process imports and calls the factory to build its own application.
    app = "service.main:create_worker_app" if has_workers else create_app(predictors, settings)
    config = server_config(app, settings)
    json_logs.configure_logging()
    host, port = listener.getsockname()[:2]
    _LOG.info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)
    try:
        if has_workers:
            supervise(config, listener, settings)
        else:
            DrainingServer(config, report_load=settings.report_load).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # the server has already drained
    finally:
        json_logs.flush()


def server_config(app: ASGIApp | str, settings: Settings) -> uvicorn.Config:
    """Return the configuration of the server for an application, or for the name of a factory of it."""
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.workers,
        loop="uvloop",
        http=protocol_class(),
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=settings.drain_seconds - settings.grace_seconds,
        timeout_worker_healthcheck=WORKER_HEALTHCHECK_SECONDS,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )


def supervise(config: uvicorn.Config, listener: socket.socket, settings: Settings) -> None:
    """Serve with several workers until a signal.

    Raises:
        SystemExit: A worker cannot start.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(_metrics_folder()) if settings.metrics else None

        def on_worker_exit(pid: int) -> None:
            if folder:
                mark_process_dead(pid, folder)
                metrics_files.shrink(folder, pid)

        if folder:
            os.environ[DIRECTORY_VARIABLE] = folder
        supervisor = Supervisor(
            config,
            listener,
            drain_seconds=settings.drain_seconds,
            on_worker_exit=on_worker_exit,
            report_load=settings.report_load,
        )
        supervisor.run()
    if supervisor.failed:
        sys.exit("The service cannot start: a worker failed to start, and its replacement would too")


@contextmanager
def _metrics_folder() -> Generator[str | None]:
    """Create the folder in which the workers share their metrics, or log why there is none."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="iris-metrics-", ignore_cleanup_errors=True)
    except OSError as error:
        _LOG.warning(
            "each worker shows only its own metrics: no temporary folder: %s", error.strerror or error
        )
        yield None
        return
    with folder as path:
        yield path


def create_worker_app() -> ASGIApp:
    """Build the application of one worker process, from the environment that all workers share."""
    json_logs.configure_logging()
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
    """The service cannot listen on the address."""


def listen(settings: Settings) -> socket.socket:
    """Open the listening socket, before uvicorn would report a failure in many lines of its own.

    Raises:
        ListenError: The port is in use, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or error
        raise ListenError(f"cannot listen on {settings.host} port {settings.port}: {reason}") from error
    return listener


def _open_standard_files() -> None:
    """Open standard input, output and error where the process was started without them.

    Otherwise the next files, such as the listening socket, would take their places.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= json_logs.STANDARD_ERROR:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 (positional only)
    os.close(descriptor)


def raise_open_file_limit(minimum: int) -> None:
    """Raise the soft limit of open files of this process and its workers, as far as the hard limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < minimum:
        allowed = minimum if hard == resource.RLIM_INFINITY else min(minimum, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))


def _exit(_: int, __: FrameType | None) -> None:
    # uvicorn raises the signal again after it has drained; the default action would end the process by it.
    sys.exit(0)


if __name__ == "__main__":
    main()
