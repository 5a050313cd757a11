"""What strangers and other programs send: too much, for another host, or reports that are none."""

from __future__ import annotations

import httpx
import pytest

from tests.support.server import RunningServer

BOUNCE = "/api/webhooks/email-bounce"


@pytest.mark.parametrize("path", ["/rfc/human/", "/rfc/human/?mode=discuss", "/catalog/", "/philosophy/"])
def test_a_redirect_within_the_site_names_no_host(http: httpx.Client, path: str) -> None:
    answer = http.get(path, headers={"host": "evil.org"})

    assert answer.is_redirect, answer.text[:200]
    assert answer.headers["location"].startswith("/")
    assert "evil.org" not in answer.headers["location"]


def test_a_redirect_of_two_slashes_stays_on_the_site(http: httpx.Client) -> None:
    answer = http.get("//evil.org/", headers={"host": "rfc.example.org"})

    location = answer.headers.get("location", "/")
    assert location.startswith("/")
    assert not location.startswith("//")


def test_a_delivery_that_is_too_large_leaves_its_line(http: httpx.Client, server: RunningServer) -> None:
    headers = {"X-Gitea-Event": "push", "X-Gitea-Delivery": "too-large-1"}

    answer = http.post("/api/webhooks/gitea", content=b"x" * (2048 * 1024 + 1), headers=headers)

    assert answer.status_code == 413
    assert "webhook push - too-large-1 refused: too large" in server.log.read_text()


def test_a_report_is_judged_by_its_secret_first_and_then_in_words(
    http: httpx.Client, server: RunningServer
) -> None:
    secret = {"X-Webhook-Secret": server.settings["WEBHOOK_EMAIL_BOUNCE_SECRET"]}

    answers = {
        body: (http.post(BOUNCE, content=body).status_code, http.post(BOUNCE, content=body, headers=secret))
        for body in (b"no json", b"[]", b'{"type": "hard_bounce"}', b"\xff", b"")
    }

    assert http.post(BOUNCE, headers={"X-Webhook-Secret": "x" * 500}).status_code == 403
    for stranger, known in answers.values():
        assert (stranger, known.status_code) == (403, 422)
        error = known.json()["error"]
        assert error["message"] == "This is not a bounce report."
        assert '{"type": "hard_bounce", "email":' in error["hint"]
