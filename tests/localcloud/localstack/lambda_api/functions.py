"""Lambda functions in LocalStack."""

from __future__ import annotations

import base64
import json
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

import psutil
from botocore.exceptions import BotoCoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.localcloud.localstack.running import Running

HANDLERS: Final = Path(__file__).parent / "handlers"
DEEDS: Final = HANDLERS / "deeds.py"
WEB: Final = HANDLERS / "web.py"
TRUST: Final = json.dumps({"Version": "2012-10-17", "Statement": []})
SOON: Final = 30.0
"""Maximum seconds of fast operations on a machine that leaves them a tenth of a processor."""

TIMEOUT: Final = 20
"""Timeout of a function in seconds, long enough for a busy machine."""


@dataclass(frozen=True)
class FunctionResponse:
    """Response of an invocation."""

    payload: Any
    error: str | None
    log: list[str]
    version: str


@dataclass(frozen=True)
class Functions:
    """Factory and client of functions."""

    localstack: Running
    role: str

    @property
    def client(self) -> Any:
        return self.localstack.client("lambda")

    def make(self, name: str, source: str | Path = DEEDS, **settings: Any) -> str:
        """Create a function whose archive is one module; return its name when it is active."""
        text = source.read_text() if isinstance(source, Path) else source
        given = {"Runtime": "python3.13", "Handler": "app.handler", "Timeout": TIMEOUT, **settings}
        code = {"ZipFile": archive({"app.py": text, "beside.py": "there = True"})}
        self.client.create_function(FunctionName=name, Role=self.role, Code=code, **given)
        state = self.settled(name)
        assert state["State"] == "Active", state["StateReason"]
        return name

    def settled(self, name: str) -> dict[str, Any]:
        """Wait until a function is no longer pending."""
        deadline = time.monotonic() + SOON
        while (found := self.client.get_function_configuration(FunctionName=name))["State"] == "Pending":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return found

    def call(self, name: str, event: Mapping[str, Any], qualifier: str = "$LATEST") -> FunctionResponse:
        response = self.client.invoke(
            FunctionName=name, Qualifier=qualifier, Payload=json.dumps(event), LogType="Tail"
        )
        with response["Payload"] as body:
            payload = json.loads(body.read())
        log = base64.b64decode(response["LogResult"]).decode().split("\n")[:-1]
        return FunctionResponse(payload, response.get("FunctionError"), log, response["ExecutedVersion"])

    def start(self, name: str, pid_file: Path) -> list[int]:
        """Start a function that hangs with some descendants, and return all of their process ids."""
        event = {"do": "hang with family", "pid_file": str(pid_file)}
        Thread(target=self._call_without_response, args=(name, event), daemon=True).start()
        deadline = time.monotonic() + SOON
        while not pid_file.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return read_pids(pid_file)

    def _call_without_response(self, name: str, event: Mapping[str, Any]) -> None:
        with suppress(BotoCoreError):
            self.call(name, event)

    def describe(self, name: str, qualifier: str = "$LATEST") -> dict[str, Any]:
        answer = self.call(name, {"do": "describe"}, qualifier)
        assert answer.error is None, answer.payload
        return answer.payload

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.localstack.process.pid).children(recursive=True)


def make_functions(localstack: Running) -> Functions:
    iam = localstack.client("iam")
    role = iam.create_role(RoleName="function", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    return Functions(localstack, role)


def archive(files: Mapping[str, str]) -> bytes:
    """Return a zip archive of files, by their names."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as writer:
        for name, text in files.items():
            writer.writestr(name, text)
    return packed.getvalue()


def read_pids(file: Path) -> list[int]:
    """Read the process ids from a function's file: of itself, its fork, its child and its detached child."""
    return [int(pid) for pid in file.read_text().split()]


def surviving(pids: list[int]) -> list[int]:
    """Wait until all processes have exited; return the ones that are still alive after the maximum."""
    deadline = time.monotonic() + SOON
    while (living := [pid for pid in pids if _is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return living


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
