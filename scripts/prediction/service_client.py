"""Client of a running service: batches over HTTP, repeated when the service asks for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urlsplit

import httpx

from scripts.prediction.answers import AllRowsInvalidError, Entry, PredictionError, unknown_feature
from service.model.definition import DefinitionError
from service.model.definition_reader import read_definition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from service.model.feature import Feature

RETRIED: Final = frozenset({429, 502, 503, 504})
"""Status codes after which a batch is sent again: too many requests, and a service that is not available."""

ATTEMPTS: Final = 8
"""Maximum number of attempts of a request."""

FIRST_WAIT: Final = 1.0
"""Seconds before the second attempt if the response has no `Retry-After`; the wait doubles each time."""

MAXIMUM_WAIT: Final = 60.0
"""Maximum seconds between two attempts, also if `Retry-After` asks for more."""

TIMEOUT: Final = 60.0
"""Maximum seconds until each part of a response."""

MAXIMUM_ROWS: Final = 1_000
"""Maximum number of rows of a batch, a tenth of the service's default."""

MAXIMUM_BYTES: Final = 8_000
"""Maximum size of a batch: AWS WAF reads the first 8 KB of a body at a load balancer, and blocks larger ones
(AWS WAF developer guide, "Body inspection size limit")."""

_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


class ServiceClient:
    """Predictor behind the URL of a service."""

    def __init__(
        self, url: str, predictor: str | None, *, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        """Create a client, and ask the service for the columns of the predictor.

        Args:
            url: URL of the service, with its stage if it has one.
            predictor: Name of the predictor; None for the default one.
            sleep: Waits for a number of seconds.

        Raises:
            PredictionError: The service does not answer.
        """
        self.maximum_rows = MAXIMUM_ROWS
        self.maximum_bytes = MAXIMUM_BYTES
        self._url = url.rstrip("/")
        self._sleep = sleep
        self._predictor = predictor
        self._client = httpx.Client(timeout=TIMEOUT, trust_env=urlsplit(url).hostname not in _LOOPBACK)
        self.features = self._find_features()

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def answer(self, header: str, lines: Sequence[str]) -> list[Entry]:
        """Return the entry of each line, as `BatchPredictor` describes."""
        response = self._send(
            "POST",
            # Without a list of the predictors, the default one has no name.
            f"/api/v01/predictors/{quote(self._predictor, safe='')}/predict"
            if self._predictor
            else "/api/v01/classify/batch",
            content="".join([header, *lines]).encode(),
            headers={"Content-Type": "text/csv; charset=utf-8", "Accept": "application/json"},
        )
        content = self._json(response)
        if response.is_success:
            entries = cast("list[Entry]", content) if isinstance(content, list) else []
            if len(entries) != len(lines):
                raise PredictionError(f"{self._url} did not answer one entry for each row")
            return entries
        problem = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
        by_row = _errors_by_row(problem)
        if response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY and by_row:
            raise AllRowsInvalidError([{"errors": errors} for _, errors in sorted(by_row.items())])
        raise PredictionError(f"{self._url} answered {response.status_code}: {_detail(problem, response)}")

    def _find_features(self) -> Sequence[Feature] | None:
        """Return the features of the predictor; None if the service does not publish them."""
        response = self._send("GET", "/api/v01/predictors")
        if not response.is_success:
            return None
        try:
            listed: list[dict[str, Any]] = response.json()["predictors"]
            found = [each for each in listed if each["name"] == self._predictor or self._is_default(each)]
            if not found:
                names = ", ".join(sorted(str(each["name"]) for each in listed))
                raise PredictionError(f"{self._url} has no predictor {self._predictor}, only {names}")
            self._predictor = str(found[0]["name"])
            return self._defined_features() or [
                unknown_feature(str(feature)) for feature in found[0]["features"]
            ]
        except (ValueError, KeyError, TypeError):
            raise PredictionError(f"{self._url} does not answer like this service") from None

    def _defined_features(self) -> Sequence[Feature]:
        """Return the features in the predictor's definition; none if another version has another format."""
        response = self._send("GET", f"/api/v01/predictors/{quote(str(self._predictor), safe='')}")
        card: Any = self._json(response) if response.is_success else None
        try:
            return read_definition(card.get("definition")).features
        except (AttributeError, DefinitionError):
            return ()

    def _is_default(self, listed: Mapping[str, Any]) -> bool:
        return self._predictor is None and bool(listed["default"])

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 (arguments of httpx)
        """Send a request until its answer is final.

        Raises:
            PredictionError: No attempt was answered.
        """
        for attempt in range(1, ATTEMPTS + 1):
            wait = min(FIRST_WAIT * 2 ** (attempt - 1), MAXIMUM_WAIT)
            try:
                response = self._client.request(method, self._url + path, **request)
            except httpx.HTTPError as error:
                reason = (
                    f"{self._url} does not answer: {' '.join(str(error).split()) or type(error).__name__}"
                )
                # A first connection that is refused is a wrong address rather than a busy service.
                if attempt == ATTEMPTS or isinstance(error, httpx.ConnectError | httpx.UnsupportedProtocol):
                    raise PredictionError(reason) from error
            else:
                if response.status_code not in RETRIED or attempt == ATTEMPTS:
                    return response
                wait = retry_after(response.headers.get("retry-after"), wait)
            self._sleep(wait)
        raise AssertionError  # the last attempt returns or raises

    def _json(self, response: httpx.Response) -> Any:  # noqa: ANN401 (any JSON)
        try:
            return response.json()
        except ValueError:
            if response.is_success:
                raise PredictionError(f"{self._url} does not answer like this service") from None
            return {}


def retry_after(header: str | None, default: float) -> float:
    """Return the seconds that a `Retry-After` asks for (RFC 9110, section 10.2.3), at most `MAXIMUM_WAIT`."""
    if header is None:
        return default
    if header.strip().isdecimal():
        return min(float(header), MAXIMUM_WAIT)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return default
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), MAXIMUM_WAIT)


def _errors(problem: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the errors of problem details (RFC 9457); none for another document."""
    errors = problem.get("errors")
    listed = cast("list[Any]", errors) if isinstance(errors, list) else []
    return [cast("dict[str, Any]", error) for error in listed if isinstance(error, dict)]


def _errors_by_row(problem: Mapping[str, Any]) -> dict[int, list[dict[str, Any]]]:
    by_row: dict[int, list[dict[str, Any]]] = {}
    for error in _errors(problem):
        if isinstance(row := error.pop("row", None), int):
            by_row.setdefault(row, []).append(error)
    return by_row


def _detail(problem: Mapping[str, Any], response: httpx.Response) -> str:
    detail = problem.get("detail") or response.reason_phrase
    faults = "; ".join(
        f"{error.get('field')} must be {error.get('allowed')}" for error in _errors(problem)[:3]
    )
    return f"{detail} {faults}".strip()
