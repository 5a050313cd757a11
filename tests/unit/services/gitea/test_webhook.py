"""Webhooks are verified before they are read, and are only hints (§4.1, FACTS A.5)."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gitea.webhook import Delivery, MalformedDelivery, parse_delivery, verify

SECRET = "hush"
BODY = b'{\n  "ref": "refs/heads/main"\n}'


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(event: str = "push", delivery: str = "0f3a") -> dict[str, str]:
    return {"X-Gitea-Event": event, "X-Gitea-Delivery": delivery, "X-Gitea-Event-Type": event}


def test_a_genuine_signature_is_accepted() -> None:
    assert verify(SECRET, BODY, signature(BODY))


@pytest.mark.parametrize(
    "given_signature",
    [
        "",
        "0" * 64,
        signature(BODY)[:-1],
        signature(BODY).upper(),
        "sha256=" + signature(BODY),
        "é" * 64,
        "\ud800",
    ],
)
def test_any_other_signature_is_refused(given_signature: str) -> None:
    assert not verify(SECRET, BODY, given_signature)


def test_a_changed_body_or_another_secret_is_refused() -> None:
    assert not verify(SECRET, BODY + b" ", signature(BODY))
    assert not verify(SECRET, BODY, signature(BODY, "other"))


def test_without_a_secret_nothing_is_accepted() -> None:
    assert not verify("", BODY, signature(BODY, ""))


@pytest.mark.parametrize(
    ("event", "document", "delivery"),
    [
        (
            "push",
            {"ref": "refs/heads/main", "repository": {"full_name": "ohm/meta", "id": 1}, "commits": []},
            Delivery("0f3a", "push", "ohm/meta", None, "refs/heads/main"),
        ),
        (
            "pull_request",
            {"action": "closed", "number": 7, "repository": {"full_name": "ohm/meta"}},
            Delivery("0f3a", "pull_request", "ohm/meta", 7, None),
        ),
        (
            "delete",
            {"ref": "x", "ref_type": "branch", "repository": {"full_name": "ohm/meta"}},
            Delivery("0f3a", "delete", "ohm/meta", None, "x"),
        ),
        ("repository", {"action": "deleted"}, Delivery("0f3a", "repository", "")),
        ("push", {"repository": None, "number": None, "ref": None}, Delivery("0f3a", "push", "")),
    ],
)
def test_a_delivery_says_where_to_look(event: str, document: object, delivery: Delivery) -> None:
    assert parse_delivery(headers(event), json.dumps(document).encode()) == delivery


def test_header_names_come_in_any_case() -> None:
    lower = {name.lower(): value for name, value in headers().items()}
    assert parse_delivery(lower, b"{}") == Delivery("0f3a", "push", "")


@pytest.mark.parametrize(
    ("given_headers", "body"),
    [
        ({}, b"{}"),
        (headers(delivery=""), b"{}"),
        (headers(event=""), b"{}"),
        (headers(delivery="x" * 256), b"{}"),
        (headers(), b""),
        (headers(), b"payload=%7B%7D"),
        (headers(), b"[]"),
        (headers(), b'{"repository": "ohm/meta"}'),
        (headers(), b'{"number": "seven"}'),
        (headers(), b'{"ref": 1}'),
        (headers(), b"\xff\xfe"),
        (headers(), b'{"a":' * 5_000),
    ],
)
def test_anything_else_is_malformed(given_headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(MalformedDelivery):
        parse_delivery(given_headers, body)


@given(st.binary(max_size=200), st.text(max_size=80))
def test_no_stranger_guesses_a_signature(body: bytes, guess: str) -> None:
    assert verify(SECRET, body, guess) is (guess.strip() == signature(body))
