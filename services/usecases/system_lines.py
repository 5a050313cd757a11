"""Lines in a chat that nobody said: what happened to the branch or the entry (§8.4)."""

from __future__ import annotations

from services.domain.events import MessagePosted
from services.domain.identifiers import MessageId, OperationId, Slug, UserId
from services.store.queries import events, threads
from services.store.queries.threads import MessageKind
from services.store.work import Work


async def say_system_line(
    work: Work,
    *,
    slug: Slug,
    branch: str | None,
    text: str,
    begun_by: UserId | None = None,
    op_id: OperationId | None = None,
) -> MessageId:
    """Write a line of inline markdown in a branch's chat (None: main's), which begins with it if need be.

    `op_id`: what it tells of, so that it can be found by that.
    """
    thread_id = await threads.open(work, created_by=begun_by, slug=slug, branch=branch)
    line = await threads.append_message(
        work,
        thread_id=thread_id,
        author_user_id=None,
        body=text,
        kind=MessageKind.SYSTEM,
        op_id=op_id,
    )
    await events.append(work, MessagePosted(thread_id, line.id, slug=slug, branch=branch))
    return line.id
