"""Running LocalStack of the tests."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from localcloud.aws.clients import Api
from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.localstack import server
from localcloud.processes import find_free_port

if TYPE_CHECKING:
    from collections.abc import Generator

REGION: Final = "eu-central-1"
READY_WITHIN: Final = 120.0
"""Seconds, of which it takes four on a processor of its own."""

ENDS_WITHIN: Final = 30.0
LOG: Final = "localstack.log"
VOLUME: Final = "volume"
KEY: Final = "credentials"


@dataclass(frozen=True)
class Running:
    """Running LocalStack."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    target_health: Path | None
    api: Api

    @property
    def volume(self) -> Path:
        return self.folder / VOLUME

    @property
    def key_file(self) -> Path:
        return self.folder / KEY

    def client(self, service: str) -> Any:
        return self.api.client_by_name(service)

    def tell_health(self, text: str) -> None:
        """Write the target health, as the local cloud does."""
        assert self.target_health is not None
        draft = self.target_health.with_suffix(".new")
        draft.write_text(text)
        draft.replace(self.target_health)


@contextmanager
def spawn(
    folder: Path, port: int, target_health: Path | None = None, user: int | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """Start a LocalStack that keeps everything in a folder with a key, and stop it in the end.

    Only root can start it as another user.
    """
    with (folder / LOG).open("wb") as output:
        process = subprocess.Popen(
            server.command(),
            env=server.environment(port, folder / VOLUME, folder / KEY, target_health, time_factor=1),
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


@contextmanager
def run(folder: Path, target_health: Path | None = None, user: int | None = None) -> Generator[Running]:
    """Start a LocalStack, wait until it is ready, and stop it in the end."""
    key = generate_credentials()
    write_credentials(folder / KEY, key)
    if user is not None:
        os.chown(folder / KEY, user, user)
    with ExitStack() as stack:
        while True:
            port = find_free_port()
            process = stack.enter_context(spawn(folder, port, target_health, user))
            api = Api(f"http://127.0.0.1:{port}", REGION, key)
            if _becomes_ready(process, api, folder / LOG):
                break
        yield Running(process, port, folder, target_health, api)


def _becomes_ready(process: subprocess.Popen[bytes], api: Api, log: Path) -> bool:
    """Wait until a LocalStack is ready; return false if another process has taken its port meanwhile."""
    deadline = time.monotonic() + READY_WITHIN
    while not server.is_ready(api):
        if process.poll() is not None:
            assert "Address already in use" in log.read_text(), f"LocalStack ended:\n{log.read_text()}"
            return False
        assert time.monotonic() < deadline, f"LocalStack isn't ready in time:\n{log.read_text()}"
        time.sleep(0.05)
    return True


def files_in(folder: Path) -> Generator[tuple[Path, os.stat_result]]:
    """Yield all files below a folder, without those that a running process removes meanwhile."""
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            with suppress(FileNotFoundError):
                yield path, path.lstat()
