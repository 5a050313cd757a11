"""Resolving a conflict (§10.9): replay a pull request on what main says now, and ask only what two sides changed."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence

from services.domain.actors import Actor
from services.domain.branch import MAIN, resolution_branch_name
from services.domain.change_protocol import Reach
from services.domain.errors import Conflict, Invalid, NotFound, ProductError
from services.domain.events import WordingChosen
from services.domain.identifiers import CommitSha, PullNumber, Slug
from services.domain.permissions import may_resolve_pull
from services.domain.pull import Mergeability
from services.domain.replay import Attempt, ResolutionState, StepState, fitted, shown_as
from services.domain.trailers import new_operation_id, without_trailers
from services.llm.port import Question
from services.store.queries import events, pulls, resolutions
from services.store.queries.resolutions import Choice, ResolutionRow, StepRow
from services.store.work import Work
from services.usecases.acts_under_way import OnePress
from services.usecases.bot_writes import begin, carry_out
from services.usecases.commits import commits_between
from services.usecases.context import Context
from services.usecases.draft_pull import answer_in_words
from services.usecases.known_pull import (
    KnownPull,
    open_replacement,
    readable_pull,
    require_open,
    require_undisturbed,
)
from services.usecases.mergeability import mergeability
from services.usecases.open_pull import OpenedBranchPull, open_pull
from services.usecases.people import entitled
from services.usecases.rate_limits import Limited
from services.usecases.replaying import current_attempt, go_on
from services.usecases.resolution_writes import CUT_RESOLUTION, CutResolutionIntent
from services.usecases.rfc_models import offer_of
from services.usecases.texts import head_of, text_at
from services.usecases.views.entry import find_entry
from services.usecases.views.pull import IN_PLACE, OTHER_KIND
from services.usecases.views.resolution import NO_MODEL

log = logging.getLogger(__name__)

ACT = "resolve its conflict"
NO_CONFLICT = "There is no conflict to resolve: this pull request merges as it is."
NOT_STARTED = "Nobody has begun to resolve this pull request."
NOT_ASKED = "There is nothing to choose at the moment."
MOVED = "The sentences have changed since you looked at them. Look again, then choose."
CHOSEN = "Somebody chose another wording for these sentences meanwhile. Look at it, then choose."
CHANGED = (
    "The wordings have changed since you looked at them, so nothing was kept. Look again, then keep them."
)
KEEPING = "These wordings are being kept right now."
NOTHING_LEFT = (
    "Main says all of it already, so there is nothing to propose. Start again to choose otherwise, or withdraw the "
    "pull request."
)
LONGEST_WORDING = 20_000
BRING_TOGETHER = (
    "The two quotes are two wordings of the same sentences, changed by different people: the first stands in the "
    "document now, the second is proposed. Write one wording that keeps what both meant to change. Answer with that "
    "wording alone, in markdown, without quotes around it and without change blocks. Where one of them is empty, "
    "somebody took the sentences out: decide whether they are still needed, and answer with the wording or nothing."
)


async def start_resolving(
    context: Context, *, actor: Actor | None, slug: Slug, number: PullNumber, meta: bool = False
) -> str:
    """Cut a resolution branch from main as it is now and replay what fits; its name. One that is there goes on.

    Raises NotFound, NotSignedIn, Muted, Forbidden, Busy, Conflict (decided, or no conflict) and Upstream.
    """
    async with context.store.write() as work:
        _, pull = await resolver_of(work, context, actor, slug, number, meta)
        active = await _active(work, pull)
    if active is None:
        async with OnePress(context):
            await _cut(context, actor, pull, meta=meta)
    async with context.store.read() as work:
        row = await resolutions.find_active(work, repo=pull.row.repo, number=number)
    if row is None:
        raise Conflict(MOVED)
    await go_on(context, row.id)
    return row.branch_name


async def choose_wording(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    number: PullNumber,
    clash: int,
    wording: str | None,
    seen: str,
    meta: bool = False,
) -> None:
    """Keep what one clash is to read (None: undecided again); `seen` is how its page showed it (`shown_as`).

    Raises Invalid (field `wording`), NotFound, NotSignedIn, Muted, Forbidden, Conflict (the sentences or somebody's
    choice for them are others than those seen, or are being kept) and Upstream.
    """
    if wording is not None and len(wording) > LONGEST_WORDING:
        raise Invalid(f"A wording has at most {LONGEST_WORDING} characters.", field="wording")
    person, row = await _row(context, actor, slug, number, meta)
    found = await current_attempt(context, row)
    if found is None:
        raise Conflict(NOT_ASKED)
    async with context.store.write() as work:
        row = await _still_active(work, row)
        choices = _choices(row, found)
        if row.state is ResolutionState.REPLAYING and None not in (choice.wording for choice in choices):
            raise Conflict(KEEPING)
        _require_seen(found, choices, clash, seen)
        present = None if wording is None else fitted(wording, found.clashes[clash])
        choices[clash] = Choice(present, None if present is None else person.id)
        steps = _with_choices(row, found, choices)
        await resolutions.save(work, id=row.id, state=ResolutionState.WAITING, steps=steps)
        await events.append(work, WordingChosen(row.rfc_slug, row.pr_number))


async def ask_wording(
    context: Context, *, actor: Actor | None, slug: Slug, number: PullNumber, clash: int, seen: str
) -> None:
    """Have the RFC's default model bring both wordings together, and keep what it says as the choice.

    Raises RateLimited, ModelFailed, Conflict where no model writes here, and what `choose_wording` raises.
    """
    _, row = await _row(context, actor, slug, number, meta=False)
    found = await current_attempt(context, row)
    if found is None:
        raise Conflict(NOT_ASKED)
    _require_seen(found, _choices(row, found), clash, seen)
    async with context.store.read() as work:
        entry = await find_entry(work, slug)
        model = (await offer_of(work, context, entry)).writer
    if model is None or actor is None:
        raise Conflict(NO_MODEL)
    context.limits.count(Limited.ASK, actor.login)
    text = found.text([one.theirs for one in found.clashes])
    asked = found.clashes[clash]
    wording = await answer_in_words(
        context,
        slug,
        model,
        Question(
            title=entry.title,
            text=text,
            reach=Reach.document(text),
            request=BRING_TOGETHER,
            quotes=(asked.theirs.strip(), asked.mine.strip()),
        ),
    )
    await choose_wording(
        context, actor=actor, slug=slug, number=number, clash=clash, wording=wording, seen=seen
    )


async def take_wordings(
    context: Context, *, actor: Actor | None, slug: Slug, number: PullNumber, seen: str, meta: bool = False
) -> None:
    """Commit what was chosen and replay on, up to the next sentences that both sides changed, or the end.

    `seen` is how the page showed all of them (`shown_as`). From here on they stand: nobody chooses otherwise while
    they are committed, which a restart does too. Raises Conflict where others are stored by now, or something is
    still undecided, and what `choose_wording` raises.
    """
    _, row = await _row(context, actor, slug, number, meta)
    found = await current_attempt(context, row)
    if found is None:
        raise Conflict(NOT_ASKED)
    async with context.store.write() as work:
        row = await _still_active(work, row)
        wordings = [choice.wording for choice in _choices(row, found)]
        if shown_as(found.key, wordings) != seen:
            raise Conflict(CHANGED)
        left = wordings.count(None)
        if left:
            raise Conflict(f"{left} of these sentences {'is' if left == 1 else 'are'} still undecided.")
        await resolutions.save(work, id=row.id, state=ResolutionState.REPLAYING)
    await go_on(context, row.id)


async def open_resolved(
    context: Context, *, actor: Actor | None, slug: Slug, number: PullNumber, meta: bool = False
) -> OpenedBranchPull:
    """Open the pull request that takes the place of the conflicting one, in its words; raises as `open_pull` does."""
    _, row = await _row(context, actor, slug, number, meta)
    if row.state is not ResolutionState.READY:
        raise Conflict("Not every commit is replayed yet.")
    async with context.store.read() as work:
        old = await pulls.find(work, repo=row.repo, number=row.pr_number)
    if old is None:
        raise NotFound(f"“{slug}” has no pull request #{number}.")
    if await nothing_left(context, row):
        raise Conflict(NOTHING_LEFT)
    opened = await open_pull(
        context,
        actor=actor,
        slug=slug,
        name=row.branch_name,
        title=old.title,
        description=without_trailers(old.body),
        supersedes=row.pr_number,
    )
    async with context.store.write() as work:
        await resolutions.save(work, id=row.id, state=ResolutionState.OPENED, resolved_by=opened.number)
    return opened


async def resume_resolutions(context: Context) -> None:
    """After a restart: replay on where a killed server stopped; never raises for Gitea's sake."""
    async with context.store.read() as work:
        rows = await resolutions.list_replaying(work)
    for row in rows:
        try:
            await go_on(context, row.id)
        except ProductError as error:
            log.warning("the replay of %s #%d waits: %s", row.repo, row.pr_number, error.message)


