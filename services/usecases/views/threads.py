"""Conversations as a page shows them, and people by the login a line names them with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.domain.actors import Viewer
from services.domain.answer_body import talk_of
from services.domain.identifiers import ThreadId, UserId
from services.domain.permissions import NOTHING_KNOWN, Rule, Standing, why_not
from services.store.queries import threads, users
from services.store.queries.threads import MessageKind, MessageRow, ThreadRow
from services.store.queries.users import UserRow
from services.store.work import Work
from services.usecases.views.parts import MessageView, Permit, PersonView, ThreadView


def permit(rule: Rule, viewer: Viewer, standing: Standing = NOTHING_KNOWN, *, act: str) -> Permit:
    """Whether the rule lets the viewer, and the reason if not."""
    reason = why_not(rule, viewer, standing, act=act)
    return Permit(allowed=reason is None, why_not=reason)


def person_view(row: UserRow) -> PersonView:
    """Somebody who signed in at least once."""
    return PersonView(
        login=row.gitea_login, name=row.display_name or row.gitea_login, avatar_url=row.avatar_url
    )


async def people_called(work: Work, logins: Iterable[str]) -> tuple[PersonView, ...]:
    """The people of these logins, in this order; who never signed in goes by the login."""
    names = tuple(logins)
    known = await users.names_of(work, logins=names)
    return tuple(
        person_view(known[login]) if login in known else PersonView(login=login, name=login)
        for login in names
    )


async def person_called(work: Work, login: str) -> PersonView:
    """The same for one login."""
    (person,) = await people_called(work, [login])
    return person


async def thread_view(work: Work, thread: ThreadRow | None, *, viewer: Viewer) -> ThreadView:
    """A thread with all its messages, oldest first."""
    if thread is None:
        return ThreadView()
    spoken = await messages_of(work, [thread.id], viewer=viewer)
    return ThreadView(id=thread.id, messages=spoken[thread.id])


async def messages_of(
    work: Work, thread_ids: Sequence[ThreadId], *, viewer: Viewer
) -> dict[ThreadId, tuple[MessageView, ...]]:
    """The messages of several threads, oldest first."""
    messages = await threads.messages(work, thread_ids=thread_ids)
    named = {row.author_user_id for row in messages} | {row.asked_by for row in messages}
    writers = await users.find_many(work, user_ids=[user_id for user_id in named if user_id])
    spoken: dict[ThreadId, list[MessageView]] = {thread_id: [] for thread_id in thread_ids}
    for row in messages:
        spoken[row.thread_id].append(_message(row, writers, viewer))
    return {thread_id: tuple(said) for thread_id, said in spoken.items()}


def _message(row: MessageRow, writers: dict[UserId, UserRow], viewer: Viewer) -> MessageView:
    author = writers.get(row.author_user_id) if row.author_user_id else None
    asker = writers.get(row.asked_by) if row.asked_by else None
    return MessageView(
        id=row.id,
        kind=row.kind,
        author=person_view(author) if author else None,
        body=talk_of(row.body) if row.kind is MessageKind.MODEL else row.body,
        at=row.created_at,
        by_viewer=viewer is not None and row.author_user_id == viewer.id,
        model_key=row.model_key or "",
        model_name=row.model_name or "",
        asked_by=person_view(asker) if asker else None,
        state=row.state or "",
        trouble=row.trouble or "",
    )
