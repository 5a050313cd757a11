"""Conversations as a page shows them, and people by the login a line names them with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Spoken:
    """The messages of a thread whoever looks, oldest first, and who wrote each."""

    thread_id: ThreadId | None = None
    messages: tuple[MessageView, ...] = ()
    authors: tuple[UserId | None, ...] = ()

    def seen_by(self, viewer: Viewer) -> tuple[MessageView, ...]:
        """The messages with the viewer's own ones marked; the same objects for all who wrote none."""
        if viewer is None or viewer.id not in self.authors:
            return self.messages
        return tuple(
            replace(message, by_viewer=True) if author == viewer.id else message
            for message, author in zip(self.messages, self.authors, strict=True)
        )


async def thread_view(work: Work, thread: ThreadRow | None, *, viewer: Viewer) -> ThreadView:
    """A thread with all its messages, oldest first."""
    if thread is None:
        return ThreadView()
    said = (await spoken(work, [thread.id]))[thread.id]
    return ThreadView(id=thread.id, messages=said.seen_by(viewer))


async def spoken(work: Work, thread_ids: Sequence[ThreadId]) -> dict[ThreadId, Spoken]:
    """What is said in several threads."""
    messages = await threads.messages(work, thread_ids=thread_ids)
    named = {row.author_user_id for row in messages} | {row.asked_by for row in messages}
    writers = await users.find_many(work, user_ids=[user_id for user_id in named if user_id])
    rows: dict[ThreadId, list[MessageRow]] = {thread_id: [] for thread_id in thread_ids}
    for row in messages:
        rows[row.thread_id].append(row)
    return {thread_id: _spoken(thread_id, said, writers) for thread_id, said in rows.items()}


def _spoken(thread_id: ThreadId, rows: Sequence[MessageRow], writers: dict[UserId, UserRow]) -> Spoken:
    return Spoken(
        thread_id,
        tuple(_message(row, writers) for row in rows),
        tuple(row.author_user_id for row in rows),
    )


def _message(row: MessageRow, writers: dict[UserId, UserRow]) -> MessageView:
    author = writers.get(row.author_user_id) if row.author_user_id else None
    asker = writers.get(row.asked_by) if row.asked_by else None
    return MessageView(
        id=row.id,
        kind=row.kind,
        author=person_view(author) if author else None,
        body=talk_of(row.body) if row.kind is MessageKind.MODEL else row.body,
        at=row.created_at,
        by_viewer=False,
        model_key=row.model_key or "",
        model_name=row.model_name or "",
        asked_by=person_view(asker) if asker else None,
        state=row.state or "",
        trouble=row.trouble or "",
    )
