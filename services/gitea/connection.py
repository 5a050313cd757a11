"""The wire to Gitea: one HTTP client, time-outs, retries where they are safe, pages, and errors in our words."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

import httpx
import stamina
from pydantic import TypeAdapter, ValidationError

from services.domain.errors import (
    GiteaConflict,
    GiteaNotFound,
    GiteaRefused,
    GiteaUnreachable,
    Upstream,
)

log = logging.getLogger(__name__)

T = TypeVar("T")
Query: TypeAlias = Mapping[str, str | int]
Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"

PAGE_SIZE = 50
"""Gitea clamps larger pages to this without saying so."""
_MAX_PAGES = 4_000
_READ_TIMEOUT = httpx.Timeout(15.0, connect=4.0)
_WRITE_TIMEOUT = httpx.Timeout(60.0, connect=4.0)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_GATEWAY_FAILURES = frozenset({502, 503, 504})
_CONFLICTS = frozenset({405, 409, 412, 422, 423})
_ATTEMPTS = 3
_PATIENCE = 20.0
_DETAIL_LIMIT = 500


class _Again(Exception):
    """Carries the error of an attempt after which another one is safe."""

    def __init__(self, error: Upstream) -> None:
        super().__init__(error.message)
        self.error = error


@cache
def _authorities() -> ssl.SSLContext:
    """Whom TLS trusts (also by SSL_CERT_FILE), read once: reading it takes longer than most requests."""
    return httpx.create_ssl_context()


class Connection:
    """Sends requests to one Gitea with one token; the token appears in no error and no log."""

    def __init__(self, base_url: str, token: str, *, transport: httpx.AsyncBaseTransport | None) -> None:
        headers = {"Accept": "application/json"} | ({"Authorization": f"token {token}"} if token else {})
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/api/v1/",
            headers=headers,
            timeout=_READ_TIMEOUT,
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=8),
            transport=transport,
            trust_env=False,
            verify=_authorities(),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, path: str, query: Query | None = None) -> httpx.Response:
        """Read; repeated while Gitea can't be reached. Raises Upstream and its kinds."""
        return await self.send("GET", path, query=query, repeatable=True)

    async def get_as(self, kind: type[T], path: str, query: Query | None = None) -> T:
        """Read one thing of this kind."""
        return parsed(kind, await self.get(path, query))

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Json = None,
        repeatable: bool = False,
    ) -> httpx.Response:
        """Send one request; a 2xx answer or an error. `repeatable`: doing it twice is the same as once.

        Other writes are sent again only if they provably never reached Gitea; GiteaUnreachable then means
        that nobody knows whether they happened.
        """
        retries = stamina.retry_context(
            on=_Again, attempts=_ATTEMPTS, timeout=_PATIENCE, wait_initial=0.1, wait_max=1.0, wait_jitter=0.1
        )
        try:
            async for attempt in retries:
                with attempt:
                    return await self._attempt(method, path, query, body, repeatable=repeatable)
        except _Again as again:
            raise again.error from again
        raise GiteaUnreachable("Gitea can't be reached.")

    async def pages(self, kind: type[T], path: str, query: Query | None = None) -> AsyncIterator[list[T]]:
        """The pages of a listing, by Gitea's own count and links, never by their length."""
        seen = 0
        for page in range(1, _MAX_PAGES):
            answer = await self.get(path, {**(query or {}), "page": page, "limit": PAGE_SIZE})
            items = _items(kind, answer)
            seen += len(items)
            yield items
            if not items or not _has_more(answer, seen):
                return

    async def listing(self, kind: type[T], path: str, query: Query | None = None) -> list[T]:
        """All items of a listing."""
        return [item async for page in self.pages(kind, path, query) for item in page]

    async def _attempt(
        self, method: str, path: str, query: Query | None, body: Json, *, repeatable: bool
    ) -> httpx.Response:
        timeout = _READ_TIMEOUT if method == "GET" else _WRITE_TIMEOUT
        try:
            answer = await self._http.request(method, path, params=query, json=body, timeout=timeout)
        except httpx.TransportError as failure:
            lost = GiteaUnreachable("Gitea can't be reached.", detail=type(failure).__name__)
            if repeatable or isinstance(failure, _NEVER_SENT):
                raise _Again(lost) from failure
            raise lost from failure
        except (httpx.InvalidURL, httpx.DecodingError) as failure:
            raise Upstream("Gitea's answer can't be read.", detail=type(failure).__name__) from failure
        if answer.is_success:
            return answer
        error = _error_of(answer)
        log.debug("%s %s: %d %s", method, path, answer.status_code, error.detail)
        if repeatable and isinstance(error, GiteaUnreachable):
            raise _Again(error)
        raise error


def parsed(kind: type[T], answer: httpx.Response) -> T:
    """The answer as a thing of this kind; Upstream if it is something else, an HTML page for example."""
    try:
        return _adapter(kind).validate_json(answer.content)
    except ValidationError as error:
        raise _not_gitea(answer, error) from error


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """Building one takes longer than most answers take to read."""
    adapter = _ADAPTERS.get(kind)
    if adapter is None:
        adapter = _ADAPTERS[kind] = TypeAdapter(kind)
    return adapter


def _items(kind: type[T], answer: httpx.Response) -> list[T]:
    adapter = _adapter(kind)
    try:
        return [adapter.validate_python(item) for item in _ITEMS.validate_json(answer.content) or []]
    except ValidationError as error:
        raise _not_gitea(answer, error) from error


def _not_gitea(answer: httpx.Response, error: ValidationError) -> Upstream:
    detail = f"{answer.request.method} {answer.request.url.path}: {error.error_count()} mistakes"
    message = "Gitea's address answers, but not as Gitea does."
    return Upstream(message, answered=answer.status_code, detail=detail)


def _has_more(answer: httpx.Response, seen: int) -> bool:
    total = answer.headers.get("X-Total-Count") or answer.headers.get("X-Total")
    if total is not None and total.isdigit():
        return seen < int(total)
    return "next" in answer.links


def _error_of(answer: httpx.Response) -> Upstream:
    status, detail = answer.status_code, _detail(answer)
    if status in {401, 403}:
        return GiteaRefused("Gitea refuses the bot.", answered=status, detail=detail)
    if status == 404:
        return GiteaNotFound("Gitea has no such thing.", answered=status, detail=detail)
    if status in _CONFLICTS:
        return GiteaConflict("Gitea's state has moved on.", answered=status, detail=detail)
    if status in _GATEWAY_FAILURES:
        return GiteaUnreachable("Gitea can't be reached.", answered=status, detail=detail)
    if answer.is_redirect:
        detail = f"moved to {answer.headers.get('Location', '')}"[:_DETAIL_LIMIT]
        return Upstream("Gitea has moved what was asked for.", answered=status, detail=detail)
    return Upstream("Gitea failed at what was asked.", answered=status, detail=detail)


def _detail(answer: httpx.Response) -> str:
    try:
        message = _MESSAGE.validate_json(answer.content).get("message")
    except ValidationError:
        message = answer.reason_phrase
    return str(message or "")[:_DETAIL_LIMIT]


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}
_MESSAGE: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
_ITEMS: TypeAdapter[list[object] | None] = TypeAdapter(list[object] | None)
