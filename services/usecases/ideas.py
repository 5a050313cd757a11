"""What the use-cases and views of ideas share: whose it is, whether it can be decided, and the words for it."""

from __future__ import annotations

from services.domain.actors import Actor
from services.domain.audit import ActionKind
from services.domain.errors import Conflict, NotFound
from services.domain.identifiers import PullNumber, Repository
from services.domain.permissions import Standing
from services.domain.pull import PullKind, PullState
from services.store.queries import operations, pulls, threads
from services.store.queries.pulls import PullRow
from services.store.queries.threads import ThreadRow
from services.store.work import Work
from services.usecases.acts_under_way import require_free
from services.usecases.people import present_login

_CLOSED_REASONS = {
    PullState.MERGED: "This idea has been merged already.",
    PullState.CLOSED: "This idea has been declined already.",
    PullState.WITHDRAWN: "This idea has been withdrawn already.",
}


def closed_reason(state: PullState) -> str | None:
    """Why nothing can be decided any more, for an idea in this state; `None` while it is open."""
    return _CLOSED_REASONS.get(state)


async def standing_of(work: Work, pull: PullRow) -> Standing:
    """Who opened an idea, under the name they have now. An idea has no owners or arbiters yet."""
    if not pull.opened_by:
        return Standing()
    return Standing(opened_by=await present_login(work, login=pull.opened_by, at=pull.opened_at))


async def find_idea(work: Work, repo: Repository, number: PullNumber) -> PullRow:
    """The cached idea PR, or NotFound."""
    pull = await pulls.find(work, repo=repo, number=number)
    if pull is None or pull.pr_kind is not PullKind.IDEA:
        raise NotFound(f"There is no idea #{number}.")
    return pull


def require_open(pull: PullRow) -> None:
    """Raise Conflict, in words, unless the idea is open."""
    reason = closed_reason(pull.state)
    if reason is not None:
        raise Conflict(reason)


async def require_undisturbed(work: Work, number: PullNumber, *, by: Actor, act: ActionKind) -> None:
    """Raise Busy when a decision on this idea is under way; on PostgreSQL, wait for one being begun.

    Where it is `act` itself, begun by the same person, it is BegunAlready.
    """
    await work.serialize(f"idea {number}")
    found = [
        operation
        for operation in await operations.pending(work)
        if operation.intent.get("number") == number and "repo" not in operation.intent
    ]
    require_free(found, by=by, act=act, what="this idea")


async def chat_of_idea(work: Work, pull: PullRow) -> ThreadRow | None:
    """The idea's chat; a merged one without its own shows its entry's."""
    own = await threads.find_for_pull(work, repo=pull.repo, number=pull.pr_number)
    if own is not None or pull.rfc_slug is None or pull.state is not PullState.MERGED:
        return own
    return await threads.find_for_slug(work, slug=pull.rfc_slug)
