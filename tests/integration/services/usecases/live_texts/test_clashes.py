"""Where typing and a commit on Gitea changed one passage, a person keeps mine, theirs or both (§8.10)."""

from __future__ import annotations

import base64

import pytest

from services.domain.branch import BranchKey
from services.domain.change import ChangeState
from services.domain.errors import Conflict, Forbidden, NotSignedIn
from services.domain.events import BranchChanged, TextTyped
from services.domain.permissions import EditAccess
from services.store.queries import branch_settings, changes
from services.store.queries.changes import ChangeRow
from services.usecases import decide_change
from services.usecases.card_places import follow_typing
from services.usecases.live_texts.following import follow_gitea
from services.usecases.views.changes import ChangeView, changes_of
from tests.integration.services.usecases.live_texts.test_flush import (
    BODY,
    BRANCH,
    HUMAN,
    branch_of,
    file_on_branch,
    flush,
    head_commit,
    type_at,
    window,
)
from tests.support.world import World

LIST = "# Human\n\n- A being.\n- It speaks.\n- It listens.\n"
TABLE = "# Human\n\n| What | Who |\n|---|---|\n| It speaks. | all |\n| It listens. | some |\n"
HEADING = "# Human\n\nA being.\n\n## It speaks\n\nAnd listens.\n"


def commit_as(world: World, login: str, old: str, new: str) -> None:
    """Somebody commits to the branch on Gitea, under their own name."""
    author = {"name": f"{login.capitalize()} On Git", "email": f"{login}@example.org"}
    present = world.api("GET", "contents/rfcs/human.md", params={"ref": BRANCH})
    world.api(
        "PUT",
        "contents/rfcs/human.md",
        json={
            "content": encoded(file_on_branch(world).replace(old, new)),
            "sha": present["sha"],
            "branch": BRANCH,
            "message": "By hand",
            "author": author,
        },
    )


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def clash(
    world: World,
    typed: str = "It thinks.",
    committed: str = "It sings.",
    *,
    body: str = BODY,
    base: str = "It speaks.",
) -> ChangeRow:
    """The writer types, the reviewer commits by hand, and the text is flushed: the card that comes of it."""
    await branch_of(world, body)
    await type_at(await window(world), "", typed, replacing=base)
    commit_as(world, "reviewer", base, committed)
    await flush(world)
    return await only_card(world)


async def only_card(world: World) -> ChangeRow:
    async with world.store.read() as work:
        (card,) = await changes.list_for_branch(work, key=BranchKey(world.meta, BRANCH))
    return card


async def shown(world: World) -> ChangeView:
    (view,) = await changes_of(world.context, viewer=world.writer, slug=HUMAN, branch=BRANCH)
    return view


def body_on_branch(world: World) -> str:
    return file_on_branch(world).split("---\n", 2)[2].lstrip("\n")


async def test_the_card_shows_both_wordings_and_who_committed_one(world: World) -> None:
    await clash(world)

    view = await shown(world)

    assert view.clash is not None
    assert [
        (kind.value, words.strip()) for kind, words in view.clash.mine if words.strip() not in ("It", ".")
    ] == [
        ("delete", "speaks"),
        ("insert", "thinks"),
    ]
    assert ("insert", "sings") in [(kind.value, words.strip()) for kind, words in view.clash.theirs]
    assert view.clash.by is not None
    assert (view.clash.by.login, view.clash.by.name) == ("reviewer", "Reviewer Person")
    assert view.reason == "This passage was changed here and on Gitea at the same time."
    assert view.asked_by == view.clash.by


async def test_a_stranger_goes_by_the_name_that_git_has(world: World) -> None:
    await branch_of(world)
    await type_at(await window(world), "", "thinks", replacing="speaks")
    commit_as(world, "passer-by", "speaks", "sings")
    await flush(world)

    view = await shown(world)

    assert view.clash is not None
    assert view.clash.by is not None
    assert (view.clash.by.name, view.clash.by.login, view.asked_by) == ("Passer-by On Git", "", None)


