"""What was read from Gitea as rows of the cache: made of Git and `actions` alone, so that they can be dropped."""

from __future__ import annotations

from services.domain.audit import ActionKind
from services.domain.entry import slug_of_path
from services.domain.identifiers import Repository, Slug
from services.domain.pull import PullKind, PullState, pull_kind
from services.domain.trailers import on_behalf_of_login
from services.gitea.snapshot import EntryAt, PullSnapshot
from services.store.queries import actions
from services.store.queries.catalog import RfcRow
from services.store.queries.pulls import PullRow
from services.store.work import Work


def rfc_row(found: EntryAt) -> RfcRow:
    """An entry of main as its row."""
    entry = found.entry
    return RfcRow(
        slug=entry.slug,
        title=entry.title,
        state=entry.state,
        rfc_id=entry.id,
        number=None if entry.id is None else int(entry.id.removeprefix("RFC-")),
        repo=entry.repo,
        proposed_by=entry.proposed_by,
        proposed_at=entry.proposed_at,
        graduated_by=entry.graduated_by,
        graduated_at=entry.graduated_at,
        owners=entry.owners,
        arbiters=entry.arbiters,
        tags=entry.tags,
        models=entry.models,
        funder=entry.funder,
        body=entry.body,
        blob_sha=found.blob_sha,
        body_sha=found.commit_sha,
        last_activity_at=found.last_activity_at,
    )


async def pull_row(work: Work, repo: Repository, found: PullSnapshot) -> PullRow:
    """A pull request as its row; who opened it and whether it was withdrawn is known from `actions`."""
    kind = pull_kind(
        body=found.body,
        head_branch=found.head_branch,
        paths_added=found.paths_added,
        paths_changed=found.paths_changed,
    )
    proposed = found.entry if kind is PullKind.IDEA else None
    return PullRow(
        repo=repo,
        pr_number=found.number,
        pr_kind=kind,
        state=await _state(work, repo, found),
        rfc_slug=_slug(found),
        title=found.title,
        body=found.body,
        opened_by=await _opener(work, repo, found),
        head_branch=found.head_branch,
        head_sha=found.head_sha,
        base_branch=found.base_branch,
        merge_commit_sha=found.merge_commit_sha,
        entry_title=proposed.title if proposed else None,
        entry_tags=proposed.tags if proposed else (),
        entry_body=proposed.body if proposed else None,
        entry_problem=found.entry_problem if kind is PullKind.IDEA else None,
        opened_at=found.opened_at,
        updated_at=found.updated_at,
        merged_at=found.merged_at,
        closed_at=found.closed_at,
    )
