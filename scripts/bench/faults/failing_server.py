"""Server that answers 500 to everything: a faulty instance turns into it.

`scripts.bench.faults.faulty_archive` packs it as a program of its own, without other modules.
"""

from __future__ import annotations

import asyncio
import os
from typing import Final, cast

from typing_extensions import override

ANSWER: Final = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


class _Failing(asyncio.Protocol):
    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        self._transport.write(ANSWER * data.count(b"\r\n\r\n"))


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Failing, os.environ["IRIS_HOST"], int(os.environ["IRIS_PORT"]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
