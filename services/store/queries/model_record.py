"""How the proposals of each model fared: counted over `changes`, in the database (§6.6, §8.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select

from services.domain.change import ChangeKind, ChangeState, Outcome
from services.store.queries.changes import changes
from services.store.shape import table_of
from services.store.tables import ThreadMessage
from services.store.work import Work

thread_messages = table_of(ThreadMessage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many proposals of one model had one outcome; `name` is what the model was called."""

    model_key: str
    name: str
    outcome: Outcome
    proposals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One reason that people gave for declining a model's proposals, and how often."""

    model_key: str
    reason: str
    times: int


async def list_keys(work: Work) -> list[str]:
    """Every model that ever answered or proposed something, the first to do so first."""
    first: dict[str, datetime] = {}
    for table in (changes, thread_messages):
        spoke = func.min(table.c.created_at).label("spoke")
        statement = select(table.c.model_key, spoke).where(table.c.model_key.is_not(None))
        for row in await work.rows(statement.group_by(table.c.model_key)):
            first[row["model_key"]] = min(row["spoke"], first.get(row["model_key"], row["spoke"]))
    return sorted(first, key=lambda key: (first[key], key))


async def count_outcomes(work: Work, *, since: datetime | None) -> list[Counted]:
    """The proposals made from a moment on, by model and outcome.

    What is left of a card after a part of it was accepted is no proposal of its own.
    """
    split = select(changes.c.parent_id).where(changes.c.parent_id.is_not(None)).distinct().subquery()
    rows = changes.outerjoin(split, split.c.parent_id == changes.c.id)
    outcome = _outcome(split.c.parent_id).label("outcome")
    statement = (
        select(
            changes.c.model_key,
            func.max(func.coalesce(changes.c.model_name, changes.c.model_key)).label("name"),
            outcome,
            func.count().label("proposals"),
        )
        .select_from(rows)
        .where(_by_models(since), changes.c.parent_id.is_(None))
        .group_by(changes.c.model_key, outcome)
    )
    return [
        Counted(
            model_key=row["model_key"],
            name=row["name"],
            outcome=Outcome(row["outcome"]),
            proposals=row["proposals"],
        )
        for row in await work.rows(statement)
    ]


async def list_objections(work: Work, *, since: datetime | None, most: int) -> list[Objection]:
    """The reasons that were given most often, so many of each model; upper and lower case are the same reason."""
    reason = func.trim(changes.c.decline_reason)
    times = func.count().label("times")
    place = func.row_number().over(
        partition_by=changes.c.model_key, order_by=(func.count().desc(), func.max(changes.c.id).desc())
    )
    given = (
        select(changes.c.model_key, func.min(reason).label("reason"), times, place.label("place"))
        .where(_by_models(since), changes.c.state == ChangeState.DECLINED.value, reason != "")
        .group_by(changes.c.model_key, func.lower(reason))
        .subquery()
    )
    statement = select(given).where(given.c.place <= most).order_by(given.c.model_key, given.c.place)
    return [
        Objection(model_key=row["model_key"], reason=row["reason"], times=row["times"])
        for row in await work.rows(statement)
    ]


def _outcome(split_off: ColumnElement[int | None]) -> ColumnElement[str]:
    state = changes.c.state
    accepted = state == ChangeState.ACCEPTED.value
    return case(
        (and_(accepted, split_off.is_not(None)), Outcome.IN_PART.value),
        (and_(accepted, changes.c.edited.is_not(None)), Outcome.EDITED.value),
        (accepted, Outcome.AS_PROPOSED.value),
        (state.in_([ChangeState.PENDING.value, ChangeState.ACCEPTING.value]), Outcome.WAITING.value),
        else_=state,
    )


def _by_models(since: datetime | None) -> ColumnElement[bool]:
    by_models = and_(changes.c.kind == ChangeKind.MODEL.value, changes.c.model_key.is_not(None))
    return by_models if since is None else and_(by_models, changes.c.created_at >= since)
