"""Deliveries that are not what they say they are."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid

import httpx
import pytest

from tests.support.forge import wait_until
from tests.support.server import META, ORG, RunningServer

PATH = "/api/webhooks/gitea"
BODY = json.dumps({"ref": "refs/heads/main", "repository": {"full_name": f"{ORG}/{META}"}}).encode()


def signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def deliver(
    server: RunningServer, body: bytes = BODY, *, delivery: str = "", **headers: str | bytes
) -> httpx.Response:
    sent: dict[str, str | bytes] = {
        "content-type": "application/json",
        "x-gitea-event": "push",
        "x-gitea-delivery": delivery or str(uuid.uuid4()),
        "x-gitea-signature": signature(server.webhook_secret, body),
        **headers,
    }
    written = [
        (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in sent.items()
    ]
    with server.http() as gitea:
        return gitea.post(PATH, content=body, headers=written)


def test_a_signed_delivery_is_accepted_at_once(server: RunningServer) -> None:
    answer = deliver(server)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})


@pytest.mark.parametrize("forged", [b"", b"00" * 32, b"nonsense", b"\xc3\xa9"])
def test_a_forged_signature_is_refused(server: RunningServer, forged: bytes) -> None:
    answer = deliver(server, **{"x-gitea-signature": forged})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


def test_a_signature_of_another_body_is_refused(server: RunningServer) -> None:
    assert (
        deliver(server, **{"x-gitea-signature": signature(server.webhook_secret, b"{}")}).status_code == 403
    )


def test_a_missing_signature_is_refused(server: RunningServer) -> None:
    with server.http() as stranger:
        answer = stranger.post(PATH, content=BODY)
    assert answer.status_code == 403


def test_a_replayed_delivery_does_nothing(server: RunningServer) -> None:
    delivery = str(uuid.uuid4())
    answers = [deliver(server, delivery=delivery).status_code for _ in range(2)]
    lines = wait_until(lambda: _log_lines(server, delivery), what="two lines in the log")
    assert (answers, [line.partition(delivery)[2] for line in lines]) == (
        [202, 202],
        [" accepted", " refused: delivered before"],
    )


def test_an_oversized_delivery_is_refused_before_it_is_read(server: RunningServer) -> None:
    assert deliver(server, b" " * (2 * 1024 * 1024 + 1)).status_code == 413


def test_a_delivery_of_another_repository_is_ignored(server: RunningServer) -> None:
    body = json.dumps({"ref": "refs/heads/main", "repository": {"full_name": "strange/repo"}}).encode()
    assert deliver(server, body).status_code == 202


def test_a_signed_body_that_is_no_delivery_is_told_so(server: RunningServer) -> None:
    answer = deliver(server, b"not json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_taken(server: RunningServer, method: str) -> None:
    headers = {"origin": server.url}
    with server.http() as stranger:
        answer = stranger.request(method, PATH, headers=headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def _log_lines(server: RunningServer, delivery: str) -> list[str]:
    found = [line for line in server.log.read_text().splitlines() if delivery in line]
    return found if len(found) == 2 else []
