"""Balancer of one client: instances, their health and load, and the course of each request.

It does no I/O except for discovery and active checks, so that the synchronous and the asynchronous transport
share it.
"""

from __future__ import annotations

import ssl
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx

from client.health import ClientHealth
from client.instance import Instance
from client.retries import LOST, NOT_SENT, RetryBudget, is_repeatable, retry_after_seconds
from client.upkeep import Upkeep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.choices import Choice
    from client.instance import Discover

ATTEMPTS: Final = 3
"""Maximum number of attempts of a request."""

UPKEEP_SECONDS: Final = 5.0
"""Seconds between two discoveries, and between two active checks of an instance."""

_NO_CERTIFICATES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Settings without a certificate authority for health checks, which are plain HTTP. By default each client
reads all of the machine's authorities, which takes 20 ms."""

CHECK_SECONDS: Final = 2.0
"""Seconds in which an instance must answer an active check."""

CHECKS_AT_A_TIME: Final = 8

MAXIMUM_PAUSE_SECONDS: Final = 5.0
"""Maximum pause of all instances for which a request waits, in seconds."""

NO_INSTANCES: Final = "the target group has no instance that could answer"


class Balancer:
    """Instances of one client, and its requests at each. Its methods may be called by any thread."""

    def __init__(
        self, discover: Discover, choose: Choice, repeatable_paths: Sequence[str], check_path: str | None
    ) -> None:
        """Create the balancer; the first request discovers the instances.

        Args:
            discover: function that returns the instances.
            choose: choice of an instance.
            repeatable_paths: beginnings of the paths at which a POST may be sent again.
            check_path: path of active health checks; None for no checks.

        Raises:
            TypeError: the paths are one text, whose letters would be the beginnings.
        """
        if isinstance(repeatable_paths, str):
            raise TypeError(f"repeatable_paths is a sequence of paths, such as [{repeatable_paths!r}]")
        self._discover = discover
        self._choose = choose
        self._check_path = check_path
        self.repeatable_paths = tuple(repeatable_paths)
        self._lock = threading.Lock()
        self._discovery_lock = threading.Lock()
        self._instances: list[Instance] | None = None
        self._outstanding = Counter[Instance]()
        self._health = ClientHealth()
        self._budget = RetryBudget()
        self._upkeep = Upkeep(self._maintain, UPKEEP_SECONDS)

    @property
    def has_discovered(self) -> bool:
        """Whether the instances are known, so that a request need not wait for them."""
        return self._instances is not None

    def discover(self) -> None:
        """Discover the instances if no request has done so before.

        Raises:
            httpx.ConnectError: the discovery fails.
        """
        with self._discovery_lock:
            if self._instances is not None:
                return
            try:
                self._set_instances(self._discover())
            except Exception as error:
                raise httpx.ConnectError(f"the instances can't be discovered: {error}") from error
        self._upkeep.start()

    def close(self) -> None:
        """End the background work."""
        self._upkeep.close()

    def begin(self, exchange: Exchange) -> Instance:
        """Choose the instance of the next attempt, and count its request as outstanding.

        Raises:
            httpx.ConnectError: there is no instance.
        """
        with self._lock:
            if not exchange.tried:
                self._budget.record_request()
            candidates = self._candidates(exchange.tried)
            if not candidates:
                self._upkeep.wake()  # there may be instances again
                raise httpx.ConnectError(NO_INSTANCES)
            chosen = self._choose(candidates, self._outstanding)
            self._outstanding[chosen] += 1
            return chosen

    def end(self, instance: Instance) -> None:
        """Count a request as no longer outstanding."""
        with self._lock:
            self._outstanding[instance] -= 1
            if not self._outstanding[instance]:
                del self._outstanding[instance]

    def record_error(self, instance: Instance, error: httpx.TransportError) -> None:
        """Record a failed attempt; look for the instances of now after a lost connection."""
        if isinstance(error, httpx.PoolTimeout | httpx.LocalProtocolError | httpx.UnsupportedProtocol):
            return  # faults of this client
        with self._lock:
            self._health.record_failure(instance, refused=isinstance(error, httpx.ConnectError))
        if isinstance(error, (*NOT_SENT, *LOST)):
            self._upkeep.wake()

    def record_response(self, instance: Instance, response: httpx.Response) -> None:
        """Record the status of a response, and the pause that it may ask for."""
        pause = _requested_pause(response)
        with self._lock:
            if pause is not None:
                self._health.pause(instance, pause)
            elif response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                self._health.record_failure(instance)
            else:
                self._health.record_success(instance)

    def pause_left(self) -> float:
        """Return the seconds for which every instance has asked to wait; 0 if one has not."""
        with self._lock:
            return min(map(self._health.pause_left, self._instances or ()), default=0.0)

    def withdraw_retry(self) -> bool:
        """Withdraw a retry from the budget; return false if there is none left."""
        with self._lock:
            return self._budget.withdraw()

    def _candidates(self, tried: Sequence[Instance]) -> list[Instance]:
        """Return the instances for the next attempt, of the best kind that there is.

        Like a load balancer of AWS, it uses all instances when none is healthy.
        """
        registered = self._instances or []
        healthy = [each for each in registered if each.healthy and self._health.is_available(each)]
        untried = [each for each in healthy if each not in tried]
        return untried or healthy or [each for each in registered if each not in tried] or registered

    def _set_instances(self, found: Sequence[Instance]) -> None:
        with self._lock:
            self._instances = sorted(found)
            self._health.keep_only(set(found))

    def _maintain(self) -> None:
        with suppress(Exception):  # without the AWS API, the instances of before go on serving
            self._set_instances(self._discover())
        if self._check_path is not None:
            self._check(self._check_path)

    def _check(self, path: str) -> None:
        """Send a health check to each instance, registered as healthy or not."""
        with (
            httpx.Client(timeout=CHECK_SECONDS, trust_env=False, verify=_NO_CERTIFICATES) as client,
            ThreadPoolExecutor(CHECKS_AT_A_TIME) as pool,
        ):

            def check(instance: Instance) -> tuple[Instance, bool]:
                url = httpx.URL(scheme="http", host=instance.host, port=instance.port, path=path)
                try:
                    return instance, client.get(url).is_success
                except httpx.TransportError:
                    return instance, False

            for instance, passed in pool.map(check, self._instances or ()):
                with self._lock:
                    self._health.record_check(instance, passed=passed)


