"""Starts the service on an instance: settings, then predictors, then the application, then the server.

`python3 -m service.main`, told what it needs to know by `IRIS_*` variables (`service/settings.py`).
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from service.app import create_app
from service.predictors import PredictorError, load_predictors
from service.settings import Settings, SettingsError

if TYPE_CHECKING:
    from types import FrameType

    from starlette.types import ASGIApp

DRAIN_SECONDS: Final = 20
"""When told to stop, requests under way have this long to end. systemd kills after 90 s."""


def main() -> None:
    """Serve until told to stop by SIGTERM or SIGINT; then finish what is under way, and exit with 0.

    Raises:
        SystemExit: with one line that says what keeps it from starting, and the status 1.
    """
    signal.signal(signal.SIGTERM, _exit)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings.from_environment(os.environ)
        predictors = load_predictors(settings.predictors)
        listener = listen(settings)
    except (SettingsError, PredictorError, PortError) as error:
        sys.exit(f"The service cannot start: {error}")

    several = settings.workers > 1
    config = uvicorn.Config(
        # Each further process makes its own application, so it is told where to find what makes one.
        "service.main:app_of_worker" if several else create_app(predictors, settings),
        factory=several,
        workers=settings.workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    try:
        if several:
            Multiprocess(config, sockets=[listener]).run()
        else:
            uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # the server has already drained


def app_of_worker() -> ASGIApp:
    """Make the application of one of several worker processes, from the environment that they share."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings.from_environment(os.environ)
    return create_app(load_predictors(settings.predictors), settings)


class PortError(Exception):
    """The address cannot be listened on."""


def listen(settings: Settings) -> socket.socket:
    """Take the port; before the server starts, as it would report a failure in many lines of its own.

    Raises:
        PortError: somebody else has it, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        reason = error.strerror or error
        raise PortError(f"cannot listen on {settings.host} port {settings.port}: {reason}") from error
    host, port = listener.getsockname()[:2]
    logging.getLogger("service").info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)
    return listener


def _exit(_: int, __: FrameType | None) -> None:
    # The server raises the signal once more when it has drained; by default the process would end by it.
    sys.exit(0)


if __name__ == "__main__":
    main()
