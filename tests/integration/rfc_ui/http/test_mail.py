"""Stopping mail without a session, and reports of mail that came back (§15.4)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import httpx
import pytest

from services.mail.unsubscribe import UnsubscribeLinks, Wish, derived_key
from tests.support.server import RunningServer
from tests.support.visitor import Visitor

READER = "reader"
PATH = "/api/email/unsubscribe"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def reader_id(server: RunningServer) -> int:
    """Somebody who signed in here, with all mail as it is at first."""
    with Visitor(server) as visitor:
        visitor.sign_in(READER)
    sql(
        server,
        "UPDATE users SET email_personal_direct = 1, email_admin_actionable = 1 WHERE gitea_login = ?",
        READER,
    )
    (found,) = _row(server, "id")
    return int(str(found))


def test_only_a_press_of_the_button_stops_mail_and_it_needs_no_session(
    http: httpx.Client, server: RunningServer, reader_id: int
) -> None:
    links = UnsubscribeLinks(derived_key(server.settings["SECRET_KEY"]))
    token = links.token(Wish(reader_id, ("personal-direct",)))

    shown = http.get(PATH, params={"token": token})
    assert (shown.status_code, 'data-testid="unsubscribe"' in shown.text) == (200, True)
    assert _row(server, "email_personal_direct", "email_admin_actionable") == (1, 1)

    stopped = http.post(PATH, params={"token": token}, data=ONE_CLICK)
    assert stopped.status_code == 200, stopped.text
    assert _row(server, "email_personal_direct", "email_admin_actionable") == (0, 1)


def test_the_link_of_a_bundle_names_all_that_it_stops_and_stops_it_with_one_press(
    http: httpx.Client, server: RunningServer, reader_id: int
) -> None:
    links = UnsubscribeLinks(derived_key(server.settings["SECRET_KEY"]))
    token = links.token(Wish(reader_id, ("personal-direct", "admin-actionable")))

    named = "the kinds “To you directly” and “For admins”"
    assert named in http.get(PATH, params={"token": token}).text
    assert named in http.post(PATH, params={"token": token}, data=ONE_CLICK).text
    assert _row(server, "email_personal_direct", "email_admin_actionable") == (0, 0)


def test_a_link_with_a_key_of_its_own_outlives_the_key_of_the_sessions(
    server: RunningServer, reader_id: int
) -> None:
    before, key = dict(server.settings), "u3Xp8qWn5tRk2vYb7mZc4dFg6hJs9aLe"
    server.settings["UNSUBSCRIBE_KEY"] = key
    token = UnsubscribeLinks(key.encode()).token(Wish(reader_id, ("watched-structural",)))
    try:
        server.restart()
        with Visitor(server) as visitor:
            visitor.sign_in(READER)
            assert visitor.app.get("/settings/notifications").status_code == 200
            server.settings["SECRET_KEY"] = "r9Ty4wPk7nQz2xVb5mLc8dHj3gFs6aEu"
            server.restart()
            assert visitor.app.get("/settings/notifications").status_code != 200  # signed out
        sql(server, "UPDATE users SET email_watched_structural = 1 WHERE gitea_login = ?", READER)
        with server.http() as stranger:
            stopped = stranger.post(PATH, params={"token": token}, data=ONE_CLICK)
        assert (stopped.status_code, _row(server, "email_watched_structural")) == (200, (0,))
    finally:
        server.settings = before
        server.restart()


def sql(server: RunningServer, statement: str, *values: str) -> None:
    """Change the database as an operator does."""
    with closing(sqlite3.connect(server.database)) as connection, connection:
        connection.execute(statement, values)


def test_links_made_by_others_stop_nothing(http: httpx.Client, server: RunningServer, reader_id: int) -> None:
    good = UnsubscribeLinks(derived_key(server.settings["SECRET_KEY"]))
    named = good.token(Wish(reader_id, ("admin-actionable",))).split(".")
    other = good.token(Wish(reader_id, ("watched-structural",))).split(".")
    forged = UnsubscribeLinks(b"another key").token(Wish(reader_id, ("admin-actionable",)))
    for token in (
        "",
        "x.y.z",
        forged,
        ".".join([named[0], *other[1:]]),
        good.token(Wish(reader_id, ("admin-actionable", "all"))),
    ):
        for answer in (http.get(PATH, params={"token": token}), http.post(PATH, params={"token": token})):
            assert (answer.status_code, "not valid any more" in answer.text) == (403, True)
            assert answer.headers["content-type"].startswith("text/html")
            assert '<a href="/settings/notifications">' in answer.text
    assert _row(server, "email_admin_actionable") == (1,)


def test_a_report_without_the_secret_stops_nothing_and_with_it_all_mail(
    http: httpx.Client, server: RunningServer, reader_id: int
) -> None:
    assert reader_id
    (address,) = _row(server, "email")
    report = {"type": "hard_bounce", "email": str(address)}
    for headers in ({}, {"X-Webhook-Secret": "wrong"}):
        assert http.post("/api/webhooks/email-bounce", json=report, headers=headers).status_code == 403
    assert _row(server, "email_opt_out_all") == (0,)

    given = {"X-Webhook-Secret": server.settings["WEBHOOK_EMAIL_BOUNCE_SECRET"]}
    taken = http.post("/api/webhooks/email-bounce", json=report, headers=given)
    assert (taken.status_code, taken.json()) == (202, {"status": "stopped"})
    assert _row(server, "email_opt_out_all") == (1,)


def _row(server: RunningServer, *columns: str) -> tuple[object, ...]:
    with sqlite3.connect(server.database) as connection:
        found = connection.execute(
            f"select {', '.join(columns)} from users where gitea_login = ?",
            [READER],
        ).fetchone()
    return tuple(found)
