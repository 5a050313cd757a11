"""Carrying a branch over a graduation (§13.2): its text goes to a new branch, and nothing main says is overwritten."""

from __future__ import annotations

import asyncio
import base64
import re

import pytest

from components.branch import notes_html
from pages import branch_acts
from services.domain.branch import BranchKey, Visibility
from services.domain.change import ChangeState
from services.domain.errors import (
    Busy,
    Conflict,
    Forbidden,
    GiteaUnreachable,
    Muted,
    NotFound,
    NotSignedIn,
    RateLimited,
)
from services.domain.identifiers import Repository, Slug
from services.domain.permissions import LEFT_BEHIND, EditAccess
from services.domain.trailers import parse_trailers
from services.store.queries import branch_settings, changes, threads, watches
from services.store.queries.branch_settings import BranchSettingRow
from services.store.queries.changes import ChangeRow
from services.usecases import graduation_announcing
from services.usecases.branch_access import (
    grant,
    reopen,
    set_edit_access,
    set_visibility,
)
from services.usecases.carry_branch import (
    NO_BASE,
    NO_MAIN,
    NO_TEXT,
    NOT_EARLIER,
    NOT_GRADUATED,
    NOTHING,
    carry_branch,
)
from services.usecases.contribute import start_contributing
from services.usecases.decide_change import accept
from services.usecases.rate_limits import Limited, RateLimits
from services.usecases.recover import Recovery, recover
from services.usecases.restore_branch import restore
from services.usecases.rights import set_muted
from services.usecases.save_now import save_now
from services.usecases.views.branch import BranchView, branch_view
from tests.support.branches import branch_of, cut
from tests.support.cards import type_over
from tests.support.graduations import NAME, draft, file, graduate
from tests.support.world import World

MEMORY = Slug("memory")
BODY = (
    "# Memory\n\nA record of a person is not the person. It fades.\n\n"
    "Who keeps it owes it care.\n\nNobody owns a memory alone.\n"
)
CARE = "Who keeps it owes it care."
NEW_REPO = rf"/{NAME}/contents$"
LOST = {"action": "status_after", "status": 504, "times": 1}
NEVER = {"action": "status", "status": 504}


def body_with(old: str, new: str, body: str = BODY) -> str:
    assert old in body
    return body.replace(old, new)


async def edited(world: World, text: str, login: str = "writer") -> str:
    """A branch of the super-draft that holds `text`, committed on Gitea byte for byte."""
    name = await branch_of(world, login, MEMORY)
    commit(world, name, text)
    await world.context.refresher.nudge(world.meta)
    return name


def commit(world: World, name: str, text: str) -> None:
    whole = base64.b64decode(
        world.api("GET", "contents/rfcs/memory.md", params={"ref": name})["content"]
    ).decode()
    head = whole[: whole.index("\n---\n", 4) + 5]
    world.write_file("rfcs/memory.md", head + text, branch=name)


async def carried(world: World, name: str, login: str = "writer") -> str:
    """Somebody presses the button; the new branch's name."""
    made = await carry_branch(world.context, actor=world.people[login], slug=MEMORY, name=name)
    return made.name


def own(world: World) -> World:
    """The world of the RFC's own repository."""
    repo = Repository(f"{world.org}/{NAME}")
    return World(world.forge, world.population, world.context, world.org, repo)


async def write_main(world: World, text: str) -> None:
    """Main of the RFC's own repository moves on."""
    own(world).write_file("RFC.md", text)
    await world.context.refresher.nudge(own(world).meta)


def text_on(world: World, name: str) -> str:
    """RFC.md on a branch, as its bytes are on Gitea."""
    found = own(world).api("GET", "contents/RFC.md", params={"ref": name})
    return base64.b64decode(found["content"]).decode()


def commits_on(world: World, name: str) -> list[str]:
    """The messages of a branch's commits beyond main, newest first."""
    there = own(world)
    main = {one["sha"] for one in there.api("GET", "commits", params={"sha": "main"})}
    listed = there.api("GET", "commits", params={"sha": name})
    return [str(one["commit"]["message"]) for one in listed if one["sha"] not in main]


