"""One pull request of an entry as its page shows it (§10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.audit import ActionKind
from services.domain.branch import BranchState
from services.domain.change import UNDECIDED
from services.domain.entry import EntryState
from services.domain.errors import NotFound, UnreadableText
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.domain.permissions import (
    Rule,
    allows,
    may_edit_pull,
    may_merge_pull,
    may_resolve_pull,
    may_talk_on_branch,
    may_withdraw,
)
from services.domain.pull import Mergeability, PullKind, PullState, superseded_number
from services.domain.text_home import TextHome
from services.domain.trailers import without_trailers
from services.store.queries import actions, changes, pulls, threads, users
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.base_text import base_of
from services.usecases.commits import CommitView, commits_between
from services.usecases.known_pull import (
    KnownPull,
    closed_reason,
    open_replacement,
    readable_pull,
    under_way,
)
from services.usecases.mergeability import mergeability
from services.usecases.texts import text_at
from services.usecases.views.notified import notified_by
from services.usecases.views.parts import Permit, PersonView, ThreadView
from services.usecases.views.threads import permit, person_called, person_view, thread_view

if TYPE_CHECKING:
    from services.usecases.context import Context

CONFLICTS = "It contradicts what has been merged since. Resolve the conflict first."
IN_PLACE = "#{} is to take its place already."
OTHER_KIND = "This pull request does not change the text; it is decided elsewhere."


@dataclass(frozen=True, slots=True, kw_only=True)
class PullLink:
    """Another pull request of the same repository."""

    number: PullNumber
    title: str
    state: PullState


@dataclass(frozen=True, slots=True, kw_only=True)
class PullView:
    """One pull request as one viewer may see it.

    `before` and `after` are the text (without front matter) where its branch left the base, and at its head; a
    merged one keeps those of when it was merged. `problem` says in words why one of them can't be shown.
    `mergeability` is None once it is decided. `thread` is its branch's chat; `decided_by` is None where it was
    decided on Gitea, or by nobody we know.
    """

    slug: Slug
    entry_title: str
    entry_state: EntryState
    rfc_id: str | None
    kind: PullKind
    repo: Repository
    number: PullNumber
    is_meta: bool
    """Whether its page is `/rfc/<slug>/meta/<n>`."""
    state: PullState
    title: str
    description: str
    opener: PersonView
    branch: str
    branch_state: BranchState
    home: TextHome
    head_sha: CommitSha
    base_sha: CommitSha | None
    before: str
    after: str
    problem: str | None
    commits: tuple[CommitView, ...]
    mergeability: Mergeability | None
    under_way: str | None
    """The name of whoever is deciding on it at this moment."""
    merge: Permit
    withdraw: Permit
    edit: Permit
    reopen: Permit
    resolve: Permit
    talk: Permit
    supersedes: PullLink | None
    superseded_by: PullLink | None
    decided_by: PersonView | None
    opened_at: datetime
    updated_at: datetime
    merged_at: datetime | None
    closed_at: datetime | None
    merge_commit_sha: CommitSha | None
    as_of: datetime | None
    thread: ThreadView
    notifies: int = 0
    """How many people merging it would tell."""
    undecided: int = 0
    """How many suggestions nobody has decided on, while it is open."""

    @property
    def replacement(self) -> PullLink | None:
        """What takes its place when that is merged, while both are open (§10.9)."""
        other = self.superseded_by
        waits = self.state is PullState.OPEN and other is not None and other.state is PullState.OPEN
        return other if waits else None


@dataclass(frozen=True, slots=True)
class _Told:
    """What the database says beside the pull request itself."""

    opener: PersonView
    decided_by: PersonView | None
    under_way: str | None
    supersedes: PullLink | None
    superseded_by: PullLink | None
    as_of: datetime | None
    thread: ThreadView
    notifies: int
    undecided: int


@dataclass(frozen=True, slots=True)
class _Texts:
    """Both ends of the diff, as far as they can be read."""

    base_sha: CommitSha | None
    before: str = ""
    after: str = ""
    problem: str | None = None
    mergeability: Mergeability | None = None


async def pull_view(
    context: Context, *, viewer: Viewer, slug: Slug, number: PullNumber, meta: bool = False
) -> PullView:
    """One pull request, open or decided; `meta` is the address `/rfc/<slug>/meta/<n>`.

    Raises NotFound (also where its branch is private), and Upstream where Gitea has to be asked and fails.
    """
    async with context.store.read() as work:
        pull = await readable_pull(work, context.meta, slug=slug, number=number, viewer=viewer, meta=meta)
        told = await _told(context, work, pull, viewer)
    base_sha = await base_of(context, pull.row)
    texts = await _texts(context, pull, base_sha)
    head = CommitSha(pull.row.head_sha)
    commits = await commits_between(context, pull.row.repo, head=head, behind=base_sha) if base_sha else ()
    return _view(context, pull, viewer, told, texts, commits)


async def _told(context: Context, work: Work, pull: KnownPull, viewer: Viewer) -> _Told:
    row = pull.row
    thread = await threads.find_for_slug(work, slug=pull.entry.slug, branch=row.head_branch)
    replaced = superseded_number(row.body)
    return _Told(
        opener=await person_called(work, pull.standing.opened_by or row.opened_by),
        decided_by=await _decided_by(work, row),
        under_way=await under_way(work, row),
        supersedes=await _link(work, row.repo, replaced),
        superseded_by=await _superseding(work, row),
        as_of=await context.refresher.as_of(work, row.repo),
        thread=await thread_view(work, thread, viewer=viewer),
        notifies=await _notifies(work, context, pull, viewer),
        undecided=await _undecided(work, pull),
    )


async def _undecided(work: Work, pull: KnownPull) -> int:
    if pull.row.state is not PullState.OPEN:
        return 0
    return len(await changes.list_for_branch(work, key=pull.key, states=UNDECIDED))


async def _notifies(work: Work, context: Context, pull: KnownPull, viewer: Viewer) -> int:
    if pull.row.state is not PullState.OPEN or not allows(may_merge_pull, viewer, pull.standing):
        return 0
    kind, number = ActionKind.MERGE_PULL, pull.row.pr_number
    return await notified_by(
        work, context, viewer, kind, slug=pull.entry.slug, repo=pull.row.repo, number=number
    )


_DECISIONS = (ActionKind.MERGE_PULL, ActionKind.WITHDRAW_PULL, ActionKind.CLOSE_SUPERSEDED_PULL)


async def _decided_by(work: Work, row: PullRow) -> PersonView | None:
    if row.state is PullState.OPEN:
        return None
    last = await actions.latest_for_pull(work, repo=row.repo, pr_number=row.pr_number, kinds=_DECISIONS)
    by = None if last is None or last.actor_user_id is None else last.actor_user_id
    person = None if by is None else await users.find(work, user_id=by)
    return None if person is None else person_view(person)


async def _superseding(work: Work, row: PullRow) -> PullLink | None:
    """What replaced it, or is to replace it: an open one counts until another is merged."""
    if row.superseded_by_pr_number is not None:
        return await _link(work, row.repo, row.superseded_by_pr_number)
    other = await open_replacement(work, row)
    return None if other is None else _linked(other)


async def _link(work: Work, repo: Repository, number: PullNumber | None) -> PullLink | None:
    found = None if number is None else await pulls.find(work, repo=repo, number=number)
    return None if found is None else _linked(found)


def _linked(row: PullRow) -> PullLink:
    return PullLink(number=row.pr_number, title=row.title, state=row.state)


async def _texts(context: Context, pull: KnownPull, base_sha: CommitSha | None) -> _Texts:
    if base_sha is None:
        return _Texts(None, problem="Nobody knows any more what this pull request was made from.")
    try:
        base = await text_at(context, pull.home, base_sha)
        head = await text_at(context, pull.home, CommitSha(pull.row.head_sha))
    except (NotFound, UnreadableText) as error:
        return _Texts(base_sha, problem=error.message)
    return _Texts(base_sha, base.text, head.text, None, await mergeability(context, pull, base, head))


def _view(
    context: Context,
    pull: KnownPull,
    viewer: Viewer,
    told: _Told,
    texts: _Texts,
    commits: tuple[CommitView, ...],
) -> PullView:
    row, entry = pull.row, pull.entry
    return PullView(
        slug=entry.slug,
        entry_title=entry.title,
        entry_state=entry.state,
        rfc_id=entry.rfc_id,
        kind=row.pr_kind,
        repo=row.repo,
        number=row.pr_number,
        is_meta=row.repo == context.meta and entry.repo is not None,
        state=row.state,
        title=row.title,
        description=without_trailers(row.body),
        opener=told.opener,
        branch=row.head_branch,
        branch_state=pull.branch.state if pull.branch else BranchState.OPEN,
        home=pull.home,
        head_sha=CommitSha(row.head_sha),
        base_sha=texts.base_sha,
        before=texts.before,
        after=texts.after,
        problem=texts.problem,
        commits=commits,
        mergeability=texts.mergeability,
        under_way=told.under_way,
        merge=_merge(pull, viewer, told, texts),
        withdraw=_while_open(pull, may_withdraw, viewer, told, act="withdraw this pull request"),
        edit=permit(may_edit_pull, viewer, pull.standing, act="change its title and description"),
        reopen=_reopen(pull, viewer, told),
        resolve=_resolve(pull, viewer, told, texts),
        talk=permit(may_talk_on_branch, viewer, pull.standing, act="write here"),
        supersedes=told.supersedes,
        superseded_by=told.superseded_by,
        decided_by=told.decided_by,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        merged_at=row.merged_at,
        closed_at=row.closed_at,
        merge_commit_sha=CommitSha(row.merge_commit_sha) if row.merge_commit_sha else None,
        as_of=told.as_of,
        thread=told.thread,
        notifies=told.notifies,
        undecided=told.undecided,
    )


def _while_open(pull: KnownPull, rule: Rule, viewer: Viewer, told: _Told, *, act: str) -> Permit:
    found = permit(rule, viewer, pull.standing, act=act)
    if not found.allowed:
        return found
    reason = closed_reason(pull.row.state)
    if reason is None and told.under_way is not None:
        reason = f"{told.under_way} is deciding on it right now."
    return found if reason is None else Permit(allowed=False, why_not=reason)


def _merge(pull: KnownPull, viewer: Viewer, told: _Told, texts: _Texts) -> Permit:
    if not pull.changes_text:
        return Permit(allowed=False, why_not=OTHER_KIND)
    found = _while_open(pull, may_merge_pull, viewer, told, act="merge this pull request")
    if found.allowed and texts.mergeability is Mergeability.CONFLICTS:
        return Permit(allowed=False, why_not=CONFLICTS)
    return found


def _reopen(pull: KnownPull, viewer: Viewer, told: _Told) -> Permit:
    found = permit(may_withdraw, viewer, pull.standing, act="reopen this pull request")
    reason = pull.why_not_reopened
    return found if not found.allowed or reason is None else Permit(allowed=False, why_not=reason)


def _resolve(pull: KnownPull, viewer: Viewer, told: _Told, texts: _Texts) -> Permit:
    if not pull.changes_text:
        return Permit(allowed=False, why_not=OTHER_KIND)
    found = _while_open(pull, may_resolve_pull, viewer, told, act="resolve its conflict")
    if found.allowed and told.superseded_by is not None:
        return Permit(allowed=False, why_not=IN_PLACE.format(told.superseded_by.number))
    if found.allowed and texts.mergeability is not Mergeability.CONFLICTS:
        return Permit(allowed=False, why_not="There is no conflict to resolve.")
    return found
