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
    """LocalStack's server but for where it listens, and how soon it ends."""

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
        return LoopbackServer()
