"""Opening a branch's pull request (§10.1, §10.2): what is typed is committed first, and the branch becomes public."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.actors import Actor
from services.domain.branch import MAIN, BranchKey
from services.domain.entry import EntryState
from services.domain.errors import Busy, Conflict
from services.domain.identifiers import OperationId, PullNumber, Repository, Slug
from services.domain.permissions import may_edit_branch
from services.domain.pull import PullKind, check_pull_description, check_pull_title
from services.domain.trailers import new_operation_id
from services.gitea.outcomes import PullThere
from services.store.queries import operations
from services.store.queries.operations import OperationRow, OperationState
from services.store.work import Work
from services.usecases.acts_under_way import name_of
from services.usecases.bot_writes import begin, carry_out
from services.usecases.context import Context
from services.usecases.graduating import require_not_graduating
from services.usecases.known_branch import KnownBranch, readable_branch
from services.usecases.live_texts.flush import FlushReason
from services.usecases.people import entitled
from services.usecases.pull_writes import OPEN_PULL, OpenPullIntent
from services.usecases.texts import head_of, home_of_entry, text_at
from services.usecases.views.entry import WITHDRAWN

ACT = "open a pull request from this branch"
SAME_TEXT = "This branch says the same as main, so there is nothing to review. Change something first."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedBranchPull:
    """The pull request that was opened."""

    slug: Slug
    repo: Repository
    number: PullNumber


async def open_pull(
    context: Context,
    *,
    actor: Actor | None,
    slug: Slug,
    name: str,
    title: str,
    description: str,
    op_id: OperationId | None = None,
    supersedes: PullNumber | None = None,
) -> OpenedBranchPull:
    """Open the pull request of a branch. The same `op_id` again gives the same pull request.

    `supersedes`: the one that it takes the place of once it is merged (§10.9).

    Raises Invalid (field `title` or `description`), NotFound, NotSignedIn, Muted, Forbidden, Busy, Conflict (one is
    open, nothing differs from main, the branch is gone) and Upstream; see `carry_out` for what is kept.
    """
    op_id = op_id or new_operation_id()
    words = check_pull_title(title), check_pull_description(description)
    async with context.store.read() as work:
        earlier = await operations.find(work, id=op_id)
        person, branch = await _opener(work, context, actor, slug, name)
    if earlier is not None and earlier.state is not OperationState.FAILED:
        return await _repeat(context, person, earlier)
    require_open_to_pulls(context, branch)
    async with context.live_texts.editing(context, slug=slug, name=name) as edited:
        await edited.flush(FlushReason.PULL)
        text = edited.head.text
    await _require_ahead(context, branch, text)
    async with context.store.write() as work:
        person, branch = await _opener(work, context, actor, slug, name)
        require_open_to_pulls(context, branch)
        await require_none_opening(work, branch.key)
        if branch.key.repo == context.meta:
            await require_not_graduating(work, slug)
        intent = OpenPullIntent(
            display_name=person.display_name,
            slug=slug,
            repo=branch.key.repo,
            branch=name,
            kind=PullKind.META_BODY_EDIT if branch.key.repo == context.meta else PullKind.RFC_BRANCH,
            title=words[0],
            description=words[1],
            supersedes=supersedes,
        )
        await begin(work, OPEN_PULL, op_id=op_id, actor_id=person.id, login=person.login, intent=intent)
    return await carry_out_opening(context, op_id, intent)


async def carry_out_opening(
    context: Context, op_id: OperationId, intent: OpenPullIntent, *, again: bool = False
) -> OpenedBranchPull:
    """Have the bot open it. Raises Conflict where the branch got one in the meantime, or is gone, and Upstream."""
    try:
        opened = await carry_out(context, OPEN_PULL, op_id, again=again)
    except PullThere as error:
        await context.refresher.nudge(intent.repo)
        raise Conflict(error.message) from error
    return OpenedBranchPull(slug=intent.slug, repo=intent.repo, number=opened.number)


def require_open_to_pulls(context: Context, branch: KnownBranch) -> None:
    """Raise Conflict, in words, where no pull request of this branch can be opened."""
    if branch.entry.state is EntryState.WITHDRAWN:
        raise Conflict(WITHDRAWN)
    if branch.pull is not None:
        raise Conflict(f"This branch has a pull request already, #{branch.pull.pr_number}.")
    if branch.key.repo != home_of_entry(context.meta, branch.entry).repo:
        raise Conflict(
            "This branch is of the time before the RFC was graduated; its text lives elsewhere now.",
            hint="Start a branch of the RFC, and carry what you need over.",
        )


async def _opener(
    work: Work, context: Context, actor: Actor | None, slug: Slug, name: str
) -> tuple[Actor, KnownBranch]:
    branch = await readable_branch(work, context.meta, slug=slug, name=name, viewer=actor)
    return await entitled(work, may_edit_branch, actor, branch.standing, act=ACT), branch


async def _require_ahead(context: Context, branch: KnownBranch, text: str) -> None:
    """Compared with main as it is on Gitea now, not as it is cached."""
    home = home_of_entry(context.meta, branch.entry)
    main = await text_at(context, home, await head_of(context, home, MAIN))
    if main.text == text:
        raise Conflict(SAME_TEXT)


async def require_none_opening(work: Work, key: BranchKey) -> None:
    """Raise Busy when somebody is opening a pull request from this branch: two people at once, and one does."""
    await work.serialize(f"pull of {key.repo} {key.name}")
    for operation in await operations.pending(work):
        if operation.kind != OPEN_PULL.kind:
            continue
        if (operation.intent.get("repo"), operation.intent.get("branch")) == (key.repo, key.name):
            raise Busy(f"{name_of(operation)} is opening a pull request from this branch right now.")


async def _repeat(context: Context, person: Actor, earlier: OperationRow) -> OpenedBranchPull:
    """The same click sent twice: the pull request of the first."""
    if earlier.kind != OPEN_PULL.kind or earlier.actor_user_id != person.id:
        raise Conflict("This was sent before, by somebody else.")
    if earlier.id in context.in_flight:
        raise Busy("Your pull request is being opened right now.")
    intent = OPEN_PULL.intent_of(earlier)
    if earlier.state is OperationState.DONE:
        effect = OPEN_PULL.effect_of(earlier)
        return OpenedBranchPull(slug=intent.slug, repo=intent.repo, number=effect.number)
    return await carry_out_opening(context, earlier.id, intent, again=True)
