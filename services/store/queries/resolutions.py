"""Conflicting pull requests under replay: `pr_resolution_branches` (§10.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement

from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.identifiers import CommitSha, PullNumber, Repository, Slug, UserId
from services.domain.replay import ResolutionState, StepState
from services.store.shape import Shape, storable, table_of
from services.store.tables import PrResolutionBranch
from services.store.work import Work

resolutions = table_of(PrResolutionBranch)
ACTIVE = (ResolutionState.REPLAYING.value, ResolutionState.WAITING.value, ResolutionState.READY.value)
"""States of a replay that goes on, or that waits for somebody."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How one clash is to read (None: undecided), and who chose that, where it is known."""

    wording: str | None = None
    by: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One replayed commit; `wordings` are what was chosen for its clashes (None: not yet), told by `clash_key`.

    `chosen_by` says for each who did; it is empty for choices of before this was kept.
    """

    sha: CommitSha
    before_sha: CommitSha
    state: StepState = StepState.WAITING
    commit_sha: CommitSha | None = None
    wordings: tuple[str | None, ...] = ()
    clash_key: str = ""
    chosen_by: tuple[UserId | None, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.state in (StepState.DONE, StepState.SKIPPED)

    def choices(self, key: str, clashes: int) -> list[Choice]:
        """What was chosen for each of so many clashes of this key."""
        if self.clash_key != key:
            return [Choice()] * clashes
        wordings = [*self.wordings, *[None] * clashes][:clashes]
        people = [*self.chosen_by, *[None] * clashes][:clashes]
        return [Choice(wording, person) for wording, person in zip(wordings, people, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionRow:
    """One replay: of which pull request's head, on which commit of main, on which branch."""

    id: int
    repo: Repository
    pr_number: PullNumber
    rfc_slug: Slug
    branch_name: str
    main_sha: CommitSha
    head_sha: CommitSha
    state: ResolutionState
    steps: tuple[StepRow, ...]
    created_by: UserId | None
    resolved_by_pr_number: PullNumber | None
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> BranchKey:
        """The resolution branch."""
        return BranchKey(self.repo, self.branch_name)

    @property
    def next_step(self) -> int | None:
        """The first step that is not over."""
        return next((index for index, step in enumerate(self.steps) if not step.is_over), None)

    @property
    def is_active(self) -> bool:
        """Whether it is under way, or waits for somebody."""
        return self.state in ACTIVE


SHAPE = Shape(ResolutionRow, resolutions)


async def insert(
    work: Work,
    *,
    key: BranchKey,
    number: PullNumber,
    slug: Slug,
    main_sha: CommitSha,
    head_sha: CommitSha,
    steps: Sequence[StepRow],
    created_by: UserId | None,
) -> int:
    """Begin a replay; its id."""
    values = {
        "repo": key.repo,
        "pr_number": number,
        "rfc_slug": slug,
        "branch_name": key.name,
        "main_sha": main_sha,
        "head_sha": head_sha,
        "state": ResolutionState.REPLAYING.value,
        "steps": storable(list(steps)),
        "created_by": created_by,
        "created_at": now(),
        "updated_at": now(),
    }
    return await work.insert(resolutions, values)


async def find(work: Work, *, id: int) -> ResolutionRow | None:  # noqa: A002
    """One replay."""
    return SHAPE.read_if(await work.first(SHAPE.select.where(resolutions.c.id == id)))


async def find_to_change(work: Work, *, id: int) -> ResolutionRow | None:  # noqa: A002
    """The same, while nobody else changes it until this unit of work ends."""
    await work.serialize(f"resolution {id}")
    return await find(work, id=id)


async def find_active(work: Work, *, repo: Repository, number: PullNumber) -> ResolutionRow | None:
    """The replay of a pull request that is under way, or waits for somebody."""
    return SHAPE.read_if(
        await work.first(
            SHAPE.select.where(_of(repo, number), resolutions.c.state.in_(ACTIVE))
            .order_by(resolutions.c.id.desc())
            .limit(1)
        )
    )


async def list_replaying(work: Work) -> list[ResolutionRow]:
    """Replays that go on by themselves: what a restart takes up again."""
    statement = SHAPE.select.where(resolutions.c.state == ResolutionState.REPLAYING.value)
    return [SHAPE.read(row) for row in await work.rows(statement.order_by(resolutions.c.id))]


async def list_for_branch(work: Work, *, key: BranchKey) -> list[ResolutionRow]:
    """The replays on a branch (one, if any)."""
    statement = SHAPE.select.where(resolutions.c.repo == key.repo, resolutions.c.branch_name == key.name)
    return [SHAPE.read(row) for row in await work.rows(statement)]


async def save(
    work: Work,
    *,
    id: int,  # noqa: A002
    state: ResolutionState,
    steps: Sequence[StepRow] | None = None,
    resolved_by: PullNumber | None = None,
) -> None:
    """Write down how far it is."""
    values: dict[str, object] = {"state": state.value, "updated_at": now()}
    if steps is not None:
        values["steps"] = storable(list(steps))
    if resolved_by is not None:
        values["resolved_by_pr_number"] = resolved_by
    await work.change(resolutions.update().where(resolutions.c.id == id).values(**values))


def _of(repo: Repository, number: PullNumber) -> ColumnElement[bool]:
    return (resolutions.c.repo == repo) & (resolutions.c.pr_number == number)
