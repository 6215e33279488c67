"""Functions that run in LocalStack."""

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
"""Seconds for what takes a moment, even where other work leaves it a tenth of a processor."""

TIMEOUT: Final = 20
"""Seconds that a function may take: none of these is cut off only since the machine is busy."""


@dataclass(frozen=True)
class Answer:
    """What an invocation gave back."""

    payload: Any
    error: str | None
    log: list[str]
    version: str


@dataclass(frozen=True)
class Functions:
    """Makes functions and calls them."""

    localstack: Running
    role: str

    @property
    def client(self) -> Any:
        return self.localstack.client("lambda")

    def make(self, name: str, source: str | Path = DEEDS, **settings: Any) -> str:
        """Make a function whose archive is one module; return its name when it is active."""
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

    def call(self, name: str, event: Mapping[str, Any], qualifier: str = "$LATEST") -> Answer:
        given = self.client.invoke(
            FunctionName=name, Qualifier=qualifier, Payload=json.dumps(event), LogType="Tail"
        )
        with given["Payload"] as body:
            payload = json.loads(body.read())
        log = base64.b64decode(given["LogResult"]).decode()
        return Answer(payload, given.get("FunctionError"), log.split("\n")[:-1], given["ExecutedVersion"])

    def start(self, name: str, tell: Path) -> list[int]:
        """Let a function hang with some other processes, and return who they all are; don't wait for it."""
        event = {"do": "hang with family", "tell": str(tell)}
        Thread(target=self._call_in_vain, args=(name, event), daemon=True).start()
        deadline = time.monotonic() + SOON
        while not tell.exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return told(tell)

    def _call_in_vain(self, name: str, event: Mapping[str, Any]) -> None:
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
    """Return a zip of files, by their names."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as writer:
        for name, text in files.items():
            writer.writestr(name, text)
    return packed.getvalue()


def told(file: Path) -> list[int]:
    """Read the process ids that a function told: its own, its copy's, its child's, its stray's."""
    return [int(pid) for pid in file.read_text().split()]


def alive(pids: list[int]) -> list[int]:
    """Wait until none of the processes is there any more, and tell which still are after a moment."""
    deadline = time.monotonic() + SOON
    while (living := [pid for pid in pids if _is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return living


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
