"""`changes` and `rfc_words` on both databases: of two who decide at once one wins."""

from __future__ import annotations

import asyncio

from services.domain.anchors import Anchor, Certainty
from services.domain.branch import BranchKey
from services.domain.change import ChangeKind, ChangeState, MovedFrom
from services.domain.identifiers import ChangeId, CommitSha, OperationId, Repository, Slug, UserId
from services.store.queries import changes, threads, words
from services.store.queries.changes import ChangeRow, NewChange
from services.store.queries.threads import MessageKind
from services.store.unit_of_work import Store
from tests.support.people import NOON, add_person, person

REPO = Repository("ohm/meta")
HUMAN = Slug("human")
KEY = BranchKey(REPO, "edit-human-abc123")
ANCHOR = Anchor(
    quote="who",
    prefix="a ",
    suffix=", not",
    start=2,
    end=5,
    commit=CommitSha("a" * 40),
    certainty=Certainty.MOVED,
)
ONE, TWO = OperationId("1" * 32), OperationId("2" * 32)


async def propose(
    store: Store, *, asked_by: UserId, branch: str | None = KEY.name, **more: object
) -> ChangeId:
    values: dict[str, object] = {"original": "who", "proposed": "person", "anchor": ANCHOR}
    change = NewChange(rfc_slug=HUMAN, repo=REPO, branch_name=branch, asked_by=asked_by, **(values | more))  # type: ignore[arg-type]
    async with store.write() as work:
        return await changes.insert(work, change, at=NOON)


async def card(store: Store, change_id: ChangeId) -> ChangeRow:
    async with store.read() as work:
        found = await changes.find(work, id=change_id)
    assert found is not None
    return found


async def test_a_card_is_read_back_as_it_was_proposed(store: Store) -> None:
    user_id = await person(store)

    change_id = await propose(
        store, asked_by=user_id, model_key="claude", reason="Clearer.", prompt="Shorter?"
    )

    assert await card(store, change_id) == ChangeRow(
        id=change_id,
        rfc_slug=HUMAN,
        repo=REPO,
        branch_name=KEY.name,
        kind=ChangeKind.MODEL,
        model_key="claude",
        asked_by=user_id,
        prompt="Shorter?",
        original="who",
        proposed="person",
        reason="Clearer.",
        state=ChangeState.PENDING,
        anchor=ANCHOR,
        edited=None,
        decided_by=None,
        decided_at=None,
        decline_reason=None,
        commit_sha=None,
        undo_sha=None,
        moved_from=None,
        op_id=None,
        created_at=NOON,
        updated_at=NOON,
    )


async def test_two_who_accept_at_once_one_wins(store: Store) -> None:
    user_id = await person(store)
    change_id = await propose(store, asked_by=user_id)

    async def accept(op_id: OperationId) -> bool:
        async with store.write() as work:
            return await changes.begin_accepting(work, id=change_id, op_id=op_id, decided_by=user_id)

    assert sorted(await asyncio.gather(accept(ONE), accept(TWO))) == [False, True]


async def test_one_accepts_while_another_declines_and_one_of_them_wins(store: Store) -> None:
    user_id = await person(store)
    change_id = await propose(store, asked_by=user_id)

    async def accept() -> bool:
        async with store.write() as work:
            return await changes.begin_accepting(work, id=change_id, op_id=ONE, decided_by=user_id)

    async def decline() -> bool:
        async with store.write() as work:
            return await changes.decline(work, id=change_id, decided_by=user_id, reason="No.", at=NOON)

    outcome = await asyncio.gather(accept(), decline())

    state = (await card(store, change_id)).state
    assert sorted(outcome) == [False, True]
    assert state is (ChangeState.ACCEPTING if outcome[0] else ChangeState.DECLINED)


async def test_a_card_is_accepted_undone_once_and_only_by_the_operation_that_holds_it(store: Store) -> None:
    user_id = await person(store)
    change_id = await propose(store, asked_by=user_id)
    sha, undo = CommitSha("c" * 40), CommitSha("d" * 40)

    async with store.write() as work:
        steps = [
            await changes.begin_accepting(
                work, id=change_id, op_id=ONE, decided_by=user_id, edited="somebody"
            ),
            await changes.finish_accepting(work, id=change_id, op_id=TWO, commit_sha=sha, at=NOON),
            await changes.stop_accepting(work, id=change_id, op_id=TWO),
            await changes.finish_accepting(work, id=change_id, op_id=ONE, commit_sha=sha, at=NOON),
            await changes.begin_undoing(work, id=change_id, op_id=ONE),
            await changes.begin_undoing(work, id=change_id, op_id=TWO),
            await changes.stop_undoing(work, id=change_id, op_id=ONE),
            await changes.begin_undoing(work, id=change_id, op_id=TWO),
            await changes.finish_undoing(work, id=change_id, op_id=ONE, undo_sha=undo),
            await changes.finish_undoing(work, id=change_id, op_id=TWO, undo_sha=undo),
            await changes.begin_undoing(work, id=change_id, op_id=ONE),
        ]

    found = await card(store, change_id)
    assert steps == [True, False, False, True, True, False, True, True, False, True, False]
    assert (found.state, found.edited, found.commit_sha, found.undo_sha, found.op_id) == (
        ChangeState.UNDONE,
        "somebody",
        sha,
        undo,
        None,
    )


