"""Deciding on change cards (§8.7, §8.8): one click is one commit, and nothing but the accepted words changes."""

from __future__ import annotations

import asyncio

import pytest

from services.domain.change import ChangeState
from services.domain.errors import (
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    Muted,
    NotFound,
    NotSignedIn,
    ProductError,
)
from services.domain.events import ChangeBegun, ChangeDecided
from services.domain.identifiers import ChangeId, MessageId
from services.domain.permissions import EditAccess
from services.domain.trailers import new_operation_id, parse_trailers
from services.store.queries import events
from services.usecases.branch_access import close
from services.usecases.decide_change import accept, accept_all, accept_part, decline, undo
from services.usecases.recover import recover
from services.usecases.rights import set_muted
from services.usecases.views.accepted import accepted_changes
from services.usecases.views.changes import changes_of
from tests.support.cards import BODY, Desk, desk, type_over
from tests.support.world import World


async def refused(made: Desk, change_id: ChangeId, login: str = "writer") -> ProductError:
    with pytest.raises(ProductError) as told:
        await accept(made.world.context, actor=made.world.people[login], change_id=change_id)
    return told.value


async def test_accepting_is_one_commit_that_changes_nothing_but_the_passage(world: World) -> None:
    made = await desk(world)
    before = made.file()
    card = await made.card("It speaks.", "It speaks and sings.", "Humans sing,\ntoo.", message_id=None)

    sha = await accept(world.context, actor=world.writer, change_id=card)

    assert made.file() == before.replace("It speaks.", "It speaks and sings.")
    (message,) = made.commits()
    assert message.split("\n\nOn-behalf-of")[0] == (
        "Humans sing, too\n\nOriginal:\n> It speaks.\n\nProposed:\n> It speaks and sings.\n\n"
        "Reason:\n> Humans sing,\n> too."
    )
    trailers = parse_trailers(message)
    assert trailers["Change-Id"] == str(card)
    assert trailers["Model"] == "claude"
    assert trailers["On-behalf-of"] == "Writer Person <writer>"
    head = made.head()
    assert (head["author"]["name"], head["committer"]["name"]) == ("Writer Person", "rfc-bot")
    row = await made.find(card)
    assert (row.state, row.commit_sha, row.decided_by) == (ChangeState.ACCEPTED, sha, world.writer.id)
    assert ("accept_change", world.writer.id) in await world.rows("actions", "action_kind, actor_user_id")


async def test_the_message_of_an_answers_card_names_the_answer(world: World) -> None:
    made = await desk(world)
    message_id, (card,) = await made.set_of(("It speaks.", "It sings."))

    await accept(world.context, actor=world.writer, change_id=card)

    assert parse_trailers(made.commits()[0])["Source-Message-Id"] == str(message_id)


async def test_line_ends_tabs_emoji_and_combining_marks_around_the_passage_keep_their_bytes(
    world: World,
) -> None:
    body = "# 人 Human 👩‍👩‍👧\r\n\r\n\tTab and e\u0301.\nA human is 漢字 here.\r\nLast without end 🏳️‍🌈"
    made = await desk(world, body)
    before = made.file()
    card = await made.card("human is 漢字 here", "human 🎉 is\nhere")

    await accept(world.context, actor=world.writer, change_id=card)

    assert made.file() == before.replace("human is 漢字 here", "human 🎉 is\r\nhere")


