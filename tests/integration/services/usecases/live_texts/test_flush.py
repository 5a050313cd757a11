"""What was typed becomes commits, by those who typed it, and nothing is lost on the way (§8.9, §8.10)."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from services.domain.branch import BranchKey
from services.domain.clock import now
from services.domain.identifiers import CommitSha, Slug
from services.domain.permissions import EditAccess
from services.domain.shared_text import ChangeSet, to_units
from services.store.queries import branch_settings, changes, watches
from services.store.queries.watches import WatchLevel
from services.usecases import decide_change
from services.usecases.converse import post_to_branch
from services.usecases.digest import let_watches_decay
from services.usecases.live_texts.flush import FlushReason
from services.usecases.live_texts.registry import LiveTexts, Window
from services.usecases.live_texts.requests import answer
from services.usecases.views.branch import branch_view, newest_branch_text
from services.usecases.views.talk import mark_seen, talk_view
from tests.support.world import World, context_on

HUMAN = Slug("human")
BRANCH = "edit-human-abc123"
BODY = "# Human\n\nA human is a being. It speaks.\n\nIt also listens.\n"


async def branch_of(world: World, body: str = BODY) -> None:
    """A super-draft with a branch of the writer's that anyone may edit."""
    world.write_entry("human", body=body)
    world.api("POST", "branches", json={"new_branch_name": BRANCH, "old_ref_name": "main"})
    await world.context.refresher.sweep()
    async with world.store.write() as work:
        key = BranchKey(world.meta, BRANCH)
        sha = CommitSha(world.api("GET", f"branches/{BRANCH}")["commit"]["id"])
        await branch_settings.insert(work, key=key, slug=HUMAN, created_by=world.writer.id, base_sha=sha)
        await branch_settings.set_edit_access(work, key=key, edit_access=EditAccess.ANYONE)


async def window(world: World, login: str = "writer") -> Window:
    texts = world.context.live_texts
    opened = await texts.join(world.context, actor=world.people[login], slug=HUMAN, name=BRANCH)
    opened.session.send = lambda message: None
    return opened


async def type_at(opened: Window, where: str, words: str, *, replacing: str = "") -> None:
    """Put words before a passage, or in place of one."""
    text = opened.text.text
    start = text.index(replacing or where)
    end = start + len(replacing)
    change = ChangeSet.replace(
        len(to_units(text)), len(to_units(text[:start])), len(to_units(text[:end])), words
    )
    message = {"type": "push", "version": opened.text.shared.version, "updates": [change.to_json()]}
    assert "version" in await answer(opened.text, opened.session, message)


async def flush(world: World, reason: FlushReason = FlushReason.ASKED) -> CommitSha | None:
    async with world.context.live_texts.editing(world.context, slug=HUMAN, name=BRANCH) as branch:
        return await branch.flush(reason)


def file_on_branch(world: World) -> str:
    found = world.api("GET", "contents/rfcs/human.md", params={"ref": BRANCH})
    return base64.b64decode(found["content"]).decode()


def head_commit(world: World) -> dict[str, dict[str, str]]:
    commit: dict[str, dict[str, str]] = world.api("GET", f"git/commits/{BRANCH}")["commit"]
    return commit


async def test_what_was_typed_becomes_one_commit_by_its_writer(world: World) -> None:
    await branch_of(world)
    before = file_on_branch(world)
    opened = await window(world)
    await type_at(opened, "", "thinks", replacing="speaks")
    assert await flush(world) is not None
    assert file_on_branch(world) == before.replace("speaks", "thinks")
    assert head_commit(world)["author"]["name"] == "Writer Person"
    assert not opened.text.dirty
    assert await flush(world) is None
    assert [row[0] for row in await world.rows("actions", "action_kind") if row[0] == "flush_text"] == [
        "flush_text"
    ]


async def test_everybody_who_typed_is_named_and_whoever_typed_most_is_the_author(world: World) -> None:
    await branch_of(world)
    writer, reviewer = await window(world), await window(world, "reviewer")
    await type_at(writer, "A human", "So: ")
    await type_at(reviewer, "It also", "A much longer sentence by the reviewer stands here. ")
    await flush(world)
    commit = head_commit(world)
    assert commit["author"]["name"] == "Reviewer Person"
    assert "Co-authored-by: Writer Person <writer@noreply." in str(commit["message"])


