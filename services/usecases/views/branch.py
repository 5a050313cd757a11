"""A branch's page `/rfc/<slug>/branch/<name>`, and the list of what else there is of an entry (§8.1, §8.3, §11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.branch import MAIN, BranchKey, BranchState, Visibility
from services.domain.clock import now
from services.domain.entry import EntryState
from services.domain.errors import NotFound
from services.domain.hygiene import Fate, told_fate
from services.domain.identifiers import CommitSha, PullNumber, Slug
from services.domain.permissions import (
    EditAccess,
    may_bring_branch_back,
    may_change_branch,
    may_edit_branch,
    may_pin_branch,
    may_talk_on_branch,
)
from services.domain.pull import BODY_KINDS, PullKind, PullState, is_superseded
from services.domain.text_home import TextHome, pull_path
from services.store.queries import idle_branches, sync
from services.store.queries.catalog import RfcRow
from services.store.queries.pulls import PullRow
from services.usecases.known_branch import EntryFacts, KnownBranch, entry_facts
from services.usecases.known_pull import is_readable
from services.usecases.texts import TextAt, head_of_known, home_of_known, text_at
from services.usecases.views.carried import CarryView, carry_view
from services.usecases.views.parts import Permit, PersonView
from services.usecases.views.threads import permit, person_view

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedPull:
    """A merged pull request of a branch, with the head that was merged; `path` is its page's."""

    number: PullNumber
    path: str
    head_sha: CommitSha


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchView:
    """One branch as one viewer may see it.

    `text` is what is committed at `head_sha`, `main_text` what stands on main now, `base_text` what main was when
    the branch was cut (None: nobody knows). A deleted branch whose commits are gone has no `text`.
    """

    slug: Slug
    title: str
    rfc_id: str | None
    entry_state: EntryState
    tags: tuple[str, ...]
    owners: tuple[PersonView, ...]
    name: str
    state: BranchState
    visibility: Visibility
    edit_access: EditAccess
    creator: PersonView | None
    granted: tuple[PersonView, ...]
    pinned: bool
    pull_number: PullNumber | None
    home: TextHome
    head_sha: CommitSha
    base_sha: CommitSha | None
    text: str | None
    main_text: str
    base_text: str | None
    edit: Permit
    talk: Permit
    change: Permit
    bring_back: Permit
    pin: Permit
    readable_on_gitea: bool
    """Whether “private” is a promise of this page only, because Gitea shows the repository (§11)."""
    as_of: datetime | None
    cut_off: bool
    """Whether Gitea could not be read at the last try, so that this may be old (§4)."""
    fate: Fate | None = None
    """What happens to it by itself if nobody does anything, once that has been told (§12)."""
    carry: CarryView | None = None
    """Of a branch that a graduation left behind: who carried it to a new one, and whether the viewer may (§13.2)."""
    merged: MergedPull | None = None
    """Its last merged pull request, while it has none open: what is written since does not reach main by itself."""

    @property
    def went_on(self) -> bool:
        """Whether there is work in it that came after its pull request was merged."""
        return self.merged is not None and self.is_ahead and self.head_sha != self.merged.head_sha

    @property
    def is_ahead(self) -> bool:
        """Whether the branch says anything else than main."""
        return self.text is not None and self.text != self.main_text

    @property
    def is_behind(self) -> bool:
        """Whether main has moved on since the branch was cut."""
        return self.base_text is not None and self.base_text != self.main_text


class OptionKind(StrEnum):
    """What an option of the breadcrumb leads to."""

    MAIN = "main"
    BRANCH = "branch"
    PULL = "pull"


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchOption:
    """One line of the breadcrumb's dropdown; `name` is `main`, a branch's, or `#<n>` of a pull request."""

    name: str
    kind: OptionKind
    state: str
    title: str
    by: PersonView | None
    at: datetime | None
    is_private: bool = False
    pull_number: PullNumber | None = None
    pull_path: str | None = None
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class _About:
    """What a branch's page tells besides the branch, whoever looks."""

    as_of: datetime | None
    fate: Fate | None
    cut_off: bool


