"""Deciding on a pull request (§10.5, §10.6, §10.8): merge, withdraw, reopen, change its words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypedDict

from services.domain.actors import Actor
from services.domain.errors import Conflict, GiteaConflict, GiteaNotFound
from services.domain.identifiers import CommitSha, OperationId, PullNumber, Repository, Slug
from services.domain.permissions import Rule, may_edit_pull, may_merge_pull, may_withdraw
from services.domain.pull import check_pull_description, check_pull_title, withdrawal_comment
from services.domain.pull_draft import PullWords
from services.domain.trailers import new_operation_id, parse_trailers, without_trailers
from services.gitea.outcomes import PullConflicts, WordsMoved
from services.store.work import Work
from services.usecases.acts_under_way import OnePress
from services.usecases.bot_writes import BotWrite, begin, carry_out
from services.usecases.context import Context
from services.usecases.graduating import require_not_graduating
from services.usecases.known_pull import (
    KnownPull,
    closed_reason,
    find_pull,
    readable_pull,
    require_open,
    require_undisturbed,
)
from services.usecases.people import entitled
from services.usecases.pull_writes import (
    EDIT_PULL,
    MERGE_PULL,
    REOPEN_PULL,
    WITHDRAW_PULL,
    ClosePullIntent,
    EditPullIntent,
    MergePullIntent,
    P,
    PullDone,
    ReopenPullIntent,
)
from services.usecases.views.pull import CONFLICTS, OTHER_KIND

MOVED = (
    "The pull request has changed since you looked at it, so it was not merged. Read it again, then decide."
)
LIKE_TRAILERS = (
    "The last lines of the description read like those that only the bot writes. Write a sentence below them."
)


async def merge_pull(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    number: PullNumber,
    seen_sha: CommitSha | None = None,
    meta: bool = False,
) -> None:
    """Merge a change of an entry's text; `seen_sha` is the head the actor saw, and only that is merged.

    Waits while Gitea finds out whether it merges. Raises NotFound, NotSignedIn, Muted, Forbidden, Busy, Conflict
    (decided, moved, in conflict) and Upstream.
    """

    async def intend(_: Work, person: Actor, pull: KnownPull) -> MergePullIntent:
        require_open(pull.row)
        if not pull.changes_text:
            raise Conflict(OTHER_KIND)
        head = CommitSha(pull.row.head_sha)
        if seen_sha is not None and seen_sha != head:
            raise Conflict(MOVED)
        return MergePullIntent(head_sha=head, title=pull.row.title, **_named(context, person, pull))

    decision = _Decision(may_merge_pull, "merge this pull request", MERGE_PULL, intend)
    await _decide(context, actor, slug, number, meta, decision)


async def withdraw_pull(
    context: Context, *, actor: Actor | None, slug: Slug, number: PullNumber, meta: bool = False
) -> None:
    """Close a pull request unmerged: whoever opened it, or an arbiter; branch and talk stay (§10.8).

    Raises NotFound, NotSignedIn, Muted, Forbidden, Busy, Conflict (decided) and Upstream.
    """

    async def intend(_: Work, person: Actor, pull: KnownPull) -> ClosePullIntent:
        require_open(pull.row)
        comment = withdrawal_comment(person.display_name)
        return ClosePullIntent(comment=comment, **_named(context, person, pull))

    decision = _Decision(may_withdraw, "withdraw this pull request", WITHDRAW_PULL, intend)
    await _decide(context, actor, slug, number, meta, decision)


async def reopen_pull(
    context: Context, *, actor: Actor | None, slug: Slug, number: PullNumber, meta: bool = False
) -> None:
    """Open a closed or withdrawn pull request again, while its branch exists. Raises what `withdraw_pull` raises."""

    async def intend(work: Work, person: Actor, pull: KnownPull) -> ReopenPullIntent:
        if pull.why_not_reopened is not None:
            raise Conflict(pull.why_not_reopened)
        if pull.row.repo == context.meta:
            await require_not_graduating(work, slug)
        return ReopenPullIntent(**_named(context, person, pull))

    decision = _Decision(may_withdraw, "reopen this pull request", REOPEN_PULL, intend)
    await _decide(context, actor, slug, number, meta, decision)


async def edit_pull(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    number: PullNumber,
    title: str | None = None,
    description: str | None = None,
    seen: PullWords | None = None,
    meta: bool = False,
) -> None:
    """Change a pull request's title or description, also of a decided one; the bot's own lines stay (§10.6).

    What is None stays as it is. `seen` is what the actor's words were made from: what says something else by now is
    not overwritten. Raises Invalid (field `title` or `description`), and what `withdraw_pull` raises.
    """
    wanted = {
        "title": None if title is None else check_pull_title(title),
        "description": None if description is None else check_pull_description(description),
    }
    op_id = new_operation_id()
    async with context.store.write() as work:
        person, pull = await _decider(
            context,
            work,
            actor,
            slug,
            number,
            meta,
            rule=may_edit_pull,
            act="change its title and description",
        )
        present = {"title": pull.row.title, "description": without_trailers(pull.row.body)}
        changed = {
            name: words for name, words in wanted.items() if words is not None and words != present[name]
        }
        if not changed:
            return
        _require_as_seen(changed, seen, present)
        words = changed.get("description", "")
        if without_trailers(words) != words and not parse_trailers(pull.row.body):
            raise Conflict(LIKE_TRAILERS)
        intent = EditPullIntent(
            title=changed.get("title"),
            description=changed.get("description"),
            before={name: present[name] for name in changed},
            **_named(context, person, pull),
        )
        await begin(work, EDIT_PULL, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    await _carry_out(context, EDIT_PULL, op_id, pull)


def _require_as_seen(changed: Mapping[str, str], seen: PullWords | None, present: Mapping[str, str]) -> None:
    if seen is None:
        return
    known = {"title": seen.title, "description": seen.description}
    moved = [name for name in changed if known[name] != present[name]]
    if moved:
        raise _words_moved(moved)


def _words_moved(names: Sequence[str]) -> Conflict:
    have = "has" if len(names) == 1 else "have"
    return Conflict(
        f"The {' and '.join(names)} {have} been changed by somebody else while you were writing: nothing was saved.",
        hint="What you wrote is still here. Saving again puts it in place of the present words.",
    )


class _Named(TypedDict):
    display_name: str
    slug: Slug
    repo: Repository
    number: PullNumber
    branch: str
    is_meta: bool


def _named(context: Context, person: Actor, pull: KnownPull) -> _Named:
    """What every intent says of the pull request."""
    return _Named(
        display_name=person.display_name,
        slug=pull.entry.slug,
        repo=pull.row.repo,
        number=pull.row.pr_number,
        branch=pull.row.head_branch,
        is_meta=pull.row.repo == context.meta and pull.entry.repo is not None,
    )


@dataclass(frozen=True, slots=True)
class _Decision(Generic[P]):
    """One of the ways to decide: who may, how the refusal of others names it, and what it has the bot do."""

    rule: Rule
    act: str
    write: BotWrite[P, PullDone]
    intend: Callable[[Work, Actor, KnownPull], Awaitable[P]]
    """What is to be done with this pull request; raises Conflict where it can't be."""