async def test_whoever_types_watches_and_goes_on_watching_unless_they_muted_the_rfc(world: World) -> None:
    await branch_of(world)
    long_ago = now() - timedelta(days=100)
    async with world.store.write() as work:
        for login, level in (("writer", WatchLevel.WATCHING), ("moderator", WatchLevel.MUTED)):
            user_id = world.people[login].id
            await watches.set_level(work, user_id=user_id, slug=HUMAN, level=level, at=long_ago)
    for login in ("writer", "reviewer", "moderator"):
        await type_at(await window(world, login), "A human", f"{login}: ")

    await flush(world)
    await let_watches_decay(world.context)

    async with world.store.read() as work:
        levels = {
            login: await watches.level_of(work, user_id=world.people[login].id, slug=HUMAN)
            for login in ("writer", "reviewer", "moderator")
        }
    assert levels == {
        "writer": WatchLevel.WATCHING,
        "reviewer": WatchLevel.WATCHING,
        "moderator": WatchLevel.MUTED,
    }


async def test_line_ends_byte_order_mark_and_missing_newline_are_kept(world: World) -> None:
    await branch_of(world, body="One line.\r\nTwo lines.\nThree lines.\r\nno end")
    opened = await window(world)
    await type_at(opened, "", "2 lines", replacing="Two lines")
    await flush(world)
    assert file_on_branch(world).endswith("One line.\r\n2 lines.\nThree lines.\r\nno end")


