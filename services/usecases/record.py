"""The one writer of the record: what somebody did or said, and whom that concerns (§6.5, §15.1).

Use-cases call these instead of `actions.append`, so that nothing is recorded without being told, and nothing is
told that was rolled back: both happen in one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.domain.actors import Actor
from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.clock import now
from services.domain.events import JsonValue, MessagePosted, RecordGrew
from services.domain.identifiers import ChangeId, MessageId, OperationId, PullNumber, Repository, Slug, UserId
from services.domain.notice_places import Place, place_of
from services.domain.routing import routes_of
from services.domain.trailers import new_operation_id
from services.store.queries import (
    actions,
    catalog,
    events,
    notifications,
    permission_events,
    pulls,
    threads,
    watches,
)
from services.store.queries.notifications import Notice
from services.store.queries.threads import MessageRow, ThreadRow
from services.store.work import Work
from services.usecases.context import Context
from services.usecases.fan_out import Signal, count_reached, fan_out, readers_of

QUOTED: Final = 280
"""Characters of a message that a notification shows."""
MAIL_AFTER: Final = timedelta(seconds=120)
"""The delay of mails about rights that a command changes, without the running site's settings."""
IDEA_ACTS: Final = frozenset(
    {ActionKind.PROPOSE_IDEA, ActionKind.MERGE_IDEA, ActionKind.DECLINE_IDEA, ActionKind.WITHDRAW_IDEA}
)


async def record_action(
    work: Work,
    context: Context,
    *,
    actor_user_id: UserId | None,
    on_behalf_of: str,
    kind: ActionKind,
    op_id: OperationId | None,
    slug: Slug | None = None,
    branch: str | None = None,
    repo: Repository | None = None,
    pr_number: PullNumber | None = None,
    details: Mapping[str, JsonValue] | None = None,
    at: datetime | None = None,
) -> bool:
    """Record an action and tell whom it concerns; False when this operation's action stands there already."""
    moment = at or now()
    fresh = await actions.append(
        work,
        actor_user_id=actor_user_id,
        on_behalf_of=on_behalf_of,
        kind=kind,
        op_id=op_id,
        slug=slug,
        branch=branch,
        repo=repo,
        pr_number=pr_number,
        details=details,
        at=moment,
    )
    if fresh:
        await events.append(work, RecordGrew())
    if fresh and routes_of(kind):
        about = _About(slug=slug, branch=branch, repo=repo, pr_number=pr_number, details=details or {})
        key = f"action:{op_id or new_operation_id()}:{kind}"
        await fan_out(
            work, await _signal(work, context, about, kind, key=key, actor=actor_user_id, at=moment)
        )
    return fresh


async def record_quiet_action(
    work: Work,
    *,
    actor_user_id: UserId | None,
    on_behalf_of: str,
    kind: ActionKind,
    op_id: OperationId,
    slug: Slug | None = None,
    branch: str | None = None,
    details: Mapping[str, JsonValue] | None = None,
) -> None:
    """Record an action that concerns nobody else (§15.1), also by a command, which has no context.

    LookupError for a kind of which somebody has to be told.
    """
    if routes_of(kind):
        raise LookupError(f"somebody has to be told of {kind}")
    await actions.append(
        work,
        actor_user_id=actor_user_id,
        on_behalf_of=on_behalf_of,
        kind=kind,
        op_id=op_id,
        slug=slug,
        branch=branch,
        details=details,
    )
    await events.append(work, RecordGrew())


async def record_permission_event(
    work: Work,
    *,
    actor_user_id: UserId | None,
    subject_user_id: UserId,
    kind: PermissionEventKind,
    details: Mapping[str, JsonValue] | None = None,
    mail_after: timedelta = MAIL_AFTER,
) -> int:
    """Record a change of somebody's rights and tell them, by mail `mail_after` it; its key."""
    moment = now()
    key = await permission_events.append(
        work,
        actor_user_id=actor_user_id,
        subject_user_id=subject_user_id,
        kind=kind,
        details=details,
        at=moment,
    )
    await events.append(work, RecordGrew())
    notice = Notice(
        signal=f"permission:{key}",
        kind=kind,
        actor_user_id=actor_user_id,
        place="/",
        path="/",
        details=details or {},
        created_at=moment,
    )
    await fan_out(
        work, Signal(notice=notice, meta=Repository(""), mail_after=mail_after, subject_id=subject_user_id)
    )
    return key


async def count_notified(
    work: Work,
    context: Context,
    *,
    actor_user_id: UserId,
    kind: ActionKind,
    slug: Slug | None = None,
    branch: str | None = None,
    repo: Repository | None = None,
    pr_number: PullNumber | None = None,
) -> int:
    """How many people recording this action would tell, as things stand; nothing is written."""
    about = _About(slug=slug, branch=branch, repo=repo, pr_number=pr_number, details={})
    return await count_reached(
        work, await _signal(work, context, about, kind, key="", actor=actor_user_id, at=now())
    )


async def record_state(
    work: Work,
    context: Context,
    *,
    kind: str,
    key: str,
    slug: Slug | None = None,
    repo: Repository | None = None,
    pr_number: PullNumber | None = None,
    details: Mapping[str, JsonValue] | None = None,
) -> bool:
    """Tell of a state that nobody acted out, such as a conflict; False when `key` was told before (§15.9)."""
    signal = _state(kind, key)
    await work.serialize(signal)
    if await notifications.is_told(work, signal=signal):
        return False
    about = _About(slug=slug, branch=None, repo=repo, pr_number=pr_number, details=details or {})
    await fan_out(work, await _signal(work, context, about, kind, key=signal, actor=None, at=now()))
    return True


