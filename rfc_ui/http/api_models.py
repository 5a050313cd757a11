"""What the JSON API answers with (§17)."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from services.domain.branch import BranchState, Visibility, branch_address
from services.domain.entry import EntryState
from services.domain.identifiers import Slug
from services.domain.permissions import EditAccess
from services.domain.pull import PullKind, PullState
from services.domain.search import Fragment
from services.usecases.views.branch_list import BranchSummary
from services.usecases.views.catalog import CatalogRow, IdeaRow
from services.usecases.views.entry import EntryView
from services.usecases.views.history import HistoryView, VersionView
from services.usecases.views.idea import IdeaView
from services.usecases.views.pull_list import PullSummary
from services.usecases.views.search import FoundPassage, FoundPull, FoundRfc, SearchView


class RfcSummary(BaseModel):
    """One entry in the list; `number` is null until it is graduated."""

    slug: str
    number: int | None
    title: str
    state: EntryState
    tags: list[str]
    owners: list[str]
    arbiters: list[str]
    proposed_by: str
    last_activity_at: datetime
    open_pulls: int
    url: str


class RfcList(BaseModel):
    """All entries, most recently active first."""

    rfcs: list[RfcSummary]


class Rfc(BaseModel):
    """One entry with its text; `commit` is where the text was read, `as_of` when."""

    slug: str
    id: str | None
    title: str
    state: EntryState
    tags: list[str]
    owners: list[str]
    arbiters: list[str]
    proposed_by: str | None
    proposed_at: str | None
    body: str
    commit: str
    changed_at: datetime
    as_of: datetime | None
    url: str
    raw_url: str


class Branch(BaseModel):
    """One branch; `created_by` is null for one cut on Gitea, `head` the last commit where it is deleted."""

    name: str
    state: BranchState
    visibility: Visibility
    edit_access: EditAccess
    created_by: str | None
    head: str
    pinned: bool
    last_commit_at: datetime | None
    pull: int | None
    url: str


class BranchList(BaseModel):
    """The branches of an entry that the asker may read, by name."""

    branches: list[Branch]


class PullRequest(BaseModel):
    """One pull request; `repository` and `number` name it, `superseded_by` is of the same repository."""

    repository: str
    number: int
    kind: PullKind
    state: PullState
    title: str
    opened_by: str
    branch: str
    head: str
    superseded_by: int | None
    opened_at: datetime
    updated_at: datetime
    merged_at: datetime | None
    closed_at: datetime | None
    url: str


class PullList(BaseModel):
    """The pull requests of an entry that the asker may read, newest first."""

    prs: list[PullRequest]


class ProposalSummary(BaseModel):
    """One open idea; `slug` is empty when its file can't be read."""

    number: int
    slug: str
    title: str
    tags: list[str]
    proposed_by: str
    opened_at: datetime
    url: str


class ProposalList(BaseModel):
    """All open ideas, newest first."""

    proposals: list[ProposalSummary]


class Proposal(BaseModel):
    """One idea, open or decided."""

    number: int
    slug: str
    title: str
    pitch: str
    tags: list[str]
    proposed_by: str
    opened_at: datetime
    state: PullState
    head: str
    problem: str | None
    decided_by: str | None
    decided_at: datetime | None
    decision_comment: str | None
    as_of: datetime | None
    url: str


def rfc_summary(row: CatalogRow, app_url: str) -> RfcSummary:
    """An entry of the catalog as the API tells it."""
    return RfcSummary(
        slug=row.slug,
        number=row.number,
        title=row.title,
        state=row.state,
        tags=list(row.tags),
        owners=list(row.owners),
        arbiters=list(row.arbiters),
        proposed_by=row.proposed_by,
        last_activity_at=row.last_activity_at,
        open_pulls=row.open_pulls,
        url=f"{app_url}/rfc/{row.slug}",
    )


def rfc(view: EntryView, app_url: str) -> Rfc:
    """An entry's page as the API tells it."""
    return Rfc(
        slug=view.slug,
        id=view.rfc_id,
        title=view.title,
        state=view.state,
        tags=list(view.tags),
        owners=[person.login for person in view.owners],
        arbiters=[person.login for person in view.arbiters],
        proposed_by=view.proposed_by.login if view.proposed_by else None,
        proposed_at=view.proposed_at,
        body=view.body,
        commit=view.commit_sha,
        changed_at=view.changed_at,
        as_of=view.as_of,
        url=f"{app_url}/rfc/{view.slug}",
        raw_url=f"{app_url}/api/rfcs/{view.slug}/raw",
    )


def branch(row: BranchSummary, slug: Slug, app_url: str) -> Branch:
    """A branch as the API tells it."""
    return Branch(
        name=row.name,
        state=row.state,
        visibility=row.visibility,
        edit_access=row.edit_access,
        created_by=row.creator.login if row.creator else None,
        head=row.head_sha,
        pinned=row.pinned,
        last_commit_at=row.last_commit_at,
        pull=row.pull_number,
        url=f"{app_url}{branch_address(slug, row.name)}",
    )