async def test_what_came_to_nothing_leaves_the_card_as_it_was(store: Store) -> None:
    user_id = await person(store)
    change_id = await propose(store, asked_by=user_id)
    before = await card(store, change_id)

    async with store.write() as work:
        await changes.begin_accepting(work, id=change_id, op_id=ONE, decided_by=user_id, edited="x")
        stopped = await changes.stop_accepting(work, id=change_id, op_id=ONE)

    after = await card(store, change_id)
    assert stopped
    assert (after.state, after.edited, after.decided_by, after.op_id) == (
        before.state,
        before.edited,
        before.decided_by,
        before.op_id,
    )


async def test_a_stale_card_can_be_declined_or_come_back_but_not_accepted(store: Store) -> None:
    user_id = await person(store)
    change_id = await propose(store, asked_by=user_id)
    held = await propose(store, asked_by=user_id)

    async with store.write() as work:
        await changes.begin_accepting(work, id=held, op_id=ONE, decided_by=user_id)
        steps = [
            await changes.make_stale(work, id=change_id, why="Its passage is gone."),
            await changes.begin_accepting(work, id=change_id, op_id=ONE, decided_by=user_id),
            await changes.make_pending(work, id=change_id),
            await changes.make_stale(work, id=change_id, why="Its passage is gone."),
            await changes.decline(work, id=change_id, decided_by=user_id, reason=None, at=NOON),
            await changes.make_stale(work, id=held, why="Gone."),
            await changes.make_stale(work, id=held, why="Gone.", op_id=ONE),
        ]

    assert steps == [True, False, True, True, True, False, True]
    assert [(await card(store, each)).state for each in (change_id, held)] == [
        ChangeState.DECLINED,
        ChangeState.STALE,
    ]
    assert (await card(store, held)).refusal == "Gone."


async def test_a_persons_pending_cards_move_to_their_branch_once(store: Store) -> None:
    user_id = await person(store)
    async with store.write() as work:
        other = await add_person(work, "reviewer", gitea_id=2)
        main = await threads.open(work, created_by=user_id, slug=HUMAN)
        chat = await threads.open(work, created_by=user_id, slug=HUMAN, branch=KEY.name)
        answer = await threads.append_message(
            work, thread_id=main, author_user_id=None, body="…", kind=MessageKind.MODEL
        )
    place = {"branch": None, "thread_id": main, "message_id": answer.id}
    mine = await propose(store, asked_by=user_id, **place)
    declined = await propose(store, asked_by=user_id, **place)
    theirs = await propose(store, asked_by=other, **place)
    async with store.write() as work:
        await changes.decline(work, id=declined, decided_by=user_id, reason=None, at=NOON)

    async with store.write() as work:
        moved = [
            await changes.move_buffer(work, slug=HUMAN, asked_by=user_id, key=KEY, thread_id=chat)
            for _ in range(2)
        ]

    async with store.read() as work:
        waiting = await changes.list_buffer(work, slug=HUMAN, states=[ChangeState.PENDING])
        of_branch = await changes.list_for_branch(work, key=KEY)
        linked = await changes.list_moved(work, slug=HUMAN)
        proposed = await changes.list_for_messages(work, message_ids=[answer.id])
    assert moved == [[mine], []]
    assert [row.id for row in waiting] == [theirs]
    assert [row.id for row in of_branch] == [row.id for row in linked] == [mine]
    assert [row.id for row in proposed] == [mine, declined, theirs]
    assert (of_branch[0].thread_id, of_branch[0].moved_from) == (
        chat,
        MovedFrom(thread_id=main, message_id=answer.id),
    )


async def test_a_part_is_split_off_and_the_rest_stays_pending(store: Store) -> None:
    user_id = await person(store)
    whole = await propose(store, asked_by=user_id, original="One. Two.", proposed="1. 2.")
    part = await propose(store, asked_by=user_id, original="One.", proposed="1.", parent_id=whole)

    async with store.write() as work:
        narrowed = await changes.narrow(work, id=whole, original="Two.", proposed="2.", anchor=None)
        noted = await changes.set_anchor(work, id=part, anchor=ANCHOR)
        parts = await changes.list_parts(work, parent_id=whole)

    rest = await card(store, whole)
    assert (narrowed, noted) == (True, True)
    assert (rest.original, rest.proposed, rest.anchor, rest.state) == (
        "Two.",
        "2.",
        None,
        ChangeState.PENDING,
    )
    assert [row.id for row in parts] == [part]


async def test_a_word_is_right_in_one_rfc(store: Store) -> None:
    user_id = await person(store)
    async with store.write() as work:
        added = [
            await words.add(work, slug=HUMAN, word=word, added_by=user_id)
            for word in ("Wiggle", "Daoism", "Wiggle")
        ]
        listed = await words.list_for_slug(work, slug=HUMAN)
        removed = [await words.remove(work, slug=HUMAN, word="Wiggle") for _ in range(2)]
        left = await words.list_for_slug(work, slug=HUMAN)
        elsewhere = await words.list_for_slug(work, slug=Slug("silence"))

    assert (added, removed) == ([True, True, False], [True, False])
    assert (listed, left, elsewhere) == (("Daoism", "Wiggle"), ("Daoism",), ())
