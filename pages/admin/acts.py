"""What can be done on the admin pages; the use-cases check every call."""

from __future__ import annotations

from components import phrases
from pages.admin.asked import key
from services.domain.actors import Actor, Role
from services.domain.identifiers import OperationId, Slug, UserId
from services.store.queries.operations import OperationState
from services.usecases.admin_mail import retry_mail
from services.usecases.admin_sync import drop_write, resume_write, sync_now
from services.usecases.branch_access import pin
from services.usecases.context import Context
from services.usecases.graduate import resume_graduation, undo_graduation
from services.usecases.hygiene import keep
from services.usecases.outdated_logins import update_logins
from services.usecases.restore_branch import restore
from services.usecases.rights import end_sessions, set_muted, set_role


async def act(context: Context, actor: Actor, name: str, value: str) -> str:
    """What was pressed or chosen; the words that say what happened. Anything unknown is nothing."""
    verb, _, target = name.partition(":")
    if verb == "refresh":
        report = await sync_now(context, actor=actor)
        return report.failure or "Gitea has been read."
    if verb == "logins":
        opened = await update_logins(context, actor=actor, slug=Slug(target))
        return f"PR #{opened.number} asks for it."
    if verb in ("mail", "mails"):
        return await _send_again(context, actor, target)
    if verb in OPERATION_ACTS:
        return await OPERATION_ACTS[verb](context, actor, OperationId(target))
    if verb in BRANCH_ACTS:
        slug, _, branch = target.partition("/")
        return await BRANCH_ACTS[verb](context, actor, Slug(slug), branch)
    subject = key(target)
    return "" if subject is None else await _on_person(context, actor, verb, UserId(subject), value)


async def _send_again(context: Context, actor: Actor, target: str) -> str:
    mail_id = key(target)
    if mail_id is None and target != "all":
        return ""
    count = await retry_mail(context, actor=actor, mail_id=mail_id)
    return f"{count} mail{' waits' if count == 1 else 's wait'} again; the next seconds show how it goes."


async def _on_person(context: Context, actor: Actor, verb: str, person: UserId, value: str) -> str:
    if verb == "role" and value in frozenset(Role):
        await set_role(context, actor=actor, subject_id=person, role=Role(value))
        return f"Is now: {phrases.ROLES[Role(value)].lower()}."
    if verb in ("mute", "unmute"):
        await set_muted(context, actor=actor, subject_id=person, muted=verb == "mute", reason=value)
        return "Muted: reading stays, writing is refused." if verb == "mute" else "May write again."
    if verb == "end":
        ended = await end_sessions(context, actor=actor, subject_id=person)
        return f"{ended} session{'' if ended == 1 else 's'} ended."
    return ""


async def _look_again(context: Context, actor: Actor, op_id: OperationId) -> str:
    return WRITE_STANDS[await resume_write(context, actor=actor, op_id=op_id)]


async def _drop(context: Context, actor: Actor, op_id: OperationId) -> str:
    await drop_write(context, actor=actor, op_id=op_id)
    return "Dropped: it is not done any more."


async def _resume_graduation(context: Context, actor: Actor, op_id: OperationId) -> str:
    await resume_graduation(context, actor=actor, op_id=op_id)
    return ""


async def _undo_graduation(context: Context, actor: Actor, op_id: OperationId) -> str:
    await undo_graduation(context, actor=actor, op_id=op_id)
    return ""


async def _pin(context: Context, actor: Actor, slug: Slug, name: str) -> str:
    await pin(context, actor=actor, slug=slug, name=name)
    return "Pinned: it is neither closed nor deleted by itself."


async def _unpin(context: Context, actor: Actor, slug: Slug, name: str) -> str:
    await pin(context, actor=actor, slug=slug, name=name, pinned=False)
    return "No longer pinned."


async def _keep(context: Context, actor: Actor, slug: Slug, name: str) -> str:
    until = await keep(context, actor=actor, slug=slug, name=name)
    return f"Kept until {until:%Y-%m-%d}."


async def _restore(context: Context, actor: Actor, slug: Slug, name: str) -> str:
    await restore(context, actor=actor, slug=slug, name=name)
    return "Restored."


WRITE_STANDS = {
    OperationState.DONE: "It is done, and recorded.",
    OperationState.FAILED: "It can't be done any more; its line says why.",
    OperationState.PENDING: "Gitea does not say yet; it is asked again by itself.",
    OperationState.PARKED: "It waits for an admin.",
}
OPERATION_ACTS = {
    "write": _look_again,
    "drop": _drop,
    "graduation-resume": _resume_graduation,
    "graduation-undo": _undo_graduation,
}
BRANCH_ACTS = {"pin": _pin, "unpin": _unpin, "keep": _keep, "restore": _restore}
