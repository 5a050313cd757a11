"""The one writer of the record: what somebody did or said, and whom that concerns (§6.5, §15.1).

Use-cases call these instead of `actions.append`, so that nothing is recorded without being told, and nothing is
told that was rolled back: both happen in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from services.domain.actors import Actor
from services.domain.audit import ActionKind, PermissionEventKind
from services.domain.clock import now
from services.domain.events import JsonValue, MessagePosted
from services.domain.identifiers import OperationId, PullNumber, Repository, Slug, UserId
from services.domain.trailers import new_operation_id
from services.store.queries import actions, events, permission_events, threads, watches
from services.store.queries.threads import MessageRow, ThreadRow
from services.store.work import Work
from services.usecases.context import Context


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
    return await actions.append(
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
        at=at,
    )


async def record_permission_event(
    work: Work,
    *,
    actor_user_id: UserId | None,
    subject_user_id: UserId,
    kind: PermissionEventKind,
    details: Mapping[str, JsonValue] | None = None,
) -> int:
    """Record a change of somebody's rights and tell them; its key."""
    return await permission_events.append(
        work,
        actor_user_id=actor_user_id,
        subject_user_id=subject_user_id,
        kind=kind,
        details=details,
    )


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
