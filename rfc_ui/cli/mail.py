"""`rfc-ui mail`: the outbox, on the command line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from rfc_ui.cli.configuration import EnvFile, load_settings, start_logging
from rfc_ui.cli.outcome import CommandFailed
from rfc_ui.cli.users import with_store

if TYPE_CHECKING:
    from services.store.queries.outbox import MailRow
    from services.store.unit_of_work import Store

mail = typer.Typer(
    help="Try the mail server, look at the outbox, send parked mails after all.",
    no_args_is_help=False,
    rich_markup_mode=None,
)
Address = Annotated[str, typer.Argument(help="Where the test mail goes.", show_default=False)]


@mail.command("test")
def send_test(address: Address, env_file: EnvFile = None) -> None:
    """Send one mail now, and say what the mail server answered."""
    from rfc_ui.bootstrap import post_office
    from rfc_ui.setting_types import mail_address
    from services.domain.clock import now
    from services.mail.letter import Item, Letter, message_of
    from services.mail.transport import MailDelayed, MailRefused

    try:
        mail_address(address)
    except ValueError as error:
        raise typer.BadParameter(f"“{address}”: {error}") from error
    settings = load_settings(env_file)
    start_logging(settings)
    post = post_office(settings)
    item = Item(who="rfc-ui", act="sent a test mail", quote="", where="", url=settings.app_url)
    letter = Letter(
        to=address,
        message_id=f"<rfc-ui.test.{now():%Y%m%d%H%M%S%f}@{post.sender.domain}>",
        thread="test",
        actor="",
        subject="A test mail",
        items=(item,),
        why="somebody ran `rfc-ui mail test`",
        button="Open the site",
        settings_url=f"{settings.app_url}/settings/notifications",
        unsubscribe_url=f"{settings.app_url}/settings/notifications",
        unsubscribe_words="No more mail",
        at=now(),
    )
    try:
        asyncio.run(post.transport.send(message_of(letter, post.sender), to=address))
    except (MailDelayed, MailRefused, ValueError) as error:
        raise CommandFailed(f"The mail server did not take it: {error}") from error
    where = settings.smtp_host or "the log (SMTP_HOST is not set)"
    typer.echo(f"Sent to {address} through {where}.")


@mail.command()
def outbox(env_file: EnvFile = None) -> None:
    """List the newest hundred mails: their state, their person, and why."""
    for row, login in with_store(env_file, _newest):
        typer.echo(
            f"{row.id:>7} {row.state:<8} {row.created_at:%Y-%m-%d %H:%M} {login:<20} {row.why or ''}".rstrip()
        )


@mail.command()
def retry(env_file: EnvFile = None) -> None:
    """Have every parked mail sent after all."""
    from services.usecases.admin_mail import operator_retries

    count = with_store(env_file, operator_retries)
    typer.echo(f"{count} mails wait again; a running server sends them within seconds.")


async def _newest(store: Store) -> list[tuple[MailRow, str]]:
    from services.store.queries import outbox as queries
    from services.store.queries import users

    async with store.read() as work:
        rows = await queries.list_recent(work)
        people = await users.find_many(work, user_ids=[row.user_id for row in rows])
    return [(row, people[row.user_id].gitea_login if row.user_id in people else "") for row in rows]
