"""The page of a metadata or claim PR: a plain table of what it changes, and what becomes of it (§9.6, §10, §13.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.audit import ActionKind
from services.domain.identifiers import CommitSha, PullNumber, Slug
from services.domain.metadata import FieldChange, words_of
from services.domain.metadata_clash import FieldClash
from services.domain.permissions import Rule, may_comment, may_withdraw
from services.domain.pull import PullState, pull_address, superseded_number
from services.domain.trailers import without_trailers
from services.store.queries import actions, threads, users
from services.store.work import Work
from services.usecases.change_metadata import PEOPLE_FIELDS
from services.usecases.meta_pulls import (
    KnownMetaPull,
    closed_reason,
    find_meta_pull,
    open_meta_pulls,
    open_replacement,
)
from services.usecases.views.metadata import is_past
from services.usecases.views.notified import notified_by
from services.usecases.views.parts import Permit, PersonView, ThreadView
from services.usecases.views.threads import people_called, permit, person_called, person_view, thread_view

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class EndView:
    """How it ended: by whom (`None`: on Gitea, nobody we know), when, why, and as which other PR it was merged."""

    by: PersonView | None
    at: datetime | None
    comment: str | None
    merged_as: PullNumber | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaPullView:
    """One metadata or claim PR as one viewer may see it; `rivals` are open PRs that change the same fields.

    `clashes` are fields that main changed too, `replacement` is the open PR that was made of it since, and `replaces`
    the one that this one takes the place of.
    """

    number: PullNumber
    slug: Slug
    entry_title: str
    entry_name: str
    past: bool
    is_claim: bool
    title: str
    reason: str
    state: PullState
    opener: PersonView
    opened_at: datetime
    head_sha: CommitSha
    changes: tuple[FieldChange, ...]
    people: dict[str, PersonView]
    obstacle: str | None
    rivals: tuple[PullNumber, ...]
    clashes: tuple[FieldClash, ...]
    replacement: PullNumber | None
    replaces: PullNumber | None
    end: EndView | None
    merge: Permit
    decline: Permit
    withdraw: Permit
    resolve: Permit
    comment: Permit
    as_of: datetime | None
    thread: ThreadView
    notifies: int = 0
    """How many people merging it would tell."""

    @property
    def ended_well(self) -> bool:
        """Whether what it wanted came in, in itself or made anew."""
        anew = self.end is not None and self.end.merged_as is not None
        return self.state is PullState.MERGED or anew

    def address_of(self, number: PullNumber) -> str:
        """The page of another PR of its kind."""
        return pull_address(self.slug, number, past=self.past)


async def meta_pull_view(context: Context, *, viewer: Viewer, slug: Slug, number: PullNumber) -> MetaPullView:
    """One metadata or claim PR, open or ended; raises NotFound."""
    async with context.store.read() as work:
        pull = await find_meta_pull(work, context.meta, slug=slug, number=number)
        row, entry = pull.row, pull.entry
        thread = await threads.find_for_pull(work, repo=context.meta, number=number)
        act = "decide on claims" if pull.is_claim else "decide on this PR"
        decide = _permit_while_open(pull, pull.decide, viewer, act=act)
        is_open = row.state is PullState.OPEN
        replaces, replacement = superseded_number(row.body), await open_replacement(work, slug, number)
        rivals = await _rivals(work, pull) if is_open else ()
        return MetaPullView(
            number=number,
            slug=slug,
            entry_title=entry.title,
            entry_name=entry.rfc_id or entry.slug,
            past=is_past(entry),
            is_claim=pull.is_claim,
            title=row.title,
            reason=without_trailers(row.body),
            state=row.state,
            opener=await person_called(work, pull.standing.opened_by or row.opened_by),
            opened_at=row.opened_at,
            head_sha=CommitSha(row.head_sha),
            changes=row.metadata_changes,
            people=await _people(work, pull),
            obstacle=pull.obstacle if is_open else None,
            rivals=tuple(one for one in rivals if one not in (replaces, replacement)),
            clashes=pull.clashes if is_open else (),
            replacement=replacement,
            replaces=replaces,
            end=await _end(work, pull),
            merge=_merge_permit(pull, decide),
            decline=decide,
            withdraw=_permit_while_open(pull, may_withdraw, viewer, act="withdraw it"),
            resolve=_permit_while_open(pull, may_withdraw, viewer, act="resolve it"),
            comment=permit(may_comment, viewer, act="comment"),
            as_of=await context.refresher.as_of(work, context.meta),
            thread=await thread_view(work, thread, viewer=viewer),
            notifies=await _notifies(work, context, pull, viewer, decide),
        )


async def _notifies(work: Work, context: Context, pull: KnownMetaPull, viewer: Viewer, decide: Permit) -> int:
    if not decide.allowed:
        return 0
    kind = ActionKind.MERGE_CLAIM if pull.is_claim else ActionKind.MERGE_METADATA
    slug, number = pull.entry.slug, pull.row.pr_number
    return await notified_by(work, context, viewer, kind, slug=slug, repo=context.meta, number=number)


def _permit_while_open(pull: KnownMetaPull, rule: Rule, viewer: Viewer, *, act: str) -> Permit:
    found = permit(rule, viewer, pull.standing, act=act)
    if found.allowed and pull.row.state is not PullState.OPEN:
        return Permit(allowed=False, why_not=closed_reason(pull.row.state))
    return found


def _merge_permit(pull: KnownMetaPull, decide: Permit) -> Permit:
    if decide.allowed and pull.obstacle:
        return Permit(allowed=False, why_not=pull.obstacle)
    return decide


async def _people(work: Work, pull: KnownMetaPull) -> dict[str, PersonView]:
    """Everybody whom the changes name, or main in their place."""
    changes = [change for change in pull.row.metadata_changes if change.field in PEOPLE_FIELDS]
    logins = dict.fromkeys(
        name
        for change in changes
        for words in (change.before, change.after, words_of(pull.entry, change.field))
        for name in words or ()
    )
    return dict(zip(logins, await people_called(work, logins), strict=True))


async def _rivals(work: Work, pull: KnownMetaPull) -> tuple[PullNumber, ...]:
    """Open PRs that set the same field: of them only the first comes in."""
    mine = set(pull.fields)
    return tuple(
        row.pr_number
        for row in await open_meta_pulls(work, pull.entry.slug)
        if row.pr_number != pull.row.pr_number and mine & {change.field for change in row.metadata_changes}
    )


async def _end(work: Work, pull: KnownMetaPull) -> EndView | None:
    """How it ended by the record; what was done on Gitea itself has a time and nobody we know."""
    row = pull.row
    if row.state is PullState.OPEN:
        return None
    for kind in _ENDINGS:
        action = await actions.find_for_pull(work, repo=row.repo, pr_number=row.pr_number, kind=kind)
        if action is not None:
            break
    else:
        return EndView(by=None, at=row.merged_at or row.closed_at, comment=None, merged_as=None)
    by = None if action.actor_user_id is None else await users.find(work, user_id=action.actor_user_id)
    comment = action.details.get("comment")
    merged_as = action.details.get("merged_as", action.details.get("superseded_by"))
    return EndView(
        by=person_view(by) if by else None,
        at=action.created_at,
        comment=comment if isinstance(comment, str) else None,
        merged_as=PullNumber(merged_as) if isinstance(merged_as, int) else None,
    )


_ENDINGS = (
    *(ActionKind.MERGE_METADATA, ActionKind.DECLINE_METADATA, ActionKind.WITHDRAW_METADATA),
    *(ActionKind.MERGE_CLAIM, ActionKind.DECLINE_CLAIM, ActionKind.WITHDRAW_CLAIM),
    ActionKind.CLOSE_SUPERSEDED_PULL,
)