def proposal_summary(row: IdeaRow, app_url: str) -> ProposalSummary:
    """An open idea as the API tells it."""
    return ProposalSummary(
        number=row.number,
        slug=row.slug,
        title=row.title,
        tags=list(row.tags),
        proposed_by=row.proposed_by,
        opened_at=row.opened_at,
        url=f"{app_url}/proposal/{row.number}",
    )


def proposal(view: IdeaView, app_url: str) -> Proposal:
    """An idea's page as the API tells it."""
    decision = view.decision
    return Proposal(
        number=view.number,
        slug=view.slug,
        title=view.title,
        pitch=view.pitch,
        tags=list(view.tags),
        proposed_by=view.proposer.login,
        opened_at=view.opened_at,
        state=view.state,
        head=view.head_sha,
        problem=view.problem,
        decided_by=decision.by.login if decision and decision.by else None,
        decided_at=decision.at if decision else None,
        decision_comment=decision.comment if decision else None,
        as_of=view.as_of,
        url=f"{app_url}/proposal/{view.number}",
    )


class TextFragment(BaseModel):
    """A piece of a line; `hit` says that the search found it."""

    text: str
    hit: bool


class SearchSection(BaseModel):
    """One section that has the words; `number` is like "3.1" or empty."""

    number: str
    heading: list[TextFragment]
    snippet: list[TextFragment]
    url: str


class SearchRfc(BaseModel):
    """One RFC; `more_sections` have the words too."""

    slug: str
    number: int | None
    title: list[TextFragment]
    state: EntryState
    sections: list[SearchSection]
    more_sections: int
    url: str


class SearchPull(BaseModel):
    """One open pull request or idea whose title has the words."""

    number: int
    title: list[TextFragment]
    rfc: str
    opened_by: str
    url: str


class SearchAnswer(BaseModel):
    """What was found; `next_offset` is null at the end."""

    query: str
    rfcs: list[SearchRfc]
    pulls: list[SearchPull]
    next_offset: int | None


def search_answer(view: SearchView, app_url: str) -> SearchAnswer:
    """The answer of a search."""
    return SearchAnswer(
        query=view.text,
        rfcs=[_search_rfc(found, app_url) for found in view.found],
        pulls=[_search_pull(found, app_url) for found in view.pulls],
        next_offset=view.next_offset,
    )


def _search_rfc(found: FoundRfc, app_url: str) -> SearchRfc:
    url = f"{app_url}/rfc/{found.slug}"
    return SearchRfc(
        slug=found.slug,
        number=found.number,
        title=_line(found.title),
        state=found.state,
        sections=[_search_section(passage, url) for passage in found.passages],
        more_sections=found.others,
        url=url,
    )


def _search_section(passage: FoundPassage, url: str) -> SearchSection:
    return SearchSection(
        number=passage.number,
        heading=_line(passage.heading),
        snippet=_line(passage.snippet),
        url=f"{url}#{passage.anchor}" if passage.anchor else url,
    )


def _search_pull(found: FoundPull, app_url: str) -> SearchPull:
    return SearchPull(
        number=found.number,
        title=_line(found.title),
        rfc=found.rfc_title,
        opened_by=found.opened_by,
        url=app_url + found.path,
    )


def _line(fragments: tuple[Fragment, ...]) -> list[TextFragment]:
    return [TextFragment(text=part.text, hit=part.hit) for part in fragments]


def pull(row: PullSummary, slug: Slug, app_url: str) -> PullRequest:
    """A pull request as it is answered."""
    return PullRequest(
        repository=row.repo,
        number=row.number,
        kind=row.kind,
        state=row.state,
        title=row.title,
        opened_by=row.opener.login,
        branch=row.branch,
        head=row.head_sha,
        superseded_by=row.superseded_by,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        merged_at=row.merged_at,
        closed_at=row.closed_at,
        url=f"{app_url}{row.address}",
    )


class Version(BaseModel):
    """One version; `pull` and `merged_by` are null for a plain commit, `metadata` says that the text stayed."""

    commit: str
    repository: str
    at: datetime
    author: str
    subject: str
    pull: int | None
    merged_by: str | None
    metadata: bool
    url: str
    raw_url: str


class History(BaseModel):
    """The versions of an entry on main, newest first; `complete` unless there are too many commits to read."""

    versions: list[Version]
    complete: bool


def history(view: HistoryView, app_url: str) -> History:
    """An entry's versions as they are answered."""
    versions = [_version(one, view.slug, app_url) for one in view.versions]
    return History(versions=versions, complete=view.complete)


def _version(one: VersionView, slug: Slug, app_url: str) -> Version:
    return Version(
        commit=one.commit_sha,
        repository=one.home.repo,
        at=one.at,
        author=one.author.login,
        subject=one.subject,
        pull=one.pull.number if one.pull else None,
        merged_by=one.merged_by.login if one.merged_by else None,
        metadata=one.is_metadata,
        url=f"{app_url}/rfc/{slug}/history?to={one.commit_sha}",
        raw_url=f"{app_url}/api/rfcs/{slug}/raw?ref={one.commit_sha}",
    )
