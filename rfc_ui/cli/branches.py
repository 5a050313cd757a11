"""`rfc-ui branches`: which there are, and which are pinned. A running server notices with its next sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rfc_ui.cli.configuration import EnvFile
from rfc_ui.cli.users import with_store

if TYPE_CHECKING:
    from services.store.queries.idle_branches import IdleBranch
    from services.store.unit_of_work import Store

Slug = Annotated[str, typer.Argument(help="The RFC's slug.", show_default=False)]
Name = Annotated[str, typer.Argument(help="The branch's name; it may hold slashes.", show_default=False)]
MOST = 100_000

branches = typer.Typer(
    help="List branches, pin and unpin them.", no_args_is_help=False, rich_markup_mode=None
)


@branches.command("list")
def list_branches(env_file: EnvFile = None) -> None:
    """List every branch, by RFC."""
    for row in with_store(env_file, _everything):
        pinned = "pinned" if row.facts.pinned else ""
        last = row.facts.last_commit_at
        when = last.strftime("%Y-%m-%d") if last else "-"
        typer.echo(f"{row.slug:<32} {row.facts.state:<8} {pinned:<6} {when}  {row.key.name}")


@branches.command("pin")
def pin_branch(slug: Slug, name: Name, env_file: EnvFile = None) -> None:
    """Exempt a branch from closing and deleting."""
    _set_pinned(env_file, slug, name, pinned=True)


@branches.command("unpin")
def unpin_branch(slug: Slug, name: Name, env_file: EnvFile = None) -> None:
    """Let a branch be closed and deleted like others."""
    _set_pinned(env_file, slug, name, pinned=False)


def _set_pinned(env_file: EnvFile, slug: str, name: str, *, pinned: bool) -> None:
    from services.domain.identifiers import Slug as SlugType
    from services.usecases.rights import operator_pins

    changed = with_store(
        env_file, lambda store: operator_pins(store, slug=SlugType(slug), name=name, pinned=pinned)
    )
    state = "pinned" if pinned else "not pinned"
    typer.echo(f"{name} is {state} now." if changed else f"{name} was {state} already.")


async def _everything(store: Store) -> list[IdleBranch]:
    from services.store.queries.idle_branches import page

    async with store.read() as work:
        return await page(work, text="", state=None, after=("", ""), limit=MOST)
