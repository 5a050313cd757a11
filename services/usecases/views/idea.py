"""The idea page `/proposal/<n>` (§9.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.domain.identifiers import CommitSha, PullNumber
from services.domain.pull import PullState
from services.usecases.views.parts import Permit, PersonView, ThreadView


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """How an idea ended: by whom (`None`: on Gitea, nobody we know), when, and the reason given if any."""

    by: PersonView | None
    at: datetime | None
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeaView:
    """One idea as one viewer may see it; `problem` says in words why its file can't be read."""

    number: PullNumber
    slug: str
    title: str
    pitch: str
    tags: tuple[str, ...]
    proposer: PersonView
    opened_at: datetime
    state: PullState
    head_sha: CommitSha
    problem: str | None
    decision: DecisionView | None
    merge: Permit
    decline: Permit
    withdraw: Permit
    comment: Permit
    as_of: datetime | None
    thread: ThreadView
