"""A server for LocalStack that listens at the address it was given, and lets nobody past who may not pass.

LocalStack's own ignores the host of GATEWAY_LISTEN for IPv4 and opens the port to the whole network. It also
takes TLS on the same port, which nobody needs on a loopback address.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.serving.twisted import GatewayResource, TwistedGateway
from twisted.internet import reactor

from scalable_models_localstack.guard.key import read_key
from scalable_models_localstack.guard.public_gateway import make_public_gateway
from scalable_models_localstack.guard.resource import GuardedResource

if TYPE_CHECKING:
    from localstack.config import HostAndPort
    from rolo.gateway import Gateway
    from twisted.internet.posixbase import PosixReactorBase

    from scalable_models_localstack.guard.key import Key

KEY_FILE: Final = "LOCAL_CLOUD_KEY_FILE"
"""Names the file that holds the key by which requests are signed. Without it there is no server."""


class LoopbackServer(TwistedRuntimeServer):
    """LocalStack's server but for where it listens, whom it lets in, and how soon it ends."""

    def __init__(self, key: Key) -> None:
        """Take requests that are signed with a key."""
        super().__init__()
        self._key = key

    def register(
        self,
        gateway: Gateway,
        listen: list[HostAndPort],
        ssl_creds: tuple[str, str] | None = None,
    ) -> None:
        """Serve the gateway at each IPv4 address in `listen`; the TLS credentials are of no use here."""
        del ssl_creds
        site = cast("Any", TwistedGateway(gateway))
        threads = cast("Any", reactor).getThreadPool()
        public = GatewayResource(make_public_gateway(gateway), reactor, threads)
        site.resource = GuardedResource(site.resource, public, self._key)
        for address in listen:
            _reactor().listenTCP(address.port, site, interface=address.host)  # pyright: ignore[reportUnknownMemberType] - Twisted leaves types out

    def shutdown(self) -> None:
        """Stop, and wake the main thread, which would otherwise take up to a second to notice."""
        super().shutdown()
        _reactor().wakeUp()


def _reactor() -> PosixReactorBase:
    """What the module is at run time: Twisted puts the platform's reactor in its place."""
    return cast("PosixReactorBase", reactor)


class LoopbackServerPlugin(RuntimeServerPlugin):
    """Chosen with GATEWAY_SERVER=loopback."""

    name = "loopback"

    def load(self) -> LoopbackServer:
        """Make the server."""
        return LoopbackServer(read_key(Path(os.environ[KEY_FILE])))
