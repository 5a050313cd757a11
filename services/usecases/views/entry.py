"""The reading page `/rfc/<slug>` (§8.1, §8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.domain.entry import EntryState
from services.domain.identifiers import CommitSha, Slug
from services.usecases.views.parts import Permit, PersonView, ThreadView


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry and its main chat; `commit_sha` is where `body` was read, `changed_at` its last change.

    `text_repo` is the repository that holds the text (relative links and images start there), and
    `text_path` its file.
    """

    slug: Slug
    title: str
    rfc_id: str | None
    state: EntryState
    tags: tuple[str, ...]
    owners: tuple[PersonView, ...]
    arbiters: tuple[PersonView, ...]
    proposed_by: PersonView | None
    proposed_at: str | None
    body: str
    commit_sha: CommitSha
    changed_at: datetime
    as_of: datetime | None
    text_repo: str
    text_path: str
    comment: Permit
    thread: ThreadView
