"""A server for LocalStack that listens at the address it was given.

LocalStack's own ignores the host of GATEWAY_LISTEN for IPv4 and opens the port to the whole network. It also
takes TLS on the same port, which nobody needs on a loopback address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.serving.twisted import TwistedGateway
from twisted.internet import reactor

if TYPE_CHECKING:
    from localstack.config import HostAndPort
    from rolo.gateway import Gateway
    from twisted.internet.posixbase import PosixReactorBase


class LoopbackServer(TwistedRuntimeServer):
    """LocalStack's server but for where it listens."""

    def register(
        self,
        gateway: Gateway,
        listen: list[HostAndPort],
        ssl_creds: tuple[str, str] | None = None,
    ) -> None:
        """Serve the gateway at each IPv4 address in `listen`; the TLS credentials are of no use here."""
        del ssl_creds
        site = TwistedGateway(gateway)
        for address in listen:
            # This module is the platform's reactor at run time, and partly untyped.
            tcp = cast("PosixReactorBase", reactor)
            tcp.listenTCP(address.port, site, interface=address.host)  # pyright: ignore[reportUnknownMemberType]


class LoopbackServerPlugin(RuntimeServerPlugin):
    """Chosen with GATEWAY_SERVER=loopback."""

    name = "loopback"

    def load(self) -> LoopbackServer:
        """Make the server."""
        return LoopbackServer()