class Exchange:
    """Course of one request: its attempts, until its response or its last error."""

    def __init__(self, balancer: Balancer, request: httpx.Request) -> None:
        """Describe the request; nothing is sent."""
        self._balancer = balancer
        self._request = request
        self._instance: Instance | None = None
        self._attempts = 0
        self.tried: list[Instance] = []
        """Instance of each attempt before this one."""

    def pause(self) -> float:
        """Return the seconds to wait before the next attempt, as all instances ask for them.

        A request does not wait for a long pause: its caller gets the response that asks for it.
        """
        left = self._balancer.pause_left()
        return left if left <= MAXIMUM_PAUSE_SECONDS else 0.0

    def begin(self) -> httpx.Request:
        """Return the request of the next attempt, with the address of its instance.

        Raises:
            httpx.ConnectError: there is no instance.
        """
        self._instance = instance = self._balancer.begin(self)
        self._attempts += 1
        request = self._request
        return httpx.Request(
            request.method,
            request.url.copy_with(host=instance.host, port=instance.port),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )

    def fail(self, error: httpx.TransportError) -> bool:
        """End an attempt without a response; return whether to begin another one."""
        instance = self._end()
        self._balancer.record_error(instance, error)
        may_repeat = isinstance(error, NOT_SENT) or (isinstance(error, LOST) and self._is_repeatable())
        return may_repeat and self._has_another_attempt()

    def answer(self, response: httpx.Response) -> bool:
        """Record a response; return whether to close it and begin another attempt.

        Otherwise, the request stays outstanding until `close`, since its body is still to be read.
        """
        instance = self._current()
        self._balancer.record_response(instance, response)
        if _requested_pause(response) is None or not self._is_repeatable():
            return False
        if self._balancer.pause_left() > MAXIMUM_PAUSE_SECONDS or not self._has_another_attempt():
            return False
        self._end()
        return True

    def break_off(self, error: httpx.TransportError) -> None:
        """Record an error while the body was read: it is too late for another attempt."""
        self._balancer.record_error(self._current(), error)

    def close(self) -> None:
        """Count the request as no longer outstanding; once is enough."""
        if self._instance is not None:
            self._end()

    def _has_another_attempt(self) -> bool:
        return self._attempts < ATTEMPTS and self._balancer.withdraw_retry()

    def _is_repeatable(self) -> bool:
        return is_repeatable(self._request, self._balancer.repeatable_paths)

    def _current(self) -> Instance:
        if self._instance is None:
            raise RuntimeError("no attempt has begun")
        return self._instance

    def _end(self) -> Instance:
        instance = self._current()
        self._instance = None
        self.tried.append(instance)
        self._balancer.end(instance)
        return instance


def _requested_pause(response: httpx.Response) -> float | None:
    """Return the seconds for which an overloaded instance asks to send it nothing; None if it does not."""
    if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
        return None
    return retry_after_seconds(response.headers.get("retry-after"))