def branches_there(world: World) -> list[str]:
    return sorted(str(one["name"]) for one in own(world).api("GET", "branches") if one["name"] != "main")


async def seen(world: World, name: str, login: str | None = None) -> BranchView:
    viewer = world.people[login] if login else None
    return await branch_view(world.context, viewer=viewer, slug=MEMORY, name=name)


async def settings_of(world: World, name: str) -> BranchSettingRow:
    async with world.store.read() as work:
        row = await branch_settings.find(work, key=BranchKey(own(world).meta, name))
    assert row is not None
    return row


async def cards_on(world: World, name: str) -> list[ChangeRow]:
    async with world.store.read() as work:
        return await changes.list_for_branch(work, key=BranchKey(own(world).meta, name))


async def lines_of(world: World, branch: str | None) -> list[str]:
    async with world.store.read() as work:
        thread = await threads.find_for_slug(work, slug=MEMORY, branch=branch)
        assert thread is not None
        return [row.body for row in await threads.messages(work, thread_ids=[thread.id])]


async def acts(world: World) -> list[tuple[object, ...]]:
    rows = await world.rows("actions", "on_behalf_of, action_kind, branch_name")
    return [row for row in rows if row[1] == "carry_branch"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (BODY, body_with(CARE, "Who keeps it owes it care, and says so.\n\nAlways.")),
        (BODY, "# Memory\n\nÜber 🧠👩‍👩‍👧 e\u0301: nothing of the old.\n"),
        (BODY.replace("\n", "\r\n"), body_with(CARE, "Who keeps it owes it 🧠.").replace("\n", "\r\n")),
        (BODY, body_with(CARE, "Who keeps it\r\nowes it care.") + "No last newline"),
    ],
    ids=["a paragraph", "emoji", "CRLF", "one line with CRLF"],
)
async def test_the_text_arrives_byte_for_byte_in_one_commit_on_a_draft_branch(
    world: World, body: str, text: str
) -> None:
    await draft(world, body=body)
    name = await edited(world, text)
    await graduate(world)

    to = await carried(world, name)

    assert re.fullmatch(r"writer-draft-[0-9a-f]{6}", to)
    assert (text_on(world, to), file(world, NAME, "RFC.md")) == (text, body)
    (message,) = commits_on(world, to)
    trailers = parse_trailers(message)
    sha = world.api("GET", f"branches/{name}")["commit"]["id"]
    assert (trailers["On-behalf-of"], trailers["Carried-from"]) == ("Writer Person <writer>", f"{name} {sha}")
    assert await cards_on(world, to) == []
    view = await seen(world, to)
    assert (view.text, view.base_text, view.visibility) == (text, body, Visibility.PUBLIC)
    assert view.creator is not None
    assert (view.creator.login, view.edit_access) == ("writer", EditAccess.CREATOR)


async def test_what_main_changed_elsewhere_stays_and_each_line_keeps_its_end(world: World) -> None:
    await draft(world, body=BODY.replace("\n", "\r\n"))
    name = await edited(world, body_with(CARE, "Who keeps it owes it care and time.").replace("\n", "\r\n"))
    await graduate(world)
    main = body_with("It fades.", "It fades slowly 🕰.").replace("\n", "\r\n")
    await write_main(world, main)

    to = await carried(world, name)

    assert text_on(world, to) == main.replace(CARE, "Who keeps it owes it care and time.")
    assert await cards_on(world, to) == []
    assert (await settings_of(world, to)).base_sha == own(world).api("GET", "branches/main")["commit"]["id"]


