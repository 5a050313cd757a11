"""The changes accepted on a branch, as its text shows whose words are whose (§8.11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.domain.branch import BranchKey
from services.domain.change import ChangeState
from services.domain.identifiers import ChangeId, UserId
from services.domain.model_symbols import ModelSign
from services.store.queries import changes, users
from services.store.queries.changes import ChangeRow
from services.store.queries.users import UserRow
from services.usecases.views.parts import PersonView
from services.usecases.views.threads import person_view

if TYPE_CHECKING:
    from services.usecases.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedChange:
    """One accepted change; `wording` is what came into the text, between `led_by` and `followed_by`.

    Without `model_key` a person suggested it.
    """

    id: ChangeId
    original: str
    wording: str
    led_by: str
    followed_by: str
    reason: str
    prompt: str
    model_key: str
    model_name: str
    sign: ModelSign | None
    asked_by: PersonView | None
    accepted_by: PersonView | None
    accepted_at: datetime


async def accepted_changes(context: Context, *, key: BranchKey) -> tuple[AcceptedChange, ...]:
    """The accepted changes of a branch in the order of acceptance; those that were undone are none."""
    return await context.readings.of(("accepted", key), lambda: _accepted_changes(context, key))


async def _accepted_changes(context: Context, key: BranchKey) -> tuple[AcceptedChange, ...]:
    async with context.store.read() as work:
        rows = await changes.list_for_branch(work, key=key, states=[ChangeState.ACCEPTED])
        named = {row.asked_by for row in rows} | {row.decided_by for row in rows}
        people = await users.find_many(work, user_ids=[user_id for user_id in named if user_id is not None])
    rows.sort(key=lambda row: (row.decided_at or row.updated_at, row.id))
    signs = context.models.signs({row.model_key for row in rows if row.model_key})
    return tuple(_accepted(row, people, signs) for row in rows)


def _accepted(
    row: ChangeRow, people: dict[UserId, UserRow], signs: Mapping[str, ModelSign]
) -> AcceptedChange:
    return AcceptedChange(
        id=row.id,
        original=row.original,
        wording=row.proposed if row.edited is None else row.edited,
        led_by=row.anchor.prefix if row.anchor is not None else "",
        followed_by=row.anchor.suffix if row.anchor is not None else "",
        reason=row.reason,
        prompt=row.prompt,
        model_key=row.model_key or "",
        model_name=row.model_name or "",
        sign=signs[row.model_key] if row.model_key else None,
        asked_by=_person(row.asked_by, people),
        accepted_by=_person(row.decided_by, people),
        accepted_at=row.decided_at or row.updated_at,
    )


def _person(user_id: UserId | None, people: dict[UserId, UserRow]) -> PersonView | None:
    row = people.get(user_id) if user_id is not None else None
    return person_view(row) if row is not None else None