async def test_a_commit_of_the_bots_is_that_of_whom_it_acted_for(world: World) -> None:
    await branch_of(world)
    await type_at(await window(world), "", "thinks", replacing="speaks")
    world.write_file("rfcs/human.md", file_on_branch(world).replace("speaks", "sings"), branch=BRANCH)
    message = "Sing\n\nOn-behalf-of: Reader Person <reader>\nRFC-Op: " + "a" * 32
    present = world.api("GET", "contents/rfcs/human.md", params={"ref": BRANCH})
    text = file_on_branch(world).replace("also listens", "listens well")
    world.api(
        "PUT",
        "contents/rfcs/human.md",
        json={
            "content": encoded(text.replace("sings", "hums")),
            "sha": present["sha"],
            "branch": BRANCH,
            "message": message,
        },
    )
    await flush(world)

    view = await shown(world)

    assert view.clash is not None
    assert view.clash.by is not None
    assert view.clash.by.login == "reader"


async def test_the_commit_that_brought_the_wording_is_named_not_the_last_one(world: World) -> None:
    await branch_of(world)
    await type_at(await window(world), "", "thinks", replacing="speaks")
    commit_as(world, "reviewer", "speaks", "sings")
    commit_as(world, "reader", "also listens", "listens well")
    await flush(world)

    view = await shown(world)

    assert view.clash is not None
    assert view.clash.by is not None
    assert view.clash.by.login == "reviewer"


async def test_both_wordings_become_one_commit_of_whoever_chose(world: World) -> None:
    card = await clash(world)
    before = head_sha(world)

    await decide_change.keep_both(world.context, actor=world.owner, change_id=card.id)

    assert body_on_branch(world) == BODY.replace("It speaks.", "It thinks. It sings.")
    commit = head_commit(world)
    assert commit["author"]["name"] == "Owner Person"
    message = str(commit["message"])
    assert "On-behalf-of: Owner Person <owner>" in message
    assert f"Change-Id: {card.id}" in message
    assert "Co-authored-by: Reviewer Person" in message
    assert world.api("GET", f"git/commits/{BRANCH}")["parents"][0]["sha"] == before
    view = await shown(world)
    assert (view.state, view.clash is not None and view.clash.kept_both) == (ChangeState.ACCEPTED, True)


@pytest.mark.parametrize("choice", ["mine", "theirs"])
async def test_one_of_them_is_kept(world: World, choice: str) -> None:
    card = await clash(world)

    if choice == "mine":
        await decide_change.decline(world.context, actor=world.writer, change_id=card.id)
    else:
        await decide_change.accept(world.context, actor=world.writer, change_id=card.id)

    kept = {"mine": "It thinks.", "theirs": "It sings."}[choice]
    assert body_on_branch(world) == BODY.replace("It speaks.", kept)


@pytest.mark.parametrize(
    ("body", "base", "typed", "committed", "both"),
    [
        (LIST, "- It speaks.", "- It thinks.", "- It sings.", "- It thinks.\n- It sings."),
        (TABLE, "| It speaks. | all |", "| It thinks. | all |", "| It sings. | all |",
         "| It thinks. | all |\n| It sings. | all |"),
        (HEADING, "## It speaks", "## It thinks", "## It sings", "## It thinks\n\n## It sings"),
        (BODY, "It also listens.", "It hears all.", "It listens well.", "It hears all.\n\nIt listens well."),
    ],
)  # fmt: skip
async def test_both_are_valid_markdown(
    world: World, body: str, base: str, typed: str, committed: str, both: str
) -> None:
    card = await clash(world, typed, committed, body=body, base=base)

    await decide_change.keep_both(world.context, actor=world.writer, change_id=card.id)

    assert body_on_branch(world) == body.replace(base, both)


@pytest.mark.parametrize(("typed", "committed"), [("", "It sings. "), ("It thinks. ", "")])
async def test_what_one_side_took_out_can_be_put_back_or_left_out(
    world: World, typed: str, committed: str
) -> None:
    body = "# Human\n\nA human is a being. It speaks. It also listens.\n"
    card = await clash(world, typed, committed, body=body, base="It speaks. ")

    with pytest.raises(Conflict, match="can’t stand one after the other"):
        await decide_change.keep_both(world.context, actor=world.writer, change_id=card.id)
    assert body_on_branch(world) == body.replace("It speaks. ", typed)
    await decide_change.accept(world.context, actor=world.writer, change_id=card.id)

    assert body_on_branch(world) == body.replace("It speaks. ", committed)