async def _decide(
    context: Context,
    actor: Actor | None,
    slug: Slug,
    number: PullNumber,
    meta: bool,
    decision: _Decision[P],
) -> None:
    """Decide once, however often it is pressed."""
    write = decision.write
    async with OnePress(context):
        op_id = new_operation_id()
        async with context.store.write() as work:
            person, pull = await _decider(
                context, work, actor, slug, number, meta, rule=decision.rule, write=write, act=decision.act
            )
            intent = await decision.intend(work, person, pull)
            await begin(work, write, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
        await _carry_out(context, write, op_id, pull)


async def _decider(
    context: Context,
    work: Work,
    actor: Actor | None,
    slug: Slug,
    number: PullNumber,
    meta: bool,
    *,
    rule: Rule,
    act: str,
    write: BotWrite[P, PullDone] | None = None,
) -> tuple[Actor, KnownPull]:
    """Whoever may act now, and the pull request, if nobody else is acting on it; `write` is done once at a time."""
    pull = await readable_pull(work, context.meta, slug=slug, number=number, viewer=actor, meta=meta)
    person = await entitled(work, rule, actor, pull.standing, act=act)
    await require_undisturbed(work, pull.row, by=person, act=write.kind if write else None)
    return person, pull


async def _carry_out(
    context: Context, write: BotWrite[P, PullDone], op_id: OperationId, pull: KnownPull
) -> None:
    try:
        await carry_out(context, write, op_id)
    except (GiteaConflict, GiteaNotFound) as error:
        await context.refresher.nudge(pull.row.repo, pull.row.pr_number)
        raise await _explained(context, pull, error) from error


async def _explained(
    context: Context, pull: KnownPull, error: GiteaConflict | GiteaNotFound
) -> Conflict | GiteaNotFound:
    """Say what got in between: somebody acted on Gitea or in another window, or it is in conflict."""
    if isinstance(error, WordsMoved):
        return _words_moved(["title or description"])
    if isinstance(error, PullConflicts):
        return Conflict(CONFLICTS, hint="“Resolve” replays it on what main says now.")
    row, meta = pull.row, pull.row.repo == context.meta
    async with context.store.read() as work:
        present = (
            await find_pull(work, context.meta, slug=pull.entry.slug, number=row.pr_number, meta=meta)
        ).row
    reason = closed_reason(present.state)
    if reason is not None and present.state is not row.state:
        return Conflict(reason)
    if present.head_sha != row.head_sha:
        return Conflict(MOVED)
    return error if isinstance(error, GiteaNotFound) else Conflict(error.message, hint=error.hint)
