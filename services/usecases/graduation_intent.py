"""What a graduation means, complete enough to go on with after a restart, and how its acts are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.domain.audit import ActionKind
from services.domain.events import JsonValue
from services.domain.graduation_files import Identity
from services.domain.identifiers import PullNumber, Repository, Slug
from services.store.queries.catalog import RfcRow
from services.store.work import Work
from services.usecases.bot_writes import Intent
from services.usecases.context import Context
from services.usecases.record import record_action
from services.usecases.sagas.saga import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class GraduationIntent(Intent):
    """Which entry, as which file (`blob_sha`), becomes which RFC; `branch` is the graduation PR's."""

    slug: Slug
    title: str
    rfc_id: str
    repo: Repository
    owners: tuple[str, ...]
    blob_sha: str
    branch: str
    graduated_at: str


GraduationRun = Run[GraduationIntent]


def identity_of(context: Context, run: GraduationRun, entry: RfcRow) -> Identity:
    """What the new repository says of itself."""
    intent = run.intent
    return Identity(
        slug=intent.slug,
        title=intent.title,
        rfc_id=intent.rfc_id,
        repo=intent.repo,
        meta_repo=context.meta,
        owners=intent.owners,
        arbiters=entry.arbiters,
        tags=entry.tags,
        proposed_by=entry.proposed_by,
        proposed_at=entry.proposed_at,
        graduated_by=run.login,
        graduated_at=intent.graduated_at,
        app_url=context.app_url,
    )


async def record(
    work: Work,
    context: Context,
    run: GraduationRun,
    kind: ActionKind,
    *,
    pull: tuple[Repository, PullNumber] | None = None,
    branch: str | None = None,
    details: Mapping[str, JsonValue] | None = None,
) -> None:
    """One row in the audit log for an act of a graduation."""
    repo, number = pull or (None, None)
    await record_action(
        work,
        context,
        actor_user_id=run.actor_id,
        on_behalf_of=run.login,
        kind=kind,
        op_id=run.op_id,
        slug=run.intent.slug,
        branch=branch,
        repo=repo,
        pr_number=number,
        details={"rfc_id": run.intent.rfc_id, "repo": run.intent.repo, **(details or {})},
    )