async def test_a_commit_made_on_gitea_and_typed_text_both_stand(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await type_at(opened, "", "thinks", replacing="speaks")
    world.write_file(
        "rfcs/human.md", file_on_branch(world).replace("also listens", "listens well"), branch=BRANCH
    )
    await flush(world)
    assert file_on_branch(world).endswith("A human is a being. It thinks.\n\nIt listens well.\n")
    assert opened.text.text.endswith("It listens well.\n")


async def test_where_both_changed_one_sentence_the_typed_wording_stands_and_the_other_is_kept(
    world: World,
) -> None:
    await branch_of(world)
    opened = await window(world)
    await type_at(opened, "", "thinks", replacing="speaks")
    world.write_file("rfcs/human.md", file_on_branch(world).replace("It speaks.", "It sings."), branch=BRANCH)
    async with world.context.live_texts.editing(world.context, slug=HUMAN, name=BRANCH) as branch:
        assert [(clash.mine.strip(), clash.theirs.strip()) for clash in branch.clashes] == [
            ("It thinks.", "It sings.")
        ]
        await branch.flush(FlushReason.ASKED)
    assert "It thinks." in file_on_branch(world)
    async with world.store.read() as work:
        (card,) = await changes.list_for_branch(work, key=BranchKey(world.meta, BRANCH))
    assert (card.original.strip(), card.proposed.strip()) == ("It thinks.", "It sings.")
    await decide_change.accept(world.context, actor=world.writer, change_id=card.id)
    assert "It sings." in file_on_branch(world)


async def test_an_untouched_window_follows_what_is_committed_on_gitea(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    world.write_file("rfcs/human.md", file_on_branch(world).replace("being", "person"), branch=BRANCH)
    async with world.context.live_texts.editing(world.context, slug=HUMAN, name=BRANCH):
        pass
    assert "A human is a person." in opened.text.text
    assert not opened.text.dirty


@pytest.mark.parametrize("connected", [True, False])
async def test_text_is_committed_after_a_pause_and_when_the_last_editor_left(
    world: World, connected: bool
) -> None:
    await branch_of(world)
    texts = world.context.live_texts
    opened = await window(world)
    await type_at(opened, "", "thinks", replacing="speaks")
    await texts.tick(world.context)
    assert opened.text.dirty
    if connected:
        opened.text.changed_at = now() - texts.flush_after - timedelta(seconds=1)
    else:
        await texts.gone(opened)
        texts._open[opened.key].left_at = now() - timedelta(minutes=1)
    await texts.tick(world.context)
    assert "It thinks." in file_on_branch(world)


async def test_text_left_by_a_killed_process_is_committed_by_the_next(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await type_at(opened, "", "thinks", replacing="speaks")
    world.context.live_texts._open.clear()  # as a kill does
    context = await context_on(world.store, world.forge.url, world.population.token, world.org)
    await context.live_texts.resume(context)
    async with context.live_texts.editing(context, slug=HUMAN, name=BRANCH) as branch:
        assert "It thinks." in branch.text
        await branch.flush(FlushReason.LEFT)
    assert head_commit(world)["author"]["name"] == "Writer Person"
    await context.bus.stop()
    await context.gitea.aclose()


async def test_while_gitea_is_away_the_text_waits_and_nothing_is_lost(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await type_at(opened, "", "thinks", replacing="speaks")
    await world.context.live_texts.gone(opened)
    world.context.live_texts._open[opened.key].left_at = now() - timedelta(minutes=1)
    world.forge.faults.set({"path": "/contents", "method": "POST", "action": "status", "status": 503})
    await world.context.live_texts.tick(world.context)
    assert (opened.text.dirty, "It thinks." in opened.text.text) == (True, True)
    world.forge.faults.clear()
    world.context.live_texts._open[opened.key].left_at = now() - timedelta(minutes=1)
    await world.context.live_texts.tick(world.context)
    assert "It thinks." in file_on_branch(world)


async def test_who_may_not_edit_opens_the_text_and_changes_nothing(world: World) -> None:
    await branch_of(world)
    async with world.store.write() as work:
        await branch_settings.set_edit_access(
            work, key=BranchKey(world.meta, BRANCH), edit_access=EditAccess.CREATOR
        )
    opened = await window(world, "reader")
    message = {"type": "push", "version": 0, "updates": [json.loads('[[0,"x"]]')]}
    assert await answer(opened.text, opened.session, message) == {"error": "read only"}


async def test_a_fresh_registry_has_no_windows() -> None:
    assert LiveTexts().window("nobody") is None


async def chat_lines(world: World) -> list[str]:
    view = await talk_view(world.context, viewer=world.writer, slug=HUMAN, branch=BRANCH)
    return [message.body for message in view.thread.messages]


async def test_a_flush_says_in_the_chat_who_committed_what_was_typed(world: World) -> None:
    await branch_of(world)
    writer, reviewer = await window(world), await window(world, "reviewer")
    await type_at(writer, "A human", "So: ")
    await type_at(reviewer, "It also", "A much longer sentence by the reviewer stands here. ")

    sha = await flush(world)

    assert sha is not None
    assert await chat_lines(world) == [
        f"Reviewer Person and Writer Person committed what was typed: `{sha[:7]}`."
    ]
    assert await world.rows("notifications", "id") == []


async def test_flushes_between_which_nothing_is_said_are_one_line(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    shas = []
    for word in ("thinks", "sings", "dances"):
        await type_at(opened, "A human", f"It {word}. ")
        shas.append(await flush(world, FlushReason.IDLE))
    assert await chat_lines(world) == [
        f"Writer Person committed what was typed 3 times, last `{(shas[2] or '')[:7]}`."
    ]

    await post_to_branch(
        world.context, actor=world.reviewer, slug=HUMAN, branch=BRANCH, text="Why does it dance?"
    )
    await type_at(opened, "A human", "It rests. ")
    last = await flush(world)

    assert (await chat_lines(world))[1:] == [
        "Why does it dance?",
        f"Writer Person committed what was typed: `{(last or '')[:7]}`.",
    ]


async def test_what_others_commit_after_one_has_a_line_of_its_own(world: World) -> None:
    await branch_of(world)
    for login, words in (("writer", "It thinks. "), ("reviewer", "It sings. ")):
        await type_at(await window(world, login), "A human", words)
        await flush(world)
    assert [line.split(" committed")[0] for line in await chat_lines(world)] == [
        "Writer Person",
        "Reviewer Person",
    ]


async def test_a_flush_leaves_nobody_with_unread_messages(world: World) -> None:
    await branch_of(world)
    await post_to_branch(world.context, actor=world.writer, slug=HUMAN, branch=BRANCH, text="Here I begin.")
    read = await talk_view(world.context, viewer=world.reviewer, slug=HUMAN, branch=BRANCH)
    assert read.thread.id is not None
    last = read.thread.messages[-1].id
    await mark_seen(world.context, viewer=world.reviewer, thread_id=read.thread.id, message_id=last)
    await type_at(await window(world), "A human", "It thinks. ")
    await flush(world)

    again = await talk_view(world.context, viewer=world.reviewer, slug=HUMAN, branch=BRANCH)

    assert len(again.thread.messages) == 2
    assert again.unread_after is None


async def test_a_branchs_page_is_as_of_when_its_head_was_read(world: World) -> None:
    await branch_of(world)
    opened = await window(world)
    await type_at(opened, "A human", "It thinks. ")
    sha, committed_at = await flush(world), now()

    view = await branch_view(world.context, viewer=world.writer, slug=HUMAN, name=BRANCH)

    assert view.head_sha == sha
    assert view.as_of is not None
    assert view.as_of >= committed_at
    moment = now()
    newer = await newest_branch_text(world.context, view)
    assert newer.as_of is not None
    assert newer.as_of >= moment
