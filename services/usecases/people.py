"""The person behind an act, as the database knows them at this moment (§6)."""

from __future__ import annotations

from datetime import datetime

from services.domain.actors import Actor
from services.domain.errors import NotSignedIn
from services.domain.identifiers import Login, OperationId
from services.domain.permissions import NOTHING_KNOWN, Rule, Standing, require
from services.domain.trailers import Credit
from services.store.queries import users
from services.store.queries.users import UserRow
from services.store.work import Work


def actor_of(row: UserRow) -> Actor:
    """A person as an actor."""
    return Actor(
        id=row.id,
        login=row.gitea_login,
        display_name=row.display_name or row.gitea_login,
        role=row.role,
        muted=row.muted,
        mute_reason=row.mute_reason or "",
        avatar_url=row.avatar_url,
    )


async def entitled(
    work: Work, rule: Rule, actor: Actor | None, standing: Standing = NOTHING_KNOWN, *, act: str
) -> Actor:
    """The actor, read again, if the rule lets them now: a mute or another role counts at once.

    Raises NotSignedIn, Muted or Forbidden; `act` completes “you can't …”.
    """
    row = None if actor is None else await users.find(work, user_id=actor.id)
    return require(rule, None if row is None else actor_of(row), standing, act=act)


async def present_login(work: Work, *, login: str, at: datetime) -> Login:
    """What somebody is called now who was called `login` at that moment (§6.1)."""
    holder = await users.holder_at(work, login=login, at=at)
    return Login(login) if holder is None else holder.gitea_login


def credit_for(actor: Actor, op_id: OperationId) -> Credit:
    """What the bot writes down about whom it acts for (§1)."""
    return Credit(op_id, actor.login, actor.display_name)


def signed_in_person(row: UserRow | None) -> Actor:
    """The person of a row, or NotSignedIn."""
    if row is None:
        raise NotSignedIn
    return actor_of(row)
