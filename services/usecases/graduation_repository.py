"""Steps 1 and 2 of a graduation: the new repository, its first commit and its webhook (§13.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.domain.audit import ActionKind
from services.domain.errors import UnreadableText, Upstream
from services.domain.events import JsonValue
from services.domain.graduation_files import repository_description, repository_files
from services.domain.identifiers import CommitSha
from services.domain.text_home import body_of, meta_home
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.dossier import dossier_of
from services.usecases.graduation_intent import GraduationIntent, GraduationRun, identity_of, record
from services.usecases.sagas.saga import SagaStep
from services.usecases.views.entry import find_entry

WEBHOOK_PATH = "/api/webhooks/gitea"


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """The repository is there, without commits."""

    private: bool


class CreateRepository(SagaStep[GraduationIntent, Created]):
    """Create the repository; readable by whom the meta repository is."""

    name: ClassVar[str] = "create_repository"
    effect_type = Created

    async def do(self, context: Context, run: GraduationRun) -> Created:
        """Raises RepositoryTaken where somebody was faster."""
        meta = await context.gitea.repositories.get(context.meta)
        private = meta is not None and meta.private
        await context.bot.create_repository(repo=run.intent.repo, private=private, credit=run.credit)
        return Created(private=private)

    async def undo(self, context: Context, run: GraduationRun) -> None:
        """Delete it, if every commit in it is of this graduation."""
        founded = self.effect_in(run) is not None
        await context.bot.remove_repository(repo=run.intent.repo, credit=run.credit, founded=founded)

    async def record(self, work: Work, context: Context, run: GraduationRun, effect: Created) -> None:
        """The audit row."""
        await record(
            work, context, run, ActionKind.GRADUATE_CREATE_REPOSITORY, details={"private": effect.private}
        )

    async def record_undone(self, work: Work, context: Context, run: GraduationRun) -> None:
        """The audit row."""
        await record(work, context, run, ActionKind.GRADUATE_UNDO_REPOSITORY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """The first commit, and the webhook's id."""

    commit_sha: CommitSha
    hook_id: int


class SeedRepository(SagaStep[GraduationIntent, Seeded]):
    """Write RFC.md, README.md, .rfc/metadata.yaml and .rfc/dossier.md in one commit, and register the webhook."""

    name: ClassVar[str] = "seed_repository"
    effect_type = Seeded

    async def do(self, context: Context, run: GraduationRun) -> Seeded:
        """The text is that of the file that was there when the graduation began."""
        async with context.store.read() as work:
            entry = await find_entry(work, run.intent.slug)
            dossier = await dossier_of(work, context.meta, entry, app_url=context.app_url)
        identity = identity_of(context, run, entry)
        commit = await context.bot.seed_repository(
            repo=run.intent.repo,
            files=repository_files(identity, await _text(context, run), dossier),
            message=f"Begin {run.intent.rfc_id}: {run.intent.title}",
            description=repository_description(identity),
            credit=run.credit,
        )
        hook = await context.bot.ensure_webhook(
            url=context.app_url + WEBHOOK_PATH, secret=context.webhook_secret, repo=run.intent.repo
        )
        return Seeded(commit_sha=commit, hook_id=hook)

    async def undo(self, context: Context, run: GraduationRun) -> None:
        """Nothing by itself: commit and webhook go with the repository."""

    async def record(self, work: Work, context: Context, run: GraduationRun, effect: Seeded) -> None:
        """The audit row."""
        details: dict[str, JsonValue] = {"commit": effect.commit_sha, "hook": effect.hook_id}
        await record(work, context, run, ActionKind.GRADUATE_SEED_REPOSITORY, details=details)


async def _text(context: Context, run: GraduationRun) -> bytes:
    """The super-draft's body, byte for byte."""
    blob = await context.gitea.git.blob(context.meta, run.intent.blob_sha)
    if blob.data is None:
        raise Upstream("Gitea does not give out the text of the super-draft.")
    try:
        return body_of(meta_home(context.meta, run.intent.slug), blob.data.decode()).encode()
    except UnicodeDecodeError as error:
        raise UnreadableText("The file of the super-draft is not UTF-8 text.") from error
