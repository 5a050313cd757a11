"""The bot's part of carrying a branch over a graduation (§13.2): a new branch, and one commit with what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from services.domain.anchors import place
from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.branch import BranchKey, Visibility, branch_address
from services.domain.carrying import Disputed
from services.domain.change import ChangeKind
from services.domain.change_protocol import Located, standing_once
from services.domain.clock import now
from services.domain.events import BranchChanged, BranchCut, ChangeProposed
from services.domain.identifiers import CommitSha, Login, Repository, Slug, UserId
from services.domain.line_ends import editor_text
from services.domain.permissions import EditAccess
from services.domain.prose_diff import Span
from services.domain.text_home import RFC_FILE
from services.domain.trailers import CoAuthor, Credit
from services.store.queries import branch_settings, changes, events, watches
from services.store.queries.changes import NewChange
from services.store.work import Work
from services.usecases.bot_writes import BotWrite, Intent, Written
from services.usecases.context import Context
from services.usecases.record import record_action, record_permission_event
from services.usecases.system_lines import say_system_line


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryIntent(Intent):
    """Which branch is to be cut from which commit of main, who may read and edit it, and what its text is to be.

    `content` is all of RFC.md; `adds` says whether that differs from main's. `wrote` made the branch that is carried.
    """

    person: UserId
    slug: Slug
    repo: Repository
    name: str
    main_sha: CommitSha
    blob_sha: str
    content: str
    adds: bool
    message: str
    co_authors: tuple[tuple[str, str], ...]
    disputed: tuple[Disputed, ...]
    source: str
    source_repo: Repository
    source_sha: CommitSha
    wrote: UserId | None
    visibility: Visibility
    edit_access: EditAccess
    grants: tuple[UserId, ...]

    @property
    def key(self) -> BranchKey:
        """The new branch."""
        return BranchKey(self.repo, self.name)

    @property
    def is_private(self) -> bool:
        """Whether only those who could read the old branch may read the new one."""
        return self.visibility is Visibility.PRIVATE


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedTo:
    """The new branch's head."""

    commit_sha: CommitSha


class CarryWrite(BotWrite[CarryIntent, CarriedTo]):
    """Cut the new branch and commit what is carried there."""

    kind: ClassVar[ActionKind] = ActionKind.CARRY_BRANCH
    patience: ClassVar[timedelta] = timedelta(minutes=10)
    intent_type = CarryIntent
    effect_type = CarriedTo

    async def act(self, context: Context, credit: Credit, intent: CarryIntent, *, again: bool) -> CarriedTo:
        """The branch of that name, which this operation alone makes, and one commit; raises TextMoved."""
        await context.bot.cut_branch(
            repo=intent.repo, name=intent.name, from_sha=intent.main_sha, credit=credit
        )
        await _settle(context, intent)
        if not intent.adds:
            return CarriedTo(commit_sha=intent.main_sha)
        done = await context.bot.commit_text(
            repo=intent.repo,
            branch=intent.name,
            path=RFC_FILE,
            content=intent.content.encode(),
            expected_blob=intent.blob_sha,
            message=intent.message,
            credit=credit,
            co_authors=[CoAuthor(Login(login), name) for login, name in intent.co_authors],
            trailers={"Carried-from": f"{intent.source} {intent.source_sha}"},
            again=True,  # two presses at once share the operation: the later one finds the commit of the earlier
        )
        return CarriedTo(commit_sha=done.commit_sha)

    async def record(self, work: Work, context: Context, written: Written[CarryIntent, CarriedTo]) -> None:
        """The audit rows, a card for each passage that main changed too, and lines that lead there and back."""
        intent = written.intent
        await record_action(
            work,
            context,
            actor_user_id=written.actor_id,
            on_behalf_of=written.login,
            kind=self.kind,
            op_id=written.op_id,
            slug=intent.slug,
            branch=intent.name,
            details={
                "repo": intent.repo,
                "base_sha": intent.main_sha,
                "commit": written.effect.commit_sha,
                "source_repo": intent.source_repo,
                "source": intent.source,
                "source_sha": intent.source_sha,
                "disputed": len(intent.disputed),
            },
        )
        for guest in intent.grants:
            await record_permission_event(
                work,
                actor_user_id=written.actor_id,
                subject_user_id=guest,
                kind=PermissionEventKind.BRANCH_GRANTED,
                details={"slug": intent.slug, "branch": intent.name},
                mail_after=context.email_delay,
            )
        await _say(work, intent)
        await _keep_disputed(work, intent, written.effect.commit_sha)
        await watches.set_watching(work, user_id=intent.person, slug=intent.slug, at=now())
        await events.append(work, BranchCut(intent.slug, intent.name))
        await events.append(work, BranchChanged(intent.slug, intent.source))

    async def look(self, context: Context, intent: CarryIntent, effect: CarriedTo) -> None:
        """The new branch."""
        await context.refresher.nudge_branch(intent.key)


