"""`rfc-ui seed`: what the app needs in Gitea, made where it is missing (§17). Safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from services.domain.audit import ActionKind
from services.domain.errors import GiteaNotFound
from services.domain.identifiers import Login, Repository
from services.domain.trailers import Credit, new_operation_id
from services.store.queries import actions, catalog
from services.usecases.context import Context

META_FILES = ("README.md", "CONTRIBUTING.md")
BOT_NAME = "RFC bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPlan:
    """What the meta repository says of the site, and whom Gitea is to call."""

    site_name: str
    webhook_url: str
    webhook_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedReport:
    """What was done; `files` are the paths that were written."""

    repository_created: bool
    files: tuple[str, ...]
    hook_id: int
    graduated: int = 0
    """Repositories of graduated RFCs whose hooks were made anew as well."""
    missing: tuple[Repository, ...] = ()
    """Those that Gitea does not have any more."""


async def seed(context: Context, plan: SeedPlan) -> SeedReport:
    """Create the meta repository, its hand-written files and the webhooks, those of RFCs too; raises Upstream.

    Files that are there stay as people left them. A hook is always made anew, because Gitea can't be asked
    whether it has the present secret (§17). Those that an earlier seed made for another address are removed.
    """
    credit = Credit(new_operation_id(), Login(context.bot.login), BOT_NAME)
    contents = meta_files(site_name=plan.site_name, app_url=context.app_url)
    description = f"The directory of all RFCs of {plan.site_name}: {context.app_url}"
    seeded = await context.bot.ensure_meta_repository(files=contents, credit=credit, description=description)
    if seeded.created or seeded.written:
        await _record(context, credit, ActionKind.SEED_META_REPOSITORY)
    former = await _former_addresses(context, plan)
    hook_id = await context.bot.ensure_webhook(
        url=plan.webhook_url, secret=plan.webhook_secret, former=former
    )
    await _record(context, credit, ActionKind.SEED_WEBHOOK, url=plan.webhook_url)
    missing = await _renew_hooks(context, plan, former)
    return SeedReport(
        repository_created=seeded.created,
        files=seeded.written,
        hook_id=hook_id,
        graduated=len(await _graduated(context)) - len(missing),
        missing=missing,
    )


async def _former_addresses(context: Context, plan: SeedPlan) -> frozenset[str]:
    """Where earlier seeds had Gitea call, as they recorded it."""
    async with context.store.read() as work:
        rows = await actions.list_of_kind(work, kind=ActionKind.SEED_WEBHOOK)
    recorded = (row.details.get("url") for row in rows)
    return frozenset(str(url) for url in recorded if url and url != plan.webhook_url)


async def _renew_hooks(context: Context, plan: SeedPlan, former: frozenset[str]) -> tuple[Repository, ...]:
    """Make the hooks of the RFCs' own repositories anew; those that Gitea does not have."""
    missing = []
    for repo in await _graduated(context):
        try:
            await context.bot.ensure_webhook(
                url=plan.webhook_url, secret=plan.webhook_secret, repo=repo, former=former
            )
        except GiteaNotFound:
            missing.append(repo)
    return tuple(missing)


async def _graduated(context: Context) -> list[Repository]:
    async with context.store.read() as work:
        return sorted({Repository(row.repo) for row in await catalog.list_rows(work) if row.repo is not None})


def meta_files(*, site_name: str, app_url: str) -> dict[str, str]:
    """The files of a new meta repository, by path."""
    folder = files("services.ops") / "meta_files"
    texts = {path: (folder / path).read_text(encoding="utf-8") for path in META_FILES}
    return {
        path: text.replace("{site_name}", site_name).replace("{app_url}", app_url)
        for path, text in texts.items()
    }


async def _record(context: Context, credit: Credit, kind: ActionKind, **details: str) -> None:
    """The app did it by itself: no actor, on behalf of the bot (§1)."""
    async with context.store.write() as work:
        await actions.append(
            work,
            actor_user_id=None,
            on_behalf_of=context.bot.login,
            kind=kind,
            op_id=credit.op_id,
            details={"repository": context.meta, **details},
        )
