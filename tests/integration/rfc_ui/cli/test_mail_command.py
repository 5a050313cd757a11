"""`rfc-ui mail` (§15.4, §17): one mail to see whether the server takes it, the outbox, and parked mails again."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from services.domain.clock import now
from services.mail.transport import MailRefused
from services.usecases.post_office import PostOffice
from services.usecases.send_mail import send_due
from tests.integration.rfc_ui.cli.test_command import SETTINGS, rfc_ui
from tests.support.mail_server import mail_server
from tests.support.world import World


def settings_of(**more: str) -> Mapping[str, str]:
    return (
        SETTINGS
        | {"SMTP_HOST": "127.0.0.1", "SMTP_STARTTLS": "false", "EMAIL_FROM": "rfc@example.org"}
        | more
    )


async def test_a_test_mail_goes_to_the_server_and_its_refusal_is_told(tmp_path: Path) -> None:
    async with mail_server() as box:
        wishes = settings_of(SMTP_PORT=str(box.port))
        command = ("mail", "test", "ada@example.org")
        taken = await asyncio.to_thread(rfc_ui, *command, folder=tmp_path, settings=wishes)
        box.answers.append("550 No such person here")
        refused = await asyncio.to_thread(rfc_ui, *command, folder=tmp_path, settings=wishes)

    assert (taken.returncode, taken.stdout) == (0, "Sent to ada@example.org through 127.0.0.1.\n")
    assert [(mail["To"], mail["Subject"]) for mail in box.taken] == [("ada@example.org", "A test mail")]
    assert refused.returncode == 1
    assert "No such person here" in refused.stderr


def test_without_a_mail_server_the_test_mail_is_a_line_of_the_log(tmp_path: Path) -> None:
    done = rfc_ui("mail", "test", "ada@example.org", folder=tmp_path, settings=SETTINGS)

    assert done.returncode == 0
    assert "email (stdout fallback): to=ada@example.org subject=A test mail" in done.stderr


def test_what_is_no_address_is_wrong_use(tmp_path: Path) -> None:
    done = rfc_ui("mail", "test", "ada", folder=tmp_path, settings=SETTINGS)

    assert (done.returncode, done.stdout) == (2, "")
    assert "“ada”: expected an e-mail address" in done.stderr


async def test_the_outbox_is_listed_and_parked_mails_wait_again(world: World, tmp_path: Path) -> None:
    class Closed:
        async def send(self, *_: object, **__: object) -> None:
            raise MailRefused("550 closed")

    await world.propose("writer", slug="soul")
    context = dataclasses.replace(world.context, post=PostOffice(transport=Closed()))
    while await send_due(context, at=now() + timedelta(minutes=5)):
        pass
    url = world.store.url.render_as_string(hide_password=False)
    wishes = {name: value for name, value in SETTINGS.items() if name != "DATABASE_PATH"} | {
        "DATABASE_URL": url
    }

    listed = await asyncio.to_thread(rfc_ui, "mail", "outbox", folder=tmp_path, settings=wishes)
    again = await asyncio.to_thread(rfc_ui, "mail", "retry", folder=tmp_path, settings=wishes)

    rows = [line.split() for line in listed.stdout.splitlines()]
    assert sorted((row[1], row[4], " ".join(row[5:])) for row in rows) == [
        ("parked", "moderator", "refused: 550 closed"),
        ("parked", "owner", "refused: 550 closed"),
    ]
    assert again.stdout == "2 mails wait again; a running server sends them within seconds.\n"
    assert {state for (state,) in await world.rows("outbox", "state")} == {"waiting"}
    acts = await world.rows("actions", "action_kind, on_behalf_of, actor_user_id")
    assert ("retry_mail", "operator", None) in acts