async def branch_view(context: Context, *, viewer: Viewer, slug: Slug, name: str) -> BranchView:
    """One branch with its text; raises NotFound (also where it is private), UnreadableText and Upstream."""
    facts = await entry_facts(context, slug)
    branch = facts.branch(name, viewer)
    home = home_of_known(context.meta, branch.entry, branch.key)
    try:
        head = await _text(context, home, branch)
    except NotFound:
        branch = (await entry_facts(context, slug)).branch(
            name, viewer
        )  # the cache knows by now if it is gone
        head = await _text(context, home, branch)
    about = await context.readings.of(("about", branch.key), lambda: _about(context, branch.key))
    base = await _base(context, home, branch)
    owners = tuple(map(facts.person, branch.entry.owners))
    view = _view(context, branch, viewer, home, head.text, base, owners, about)
    carry = await carry_view(context, facts, branch, viewer)
    return replace(view, as_of=head.at or about.as_of, carry=carry, merged=_merged(facts, branch))


def _merged(facts: EntryFacts, branch: KnownBranch) -> MergedPull | None:
    if branch.pull is not None:
        return None
    rows = [
        row
        for row in facts.pulls
        if BranchKey(row.repo, row.head_branch) == branch.key
        and row.state is PullState.MERGED
        and row.pr_kind in BODY_KINDS
    ]
    last = max(rows, key=lambda row: row.pr_number, default=None)
    if last is None:
        return None
    path = _page_of(facts.entry, last)
    return MergedPull(number=last.pr_number, path=path, head_sha=CommitSha(last.head_sha))


def _page_of(entry: RfcRow, row: PullRow) -> str:
    graduated = entry.repo is not None
    return pull_path(entry.slug, row.pr_number, meta=row.repo != entry.repo, graduated=graduated)


@dataclass(frozen=True, slots=True)
class _Found:
    """A branch's text, and when Gitea said that it is its newest; None of a branch that is gone."""

    text: TextAt | None
    at: datetime | None = None


async def newest_branch_text(context: Context, view: BranchView) -> BranchView:
    """The same branch with the text that is committed now, and nothing else read again; raises as `branch_view`."""
    if view.state is BranchState.DELETED:
        return view
    head, at = await _head(context, view.home, view.name)
    return replace(view, head_sha=head.commit_sha, text=head.text, as_of=at)


async def branch_options(
    context: Context, *, viewer: Viewer, slug: Slug, current: str = MAIN
) -> tuple[BranchOption, ...]:
    """Main, then the branches the viewer may read (open ones first, newest first), then the pull requests."""
    facts = await entry_facts(context, slug)
    entry, known = facts.entry, facts.readable(viewer)
    main = BranchOption(
        name=MAIN,
        kind=OptionKind.MAIN,
        state=BranchState.OPEN,
        title=entry.title,
        by=None,
        at=entry.last_activity_at,
        is_current=current == MAIN,
    )
    return (
        main,
        *(_option(branch, current) for branch in sorted(known, key=_place)),
        *_pull_options(facts, viewer),
    )


async def _text(context: Context, home: TextHome, branch: KnownBranch) -> _Found:
    """The text at the branch's head as it is on Gitea now; at its last known one if it was deleted."""
    if branch.state is not BranchState.DELETED:
        return _Found(*await _head(context, home, branch.key.name))
    if branch.cached is None or not branch.cached.head_sha:
        return _Found(None)
    return _Found(await _text_if_there(context, home, branch.cached.head_sha))


async def _base(context: Context, home: TextHome, branch: KnownBranch) -> TextAt | None:
    if branch.setting is None or not branch.setting.base_sha:
        return None
    return await _text_if_there(context, home, CommitSha(branch.setting.base_sha))


async def _text_if_there(context: Context, home: TextHome, sha: CommitSha) -> TextAt | None:
    try:
        return await text_at(context, home, sha)
    except NotFound:
        return None


async def _head(context: Context, home: TextHome, name: str) -> tuple[TextAt, datetime]:
    """The text at a branch's head, and as of when; all pages that read it at the same moment ask Gitea once."""

    async def read() -> tuple[TextAt, datetime]:
        sha = await head_of_known(context, home, name)
        at = now()
        return await text_at(context, home, sha), at

    return await context.readings.of(("head", home, name), read)


