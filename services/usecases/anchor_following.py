"""Threads stay with their passages when the text moves on (§8.13).

An anchor is stored with the commit it stands on, so following starts from there whatever happened since: running
twice or after a restart gives the same. Commits that are followed together count as one difference: words that one of
them took away and another put back as they were never left. What is shown follows further, to what is being typed.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from services.domain.anchors import Anchor, Certainty
from services.domain.errors import ProductError
from services.domain.events import BranchChanged, EntryChanged, Event, TextFlushed, ThreadChanged
from services.domain.identifiers import CommitSha, Slug, ThreadId
from services.domain.side import Side
from services.store.queries import events, threads
from services.store.queries.threads import ThreadRow, ThreadState
from services.store.work import Work
from services.usecases.shown_text import ShownText, shown_text, text_of_commit

if TYPE_CHECKING:
    from services.usecases.context import Context

log = logging.getLogger(__name__)


async def follow_event(context: Context, event: Event) -> None:
    """Follow where an event says that a text may have moved; what fails is tried at the next one."""
    match event:
        case EntryChanged(slug):
            await _try_to_follow(context, slug, None)
        case BranchChanged(slug, name) | TextFlushed(slug, name):
            await _try_to_follow(context, slug, name)


async def follow_everywhere(context: Context) -> None:
    """After a start: catch up with what moved meanwhile."""
    async with context.store.read() as work:
        places = await threads.list_anchored_places(work)
    for slug, branch in places:
        await _try_to_follow(context, slug, branch)


async def follow_anchors(context: Context, *, slug: Slug, branch: str | None) -> int:
    """Move the anchors of unresolved threads to the text's last commit; how many were moved.

    Raises NotFound, UnreadableText and Upstream.
    """
    async with context.store.read() as work:
        rows = await _unresolved(work, slug, branch)
    if not rows:
        return 0
    present = await shown_text(context, slug=slug, branch=branch)
    behind = [row for row in rows if row.anchor is not None and row.anchor.commit != present.commit_sha]
    moved = await followed(context, behind, slug=slug, branch=branch, to=_as_committed(present))
    return await _store(context, behind, moved)


async def followed(
    context: Context, rows: Iterable[ThreadRow], *, slug: Slug, branch: str | None, to: ShownText
) -> dict[ThreadId, Anchor]:
    """Where the threads' passages stand in the present text, typed words included.

    What stood on a commit that can't be read any more is found by its quote, and never surely.
    """
    by_commit: defaultdict[CommitSha, list[tuple[ThreadId, Anchor]]] = defaultdict(list)
    for row in rows:
        if row.anchor is not None:
            by_commit[row.anchor.commit].append((row.id, row.anchor))
    found: dict[ThreadId, Anchor] = {}
    for sha, anchored in by_commit.items():
        before = to.committed if sha == to.commit_sha else None
        before = before or await text_of_commit(context, slug=slug, branch=branch, sha=sha)
        anchors = tuple(anchor if before is not None else _unsure(anchor) for _, anchor in anchored)
        after = await context.places.follow(anchors, before or "", to.text, to.commit_sha)
        found.update(zip((thread_id for thread_id, _ in anchored), after, strict=True))
    return found


def _unsure(anchor: Anchor) -> Anchor:
    return Anchor(
        quote=anchor.quote,
        prefix=anchor.prefix,
        suffix=anchor.suffix,
        start=0,
        end=0,
        commit=anchor.commit,
        certainty=Certainty.LOST,
    )


async def _try_to_follow(context: Context, slug: Slug, branch: str | None) -> None:
    try:
        await follow_anchors(context, slug=slug, branch=branch)
    except ProductError as error:
        log.warning("the threads of %s %s could not follow its text: %s", slug, branch or "", error.message)


async def _unresolved(work: Work, slug: Slug, branch: str | None) -> list[ThreadRow]:
    """Those on the branch's own text: what it started from stays readable as it was, and is followed at each look."""
    rows = await threads.list_anchored(work, slug=slug, branch=branch)
    return [row for row in rows if row.state is not ThreadState.RESOLVED and row.side is Side.AFTER]


def _as_committed(present: ShownText) -> ShownText:
    return ShownText(text=present.committed, committed=present.committed, commit_sha=present.commit_sha)


async def _store(context: Context, rows: Iterable[ThreadRow], moved: Mapping[ThreadId, Anchor]) -> int:
    """Write down what moved, unless somebody else placed the thread meanwhile."""
    stored = 0
    async with context.store.write() as work:
        for row in rows:
            if await replace_anchor(work, row, moved[row.id]):
                stored += 1
    return stored


async def replace_anchor(work: Work, row: ThreadRow, anchor: Anchor) -> bool:
    """Give a thread another place; False where it is not the one that `row` says any more."""
    await work.serialize(f"anchor {row.id}")
    present = await threads.find(work, id=row.id)
    if present is None or present.anchor != row.anchor or row.rfc_slug is None:
        return False
    await threads.set_anchor(work, id=row.id, anchor=anchor)
    await events.append(work, ThreadChanged(row.id, row.rfc_slug, row.branch_name))
    return True