async def test_where_main_changed_the_same_sentence_mains_stands_and_the_branchs_waits_as_a_card(
    world: World,
) -> None:
    await draft(world, body=BODY)
    mine = body_with(CARE, "Who keeps it owes it patience.", body_with("It fades.", "It fades 🌫."))
    name = await edited(world, mine)
    await graduate(world)
    main = body_with(CARE, "Who keeps it owes it honesty.")
    await write_main(world, main)

    to = await carried(world, name)

    assert text_on(world, to) == main.replace("It fades.", "It fades 🌫.")
    (card,) = await cards_on(world, to)
    assert (card.state, card.asked_by) == (ChangeState.PENDING, world.writer.id)
    assert (card.original, card.proposed) == (
        "Who keeps it owes it honesty.",
        "Who keeps it owes it patience.",
    )
    assert (await lines_of(world, to))[-1] == (
        f"Writer Person carried [{name}](/rfc/memory/branch/{name}) here. "
        "Main changed one passage of it too: it waits as a change card."
    )
    await accept(world.context, actor=world.writer, change_id=card.id)
    assert text_on(world, to) == mine


async def test_where_everything_clashes_the_branch_is_mains_with_cards_on_it(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."), "reader")
    await graduate(world)
    main = body_with(CARE, "Who keeps it owes it honesty.")
    await write_main(world, main)

    to = await carried(world, name)

    assert (text_on(world, to), commits_on(world, to)) == (main, [])
    (card,) = await cards_on(world, to)
    assert (card.proposed, card.asked_by) == ("Who keeps it owes it patience.", world.reader.id)


async def test_what_one_side_took_out_and_the_other_reworded_is_kept_as_a_card(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    gone = await edited(world, body_with(f"{CARE}\n\n", ""))
    await graduate(world)
    await write_main(world, body_with(f"{CARE}\n\n", ""))
    reworded = await carried(world, name)
    main = body_with(CARE, "Who keeps it owes it honesty.")
    await write_main(world, main)
    taken = await carried(world, gone)

    (here,) = await cards_on(world, reworded)
    (there,) = await cards_on(world, taken)

    await accept(world.context, actor=world.writer, change_id=here.id)
    await accept(world.context, actor=world.writer, change_id=there.id)
    assert text_on(world, reworded) == body_with(CARE, "Who keeps it owes it patience.")
    assert text_on(world, taken) == body_with(f"{CARE}\n\n", "")


async def test_words_that_no_passage_is_left_for_are_kept_in_the_chat(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    await graduate(world)
    await write_main(world, "\n")

    to = await carried(world, name)

    assert (text_on(world, to), await cards_on(world, to)) == ("\n", [])
    assert "Who keeps it owes it patience." in (await lines_of(world, to))[-1]


async def test_changes_of_main_before_the_graduation_are_no_changes_of_the_branch(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it care and time."))
    later = body_with("It fades.", "It fades slowly.")
    world.write_entry("memory", "Memory", later, owners=("reviewer",), proposed_by="writer")
    await world.context.refresher.sweep()
    await graduate(world)

    to = await carried(world, name)

    assert text_on(world, to) == later.replace(CARE, "Who keeps it owes it care and time.")


async def test_a_branch_cut_on_gitea_is_told_from_main_by_its_commits(world: World) -> None:
    await draft(world, body=BODY)
    name = "edit-memory-abc123"
    cut(world, name)
    commit(world, name, body_with(CARE, "Who keeps it owes it care and time."))
    world.write_entry("memory", "Memory", body_with("It fades.", "It lasts."), owners=("reviewer",))
    await world.context.refresher.sweep()
    await graduate(world)

    to = await carried(world, name, "reader")

    wanted = body_with(CARE, "Who keeps it owes it care and time.", body_with("It fades.", "It lasts."))
    assert text_on(world, to) == wanted
    assert (await settings_of(world, to)).grants == ()


async def test_everybody_who_wrote_on_the_branch_is_named_by_the_commit(world: World) -> None:
    await draft(world, body=BODY)
    name = await branch_of(world, "writer", MEMORY)
    await set_edit_access(
        world.context, actor=world.writer, slug=MEMORY, name=name, edit_access=EditAccess.ANYONE
    )
    for login, word in (("writer", "memory"), ("reviewer", "thing of the past")):
        window = await world.context.live_texts.join(
            world.context, actor=world.people[login], slug=MEMORY, name=name
        )
        window.session.send = lambda message: None
        await type_over(window, "record", word) if login == "writer" else await type_over(
            window, "memory", word
        )
        await save_now(world.context, actor=world.people[login], slug=MEMORY, name=name)
    await graduate(world)

    to = await carried(world, name, "reader")

    (message,) = commits_on(world, to)
    credited = re.findall(r"^Co-authored-by: (.+?) <(.+?)@noreply", message, re.MULTILINE)
    assert credited == [("Writer Person", "writer"), ("Reviewer Person", "reviewer")]
    assert "thing of the past" in text_on(world, to)


async def _commits_nothing(*_: object) -> None:
    """As a graduation does with what can't be committed before it closes the branch."""


async def test_what_is_typed_and_not_committed_goes_along(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it time."))
    window = await world.context.live_texts.join(world.context, actor=world.writer, slug=MEMORY, name=name)
    window.session.send = lambda message: None
    await type_over(window, "It fades.", "It fades slowly.")
    monkeypatch.setattr(graduation_announcing, "_commit_typed", _commits_nothing)
    await graduate(world)

    to = await carried(world, name)

    assert text_on(world, to) == body_with(
        "It fades.", "It fades slowly.", body_with(CARE, "Who keeps it owes it time.")
    )


async def test_a_private_branch_gives_a_private_one_for_the_same_people(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    where = {"actor": world.writer, "slug": MEMORY, "name": name}
    await set_visibility(world.context, visibility=Visibility.PRIVATE, **where)  # type: ignore[arg-type]
    await set_edit_access(world.context, edit_access=EditAccess.INVITED, **where)  # type: ignore[arg-type]
    await grant(world.context, login="reader", **where)  # type: ignore[arg-type]
    await graduate(world)
    before = await lines_of(world, None)

    to = await carried(world, name, "reader")

    row = await settings_of(world, to)
    assert (row.visibility, row.edit_access, row.created_by, row.grants) == (
        Visibility.PRIVATE,
        EditAccess.INVITED,
        world.reader.id,
        (world.writer.id,),
    )
    with pytest.raises(NotFound):
        await seen(world, to)
    assert (await seen(world, to, "writer")).edit.allowed
    assert await lines_of(world, None) == before
    granted = await world.rows("permission_events", "subject_user_id, event_kind, details")
    assert [row[:2] for row in granted if to in str(row)] == [(world.writer.id, "branch_granted")]


async def test_private_words_are_never_readable_not_even_when_it_dies_in_between(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    await set_visibility(
        world.context, actor=world.writer, slug=MEMORY, name=name, visibility=Visibility.PRIVATE
    )
    await graduate(world)
    world.forge.faults.set({"path": NEW_REPO, "method": "POST", **LOST})
    with pytest.raises(GiteaUnreachable):
        await carried(world, name)
    world.forge.faults.clear()

    await world.context.refresher.sweep()

    (to,) = branches_there(world)
    assert "patience" in text_on(world, to)
    with pytest.raises(NotFound):
        await seen(world, to)


@pytest.mark.parametrize("fault", [LOST, NEVER], ids=["after the bot acted", "before the bot acted"])
@pytest.mark.parametrize("path", [r"/branches$", NEW_REPO], ids=["the branch", "the commit"])
async def test_killed_at_any_moment_it_is_there_once(
    world: World, path: str, fault: dict[str, object]
) -> None:
    await draft(world, body=BODY)
    text = body_with(CARE, "Who keeps it owes it patience.")
    name = await edited(world, text)
    await graduate(world)
    world.forge.faults.set({"path": path, "method": "POST", **fault})
    with pytest.raises(GiteaUnreachable):
        await carried(world, name)
    world.forge.faults.clear()

    recovered = [await recover(world.context) for _ in range(2)]

    assert recovered == [Recovery(completed=1), Recovery()]
    (to,) = branches_there(world)
    assert (text_on(world, to), len(commits_on(world, to))) == (text, 1)
    assert await acts(world) == [("writer", "carry_branch", to)]
    assert await carried(world, name) == to


async def test_pressed_again_after_a_kill_it_goes_on_where_it_was(world: World) -> None:
    await draft(world, body=BODY)
    text = body_with(CARE, "Who keeps it owes it patience.")
    name = await edited(world, text)
    await graduate(world)
    world.forge.faults.set({"path": NEW_REPO, "method": "POST", **LOST})
    with pytest.raises(GiteaUnreachable):
        await carried(world, name)
    world.forge.faults.clear()

    to = await carried(world, name)

    assert (branches_there(world), text_on(world, to), len(commits_on(world, to))) == ([to], text, 1)
    assert await recover(world.context) == Recovery()


async def test_killed_with_cards_to_write_they_are_written_once(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    await graduate(world)
    await write_main(world, body_with(CARE, "Who keeps it owes it honesty."))
    world.forge.faults.set({"path": r"/branches$", "method": "POST", **LOST})
    with pytest.raises(GiteaUnreachable):
        await carried(world, name)
    world.forge.faults.clear()

    for _ in range(2):
        await recover(world.context)

    (to,) = branches_there(world)
    assert [card.proposed for card in await cards_on(world, to)] == ["Who keeps it owes it patience."]


async def test_a_second_press_leads_to_the_branch_of_the_first_and_others_carry_their_own(
    world: World,
) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    await graduate(world)

    presses = await asyncio.gather(*(carried(world, name) for _ in range(3)), return_exceptions=True)
    later = await carried(world, name)
    other = await carried(world, name, "reader")

    assert {one for one in presses if isinstance(one, str)} == {later}
    assert [one for one in presses if not isinstance(one, str | Busy)] == []
    assert branches_there(world) == sorted([later, other])
    assert await acts(world) == [("reader", "carry_branch", other), ("writer", "carry_branch", later)]


async def test_the_old_branch_says_where_it_went_to_whoever_may_read_that(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    await graduate(world)
    before = await seen(world, name, "writer")
    to = await carried(world, name)
    await carried(world, name, "reader")
    await set_visibility(
        world.context, actor=world.writer, slug=MEMORY, name=to, visibility=Visibility.PRIVATE
    )

    mine, others, strangers = [await seen(world, name, login) for login in ("writer", "reader", None)]

    assert before.carry is not None
    assert (before.carry.may.allowed, before.carry.carried) == (True, ())
    assert mine.carry is not None
    assert [one.by_viewer for one in mine.carry.carried] == [True, False]
    assert mine.carry.carried[0].path == f"/rfc/memory/branch/{to}"
    assert others.carry is not None
    assert [one.by_viewer for one in others.carry.carried] == [True]
    assert strangers.carry is not None
    assert (strangers.carry.may.allowed, len(strangers.carry.carried)) == (False, 1)
    assert (await lines_of(world, name))[-2] == (
        f"Writer Person carried this branch to [{to}](/rfc/memory/branch/{to})."
    )
    assert (await seen(world, to, "writer")).carry is None


async def test_the_page_offers_it_where_it_can_be_done_and_says_else_why_not(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    same = await branch_of(world, "writer", MEMORY)
    assert "carry-note" not in notes_html(await seen(world, name, "writer"), signed_in=True)
    await graduate(world)
    await set_muted(world.context, actor=world.owner, subject_id=world.reader.id, muted=True)
    world.people["reader"] = await world.again("reader")

    async def note(branch: str, login: str | None) -> str:
        return notes_html(await seen(world, branch, login), signed_in=login is not None)

    assert "note-carry" in await note(name, "writer")
    assert "Main says all of it already" in await note(same, "writer")
    assert re.search(r'href="/auth/login\?next=[^"]+">Sign in</a> to carry', await note(name, None))
    assert "muted" in await note(name, "reader")
    to = await carried(world, name)
    assert f'You carried it to <a href="/rfc/memory/branch/{to}"' in await note(name, "writer")
    assert f'Writer Person carried it to <a href="/rfc/memory/branch/{to}"' in await note(name, "owner")
    offered = {
        (branch, login): "note-carry" in await note(branch, login)
        for branch in (name, same)
        for login in ("writer", "owner", "reader", None)
    }
    assert [where for where, there in offered.items() if there] == [(name, "owner")]


async def test_a_carried_branch_that_was_deleted_can_be_carried_anew(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    await graduate(world)
    first = await carried(world, name)
    own(world).api("DELETE", f"branches/{first}")
    await world.context.refresher.nudge(own(world).meta)
    assert (view := await seen(world, name, "writer")).carry is not None
    assert view.carry.carried == ()

    second = await carried(world, name)

    assert (first != second, branches_there(world)) == (True, [second])


async def test_a_deleted_branch_can_be_carried_while_its_commits_are_there(world: World) -> None:
    await draft(world, body=BODY)
    text = body_with(CARE, "Who keeps it owes it patience.")
    name = await edited(world, text)
    await graduate(world)
    world.api("DELETE", f"branches/{name}")
    await world.context.refresher.nudge(world.meta)

    to = await carried(world, name)

    assert text_on(world, to) == text


async def test_where_there_is_nothing_to_carry_it_says_so_and_nothing_happens(world: World) -> None:
    await draft(world, body=BODY)
    text = body_with(CARE, "Who keeps it owes it patience.")
    same = await branch_of(world, "writer", MEMORY)
    said = await edited(world, text)
    await graduate(world)
    await write_main(world, text)

    for name in (same, said):
        with pytest.raises(Conflict, match=f"^{re.escape(NOTHING)}$"):
            await carried(world, name)

    assert (branches_there(world), await acts(world)) == ([], [])


async def test_strangers_muted_people_and_whoever_may_not_read_it_are_refused(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    hidden = await edited(world, body_with(CARE, "Who keeps it owes it silence."))
    await set_visibility(
        world.context, actor=world.writer, slug=MEMORY, name=hidden, visibility=Visibility.PRIVATE
    )
    with pytest.raises(Conflict, match=f"^{re.escape(NOT_GRADUATED)}$"):
        await carried(world, name)
    await graduate(world)
    await set_muted(world.context, actor=world.owner, subject_id=world.reader.id, muted=True)

    with pytest.raises(NotSignedIn):
        await carry_branch(world.context, actor=None, slug=MEMORY, name=name)
    with pytest.raises(NotFound):
        await carry_branch(world.context, actor=None, slug=MEMORY, name=hidden)
    with pytest.raises(Muted):
        await carried(world, name, "reader")
    with pytest.raises(NotFound):
        await carried(world, hidden, "reader")

    assert (branches_there(world), await acts(world)) == ([], [])


async def test_where_it_can_not_be_carried_the_reason_is_said(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    lost = await edited(world, body_with(CARE, "Who keeps it owes it silence."))
    await graduate(world)
    new = (await start_contributing(world.context, actor=world.writer, slug=MEMORY)).name
    with pytest.raises(Conflict, match=f"^{re.escape(NOT_EARLIER)}$"):
        await carried(world, new)
    world.api("DELETE", f"branches/{lost}")
    await world.context.refresher.nudge(world.meta)
    await world.run_sql("UPDATE branch_settings SET deleted_sha = NULL")
    with pytest.raises(Conflict, match=f"^{re.escape(NO_TEXT)}$"):
        await carried(world, lost)
    own(world).remove_file("RFC.md")
    with pytest.raises(Conflict, match=f"^{re.escape(NO_MAIN)}$"):
        await carried(world, name)


async def test_a_branch_that_took_main_in_is_told_from_main_by_where_it_was_cut(world: World) -> None:
    await draft(world, body=BODY)
    name, by_hand = await branch_of(world, "writer", MEMORY), "edit-memory-abc123"
    cut(world, by_hand)
    later = body_with("It fades.", "It lasts.")
    world.write_entry("memory", "Memory", later, owners=("reviewer",), proposed_by="writer")
    for branch in (name, by_hand):
        commit(world, branch, body_with(CARE, "Who keeps it owes it patience."))
        pull = {"head": "main", "base": branch, "title": "Take main in", "body": ""}
        number = world.api("POST", "pulls", json=pull)["number"]
        world.merge_on_gitea(number)
    await world.context.refresher.sweep()
    await graduate(world)

    to = await carried(world, name)

    assert text_on(world, to) == later.replace(CARE, "Who keeps it owes it patience.")
    with pytest.raises(Conflict, match=f"^{re.escape(NO_BASE)}$"):
        await carried(world, by_hand)


async def test_too_many_in_a_short_time_are_refused(world: World) -> None:
    await draft(world, body=BODY)
    names = [await edited(world, body_with(CARE, f"Who keeps it owes it {word}.")) for word in ("a", "b")]
    await graduate(world)
    object.__setattr__(world.context, "limits", RateLimits({Limited.CONTRIBUTE: "1 per hour"}))
    await carried(world, names[0])

    with pytest.raises(RateLimited):
        await carried(world, names[1])
    assert len(branches_there(world)) == 1


async def test_whoever_carries_a_branch_watches_and_everybody_is_told_where_it_is(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    await graduate(world)

    to = await carried(world, name, "reader")

    async with world.store.read() as work:
        assert await watches.level_of(work, user_id=world.reader.id, slug=MEMORY) is not None
    assert (await lines_of(world, None))[-1] == (
        f"Reader Person carried [{name}](/rfc/memory/branch/{name}) over the graduation, "
        f"to [{to}](/rfc/memory/branch/{to})."
    )


async def test_a_branch_that_a_graduation_closed_is_not_reopened_and_its_page_leads_to_carrying(
    world: World,
) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    await graduate(world)

    for login in ("writer", "reviewer", "owner"):
        with pytest.raises(Forbidden, match="before the RFC graduated"):
            await reopen(world.context, actor=world.people[login], slug=MEMORY, name=name)
    view = await branch_view(world.context, viewer=world.writer, slug=MEMORY, name=name)

    assert view.edit.why_not == view.talk.why_not == view.bring_back.why_not == LEFT_BEHIND
    assert "note-reopen" not in notes_html(view, signed_in=True)
    assert "note-carry" in notes_html(view, signed_in=True)
    assert branch_acts.settings_of(view).why_not_reopened == LEFT_BEHIND


async def test_a_branch_left_behind_that_is_open_still_is_not_typed_on(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    await graduate(world)
    async with world.store.write() as work:
        await branch_settings.reopen(work, key=BranchKey(world.meta, name))
    await world.context.refresher.settle_branch(BranchKey(world.meta, name))

    window = await world.context.live_texts.join(world.context, actor=world.writer, slug=MEMORY, name=name)

    assert not window.session.may_edit
    with pytest.raises(Forbidden, match="before the RFC graduated"):
        await save_now(world.context, actor=world.writer, slug=MEMORY, name=name)


async def test_a_deleted_branch_of_the_time_before_is_not_restored(world: World) -> None:
    await draft(world, body=BODY)
    name = await edited(world, body_with(CARE, "Who keeps it owes it patience."))
    await graduate(world)
    world.api("DELETE", f"branches/{name}")
    await world.context.refresher.nudge(world.meta)

    with pytest.raises(Forbidden, match="before the RFC graduated"):
        await restore(world.context, actor=world.writer, slug=MEMORY, name=name)
    view = await branch_view(world.context, viewer=world.writer, slug=MEMORY, name=name)
    assert "note-restore" not in notes_html(view, signed_in=True)