async def test_whoever_may_not_edit_the_branch_may_not_choose(world: World) -> None:
    card = await clash(world)
    async with world.store.write() as work:
        await branch_settings.set_edit_access(
            work, key=BranchKey(world.meta, BRANCH), edit_access=EditAccess.CREATOR
        )

    with pytest.raises(Forbidden, match="edit access admits can accept changes"):
        await decide_change.keep_both(world.context, actor=world.reader, change_id=card.id)
    with pytest.raises(NotSignedIn):
        await decide_change.keep_both(world.context, actor=None, change_id=card.id)

    assert (await only_card(world)).state is ChangeState.PENDING


@pytest.mark.parametrize("choice", ["mine", "theirs", "both"])
async def test_after_a_choice_is_taken_back_one_chooses_again(world: World, choice: str) -> None:
    card = await clash(world)
    if choice == "mine":
        await decide_change.decline(world.context, actor=world.writer, change_id=card.id)
    elif choice == "theirs":
        await decide_change.accept(world.context, actor=world.writer, change_id=card.id)
    else:
        await decide_change.keep_both(world.context, actor=world.writer, change_id=card.id)

    await decide_change.undo(world.context, actor=world.owner, change_id=card.id)

    assert body_on_branch(world) == BODY.replace("It speaks.", "It thinks.")
    present = await only_card(world)
    assert (present.state, present.original, present.proposed) == (
        ChangeState.PENDING,
        "It thinks.",
        "It sings.",
    )
    assert (present.decided_by, present.decided_at, present.edited, present.commit_sha) == (None,) * 4
    assert (await world.rows("actions", "action_kind"))[-1][0] == "undo_change"
    await decide_change.keep_both(world.context, actor=world.writer, change_id=card.id)
    assert body_on_branch(world) == BODY.replace("It speaks.", "It thinks. It sings.")