async def nothing_left(context: Context, row: ResolutionRow) -> bool:
    """Whether the resolution branch says nothing else than main did when it was cut."""
    return all(step.state is StepState.SKIPPED for step in row.steps)


async def resolver_of(
    work: Work, context: Context, actor: Actor | None, slug: Slug, number: PullNumber, meta: bool
) -> tuple[Actor, KnownPull]:
    """Whoever may resolve it now, and the pull request, if it is open and changes the text."""
    pull = await readable_pull(work, context.meta, slug=slug, number=number, viewer=actor, meta=meta)
    person = await entitled(work, may_resolve_pull, actor, pull.standing, act=ACT)
    require_open(pull.row)
    if not pull.changes_text:
        raise Conflict(OTHER_KIND)
    return person, pull


async def _active(work: Work, pull: KnownPull) -> ResolutionRow | None:
    """The replay that is under way; one of an earlier head is dropped."""
    row = await resolutions.find_active(work, repo=pull.row.repo, number=pull.row.pr_number)
    if row is not None and row.head_sha != pull.row.head_sha:
        await resolutions.save(work, id=row.id, state=ResolutionState.DROPPED)
        return None
    return row


async def _cut(context: Context, actor: Actor | None, pull: KnownPull, *, meta: bool) -> None:
    head = CommitSha(pull.row.head_sha)
    base = CommitSha(
        pull.row.base_sha or (await context.gitea.pulls.get(pull.row.repo, pull.row.pr_number)).merge_base
    )
    texts = [await text_at(context, pull.home, sha) for sha in (base, head)]
    if await mergeability(context, pull, *texts) is Mergeability.CLEAN:
        raise Conflict(NO_CONFLICT)
    main = await head_of(context, pull.home, MAIN)
    await _require_text(context, pull, main)
    steps = await _steps(context, pull, base, head)
    op_id = new_operation_id()
    name = resolution_branch_name(pull.entry.slug, op_id)
    async with context.store.write() as work:
        person, present = await resolver_of(work, context, actor, pull.entry.slug, pull.row.pr_number, meta)
        await require_undisturbed(work, present.row, by=person, act=CUT_RESOLUTION.kind, together=True)
        active = await _active(work, present)
        if active is not None:
            return
        replacement = await open_replacement(work, present.row)
        if replacement is not None:
            raise Conflict(IN_PLACE.format(replacement.pr_number))
        intent = CutResolutionIntent(
            display_name=person.display_name,
            slug=pull.entry.slug,
            repo=pull.row.repo,
            number=pull.row.pr_number,
            branch=name,
            main_sha=main,
            head_sha=head,
            steps=steps,
        )
        await begin(work, CUT_RESOLUTION, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    await carry_out(context, CUT_RESOLUTION, op_id)


async def _require_text(context: Context, pull: KnownPull, main: CommitSha) -> None:
    """The file may have been renamed or deleted on main."""
    try:
        await text_at(context, pull.home, main)
    except NotFound as error:
        raise Conflict(
            f"{pull.home.path} is not on main any more, so there is nothing to replay this on.",
            hint="Somebody with access has to put the file back under this name on Gitea.",
        ) from error


async def _steps(context: Context, pull: KnownPull, base: CommitSha, head: CommitSha) -> tuple[StepRow, ...]:
    """One for each commit; a branch that merged something in is replayed as one, since no order tells its changes."""
    commits = await commits_between(context, pull.row.repo, head=head, behind=base)
    if not commits or any(len(commit.parents) > 1 for commit in commits):
        return (StepRow(sha=head, before_sha=base),)
    before = [base, *[commit.sha for commit in commits[:-1]]]
    return tuple(
        StepRow(sha=commit.sha, before_sha=parent) for commit, parent in zip(commits, before, strict=True)
    )


async def _row(
    context: Context, actor: Actor | None, slug: Slug, number: PullNumber, meta: bool
) -> tuple[Actor, ResolutionRow]:
    async with context.store.read() as work:
        person, pull = await resolver_of(work, context, actor, slug, number, meta)
        row = await resolutions.find_active(work, repo=pull.row.repo, number=number)
    if row is None:
        raise Conflict(NOT_STARTED)
    return person, row


async def _still_active(work: Work, row: ResolutionRow) -> ResolutionRow:
    present = await resolutions.find_to_change(work, id=row.id)
    if present is None or not present.is_active or present.next_step != row.next_step:
        raise Conflict(MOVED)
    return present


def _choices(row: ResolutionRow, found: Attempt) -> list[Choice]:
    """What was chosen for what the next step asks."""
    return row.steps[row.next_step or 0].choices(found.key, len(found.clashes))


def _require_seen(found: Attempt, choices: Sequence[Choice], clash: int, seen: str) -> None:
    """Raise Conflict unless these sentences, and what was chosen for them, are what was looked at."""
    if seen.partition("-")[0] != found.key or not 0 <= clash < len(choices):
        raise Conflict(MOVED)
    if shown_as(found.key, [choices[clash].wording]) != seen:
        raise Conflict(CHOSEN)


def _with_choices(row: ResolutionRow, found: Attempt, choices: Sequence[Choice]) -> Sequence[StepRow]:
    index = row.next_step or 0
    asked = dataclasses.replace(
        row.steps[index],
        state=StepState.ASKED,
        wordings=tuple(choice.wording for choice in choices),
        chosen_by=tuple(choice.by for choice in choices),
        clash_key=found.key,
    )
    return [*row.steps[:index], asked, *row.steps[index + 1 :]]
