"""What was read from Gitea as rows of the cache: made of Git and `actions` alone, so that they can be dropped."""

from __future__ import annotations

import dataclasses

from services.domain.audit import ActionKind
from services.domain.identifiers import Login, Slug
from services.domain.pull import PullKind, PullState
from services.gitea.snapshot import EntryAt, PullSnapshot
from services.store.queries import actions
from services.store.queries.catalog import RfcRow
from services.store.queries.pulls import PullRow
from services.store.work import Work
from services.usecases.freshness import CLOCKS_APART
from services.usecases.graduated_texts import GraduatedText


def rfc_row(found: EntryAt, text: GraduatedText | None) -> RfcRow:
    """An entry of main as its row; a graduated one with the text of its own repository."""
    entry = found.entry
    row = RfcRow(
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
        body_sha=found.touched.commit,
        last_activity_at=found.touched.at,
    )
    return row if text is None else with_text(row, text)


def with_text(row: RfcRow, text: GraduatedText) -> RfcRow:
    """The row with the text that stands in the RFC's own repository now."""
    return dataclasses.replace(
        row, body=text.body, body_sha=text.touched.commit, last_activity_at=text.touched.at
    )


async def pull_row(work: Work, found: PullSnapshot, *, slug: Slug | None = None) -> PullRow:
    """A pull request as its row; who opened it and whether it was withdrawn is known from `actions` first.

    `slug` is whose repository it is in: there, whatever it says, it is about the RFC's text.
    """
    entry = found.entry if slug is None else None
    return PullRow(
        repo=found.repo,
        pr_number=found.number,
        pr_kind=found.kind if slug is None else PullKind.RFC_BRANCH,
        state=await _state(work, found),
        rfc_slug=slug or found.slug,
        title=found.title,
        body=found.body,
        opened_by=await _opener(work, found),
        head_branch=found.head_branch,
        head_sha=found.head_sha,
        base_branch=found.base_branch,
        base_sha=found.base_sha,
        merge_commit_sha=found.merge_commit_sha,
        entry_title=entry.title if entry else None,
        entry_tags=entry.tags if entry else (),
        entry_body=entry.body if entry else None,
        entry_problem=found.entry_problem if slug is None else None,
        metadata_changes=found.metadata_changes if slug is None else (),
        opened_at=found.opened_at,
        updated_at=found.updated_at,
        merged_at=found.merged_at,
        closed_at=found.closed_at,
    )


_TAKEN_BACK = (
    ActionKind.WITHDRAW_IDEA,
    ActionKind.WITHDRAW_PULL,
    ActionKind.REOPEN_PULL,
    ActionKind.WITHDRAW_METADATA,
    ActionKind.WITHDRAW_CLAIM,
)


async def _opener(work: Work, found: PullSnapshot) -> Login:
    """`actions`, else the trailer, else Gitea's poster (§6.5); the latter two are in the snapshot."""
    known = await actions.opener_of(work, repo=found.repo, pr_number=found.number)
    return known or found.opened_by


async def _state(work: Work, found: PullSnapshot) -> PullState:
    """Git knows open, merged and closed; that a closed one was withdrawn, only `actions` know (§5)."""
    if found.state is not PullState.CLOSED:
        return found.state
    last = await actions.latest_for_pull(work, repo=found.repo, pr_number=found.number, kinds=_TAKEN_BACK)
    if last is None or last.action_kind is ActionKind.REOPEN_PULL:
        return PullState.CLOSED
    # One that was reopened and closed again on Gitea is no longer the one that was withdrawn.
    later = found.closed_at is not None and found.closed_at > last.created_at + CLOCKS_APART
    return PullState.CLOSED if later else PullState.WITHDRAWN