async def test_a_kept_wording_that_was_written_anew_is_not_chosen_on_again(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await type_at(opened, "", "It thinks.", replacing="It speaks.")
    commit_as(world, "reviewer", "It speaks.", "It sings.")
    await flush(world)
    card = await only_card(world)
    await decide_change.decline(world.context, actor=world.writer, change_id=card.id)
    await type_at(opened, "", "", replacing=" It thinks.")

    with pytest.raises(Conflict, match="does not stand in the text any more"):
        await decide_change.undo(world.context, actor=world.writer, change_id=card.id)

    assert (await only_card(world)).state is ChangeState.DECLINED


async def test_who_may_not_edit_the_branch_takes_no_choice_back(world: World) -> None:
    card = await clash(world)
    await decide_change.decline(world.context, actor=world.writer, change_id=card.id)
    async with world.store.write() as work:
        await branch_settings.set_edit_access(
            work, key=BranchKey(world.meta, BRANCH), edit_access=EditAccess.CREATOR
        )

    with pytest.raises(Forbidden, match="edit access admits can undo changes"):
        await decide_change.undo(world.context, actor=world.reader, change_id=card.id)
    with pytest.raises(NotSignedIn):
        await decide_change.undo(world.context, actor=None, change_id=card.id)


async def test_the_card_goes_with_a_wording_that_is_typed_on(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await type_at(opened, "", "It thinks.", replacing="It speaks.")
    commit_as(world, "reviewer", "It speaks.", "It sings.")
    await flush(world)
    seen = await only_card(world)
    await type_at(opened, "", "It thinks aloud.", replacing="It thinks.")

    with pytest.raises(Conflict, match="The typed wording has been changed since"):
        await decide_change.keep_both(world.context, actor=world.writer, change_id=seen.id)
    present = await only_card(world)
    assert (present.state, present.original) == (ChangeState.PENDING, "It thinks aloud.")
    await decide_change.keep_both(world.context, actor=world.writer, change_id=seen.id)

    assert body_on_branch(world) == BODY.replace("It speaks.", "It thinks aloud. It sings.")


async def test_the_card_follows_the_typing_before_anybody_chooses(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await type_at(opened, "", "It thinks.", replacing="It speaks.")
    commit_as(world, "reviewer", "It speaks.", "It sings.")
    await flush(world)
    await type_at(opened, "", "It thinks aloud.", replacing="It thinks.")

    await follow_typing(world.context, TextTyped(HUMAN, BRANCH))
    seen = await only_card(world)
    assert seen.original == "It thinks aloud."
    await decide_change.accept(world.context, actor=world.writer, change_id=seen.id)

    assert body_on_branch(world) == BODY.replace("It speaks.", "It sings.")


async def test_words_typed_behind_one_without_a_full_stop_belong_to_it(world: World) -> None:
    await branch_of(world, LIST.replace(".", ""))
    opened = await window(world)
    await type_at(opened, "", "It thinks", replacing="It speaks")
    commit_as(world, "reviewer", "It speaks", "It sings")
    await flush(world)
    await type_at(opened, "", "It thinks aloud", replacing="It thinks")

    await follow_typing(world.context, TextTyped(HUMAN, BRANCH))
    card = await only_card(world)
    assert card.original.endswith("It thinks aloud")
    await decide_change.accept(world.context, actor=world.writer, change_id=card.id)

    assert body_on_branch(world) == LIST.replace(".", "").replace("speaks", "sings")


async def test_typing_elsewhere_or_over_the_whole_passage_leaves_the_card_as_it_is(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await type_at(opened, "", "It thinks.", replacing="It speaks.")
    commit_as(world, "reviewer", "It speaks.", "It sings.")
    await flush(world)
    seen = await only_card(world)
    await type_at(opened, "", "A person", replacing="A human")
    await follow_typing(world.context, TextTyped(HUMAN, BRANCH))
    assert await only_card(world) == seen

    await type_at(opened, "", "", replacing=" It thinks.")
    await follow_typing(world.context, TextTyped(HUMAN, BRANCH))

    assert await only_card(world) == seen


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("mine", "Owner Person has kept the typed wording."),
        ("theirs", "Owner Person has taken the committed wording."),
        ("both", "Owner Person has kept both wordings."),
    ],
)
async def test_who_comes_too_late_is_told_which_wording_was_kept(
    world: World, choice: str, said: str
) -> None:
    card = await clash(world)
    if choice == "mine":
        await decide_change.decline(world.context, actor=world.owner, change_id=card.id)
    elif choice == "theirs":
        await decide_change.accept(world.context, actor=world.owner, change_id=card.id)
    else:
        await decide_change.keep_both(world.context, actor=world.owner, change_id=card.id)

    for late in (decide_change.decline, decide_change.accept):
        with pytest.raises(Conflict) as caught:
            await late(world.context, actor=world.writer, change_id=card.id)

        assert (caught.value.message, caught.value.hint) == (said, "Undo that to choose again.")


async def test_whoever_typed_the_passage_is_named_and_who_typed_it_on(world: World) -> None:
    await branch_of(world)
    writer, reviewer = await window(world), await window(world, "reviewer")
    await type_at(writer, "", "So: A human", replacing="A human")
    await type_at(reviewer, "", "It thinks.", replacing="It speaks.")
    commit_as(world, "reader", "It speaks.", "It sings.")
    await flush(world)
    assert await typists(world) == ["Reviewer Person"]

    await type_at(writer, "", "It thinks aloud.", replacing="It thinks.")
    await follow_typing(world.context, TextTyped(HUMAN, BRANCH))

    assert await typists(world) == ["Reviewer Person", "Writer Person"]


async def typists(world: World) -> list[str]:
    view = await shown(world)
    assert view.clash is not None
    return [person.name for person in view.clash.typed_by]


async def test_an_open_text_follows_gitea_as_soon_as_the_branch_moved(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await type_at(opened, "", "thinks", replacing="speaks")
    commit_as(world, "reviewer", "It speaks.", "It sings.")

    await world.context.refresher.nudge(world.meta)
    await follow_gitea(world.context, BranchChanged(HUMAN, BRANCH))
    async with world.context.live_texts.editing(world.context, slug=HUMAN, name=BRANCH):
        pass  # the event that the look itself told may be followed right now: it ends first

    card = await only_card(world)
    assert (card.original, card.proposed, opened.text.text) == (
        "It thinks.",
        "It sings.",
        BODY.replace("speaks", "thinks"),
    )


def head_sha(world: World) -> str:
    return str(world.api("GET", f"branches/{BRANCH}")["commit"]["id"])