CARRY = CarryWrite()


async def _settle(context: Context, intent: CarryIntent) -> None:
    """Say who may read and edit the new branch before there is a word on it that nobody else may read."""
    key = intent.key
    async with context.store.write() as work:
        await branch_settings.insert(
            work, key=key, slug=intent.slug, created_by=intent.person, base_sha=intent.main_sha
        )
        await branch_settings.set_visibility(work, key=key, visibility=intent.visibility)
        await branch_settings.set_edit_access(work, key=key, edit_access=intent.edit_access)
        for guest in intent.grants:
            await branch_settings.grant(work, key=key, user_id=guest)


async def _keep_disputed(work: Work, intent: CarryIntent, sha: CommitSha) -> None:
    """Main's wording stands, and the branch's is a change card on it; a line where there is no passage for a card."""
    text = editor_text(intent.content)
    why = f"So says the branch {intent.source}. Main has changed this passage too since that branch was cut."
    for passage in intent.disputed:
        found = _located(passage, text)
        if found is None:
            said = f"{why} It reads there: “{' '.join(passage.wording.split())}”"
            await say_system_line(work, slug=intent.slug, branch=intent.name, text=said)
            continue
        card = NewChange(
            rfc_slug=intent.slug,
            repo=intent.repo,
            branch_name=intent.name,
            kind=ChangeKind.PERSON,
            asked_by=intent.wrote or intent.person,
            original=found.original,
            proposed=found.replacement,
            reason=why,
            anchor=place(text, found.span.start, found.span.end, sha),
        )
        await events.append(work, ChangeProposed(intent.slug, intent.name, await changes.insert(work, card)))


def _located(passage: Disputed, text: str) -> Located | None:
    """The passage with so many words around it that it stands only once; without the white space both end with."""
    original, wording = text[passage.start : passage.end], passage.wording
    while original[-1:].isspace() and original[-1:] == wording[-1:]:
        original, wording = original[:-1], wording[:-1]
    span = Span(passage.start, passage.start + len(original))
    found = standing_once(Located(span, original, wording), text)
    return found if isinstance(found, Located) and found.original.strip() else None


async def _say(work: Work, intent: CarryIntent) -> None:
    """Where it went, on the old branch; where it came from, on the new one; and that there is one, on main."""
    who, person = intent.display_name, intent.person
    old = f"[{intent.source}]({branch_address(intent.slug, intent.source)})"
    new = f"[{intent.name}]({branch_address(intent.slug, intent.name)})"
    count = len(intent.disputed)
    asked = {0: "", 1: " Main changed one passage of it too: it waits as a change card."}.get(
        count, f" Main changed {count} passages of it too: each waits as a change card."
    )
    lines = {
        intent.source: f"{who} carried this branch to {new}.",
        intent.name: f"{who} carried {old} here.{asked}",
    }
    for branch, text in lines.items():
        await say_system_line(work, slug=intent.slug, branch=branch, text=text, begun_by=person)
    if not intent.is_private:
        text = f"{who} carried {old} over the graduation, to {new}."
        await say_system_line(work, slug=intent.slug, branch=None, text=text, begun_by=person)
