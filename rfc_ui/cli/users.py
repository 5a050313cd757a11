"""`rfc-ui users`: people, on the command line. A running server notices within a second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from rfc_ui.cli.application import bring_up_to_date
from rfc_ui.cli.configuration import EnvFile, load_settings, start_logging

if TYPE_CHECKING:
    from rfc_ui.settings import Settings
    from services.store.queries.users import UserRow
    from services.store.unit_of_work import Store

Login = Annotated[str, typer.Argument(help="The person's Gitea login.", show_default=False)]
Result = TypeVar("Result")

users = typer.Typer(
    help="List people, change roles, mute, remove.", no_args_is_help=False, rich_markup_mode=None
)


@users.command("list")
def list_people(env_file: EnvFile = None) -> None:
    """List everybody who ever signed in."""
    for row in with_store(env_file, _everybody):
        seen = row.last_seen_at.strftime("%Y-%m-%d") if row.last_seen_at else "-"
        muted = "muted" if row.muted else ""
        typer.echo(
            f"{row.gitea_login:<24} {row.role:<12} {muted:<6} seen {seen}  {row.display_name}".rstrip()
        )


@users.command()
def role(
    login: Login,
    new_role: Annotated[str, typer.Argument(metavar="ROLE", help="contributor, admin or owner.")],
    env_file: EnvFile = None,
) -> None:
    """Give somebody a role."""
    from services.domain.actors import Role
    from services.usecases.rights import operator_sets_role

    if new_role not in frozenset(Role):
        raise typer.BadParameter(f"“{new_role}” is no role; choose {', '.join(Role)}")
    changed = with_store(env_file, lambda store: operator_sets_role(store, login=login, role=Role(new_role)))
    typer.echo(f"{login} is now {new_role}." if changed else f"{login} was {new_role} already.")


@users.command()
def mute(
    login: Login,
    lift: Annotated[bool, typer.Option("--lift", help="Let the person write again.")] = False,
    env_file: EnvFile = None,
) -> None:
    """Stop somebody from writing anywhere; reading stays."""
    from services.usecases.rights import operator_sets_muted

    changed = with_store(env_file, lambda store: operator_sets_muted(store, login=login, muted=not lift))
    state = "may write" if lift else "is muted"
    typer.echo(f"{login} {state}." if changed else f"{login} {state} already.")


@users.command()
def remove(login: Login, env_file: EnvFile = None) -> None:
    """Erase somebody's e-mail and end their sessions; their name stays in the record."""
    from services.usecases.rights import operator_removes

    ended = with_store(env_file, lambda store: operator_removes(store, login=login))
    typer.echo(f"{login}: e-mail erased, {ended} sessions ended; the name stays in the record.")


async def _everybody(store: Store) -> list[UserRow]:
    from services.store.queries.users import list_all

    async with store.read() as work:
        return await list_all(work)


def with_store(env_file: EnvFile, act: Callable[[Store], Awaitable[Result]]) -> Result:
    """What `act` makes of the open database; a server of this version may run beside it."""
    settings = load_settings(env_file)
    start_logging(settings)
    bring_up_to_date(settings)
    return asyncio.run(_act(settings, act))


async def _act(settings: Settings, act: Callable[[Store], Awaitable[Result]]) -> Result:
    from services.store.unit_of_work import Store

    store = await Store.open(settings.storage_url)
    try:
        return await act(store)
    finally:
        await store.close()