async def test_two_people_accepting_the_same_card_make_one_commit_and_one_is_told(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")

    outcomes = await asyncio.gather(
        accept(world.context, actor=world.writer, change_id=card),
        accept(world.context, actor=world.reader, change_id=card),
        return_exceptions=True,
    )

    told = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(told) == 1
    assert told[0].message in (
        "Writer Person has accepted this change.",
        "Reader Person has accepted this change.",
    )
    assert len(made.commits()) == 1


async def test_the_same_click_sent_twice_gives_the_same_commit(world: World) -> None:
    made = await desk(world)
    card, op_id = await made.card("It speaks.", "It sings."), new_operation_id()

    first = await accept(world.context, actor=world.writer, change_id=card, op_id=op_id)
    second = await accept(world.context, actor=world.writer, change_id=card, op_id=op_id)

    assert first == second
    assert len(made.commits()) == 1


async def test_what_others_type_is_committed_first_and_stays_theirs(world: World) -> None:
    made = await desk(world)
    window = await made.window("reader")
    await type_over(window, "also listens", "listens well")
    card = await made.card("It speaks.", "It sings.")

    await accept(world.context, actor=world.writer, change_id=card)

    assert len(made.commits()) == 2
    assert made.file().endswith("A human is a being. It sings.\n\nIt listens well.\n")
    assert window.text.text == BODY.replace("It speaks", "It sings").replace("also listens", "listens well")
    assert not window.text.dirty


async def test_a_card_whose_passage_somebody_is_editing_becomes_stale_with_the_reason(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    window = await made.window("reader")
    await type_over(window, "It speaks", "It whispers")

    told = await refused(made, card)

    assert told.message == "The passage it would change does not stand in the text any more."
    row = await made.find(card)
    assert (row.state, row.refusal) == (ChangeState.STALE, told.message)
    assert made.file().endswith("A human is a being. It whispers.\n\nIt also listens.\n")


async def test_a_passage_that_was_moved_is_changed_where_it_stands_now(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    window = await made.window("reader")
    await type_over(window, " It speaks.", "")
    await type_over(window, "It also listens.", "It also listens. It speaks.")

    await accept(world.context, actor=world.writer, change_id=card)

    assert made.file().endswith("A human is a being.\n\nIt also listens. It sings.\n")


async def test_a_passage_that_stands_twice_by_now_is_told_by_its_surroundings_or_refused(
    world: World,
) -> None:
    made = await desk(world)
    told_apart, lost = await made.card("It speaks.", "It sings."), await made.card("also listens", "listens")
    window = await made.window("reader")
    await type_over(window, "# Human", "# Human\n\nIt speaks. Also listens, also listens")
    await accept(world.context, actor=world.writer, change_id=told_apart)
    await type_over(window, "It also listens.", "So also listens it.")

    refusal = await refused(made, lost)

    assert refusal.message == "The passage it would change stands in the text more than once now."
    assert "A human is a being. It sings." in made.file()


async def test_a_card_never_moves_to_the_same_words_in_another_section(world: World) -> None:
    between = "".join(f"Line {number} is about something else.\n\n" for number in range(12))
    made = await desk(
        world, f"# One\n\nFirst. It is checked. Then on.\n\n{between}# Two\n\nNow it is checked. So.\n"
    )
    card = await made.card(" is checked.", " is checked twice.")
    window = await made.window()
    await type_over(window, "It is checked. Then", "It is looked at. Then")

    told = await refused(made, card)

    assert isinstance(told, Conflict)
    assert (await made.find(card)).state is ChangeState.STALE
    assert "checked twice" not in made.file()


async def test_a_stale_card_waits_again_when_its_passage_is_back(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    other = await made.card("A human is a being. It speaks.", "Humans speak.")

    await accept(world.context, actor=world.writer, change_id=other)
    stale = (await made.find(card)).state
    await undo(world.context, actor=world.writer, change_id=other)

    assert (stale, (await made.find(card)).state) == (ChangeState.STALE, ChangeState.PENDING)


async def test_flushing_what_was_typed_makes_cards_stale_that_no_longer_fit(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    window = await made.window()
    await type_over(window, "It speaks", "It whispers")
    other = await made.card("It also listens.", "It listens.")

    await accept(world.context, actor=world.writer, change_id=other)

    assert (await made.find(card)).state is ChangeState.STALE
    assert "already" not in (await refused(made, card)).message


async def test_accepting_in_ones_own_words_keeps_the_models_in_the_commit(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")

    await accept(world.context, actor=world.writer, change_id=card, text="It hums.\r\nOften.")

    assert "It hums.\nOften." in made.file()
    message = made.commits()[0]
    assert "Proposed:\n> It sings.\n\nAccepted as:\n> It hums.\n> Often." in message
    (view,) = await changes_of(world.context, viewer=None, slug=made.slug, branch=made.name)
    assert (view.edited, view.applied, view.proposed) == (True, "It hums.\nOften.", "It sings.")


@pytest.mark.parametrize("text", ["It speaks.", "a\0b", "x" * 50_001])
async def test_words_that_are_none_are_refused_and_the_card_waits(world: World, text: str) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")

    with pytest.raises(Invalid) as told:
        await accept(world.context, actor=world.writer, change_id=card, text=text)

    assert told.value.field == "text"
    assert (await made.states(), made.commits()) == (["pending"], [])


async def test_a_passage_can_be_removed_and_brought_back(world: World) -> None:
    made = await desk(world)
    before = made.file()
    card = await made.card(" It speaks.", "")

    await accept(world.context, actor=world.writer, change_id=card)
    removed = made.file()
    await undo(world.context, actor=world.writer, change_id=card)

    assert removed == before.replace(" It speaks.", "")
    assert made.file() == before
    assert await made.states() == ["undone"]


async def test_some_sentences_are_accepted_and_the_rest_waits_as_a_card_of_its_own(world: World) -> None:
    made = await desk(world)
    card = await made.card(
        "A human is a being. It speaks.", "A human is a living being. It speaks and sings."
    )

    await accept_part(world.context, actor=world.writer, change_id=card, sentences=[2])

    assert made.file().endswith("A human is a being. It speaks and sings.\n\nIt also listens.\n")
    parent, rest = await changes_of(world.context, viewer=world.writer, slug=made.slug, branch=made.name)
    assert (parent.state, rest.state, rest.parent_id) == (ChangeState.ACCEPTED, ChangeState.PENDING, card)
    await accept(world.context, actor=world.writer, change_id=rest.id)
    assert made.file().endswith("A human is a living being. It speaks and sings.\n\nIt also listens.\n")


@pytest.mark.parametrize("sentences", [[], [0], [3], [1, 7]])
async def test_sentences_that_are_not_there_are_refused(world: World, sentences: list[int]) -> None:
    made = await desk(world)
    card = await made.card(
        "A human is a being. It speaks.", "A human is a living being. It speaks and sings."
    )

    with pytest.raises(Invalid) as told:
        await accept_part(world.context, actor=world.writer, change_id=card, sentences=sentences)

    assert told.value.field == "sentences"
    assert await made.states() == ["pending"]


async def test_a_part_that_can_not_be_accepted_leaves_the_card_whole(world: World) -> None:
    made = await desk(world)
    card = await made.card(
        "A human is a being. It speaks.", "A human is a living being. It speaks and sings."
    )
    world.forge.faults.set({"path": "/contents", "method": "POST", "action": "status", "status": 422})

    with pytest.raises(ProductError):
        await accept_part(world.context, actor=world.writer, change_id=card, sentences=[1])
    world.forge.faults.clear()

    row = await made.find(card)
    assert (row.state, row.edited, row.proposed) == (
        ChangeState.PENDING,
        None,
        "A human is a living being. It speaks and sings.",
    )
    assert await made.states() == ["pending"]


async def test_all_of_a_set_are_accepted_one_commit_each(world: World) -> None:
    made = await desk(world)
    set_id, cards = await made.set_of(("It speaks.", "It sings."), ("It also listens.", "It listens."))

    outcome = await accept_all(world.context, actor=world.writer, set_id=MessageId(set_id))

    assert outcome == (tuple(cards), None)
    assert len(made.commits()) == 2


async def test_accepting_all_stops_at_the_first_that_does_not_fit_any_more(world: World) -> None:
    made = await desk(world)
    set_id, cards = await made.set_of(
        ("It speaks.", "It sings."), ("It speaks.", "It talks."), ("It also listens.", "It listens.")
    )

    outcome = await accept_all(world.context, actor=world.writer, set_id=MessageId(set_id))

    assert outcome == ((cards[0],), "The passage it would change does not stand in the text any more.")
    assert await made.states() == ["accepted", "stale", "pending"]


async def test_undoing_keeps_what_was_changed_elsewhere_since(world: World) -> None:
    made = await desk(world)
    before = made.file()
    card = await made.card("It speaks.", "It sings.")
    await accept(world.context, actor=world.writer, change_id=card)
    window = await made.window("reader")
    await type_over(window, "also listens", "listens well")

    await undo(world.context, actor=world.reader, change_id=card)

    assert made.file() == before.replace("also listens", "listens well")
    assert window.text.text == BODY.replace("also listens", "listens well")
    row = await made.find(card)
    assert row.state is ChangeState.UNDONE
    assert parse_trailers(made.commits()[-1])["Change-Id"] == str(card)


async def test_undoing_what_was_rewritten_since_is_refused_in_words(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    await accept(world.context, actor=world.writer, change_id=card)
    await type_over(await made.window(), "It sings", "It hums and sings loudly")

    with pytest.raises(Conflict) as told:
        await undo(world.context, actor=world.writer, change_id=card)

    assert told.value.message.startswith("These sentences have been changed since")
    assert await made.states() == ["accepted"]


async def test_a_change_is_undone_once(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    await accept(world.context, actor=world.writer, change_id=card)

    outcomes = await asyncio.gather(
        undo(world.context, actor=world.writer, change_id=card),
        undo(world.context, actor=world.reader, change_id=card),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    assert len(made.commits()) == 2


async def test_declining_keeps_the_card_and_the_reason(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")

    await decline(world.context, actor=world.writer, change_id=card, reason=" Not every human sings. ")

    row = await made.find(card)
    assert (row.state, row.decline_reason) == (ChangeState.DECLINED, "Not every human sings.")
    assert (await refused(made, card)).message == "Writer Person has declined this change."
    assert made.commits() == []


async def test_a_card_on_main_is_declined_by_whoever_asked_for_it_and_accepted_by_nobody(
    world: World,
) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.", branch_name=None)

    told = await refused(made, card)
    with pytest.raises(Forbidden):
        await decline(world.context, actor=world.reader, change_id=card)
    await decline(world.context, actor=world.writer, change_id=card)

    assert isinstance(told, Conflict)
    assert told.message == "This change waits on main. It is decided on a branch."
    assert (await made.find(card)).state is ChangeState.DECLINED


async def test_only_whom_the_branch_admits_may_decide(world: World) -> None:
    made = await desk(world, access=EditAccess.CREATOR)
    card = await made.card("It speaks.", "It sings.")
    window = await made.window()
    await type_over(window, "also listens", "listens well")

    told = await refused(made, card, "reader")
    with pytest.raises(Forbidden):
        await decline(world.context, actor=world.reader, change_id=card)
    with pytest.raises(NotSignedIn):
        await accept(world.context, actor=None, change_id=card)

    assert isinstance(told, Forbidden)
    assert (made.commits(), window.text.dirty) == ([], True)


async def test_a_muted_persons_forged_click_does_nothing(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    await set_muted(world.context, actor=world.owner, subject_id=world.writer.id, muted=True)

    for act in (accept, decline, undo):
        with pytest.raises(Muted):
            await act(world.context, actor=world.writer, change_id=card)

    assert (await made.states(), made.commits()) == (["pending"], [])


async def test_a_closed_branch_decides_nothing(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    await close(world.context, actor=world.writer, slug=made.slug, name=made.name)

    told = await refused(made, card)

    assert told.message == "This branch is closed. Whoever may change its settings can reopen it."


async def test_a_branch_deleted_on_gitea_meanwhile_is_told_and_the_card_stays(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    world.api("DELETE", f"branches/{made.name}")

    told = await refused(made, card)

    assert told.message == "This branch has been deleted; its conversation can still be read."
    assert await made.states() == ["pending"]


async def test_somebody_committing_on_gitea_at_the_same_time_loses_nothing(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    await made.window()
    world.write_file("rfcs/human.md", made.file().replace("also listens", "listens well"), branch=made.name)

    await accept(world.context, actor=world.writer, change_id=card)

    assert made.file().endswith("A human is a being. It sings.\n\nIt listens well.\n")


async def test_killed_between_commit_and_record_the_card_ends_accepted_by_one_commit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")

    class Killed(BaseException):
        """Stands for the end of the process."""

    async def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("services.usecases.bot_writes._conclude", killed)
        with pytest.raises(Killed):
            await accept(world.context, actor=world.writer, change_id=card)
    between = await made.states()
    busy = await refused(made, card, "reader")

    recovered = await recover(world.context)

    assert between == ["accepting"]
    assert isinstance(busy, Busy)
    assert recovered.completed == 1
    assert (await made.states(), len(made.commits())) == (["accepted"], 1)


async def test_gitea_refusing_for_good_lets_the_card_wait_again(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    world.forge.faults.set({"path": "/contents", "method": "POST", "action": "status", "status": 403})

    await refused(made, card)
    world.forge.faults.clear()

    assert await made.states() == ["pending"]
    await accept(world.context, actor=world.writer, change_id=card)
    assert await made.states() == ["accepted"]


async def test_whoever_watches_the_branch_is_told_of_every_step(world: World) -> None:
    made = await desk(world)
    card = await made.card("It speaks.", "It sings.")
    async with world.store.read() as work:
        start = await events.last_id(work)

    await accept(world.context, actor=world.writer, change_id=card)

    async with world.store.read() as work:
        told = [(row.topic, row.event) for row in await events.after(work, id=start)]
    topic = f"branch:human/{made.name}"
    assert [row for row in told if isinstance(row[1], ChangeBegun | ChangeDecided)] == [
        (topic, ChangeBegun(made.slug, made.name, card)),
        (topic, ChangeDecided(made.slug, made.name, card)),
    ]


async def test_cards_say_where_they_stand_and_accepted_ones_come_in_their_order(world: World) -> None:
    made = await desk(world, "# Human\n\nOne.\n\n## Speech\n\nIt speaks.\n\n## Hearing\n\nIt listens.\n")
    first, second = await made.card("It speaks.", "It sings."), await made.card("It listens.", "It hears.")
    await accept(world.context, actor=world.writer, change_id=second)
    await accept(world.context, actor=world.writer, change_id=first)

    views = await changes_of(world.context, viewer=None, slug=made.slug, branch=made.name)

    assert [(view.where.title, view.decide.allowed) for view in views] == [
        ("Speech", False),
        ("Hearing", False),
    ]
    in_order = await accepted_changes(world.context, key=made.key)
    assert [one.id for one in in_order] == [second, first]
    assert [(kind.value, text) for kind, text in views[0].pieces] == [
        ("same", "It "),
        ("delete", "speaks"),
        ("insert", "sings"),
        ("same", "."),
    ]


async def test_an_unknown_card_is_not_found(world: World) -> None:
    for act in (accept, decline, undo):
        with pytest.raises(NotFound):
            await act(world.context, actor=world.writer, change_id=ChangeId(4711))


@pytest.mark.parametrize(
    ("sentence", "committed"),
    [
        (1, "A house has exactly one wall. It speaks.\n"),
        (2, "A house has exactly one wall and a roof. It has a roof. It speaks.\n"),
    ],
)
async def test_one_of_two_sentences_for_one_brings_no_white_space_of_its_own(
    world: World, sentence: int, committed: str
) -> None:
    made = await desk(world, "# Human\n\nA house has exactly one wall and a roof. It speaks.\n")
    card = await made.card(
        "A house has exactly one wall and a roof.", "A house has exactly one wall. It has a roof."
    )

    await accept_part(world.context, actor=world.writer, change_id=card, sentences=[sentence])

    assert made.file().endswith(f"\n{committed}")
    _, rest = await changes_of(world.context, viewer=world.writer, slug=made.slug, branch=made.name)
    await accept(world.context, actor=world.writer, change_id=rest.id)
    assert made.file().endswith("\nA house has exactly one wall. It has a roof. It speaks.\n")
