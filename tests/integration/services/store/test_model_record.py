"""What became of each model's proposals, counted on both databases (§6.6, §8.7)."""

from __future__ import annotations

from datetime import timedelta

from services.domain.branch import BranchKey
from services.domain.change import ChangeKind, ChangeState, Outcome
from services.domain.identifiers import ChangeId, CommitSha, OperationId, Repository, Slug, UserId
from services.store.queries import changes, model_record
from services.store.queries.changes import NewChange
from services.store.queries.model_record import Objection
from services.store.unit_of_work import Store
from services.store.work import Work
from tests.support.people import NOON, add_person

KEY = BranchKey(Repository("ohm/meta"), "edit-human-abc123")
OPERATION = OperationId("1" * 32)
LONG_AGO = NOON - timedelta(days=400)


async def card(work: Work, user: UserId, *, model: str | None = "claude", **more: object) -> ChangeId:
    values: dict[str, object] = {"original": "who", "proposed": "person", "branch_name": KEY.name}
    values |= {"model_key": model, "model_name": model and model.title()} | more
    at = values.pop("at", NOON)
    new = NewChange(rfc_slug=Slug("human"), repo=KEY.repo, asked_by=user, **values)  # type: ignore[arg-type]
    return await changes.insert(work, new, at=at)  # type: ignore[arg-type]


async def accepted(work: Work, user: UserId, *, edited: str | None = None, **more: object) -> ChangeId:
    found = await card(work, user, **more)
    assert await changes.begin_accepting(work, id=found, op_id=OPERATION, decided_by=user, edited=edited)
    sha = CommitSha("c" * 40)
    assert await changes.finish_accepting(work, id=found, op_id=OPERATION, commit_sha=sha, at=NOON)
    return found


async def declined(work: Work, user: UserId, reason: str | None, **more: object) -> None:
    found = await card(work, user, **more)
    assert await changes.decline(work, id=found, decided_by=user, reason=reason, at=NOON)


async def undone(work: Work, user: UserId) -> None:
    found = await accepted(work, user)
    assert await changes.begin_undoing(work, id=found, op_id=OPERATION)
    assert await changes.finish_undoing(work, id=found, op_id=OPERATION, undo_sha=CommitSha("d" * 40))


async def counts(store: Store, *, days: int | None = None) -> dict[tuple[str, Outcome], int]:
    since = None if days is None else NOON - timedelta(days=days)
    async with store.read() as work:
        rows = await model_record.count_outcomes(work, since=since)
    return {(row.model_key, row.outcome): row.proposals for row in rows}


async def test_each_proposal_counts_once_by_what_became_of_it(store: Store) -> None:
    async with store.write() as work:
        user = await add_person(work, "writer", gitea_id=1)
        for _ in range(3):
            await accepted(work, user)
        await accepted(work, user, edited="somebody")
        part = await accepted(work, user, edited="a part")
        await card(work, user, parent_id=part)
        await declined(work, user, None)
        await undone(work, user)
        await changes.make_stale(work, id=await card(work, user), why="It moved.")
        await card(work, user, state=ChangeState.REFUSED)
        waiting = await card(work, user)
        await changes.begin_accepting(work, id=waiting, op_id=OPERATION, decided_by=user)
        await card(work, user, model="gpt")
        await card(work, user, model=None, kind=ChangeKind.PERSON)

    assert await counts(store) == {
        ("claude", Outcome.AS_PROPOSED): 3,
        ("claude", Outcome.EDITED): 1,
        ("claude", Outcome.IN_PART): 1,
        ("claude", Outcome.DECLINED): 1,
        ("claude", Outcome.UNDONE): 1,
        ("claude", Outcome.STALE): 1,
        ("claude", Outcome.REFUSED): 1,
        ("claude", Outcome.WAITING): 1,
        ("gpt", Outcome.WAITING): 1,
    }


async def test_only_what_was_proposed_in_the_time_counts(store: Store) -> None:
    async with store.write() as work:
        user = await add_person(work, "writer", gitea_id=1)
        await accepted(work, user, at=LONG_AGO)
        await declined(work, user, "Old.", at=LONG_AGO)
        await accepted(work, user)
        since = NOON - timedelta(days=30)
        objections = await model_record.list_objections(work, since=since, most=3)

    assert await counts(store, days=30) == {("claude", Outcome.AS_PROPOSED): 1}
    assert await counts(store) == {("claude", Outcome.AS_PROPOSED): 2, ("claude", Outcome.DECLINED): 1}
    assert objections == []


async def test_the_reasons_given_most_often_come_first_and_those_that_differ_by_case_are_one(
    store: Store,
) -> None:
    async with store.write() as work:
        user = await add_person(work, "writer", gitea_id=1)
        for reason in ("Tone", "too long", " Too long ", "Meaning", "TOO LONG", "Meaning", "", "  ", None):
            await declined(work, user, reason)
        await declined(work, user, "A name", model="gpt")

        found = await model_record.list_objections(work, since=None, most=2)

    assert [(one.model_key, one.reason.lower(), one.times) for one in found] == [
        ("claude", "too long", 3),
        ("claude", "meaning", 2),
        ("gpt", "a name", 1),
    ]
    assert found[2] == Objection(model_key="gpt", reason="A name", times=1)