async def is_state_told(work: Work, *, kind: str, key: str) -> bool:
    """Whether `record_state` has told this."""
    return await notifications.is_told(work, signal=_state(kind, key))


async def told_states(work: Work, *, kind: str, keys: Collection[str]) -> frozenset[str]:
    """For which of these keys `record_state` has told this kind of state."""
    signals = {key: _state(kind, key) for key in keys}
    told = await notifications.told_of(work, signals=list(signals.values()))
    return frozenset(key for key, signal in signals.items() if signal in told)


def _state(kind: str, key: str) -> str:
    return f"{kind}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


async def record_message(
    work: Work,
    context: Context,
    *,
    person: Actor,
    thread: ThreadRow,
    body: str,
    op_id: OperationId | None = None,
    kind: ActionKind = ActionKind.POST_MESSAGE,
    watched: Slug | None = None,
) -> MessageRow:
    """Write what somebody says in a thread, record it and tell whom it concerns; the same `op_id` again is a no-op.

    `kind` is OPEN_THREAD for the words a thread begins with. `watched`: the RFC that its writer watches from now
    on, where the thread has no slug of its own yet.
    """
    message = await threads.append_message(
        work, thread_id=thread.id, author_user_id=person.id, body=body, op_id=op_id or new_operation_id()
    )
    if await _record_message(work, context, person, thread, message, kind):
        await events.append(work, _posted(thread, message))
        slug = watched or thread.rfc_slug
        if slug is not None:
            await watches.set_watching(work, user_id=person.id, slug=slug, at=now())
    return message


async def _record_message(
    work: Work, context: Context, person: Actor, thread: ThreadRow, message: MessageRow, kind: ActionKind
) -> bool:
    return await record_action(
        work,
        context,
        actor_user_id=person.id,
        on_behalf_of=person.login,
        kind=kind,
        op_id=message.op_id,
        slug=thread.rfc_slug,
        branch=thread.branch_name,
        repo=thread.repo,
        pr_number=thread.pr_number,
        details={"thread": thread.id, "message": message.id},
    )


def _posted(thread: ThreadRow, message: MessageRow) -> MessagePosted:
    return MessagePosted(
        thread.id, message.id, slug=thread.rfc_slug, number=thread.pr_number, branch=thread.branch_name
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What an act was about, as its audit row names it."""

    slug: Slug | None
    branch: str | None
    repo: Repository | None
    pr_number: PullNumber | None
    details: Mapping[str, JsonValue]

    def number(self, name: str) -> int | None:
        """A key kept in the details."""
        value = self.details.get(name)
        return value if isinstance(value, int) else None


async def _signal(
    work: Work,
    context: Context,
    about: _About,
    kind: str,
    *,
    key: str,
    actor: UserId | None,
    at: datetime,
) -> Signal:
    thread, message = await _said(work, about)
    slug = about.slug or await _slug_of_pull(work, about)
    change = about.number("change")
    place = await _place(work, context, about, kind, thread)
    details = dict(about.details) if message is None else {**about.details, "quote": message.body[:QUOTED]}
    notice = Notice(
        signal=key,
        kind=kind,
        actor_user_id=actor,
        place=place.page,
        path=place.path,
        rfc_slug=slug,
        branch_name=about.branch,
        repo=about.repo,
        pr_number=about.pr_number,
        thread_id=None if thread is None else thread.id,
        message_id=None if message is None else message.id,
        details=details,
        created_at=at,
    )
    return Signal(
        notice=notice,
        meta=context.meta,
        mail_after=context.email_delay,
        branch=about.branch,
        thread=thread,
        message=message,
        change_id=None if change is None else ChangeId(change),
        readers=await _readers(work, context, about),
    )


async def _said(work: Work, about: _About) -> tuple[ThreadRow | None, MessageRow | None]:
    """The thread and the message of an act that is somebody's words."""
    number = about.number("message") or about.number("question")
    message = None if number is None else await threads.message(work, id=MessageId(number))
    thread = None if message is None else await threads.find(work, id=message.thread_id)
    return thread, message


async def _slug_of_pull(work: Work, about: _About) -> Slug | None:
    """An idea's talk has no slug yet; whoever muted it by its slug is left alone all the same."""
    if about.repo is None or about.pr_number is None:
        return None
    pull = await pulls.find(work, repo=about.repo, number=about.pr_number)
    return None if pull is None else pull.rfc_slug


async def _place(work: Work, context: Context, about: _About, kind: str, thread: ThreadRow | None) -> Place:
    of_meta = about.repo == context.meta
    entry = await catalog.find(work, slug=about.slug) if of_meta and about.slug is not None else None
    is_idea = of_meta and (kind in IDEA_ACTS or (thread is not None and about.slug is None))
    return place_of(
        kind,
        slug=about.slug,
        branch=about.branch,
        idea=about.pr_number if is_idea else None,
        # The chat of a merged idea is its entry's.
        pull=None if is_idea or (thread is not None and about.branch is None) else about.pr_number,
        beside=entry is not None and entry.repo is not None,
        thread=thread.id if thread is not None and thread.anchor is not None else None,
    )


async def _readers(work: Work, context: Context, about: _About) -> frozenset[UserId] | None:
    if about.slug is None or about.branch is None or about.pr_number is not None:
        return None
    return await readers_of(work, context.meta, slug=about.slug, branch=about.branch)
