"""Sending webhooks: durable until tried, tried once, five seconds, in order per hook."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import logging
import socket
import uuid
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

import httpx

from services.forge import times
from services.forge.database import Database
from services.forge.faults import Faults
from services.forge.records import Delivery, DeliveryState, Hook

logger = logging.getLogger(__name__)
TIMEOUT = 5.0
ANSWER_LIMIT = 10_000
KEEP = 1_000


class DeliveryQueue:
    """Takes deliveries from any thread and sends them on the event loop."""

    def __init__(self, database: Database, faults: Faults, allowed_hosts: Sequence[str]) -> None:
        self._database = database
        self._faults = faults
        self._allowed = tuple(allowed_hosts)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, follow_redirects=False)
        self._queues: dict[int, asyncio.Queue[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, hook: Hook, event: str, event_type: str, payload: str) -> int:
        """Record a delivery; call `wake` with its number once the transaction is written."""
        if self._faults.switches.webhooks_lost:
            return 0
        return self._database.execute(
            "INSERT INTO deliveries (hook_id, uuid, event, event_type, payload, state, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(hook.id, str(uuid.uuid4()), event, event_type, payload, DeliveryState.PENDING, times.now()),
        )

    def wake(self, hook_id: int, delivery_id: int) -> None:
        """Have a recorded delivery sent."""
        if delivery_id and self._loop and not self._loop.is_closed():
            with suppress(RuntimeError):  # the loop ended meanwhile: it is sent at the next start
                self._loop.call_soon_threadsafe(self._enqueue, hook_id, delivery_id)

    def start(self) -> None:
        """Begin sending, first what an earlier process left; runs on the event loop."""
        self._loop = asyncio.get_running_loop()
        left = self._database.all(
            Delivery, "SELECT * FROM deliveries WHERE state = ? ORDER BY id", DeliveryState.PENDING
        )
        for delivery in left:
            self._enqueue(delivery.hook_id, delivery.id)

    async def stop(self) -> None:
        """Stop sending; what was not tried stays recorded."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._queues.clear()
        await self._client.aclose()
        self._loop = None

    def _enqueue(self, hook_id: int, delivery_id: int) -> None:
        queue = self._queues.get(hook_id)
        if queue is None:
            queue = self._queues[hook_id] = asyncio.Queue()
            task = asyncio.create_task(self._work(queue))
            self._tasks.add(task)
        queue.put_nowait(delivery_id)

    async def _work(self, queue: asyncio.Queue[int]) -> None:
        while True:
            batch = [await queue.get()]
            switches = self._faults.switches
            if switches.webhooks_delay:
                await asyncio.sleep(switches.webhooks_delay)
            if switches.webhooks_reordered:
                batch = await self._reordered(queue, batch)
            for delivery_id in batch:
                for _ in range(2 if switches.webhooks_duplicated else 1):
                    await self._try(delivery_id)

    async def _reordered(self, queue: asyncio.Queue[int], batch: list[int]) -> list[int]:
        """The newest first, of everything that comes within a fifth of a second."""
        await asyncio.sleep(0.2)
        while not queue.empty():
            batch.append(queue.get_nowait())
        return batch[::-1]

    async def _try(self, delivery_id: int) -> None:
        try:
            delivery, hook = await asyncio.to_thread(self._load, delivery_id)
            if delivery is None or hook is None:
                return
            state, status, answer = await self._send(delivery, hook)
            await asyncio.to_thread(self._record, delivery.id, state, status, answer)
        except Exception:
            logger.exception("delivery %s failed", delivery_id)

    def _load(self, delivery_id: int) -> tuple[Delivery | None, Hook | None]:
        delivery = self._database.one(Delivery, "SELECT * FROM deliveries WHERE id = ?", delivery_id)
        if delivery is None:
            return None, None
        return delivery, self._database.one(Hook, "SELECT * FROM hooks WHERE id = ?", delivery.hook_id)

    def _record(self, delivery_id: int, state: DeliveryState, status: int, answer: str) -> None:
        with self._database.writing():
            self._database.execute(
                "UPDATE deliveries SET state = ?, status = ?, answer = ?, delivered_at = ? WHERE id = ?",
                *(state, status, answer, times.now(), delivery_id),
            )
            self._database.execute(
                "DELETE FROM deliveries WHERE id <= ? AND state <> ?",
                delivery_id - KEEP,
                DeliveryState.PENDING,
            )

    async def _send(self, delivery: Delivery, hook: Hook) -> tuple[DeliveryState, int, str]:
        host = urlsplit(hook.url).hostname or ""
        if not await host_allowed(host, self._allowed):
            text = (
                "webhook can only call allowed HTTP servers "
                f"(check your webhook.ALLOWED_HOST_LIST setting), deny '{host}'"
            )
            return DeliveryState.FAILED, 0, text
        body, headers = request_parts(delivery, hook)
        try:
            answer = await self._client.post(hook.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            return DeliveryState.FAILED, 0, f"{type(failed).__name__}: {failed}"
        state = DeliveryState.SUCCEEDED if answer.is_success else DeliveryState.FAILED
        return state, answer.status_code, answer.text[:ANSWER_LIMIT]


async def host_allowed(host: str, allowed: Sequence[str]) -> bool:
    """Whether ALLOWED_HOST_LIST lets a webhook go to this host."""
    if "*" in allowed or host in allowed:
        return True
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return True  # unknown hosts fail by themselves, with a clearer text
    return all(_kind(ipaddress.ip_address(str(entry[4][0]).partition("%")[0])) in allowed for entry in found)


def _kind(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if address.is_loopback:
        return "loopback"
    return "private" if address.is_private else "external"


def request_parts(delivery: Delivery, hook: Hook) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one delivery; the signature is over the JSON also when sent as a form."""
    payload = delivery.payload.encode()
    form = hook.content_type == "form"
    body = urlencode({"payload": delivery.payload}).encode() if form else payload
    sha256 = hmac.new(hook.secret.encode(), payload, hashlib.sha256).hexdigest() if hook.secret else ""
    sha1 = hmac.new(hook.secret.encode(), payload, hashlib.sha1).hexdigest() if hook.secret else ""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
        "User-Agent": "Go-http-client/1.1",
        "X-Gitea-Signature": sha256,
        "X-Gogs-Signature": sha256,
        "X-Hub-Signature": f"sha1={sha1}",
        "X-Hub-Signature-256": f"sha256={sha256}",
        "X-Gitea-Hook-Installation-Target-Type": hook.owner_kind,
    }
    for brand in ("Gitea", "Gogs", "GitHub"):
        headers[f"X-{brand}-Delivery"] = delivery.uuid
        headers[f"X-{brand}-Event"] = delivery.event
        headers[f"X-{brand}-Event-Type"] = delivery.event_type
    if hook.authorization_header:
        headers["Authorization"] = hook.authorization_header
    return body, headers
