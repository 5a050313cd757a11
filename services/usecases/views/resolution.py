"""Resolving a pull request's conflict, as its page shows it (§10.9)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain.actors import Viewer
from services.domain.identifiers import PullNumber, Slug, UserId
from services.domain.replay import Attempt, ResolutionState, StepState, shown_as
from services.domain.sections import section_at, sections_of
from services.store.queries import resolutions, users
from services.store.queries.resolutions import Choice, ResolutionRow, StepRow
from services.usecases.commits import CommitView
from services.usecases.models import ModelChoice
from services.usecases.replaying import commit_of_step, current_attempt
from services.usecases.rfc_models import offer_of
from services.usecases.shown_text import shown_text
from services.usecases.views.changes import WordPiece, word_pieces
from services.usecases.views.entry import find_entry
from services.usecases.views.parts import Permit, PersonView
from services.usecases.views.pull import PullView, pull_view
from services.usecases.views.threads import person_view

if TYPE_CHECKING:
    from services.usecases.context import Context

NO_MODEL = "No model that writes takes part on this RFC."


@dataclass(frozen=True, slots=True, kw_only=True)
class ClashView:
    """Sentences that both sides changed; the pieces are word diffs against what both began with.

    `chosen` is what they are to read, None while nobody has decided; then main's wording is shown. `seen` tells how
    they are shown here.
    """

    index: int
    section: str
    mine: str
    theirs: str
    mine_pieces: tuple[WordPiece, ...]
    their_pieces: tuple[WordPiece, ...]
    chosen: str | None
    chosen_pieces: tuple[WordPiece, ...]
    chosen_by: PersonView | None
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One commit of the pull request and how its replay went."""

    subject: str
    author: str
    state: StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionView:
    """How far a replay is; `branch` is None before it has begun.

    `seen` tells which clashes and choices are shown here. `preview` is the text as it will read, in markdown. `ask`
    is who can be asked for a wording, None where `why_not_ask` says why nobody can.
    """

    pull: PullView
    branch: str | None
    state: ResolutionState | None
    steps: tuple[StepView, ...]
    clashes: tuple[ClashView, ...]
    seen: str
    preview: str
    ask: ModelChoice | None
    why_not_ask: str
    may: Permit
    nothing_left: bool

    @property
    def undecided(self) -> int:
        """How many sentences still wait."""
        return sum(clash.chosen is None for clash in self.clashes)


async def resolution_view(
    context: Context, *, viewer: Viewer, slug: Slug, number: PullNumber
) -> ResolutionView:
    """The replay of a pull request, or that there is none yet; raises NotFound, UnreadableText and Upstream."""
    pull = await pull_view(context, viewer=viewer, slug=slug, number=number)
    async with context.store.read() as work:
        row = await resolutions.find_active(work, repo=pull.repo, number=number)
        models = (await offer_of(work, context, await find_entry(work, slug))).writer
    if row is None:
        return _view(pull, None, (), None, "", models, {})
    found = await current_attempt(context, row)
    async with context.store.read() as work:
        choosers = await users.find_many(work, user_ids=_choosers(row))
    steps = tuple([await _step(context, row, step) for step in row.steps])
    text = (await shown_text(context, slug=slug, branch=row.branch_name)).text
    people = {user_id: person_view(person) for user_id, person in choosers.items()}
    return _view(pull, row, steps, found, text, models, people)


def _choosers(row: ResolutionRow) -> set[UserId]:
    return {person for step in row.steps for person in step.chosen_by if person is not None}


async def _step(context: Context, row: ResolutionRow, step: StepRow) -> StepView:
    commit: CommitView | None = await commit_of_step(context, row, step)
    return StepView(
        subject=commit.subject if commit else f"All of #{row.pr_number}",
        author=commit.author if commit else "",
        state=step.state,
    )


def _view(
    pull: PullView,
    row: ResolutionRow | None,
    steps: tuple[StepView, ...],
    found: Attempt | None,
    text: str,
    model: ModelChoice | None,
    people: Mapping[UserId, PersonView],
) -> ResolutionView:
    step = None if row is None or row.next_step is None else row.steps[row.next_step]
    choices = step.choices(found.key, len(found.clashes)) if step and found else []
    clashes = () if found is None else tuple(_clashes(found, choices, people, text, pull.entry_title))
    preview = text if found is None else found.text([clash.chosen or clash.theirs for clash in clashes])
    may = pull.resolve
    if row is not None and not may.allowed and pull.edit.allowed and pull.state == "open":
        may = dataclasses.replace(may, allowed=True, why_not=None)
    return ResolutionView(
        pull=pull,
        branch=row.branch_name if row else None,
        state=row.state if row else None,
        steps=steps,
        clashes=clashes,
        seen=shown_as(found.key, [choice.wording for choice in choices]) if found else "",
        preview=preview,
        ask=model,
        why_not_ask="" if model else NO_MODEL,
        may=may,
        nothing_left=row is not None and all(one.state is StepState.SKIPPED for one in row.steps),
    )


def _clashes(
    found: Attempt, choices: Sequence[Choice], people: Mapping[UserId, PersonView], text: str, title: str
) -> list[ClashView]:
    sections = sections_of(text, title)
    views = []
    for index, (clash, choice) in enumerate(zip(found.clashes, choices, strict=True)):
        section = section_at(sections, found.offset(index))
        chosen = choice.wording
        views.append(
            ClashView(
                index=index,
                section=f"§{section.heading.number} {section.heading.text}" if section else "",
                mine=clash.mine,
                theirs=clash.theirs,
                mine_pieces=_differs(clash.base, clash.mine),
                their_pieces=_differs(clash.base, clash.theirs),
                chosen=chosen,
                chosen_pieces=() if chosen is None else _differs(clash.base, chosen),
                chosen_by=None if choice.by is None else people.get(choice.by),
                seen=shown_as(found.key, [chosen]),
            )
        )
    return views


def _differs(before: str, after: str) -> tuple[WordPiece, ...]:
    return word_pieces(before.strip(), after.strip())