async def _about(context: Context, key: BranchKey) -> _About:
    async with context.store.read() as work:
        idle = await idle_branches.find(work, key=key)
        report = await sync.find(work, repo=key.repo)
    return _About(
        as_of=context.refresher.freshness(report),
        fate=told_fate(idle.facts, context.hygiene) if idle else None,
        cut_off=report is not None and report.last_error is not None,
    )


def _view(
    context: Context,
    branch: KnownBranch,
    viewer: Viewer,
    home: TextHome,
    head: TextAt | None,
    base: TextAt | None,
    owners: tuple[PersonView, ...],
    about: _About,
) -> BranchView:
    entry, setting, standing = branch.entry, branch.setting, branch.standing
    cached_sha = branch.cached.head_sha if branch.cached else CommitSha("")
    return BranchView(
        slug=entry.slug,
        title=entry.title,
        rfc_id=entry.rfc_id,
        entry_state=entry.state,
        tags=entry.tags,
        owners=owners,
        name=branch.key.name,
        state=branch.state,
        visibility=Visibility.PRIVATE if standing.branch_private else Visibility.PUBLIC,
        edit_access=standing.branch_access,
        creator=person_view(branch.creator) if branch.creator else None,
        granted=tuple(person_view(person) for person in branch.granted),
        pinned=setting is not None and setting.pinned,
        pull_number=branch.pull.pr_number if branch.pull else None,
        home=home,
        head_sha=head.commit_sha if head else cached_sha,
        base_sha=CommitSha(setting.base_sha) if setting and setting.base_sha else None,
        text=head.text if head else None,
        main_text=entry.body,
        base_text=base.text if base else None,
        edit=permit(may_edit_branch, viewer, standing, act="edit this branch"),
        talk=permit(may_talk_on_branch, viewer, standing, act="write here"),
        change=permit(may_change_branch, viewer, standing, act="change this branch's settings"),
        bring_back=permit(may_bring_branch_back, viewer, standing, act="bring this branch back"),
        pin=permit(may_pin_branch, viewer, standing, act="pin branches"),
        readable_on_gitea=context.refresher.readable_on_gitea(branch.key.repo),
        as_of=about.as_of,
        cut_off=about.cut_off,
        fate=about.fate,
    )


def _option(branch: KnownBranch, current: str) -> BranchOption:
    return BranchOption(
        name=branch.key.name,
        kind=OptionKind.BRANCH,
        state=branch.state,
        title=branch.key.name,
        by=person_view(branch.creator) if branch.creator else None,
        at=_last_moved(branch),
        is_private=branch.standing.branch_private,
        pull_number=branch.pull.pr_number if branch.pull else None,
        is_current=branch.key.name == current,
    )


_ORDER = (BranchState.OPEN, BranchState.CLOSED, BranchState.DELETED)


def _place(branch: KnownBranch) -> tuple[int, float, str]:
    moved = _last_moved(branch)
    return (_ORDER.index(branch.state), -(moved or now()).timestamp(), branch.key.name)


def _last_moved(branch: KnownBranch) -> datetime | None:
    if branch.cached is not None and branch.cached.last_commit_at is not None:
        # A branch just cut carries the date of main's last commit.
        cut_at = branch.setting.created_at if branch.setting else branch.cached.last_commit_at
        return max(branch.cached.last_commit_at, cut_at)
    return branch.setting.deleted_at or branch.setting.created_at if branch.setting else None


def _pull_options(facts: EntryFacts, viewer: Viewer) -> list[BranchOption]:
    """The entry's pull requests that the viewer may read, newest first; an idea's became the entry itself."""
    entry = facts.entry
    standings = {branch.key: branch.standing for branch in facts.branches}
    found = [
        row
        for row in facts.pulls
        if row.pr_kind is not PullKind.IDEA
        and is_readable(row, standings.get(BranchKey(row.repo, row.head_branch), facts.authority), viewer)
    ]
    found.sort(key=lambda row: row.state is not PullState.OPEN)
    return [
        BranchOption(
            name=f"#{row.pr_number}",
            kind=OptionKind.PULL,
            state="superseded" if is_superseded(row.state, row.superseded_by_pr_number) else row.state,
            title=row.title,
            by=facts.person(row.opened_by) if row.opened_by else None,
            at=row.opened_at,
            pull_number=row.pr_number,
            pull_path=_page_of(entry, row),
        )
        for row in found
    ]
