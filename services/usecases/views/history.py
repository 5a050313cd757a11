"""The versions of an entry's text on main, and what differs between two of them (§17)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.errors import GiteaNotFound, NotFound, UnreadableText
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug
from services.domain.pull import METADATA_KINDS, PullKind, PullState, pull_address
from services.domain.text_home import TextHome, meta_home
from services.store.queries import pulls
from services.store.queries.catalog import RfcRow
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.commits import CommitView
from services.usecases.mainline import MainCommit, mainline
from services.usecases.texts import TextAt, home_of_entry, text_at
from services.usecases.views.entry import find_entry
from services.usecases.views.parts import PersonView
from services.usecases.views.threads import person_called

if TYPE_CHECKING:
    from services.usecases.context import Context

_BEGINNING = re.compile(r"[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPull:
    """The pull request that brought a version to main; `address` is its page."""

    number: PullNumber
    title: str
    kind: PullKind
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version: the text as main had it from this commit on.

    `author` is whose it is: the pull request's opener, else who committed. `merged_by` is None for a plain commit.
    """

    commit_sha: CommitSha
    home: TextHome
    at: datetime
    author: PersonView
    subject: str
    pull: VersionPull | None
    merged_by: PersonView | None

    @property
    def is_metadata(self) -> bool:
        """Whether only what is said about the RFC changed, and not its text."""
        return self.pull is not None and self.pull.kind in METADATA_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """Every version, newest first; not `complete` where the repository has too many commits to read them all."""

    slug: Slug
    title: str
    rfc_id: str | None
    versions: tuple[VersionView, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonView:
    """Two versions and their texts, the earlier one first."""

    before: VersionView
    after: VersionView
    before_text: TextAt
    after_text: TextAt


async def history_view(context: Context, *, slug: Slug) -> HistoryView:
    """The versions of an entry, also those of the time before it was graduated; raises NotFound and Upstream."""
    async with context.store.read() as work:
        entry = await find_entry(work, slug)
        rows = await pulls.list_for_slug(work, slug=slug)
    merged = {(row.repo, row.merge_commit_sha): row for row in rows if row.state is PullState.MERGED}
    home = home_of_entry(context.meta, entry)
    found, complete = await _touching(context, home)
    if not home.has_front_matter:
        past, whole = await _past(context, slug, merged)
        found, complete = [*found, *past], complete and whole
    async with context.store.read() as work:
        versions = [
            await _version(work, entry, one, merged.get((where.repo, one.commit.sha)), where)
            for where, one in found
        ]
    return HistoryView(
        slug=slug, title=entry.title, rfc_id=entry.rfc_id, versions=tuple(versions), complete=complete
    )


async def compare_versions(
    context: Context, *, history: HistoryView, before: str, after: str
) -> ComparisonView:
    """Two versions by their commits (seven digits are enough), in whichever order they are named.

    Raises NotFound, UnreadableText and Upstream.
    """
    two = [version_called(history, name) for name in (before, after)]
    older, newer = sorted(two, key=history.versions.index, reverse=True)
    return ComparisonView(
        before=older,
        after=newer,
        before_text=await text_at(context, older.home, older.commit_sha),
        after_text=await text_at(context, newer.home, newer.commit_sha),
    )


def version_called(history: HistoryView, name: str) -> VersionView:
    """The version of a commit; raises NotFound. What main never was has its own pages."""
    if _BEGINNING.fullmatch(name):
        for version in history.versions:
            if version.commit_sha.startswith(name):
                return version
    raise NotFound(
        f"“{name[:64]}” is not a version of “{history.title}” on main.",
        hint="Choose two versions of the list.",
    )


_Found = tuple[TextHome, MainCommit]


async def _touching(context: Context, home: TextHome) -> tuple[list[_Found], bool]:
    line = await mainline(context, home.repo)
    return [(home, one) for one in line.commits if home.path in one.files], line.complete


async def _past(
    context: Context, slug: Slug, merged: Mapping[tuple[Repository, str | None], PullRow]
) -> tuple[list[_Found], bool]:
    """The super-draft's versions, up to the graduation: then the text moved, and the file kept only its metadata."""
    home = meta_home(context.meta, slug)
    try:
        found, complete = await _touching(context, home)
    except (NotFound, GiteaNotFound):
        return [], True
    for index, (_, one) in enumerate(found):
        row = merged.get((home.repo, one.commit.sha))
        if row is not None and row.pr_kind is PullKind.META_GRADUATION:
            return found[index + 1 :], complete
    while found and not await _has_text(context, home, found[0][1].commit.sha):
        found = found[1:]
    return found, complete


async def _has_text(context: Context, home: TextHome, sha: CommitSha) -> bool:
    try:
        return bool((await text_at(context, home, sha)).text.strip())
    except (NotFound, UnreadableText):
        return False


async def _version(
    work: Work, entry: RfcRow, found: MainCommit, row: PullRow | None, home: TextHome
) -> VersionView:
    committer = await _committer(work, found.commit)
    return VersionView(
        commit_sha=found.commit.sha,
        home=home,
        at=found.commit.at,
        author=await person_called(work, row.opened_by) if row and row.opened_by else committer,
        subject=row.title if row else found.commit.subject,
        pull=_pull(entry, row, home) if row else None,
        merged_by=committer if row else None,
    )


async def _committer(work: Work, commit: CommitView) -> PersonView:
    """For whom the bot committed; else whom Git names."""
    if commit.login is not None:
        return await person_called(work, commit.login)
    return PersonView(login=commit.author, name=commit.author or "somebody")


def _pull(entry: RfcRow, row: PullRow, home: TextHome) -> VersionPull:
    past = home.has_front_matter and entry.repo is not None
    is_idea = row.pr_kind is PullKind.IDEA
    return VersionPull(
        number=row.pr_number,
        title=row.title,
        kind=row.pr_kind,
        address=f"/proposal/{row.pr_number}"
        if is_idea
        else pull_address(entry.slug, row.pr_number, past=past),
    )
