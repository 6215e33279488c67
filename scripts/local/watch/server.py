"""Server of the console on loopback, until Ctrl-C."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from typing_extensions import override

from localcloud.aws.credentials import read_credentials
from scripts.local.watch.access import Access
from scripts.local.watch.actions.controls import Controls
from scripts.local.watch.app import Console
from scripts.local.watch.observation.cloud_reader import CloudReader
from scripts.local.watch.observation.observer import Observer
from scripts.local.watch.running_cloud import find_identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from localcloud.state_dir import StateDir


def serve(state_dir: StateDir, port: int, on_started: Callable[[str], None]) -> None:
    """Serve the console of the cloud in a folder until a signal ends it.

    Args:
        state_dir: Folder of the cloud.
        port: Port on loopback; 0 for a free one.
        on_started: Receives the link that opens the console once.

    Raises:
        CredentialsError: The cloud has no key.
        IncompatibleStateError: A different version of the code started it.
        NoCloudError: No cloud runs there.
        OSError: The port is in use.
    """
    key = read_credentials(Path(find_identity(state_dir).key_file))
    with listen(port) as listening:
        access = Access(key.secret_access_key, listening.getsockname()[1])
        reader, controls = CloudReader(state_dir), Controls(state_dir)
        try:
            console = Console(Observer(reader), access, controls)
            ConsoleServer(console, lambda: on_started(access.url)).run(sockets=[listening])
        except KeyboardInterrupt:
            # The only end of the console is no failure of it.
            return
        finally:
            controls.close()
            reader.close()


def listen(port: int) -> socket.socket:
    """Return a socket that is bound to a port of 127.0.0.1; 0 stands for a free one."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        listening.close()
        raise
    return listening


class ConsoleServer(uvicorn.Server):
    """Server that says when it listens, and ends the streams when it stops."""

    def __init__(self, console: Console, on_started: Callable[[], None]) -> None:
        """Create the server of a console; `run` starts it."""
        super().__init__(
            uvicorn.Config(
                console.app,
                # Any program of this machine could write warnings into the terminal.
                log_level="error",
                # It would show the token.
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=3,
            )
        )
        self._console = console
        self._on_started = on_started

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._console.end()
        super().handle_exit(sig, frame)
