"""Process of the firewall: it answers Envoy on a Unix socket, and follows the web ACL's file."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import uvloop

from localcloud.load_balancer.firewall.check_protocol import CheckProtocol
from localcloud.load_balancer.firewall.definition import Definition
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.load_balancer.firewall.results import Results
from localcloud.load_balancer.firewall.rules.reserved_names import DEFAULT_ACTION
from localcloud.load_balancer.firewall.rules.statements import Sources
from localcloud.load_balancer.firewall.rules.web_acl import RuleMatch, Verdict, WebAcl
from localcloud.state_dir import StateDir, replace_text

if TYPE_CHECKING:
    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

LOOK_INTERVAL: Final = 0.25
"""Seconds between two looks at the web ACL's file."""

WRITE_INTERVAL: Final = 1.0
"""Seconds between two versions of the results."""


UNFILTERED: Final = Verdict(is_allowed=True, terminating=RuleMatch(DEFAULT_ACTION, "Allow"))
"""Decision about a request without a web ACL."""


class FirewallServer:
    """Web ACL in force, and its results."""

    def __init__(self, files: FirewallFiles) -> None:
        """Compile the web ACL in the file."""
        self._files = files
        self._sources = Sources()
        self._results = Results()
        self._written = -1
        self._started = time.time()
        self._version = 0
        self._acl = self._read()
        self._has_ended = False
        """True once there is no web ACL any more."""

    def decide(self, request: WebRequest) -> Verdict:
        """Return the decision about a request, and count it."""
        if self._has_ended:
            return UNFILTERED
        verdict = self._acl.evaluate(request, time.monotonic())
        self._results.add(request, verdict)
        return verdict

    async def follow(self) -> None:
        """Follow the file, and write the results.

        Without a file, every request is allowed: a load balancer may ask until it has followed too.
        """
        written_at = 0.0
        while True:
            self._look()
            if time.monotonic() - written_at >= WRITE_INTERVAL and self._written != self._results.total:
                self.write()
                written_at = time.monotonic()
            await asyncio.sleep(LOOK_INTERVAL)

    def _look(self) -> None:
        """Read the file if it has changed."""
        try:
            if self._has_ended or self._files.definition.stat().st_mtime_ns != self._version:
                self._acl = self._read()
                self._written = -1
            self._has_ended = False
        except FileNotFoundError:
            self._has_ended = True

    def write(self) -> None:
        """Write the counts and the samples."""
        self._written = self._results.total
        counts: dict[str, Any] = {
            "started": self._started,
            "web_acl": self._acl.metric,
            "counts": self._results.counts(),
        }
        replace_text(self._files.counts, json.dumps(counts))
        replace_text(self._files.samples, json.dumps(self._results.samples()))

    def _read(self) -> WebAcl:
        self._version = self._files.definition.stat().st_mtime_ns
        definition = Definition(**json.loads(self._files.definition.read_text(encoding="utf-8")))
        return WebAcl(definition.acl, definition.sources(self._sources))


async def serve(files: FirewallFiles) -> None:
    """Answer Envoy until SIGTERM."""
    server = FirewallServer(files)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    listener = await loop.create_unix_server(lambda: CheckProtocol(server.decide), files.socket)
    following = asyncio.create_task(server.follow())
    stop = asyncio.create_task(ended.wait())
    # A web ACL that cannot be read ends the process, and its error is in the log.
    await asyncio.wait({following, stop}, return_when=asyncio.FIRST_COMPLETED)
    listener.close()
    server.write()
    if following.done():
        following.result()


def main() -> None:
    """Run the firewall of the local cloud in the folder that the environment names."""
    os.umask(0o077)
    uvloop.run(serve(FirewallFiles(StateDir(Path(os.environ["LOCAL_CLOUD_HOME"])).firewall)))


if __name__ == "__main__":
    sys.exit(main())
