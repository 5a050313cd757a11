"""Up to which message somebody has read a chat: `branch_chat_seen` (§8.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, func, select

from services.domain.identifiers import MessageId, ThreadId, UserId
from services.store.queries.threads import thread_messages
from services.store.shape import table_of
from services.store.tables import BranchChatSeen
from services.store.work import Work

chat_seen = table_of(BranchChatSeen)


async def mark(
    work: Work, *, user_id: UserId, thread_id: ThreadId, message_id: MessageId, at: datetime
) -> bool:
    """Note what a person has read; False, and nothing written, when they had read as far."""
    values = {"user_id": user_id, "thread_id": thread_id, "message_id": message_id, "seen_at": at}
    if await work.insert_unless_there(chat_seen, values):
        return True
    own = (chat_seen.c.user_id == user_id) & (chat_seen.c.thread_id == thread_id)
    statement = chat_seen.update().where(own, chat_seen.c.message_id < message_id)
    return await work.change(statement.values(message_id=message_id, seen_at=at)) == 1


async def last_seen(work: Work, *, user_id: UserId, thread_id: ThreadId) -> MessageId | None:
    """The last message a person has read of a chat; None if they never opened it."""
    own = (chat_seen.c.user_id == user_id) & (chat_seen.c.thread_id == thread_id)
    found = await work.number(select(chat_seen.c.message_id).where(own))
    return None if found is None else MessageId(found)


async def count_unread(work: Work, *, user_id: UserId, thread_ids: Iterable[ThreadId]) -> dict[ThreadId, int]:
    """How many messages of others each chat has after what a person has read; chats without any are left out."""
    own = and_(chat_seen.c.user_id == user_id, chat_seen.c.thread_id == thread_messages.c.thread_id)
    joined = thread_messages.outerjoin(chat_seen, own)
    statement = (
        select(thread_messages.c.thread_id, func.count().label("unread"))
        .select_from(joined)
        .where(thread_messages.c.thread_id.in_(list(thread_ids)))
        .where(thread_messages.c.author_user_id.is_distinct_from(user_id))
        .where(thread_messages.c.id > func.coalesce(chat_seen.c.message_id, 0))
        .group_by(thread_messages.c.thread_id)
    )
    return {ThreadId(row["thread_id"]): row["unread"] for row in await work.rows(statement)}
