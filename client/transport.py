"""Transports of httpx, synchronous and asynchronous, that choose an instance for each request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import httpx
from typing_extensions import override

from client.balancer import Balancer, Exchange
from client.choices import PowerOfTwoChoices

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from client.choices import Choice
    from client.instance import Discover


class BalancedTransport(httpx.BaseTransport):
    """Transport of `httpx.Client` that balances the requests among instances.

        transport = BalancedTransport(TargetGroup(arn))
        with httpx.Client(transport=transport, base_url="http://iris") as client:
            client.get("/listpredictors")

    The URL's host is only the `Host` header. A request that was not sent is sent to another instance; one
    whose connection is lost before its response only if its method is idempotent, or its path declared as
    repeatable. Of all requests, at most a fifth is repeated.
    """

    def __init__(
        self,
        discover: Discover,
        choose: Choice | None = None,
        *,
        repeatable_paths: Sequence[str] = (),
        check_path: str | None = None,
        limits: httpx.Limits | None = None,
    ) -> None:
        """Create the transport; the first request discovers the instances.

        Args:
            discover: function that returns the instances, such as a `TargetGroup`.
            choose: choice of an instance; by default the power of two choices.
            repeatable_paths: beginnings of the paths at which a POST may be sent again after it may have been
                processed, such as `/api/v01/classify`, which changes nothing.
            check_path: path of active health checks, such as `/readyz`; None for no checks.
            limits: limits of the connections, by default httpx's own.
        """
        self._balancer = Balancer(discover, choose or PowerOfTwoChoices(), repeatable_paths, check_path)
        self._connections = httpx.HTTPTransport(trust_env=False, limits=limits or httpx.Limits())

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self._balancer.has_discovered:
            self._balancer.discover()
        exchange = Exchange(self._balancer, request)
        while True:
            if pause := exchange.pause():
                time.sleep(pause)
            attempt = exchange.begin()
            try:
                response = self._connections.handle_request(attempt)
            except httpx.TransportError as error:
                if exchange.fail(error):
                    continue
                raise
            except BaseException:
                exchange.close()
                raise
            if not exchange.answer(response):
                break
            response.close()
        response.stream = _Body(response, exchange)
        return response

    @override
    def close(self) -> None:
        self._balancer.close()
        self._connections.close()


class AsyncBalancedTransport(httpx.AsyncBaseTransport):
    """Transport of `httpx.AsyncClient`, with the same behaviour and arguments as `BalancedTransport`."""

    def __init__(
        self,
        discover: Discover,
        choose: Choice | None = None,
        *,
        repeatable_paths: Sequence[str] = (),
        check_path: str | None = None,
        limits: httpx.Limits | None = None,
    ) -> None:
        """Create the transport; see `BalancedTransport`. The discovery runs in a thread."""
        self._balancer = Balancer(discover, choose or PowerOfTwoChoices(), repeatable_paths, check_path)
        self._connections = httpx.AsyncHTTPTransport(trust_env=False, limits=limits or httpx.Limits())

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self._balancer.has_discovered:
            await anyio.to_thread.run_sync(self._balancer.discover, abandon_on_cancel=True)
        exchange = Exchange(self._balancer, request)
        while True:
            if pause := exchange.pause():
                await anyio.sleep(pause)
            attempt = exchange.begin()
            try:
                response = await self._connections.handle_async_request(attempt)
            except httpx.TransportError as error:
                if exchange.fail(error):
                    continue
                raise
            except BaseException:
                exchange.close()
                raise
            if not exchange.answer(response):
                break
            await response.aclose()
        response.stream = _AsyncBody(response, exchange)
        return response

    @override
    async def aclose(self) -> None:
        self._balancer.close()
        await self._connections.aclose()


class _Body(httpx.SyncByteStream):
    """Body of a response, whose end is the end of its request."""

    def __init__(self, response: httpx.Response, exchange: Exchange) -> None:
        stream = response.stream
        if not isinstance(stream, httpx.SyncByteStream):
            raise TypeError("the response is asynchronous")
        self._stream = stream
        self._exchange = exchange

    @override
    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except httpx.TransportError as error:
            self._exchange.break_off(error)
            raise

    @override
    def close(self) -> None:
        self._exchange.close()
        self._stream.close()


class _AsyncBody(httpx.AsyncByteStream):
    """Body of a response, whose end is the end of its request."""

    def __init__(self, response: httpx.Response, exchange: Exchange) -> None:
        stream = response.stream
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("the response is synchronous")
        self._stream = stream
        self._exchange = exchange

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._stream:
                yield piece
        except httpx.TransportError as error:
            self._exchange.break_off(error)
            raise

    @override
    async def aclose(self) -> None:
        self._exchange.close()
        await self._stream.aclose()
