"""Firewall and Envoy in front of a target that counts what reaches it, all of them real."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from localcloud.load_balancer.envoy import command
from localcloud.load_balancer.envoy_config import (
    EnvoyFiles,
    EnvoyTarget,
    configuration_files,
    endpoint_config,
)
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.processes import find_free_port
from localcloud.state_dir import StateDir, replace_text
from tests.localcloud.load_balancer.routing.test_envoy_routes import wait_for
from tests.localcloud.load_balancer.test_envoy_config import LOAD_BALANCER, TARGET_GROUP, write
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from localcloud.load_balancer.firewall.definition import Definition


@dataclass
class Received:
    """Requests that have reached the target."""

    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


def _handler(received: Received) -> type[BaseHTTPRequestHandler]:
    class Target(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.path != TARGET_GROUP["HealthCheckPath"]:
                headers = {name.lower(): value for name, value in self.headers.items()}
                received.requests.append((self.command, self.path, headers, body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"ok")

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    return Target


class RunningFirewall:
    """Firewall behind an Envoy."""

    def __init__(self, folder: Path, port: int, received: Received) -> None:
        self.files = FirewallFiles(StateDir(folder).firewall)
        self.url = f"http://127.0.0.1:{port}"
        self.received = received
        self.process: subprocess.Popen[bytes] | None = None
        self._folder = folder

    def define(self, definition: Definition) -> None:
        """Replace the web ACL."""
        replace_text(self.files.definition, json.dumps(asdict(definition)))

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "localcloud.load_balancer.firewall.server"],
            env={"LOCAL_CLOUD_HOME": str(self._folder)},
        )

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def results(self) -> dict[str, Any]:
        """Return the counts in the firewall's file."""
        return json.loads(self.files.counts.read_text())["counts"]


@contextmanager
def running_firewall(folder: Path, definition: Definition, **attributes: str) -> Generator[RunningFirewall]:
    """Start a target, a firewall and an Envoy; stop them at the end."""
    received = Received()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(received)) as target:
        threading.Thread(target=target.serve_forever, args=(0.01,)).start()
        files, port = EnvoyFiles(folder / "balancer"), find_free_port()
        files.folder.mkdir()
        running = RunningFirewall(folder, port, received)
        running.files.folder.mkdir()
        running.define(definition)
        running.start()
        group = {"load_balancing.algorithm.type": "round_robin"}
        write(
            configuration_files(
                files, port, LOAD_BALANCER | attributes, TARGET_GROUP, group, firewall=running.files.socket
            )
        )
        files.endpoints.write_text(json.dumps(endpoint_config([EnvoyTarget("i-1", target.server_port)])))
        until(running.files.socket.exists)
        with subprocess.Popen(command(files)) as envoy:
            try:
                wait_for(f"{running.url}/started")
                received.requests.clear()
                yield running
            finally:
                envoy.terminate()
                running.stop()
                target.shutdown()
