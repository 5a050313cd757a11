"""What a reader has seen of a pull request: how far they looked, and which sections they ticked (§10.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from anyio import to_thread

from services.domain.actors import Actor, Viewer
from services.domain.clock import now
from services.domain.diff_views import change_ids
from services.domain.errors import Invalid, NotSignedIn, ProductError
from services.domain.identifiers import CommitSha, MessageId
from services.domain.rendering.links import LinkBase
from services.store.queries import pull_seen
from services.usecases.context import Context
from services.usecases.texts import text_at
from services.usecases.views.pull import PullView

LONGEST_SECTION = 120


@dataclass(frozen=True, slots=True)
class Looked:
    """How far somebody had looked when they came (None: never), and the fingerprints of the sections they ticked."""

    commit_sha: CommitSha | None
    ticks: dict[str, str]


async def looked_at(context: Context, *, viewer: Viewer, pull: PullView) -> Looked | None:
    """What the viewer had seen; None for strangers."""
    if viewer is None:
        return None
    async with context.store.read() as work:
        seen = await pull_seen.find(work, user_id=viewer.id, repo=pull.repo, number=pull.number)
        ticks = await pull_seen.ticks(work, user_id=viewer.id, repo=pull.repo, number=pull.number)
    return Looked(seen, ticks)


async def new_changes(
    context: Context, *, pull: PullView, seen: CommitSha | None, base: LinkBase
) -> frozenset[str]:
    """The changes that came after the commit somebody saw; none for a first look, or where it can't be read."""
    if seen is None or seen == pull.head_sha or pull.problem is not None:
        return frozenset()
    try:
        then = (await text_at(context, pull.home, seen)).text
    except ProductError:
        return frozenset()
    ids = partial(change_ids, base=base, title=pull.entry_title)
    present = await to_thread.run_sync(ids, pull.before, pull.after)
    return present - await to_thread.run_sync(ids, pull.before, then)


async def mark_looked(context: Context, *, actor: Actor, pull: PullView) -> None:
    """Note that somebody has seen the pull request as `pull` shows it."""
    last = pull.thread.messages[-1].id if pull.thread.messages else None
    async with context.store.write() as work:
        await pull_seen.mark(
            work,
            user_id=actor.id,
            repo=pull.repo,
            number=pull.number,
            commit_sha=pull.head_sha,
            message_id=MessageId(last) if last is not None else None,
            at=now(),
        )


async def tick_section(
    context: Context, *, actor: Viewer, pull: PullView, section: str, fingerprint: str, viewed: bool
) -> None:
    """Tick a section as viewed as it is now, or take the tick back; raises NotSignedIn, Invalid."""
    if actor is None:
        raise NotSignedIn("Sign in to keep track of what you have viewed.")
    if not 0 < len(section) <= LONGEST_SECTION or len(fingerprint) > LONGEST_SECTION:
        raise Invalid("There is no such section.")
    async with context.store.write() as work:
        await pull_seen.tick(
            work,
            user_id=actor.id,
            repo=pull.repo,
            number=pull.number,
            section=section,
            fingerprint=fingerprint if viewed else "",
            at=now(),
        )
