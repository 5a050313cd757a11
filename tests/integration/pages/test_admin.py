"""What the admin pages let do: every act is checked anew, whatever a page or a forged event says (§6.4)."""

from __future__ import annotations

import asyncio
import re

import pytest
from sqlalchemy import event

from components.admin.people import people_html
from components.admin.sync import RESTORED
from pages.admin.acts import act
from pages.admin.asked import Asked
from pages.admin.tabs import TABS
from services.domain.actors import Role
from services.domain.clock import now
from services.domain.errors import (
    Conflict,
    Forbidden,
    GiteaUnreachable,
    Invalid,
    Muted,
    NotFound,
    ProductError,
)
from services.domain.identifiers import Slug
from services.domain.permissions import MetadataField
from services.store.queries import outbox, permission_events
from services.store.queries.outbox import MailState
from services.usecases import admin_mail
from services.usecases.change_metadata import change_metadata
from services.usecases.converse import post_to_idea
from services.usecases.decide_change import accept, decline, undo
from services.usecases.decide_idea import decline as decline_idea
from services.usecases.decide_metadata import withdraw_metadata
from services.usecases.recover import Recovery, recover
from services.usecases.rights import set_role
from services.usecases.views.admin import audit_view, people_view
from services.usecases.views.catalog import catalog_view
from tests.support.cards import desk as desk_of
from tests.support.graduations import draft, graduate
from tests.support.world import World


async def refusal(world: World, by: str, name: str, value: str = "") -> type[ProductError] | None:
    try:
        await act(world.context, world.people[by], name, value)
    except ProductError as error:
        return type(error)
    return None


async def test_who_may_not_is_refused_whatever_the_page_sends(world: World) -> None:
    owner, moderator, writer = world.owner, world.moderator, world.writer
    forged = [
        ("writer", f"role:{writer.id}", "owner"),
        ("writer", f"mute:{owner.id}", "because"),
        ("writer", f"end:{owner.id}", ""),
        ("writer", "refresh", ""),
        ("moderator", f"mute:{owner.id}", "because"),
        ("moderator", f"mute:{moderator.id}", "because"),
        ("moderator", f"role:{moderator.id}", "owner"),
        ("moderator", f"end:{owner.id}", ""),
        ("owner", f"role:{owner.id}", "admin"),
    ]

    assert {(by, name): await refusal(world, by, name, value) for by, name, value in forged} == {
        (by, name): Forbidden for by, name, _ in forged
    }
    assert (await world.again("owner")).role is Role.OWNER


async def test_a_page_that_stayed_open_is_refused_once_its_admin_is_none_any_more(world: World) -> None:
    await set_role(world.context, actor=world.owner, subject_id=world.moderator.id, role=Role.CONTRIBUTOR)

    assert await refusal(world, "moderator", f"mute:{world.writer.id}") is Forbidden
    for read in TABS.values():
        with pytest.raises(Forbidden):
            await read(world.context, world.moderator, {})


async def test_a_muted_admin_reads_and_does_not_act(world: World) -> None:
    await act(world.context, world.owner, f"mute:{world.moderator.id}", "too fast")

    assert await refusal(world, "moderator", f"role:{world.writer.id}", "admin") is Muted
    assert "Muted" in await TABS["users"](world.context, world.moderator, {})


async def test_a_mute_keeps_its_reason(world: World) -> None:
    await act(world.context, world.moderator, f"mute:{world.reader.id}", "  Advertising.  ")

    async with world.store.read() as work:
        [event, *_] = await permission_events.list_recent(work, subject_user_id=world.reader.id)
    assert (event.event_kind, event.details) == ("muted", {"reason": "Advertising."})
    assert "Advertising." in await TABS["permissions"](world.context, world.moderator, {"who": "reader"})


async def test_what_no_page_would_send_does_nothing(world: World) -> None:
    for name in ("", "role:", "role:x", f"role:{world.writer.id}", "mute:-1", "forget:1", "role:99999999999"):
        assert await act(world.context, world.owner, name, "emperor") == ""
    assert await refusal(world, "owner", "mute:4242") is NotFound
    assert await refusal(world, "owner", f"mute:{world.writer.id}", "x" * 501) is Invalid


async def test_the_record_is_filtered_and_paged(world: World) -> None:
    idea = await world.propose(by="writer", slug="ledger", title="Ledger")

    shown = {
        name: (await TABS["audit"](world.context, world.moderator, query)).count('data-testid="audit-row"')
        for name, query in {
            "kind": {"kind": "propose_idea"},
            "rfc": {"rfc": "ledger"},
            "who": {"who": "writer", "kind": "propose_idea"},
            "app": {"who": "-"},
            "nobody": {"who": "nosuch"},
            "past": {"until": "2020-01-01"},
            "future": {"since": "2999-01-01"},
            "before": {"before": "1"},
        }.items()
    }

    assert shown == {
        "kind": 1,
        "rfc": 1,
        "who": 1,
        "app": 0,
        "nobody": 0,
        "past": 0,
        "future": 0,
        "before": 0,
    }
    html = await TABS["audit"](world.context, world.moderator, {"rfc": "ledger"})
    assert f'href="/proposal/{idea.number}"' in html
    assert "<th>Time (UTC)</th>" in html


async def test_what_the_record_links_to_has_a_page(world: World) -> None:
    idea = await world.propose(by="writer", slug="ledger", title="Ledger")
    await post_to_idea(world.context, actor=world.reader, number=idea.number, text="Why?")
    await draft(world)
    pull = await change_metadata(
        world.context,
        actor=world.writer,
        slug=Slug("memory"),
        wanted={MetadataField.TAGS: ("core",)},
        seen={},
    )
    tab = TABS["audit"]

    before = _links(await tab(world.context, world.moderator, {}))
    await decline_idea(world.context, actor=world.owner, number=idea.number, comment="No.")
    await withdraw_metadata(world.context, actor=world.writer, slug=Slug("memory"), number=pull.number)
    await graduate(world)
    after = _links(await tab(world.context, world.moderator, {}))

    assert before == {"/proposal/1", "/rfc/memory", "/rfc/memory/pr/2"}
    assert after == {"/proposal/1", "/rfc/memory", "/rfc/memory/meta/2"}


async def test_a_page_of_the_record_costs_as_many_queries_however_long_it_is(world: World) -> None:
    asked = []
    for slug in ("ledger", "memory", "silence"):
        idea = await world.propose(by="writer", slug=slug, title=slug.capitalize())
        await post_to_idea(world.context, actor=world.reader, number=idea.number, text="Why?")
        asked.append(await _queries_of(world))

    assert len(set(asked)) == 1


def _links(html: str) -> set[str]:
    """Where the rows of a table lead."""
    return set(re.findall(r'<a href="(/(?:rfc|proposal)/[^"]*)"', html))


async def _queries_of(world: World) -> int:
    """How often the database is asked for a page of the record."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if asyncio.current_task() is mine:
            asked.append(statement)

    mine = asyncio.current_task()
    await audit_view(world.context, viewer=world.moderator)
    engine = world.store._engines.read.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        await audit_view(world.context, viewer=world.moderator)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(asked)


@pytest.mark.parametrize("text", ["", "-1", "0", "x", "9" * 40, "²", "1.5"])
def test_an_address_may_hold_anything(text: str) -> None:
    asked = Asked({"it": text})
    assert (asked.key("it"), asked.day("it")) == (None, None)


async def outbox_row(world: World, state: str, why: str) -> int:
    """A mail in that state to the owner, about an idea that somebody proposed."""
    at = now()
    async with world.store.write() as work:
        [waiting] = await outbox.page(work, limit=1, user_id=world.owner.id, state=MailState.WAITING)
        await outbox.finish(work, ids=[waiting.id], state=MailState(state), why=why, at=at)
    return waiting.id


async def test_the_mail_tab_says_what_became_of_each_mail_and_why(world: World) -> None:
    for state, why in (("skipped", "read meanwhile"), ("parked", "refused: 550 no such <user>")):
        await world.propose(by="writer", slug=f"mail-{state}", title=f"Mail {state}")
        await outbox_row(world, state, why)

    everything = await TABS["mail"](world.context, world.moderator, {"who": "owner"})
    skipped = await TABS["mail"](world.context, world.moderator, {"state": "skipped"})
    nobody = await TABS["mail"](world.context, world.moderator, {"who": "nobody"})

    assert (everything.count('data-testid="admin-mail"'), everything.count('data-testid="mail-retry"')) == (
        2,
        1,
    )
    assert "refused: 550 no such &lt;user&gt;" in everything
    assert ("read meanwhile" in skipped, "refused" in skipped) == (True, False)
    assert "There is no such mail" in nobody


async def test_a_parked_mail_is_sent_after_all_by_admins_only_and_recorded(world: World) -> None:
    await world.propose(by="writer", slug="parked", title="Parked")
    mail = await outbox_row(world, "parked", "refused")

    assert await refusal(world, "writer", f"mail:{mail}") is Forbidden
    assert await act(world.context, world.moderator, f"mail:{mail}", "") != ""
    assert await refusal(world, "moderator", f"mail:{mail}") is Conflict
    assert await refusal(world, "moderator", "mails:all") is Conflict
    assert await act(world.context, world.moderator, "mails:some", "") == ""

    async with world.store.read() as work:
        [row] = await outbox.find_many(work, ids=[mail])
    assert (row.state, row.attempts) == (MailState.WAITING, 0)
    told = await TABS["audit"](world.context, world.moderator, {"kind": "retry_mail"})
    assert told.count('data-testid="audit-row"') == 1


async def test_writes_that_a_restore_parked_are_shown_and_looked_at_again_by_admins_only(
    world: World,
) -> None:
    world.forge.faults.set({"path": "/pulls$", "method": "POST", "action": "status_after", "status": 504})
    with pytest.raises(GiteaUnreachable):
        await world.propose(slug="found", title="Found")
    world.forge.faults.set({"path": "/contents$", "method": "POST", "action": "status", "status": 504})
    with pytest.raises(GiteaUnreachable):
        await world.propose(slug="undone", title="Undone")
    world.forge.faults.clear()
    await world.run_sql("UPDATE operations SET state = 'parked'")
    writes = [f"write:{op_id}" for (op_id,) in await world.rows("operations", "id")]

    assert await recover(world.context) == Recovery()
    tab = await TABS["sync"](world.context, world.moderator, {})
    assert (tab.count(RESTORED), [tab.count(f'data-do="{write}"') for write in writes]) == (2, [1, 1])
    assert await refusal(world, "writer", writes[0]) is Forbidden
    assert await refusal(world, "moderator", "write:no-such-write") is NotFound
    for write in writes:
        assert await act(world.context, world.moderator, write, "") == "It is done, and recorded."
        assert await refusal(world, "moderator", write) is Conflict

    assert len(world.pulls_on_gitea()) == 2
    assert {idea.slug for idea in (await catalog_view(world.context)).ideas} == {"found", "undone"}
    assert "Every write of the bot came to its end" in await TABS["sync"](world.context, world.moderator, {})
    told = await TABS["audit"](world.context, world.moderator, {"kind": "resume_write"})
    assert told.count('data-testid="audit-row"') == 2


async def test_a_parked_write_that_is_dropped_is_never_done_and_gives_its_slug_back(world: World) -> None:
    world.forge.faults.set({"path": "/contents$", "method": "POST", "action": "status", "status": 504})
    with pytest.raises(GiteaUnreachable):
        await world.propose(slug="unwanted", title="Unwanted")
    world.forge.faults.clear()
    await world.run_sql("UPDATE operations SET state = 'parked'")
    [write] = [op_id for (op_id,) in await world.rows("operations", "id")]
    assert f'data-do="drop:{write}"' in await TABS["sync"](world.context, world.moderator, {})

    assert await refusal(world, "writer", f"drop:{write}") is Forbidden
    assert "Dropped" in await act(world.context, world.moderator, f"drop:{write}", "")
    assert await refusal(world, "moderator", f"drop:{write}") is Conflict
    assert await refusal(world, "moderator", f"write:{write}") is Conflict

    assert await recover(world.context) == Recovery()
    assert world.pulls_on_gitea() == []
    await world.propose(slug="unwanted", title="Wanted after all")
    told = await TABS["audit"](world.context, world.moderator, {"kind": "drop_write"})
    assert told.count('data-testid="audit-row"') == 1


async def test_a_parked_write_that_can_not_be_done_any_more_says_so_and_one_for_a_gitea_that_is_away_waits(
    world: World,
) -> None:
    number = (await world.propose(slug="silence")).number
    world.forge.faults.set({"path": "/api/v1/", "action": "status", "status": 504})
    with pytest.raises(GiteaUnreachable):
        await decline_idea(world.context, actor=world.owner, number=number, comment="No.")
    await world.run_sql("UPDATE operations SET state = 'parked' WHERE state = 'pending'")
    [write] = [
        f"write:{op}" for op, state in await world.rows("operations", "id, state") if state == "parked"
    ]

    assert "asked again by itself" in await act(world.context, world.owner, write, "")
    world.forge.faults.clear()
    await world.run_sql("UPDATE operations SET state = 'parked' WHERE state = 'pending'")
    world.api("POST", f"pulls/{number}/merge", json={"Do": "merge"})

    assert "its line says why" in await act(world.context, world.owner, write, "")
    assert "failed, " in await TABS["sync"](world.context, world.owner, {})


async def test_mails_are_shown_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_mail, "MAILS_AT_ONCE", 1)
    for number in range(2):
        await world.propose(by="writer", slug=f"paged-{number}", title=f"Paged {number}")

    first = await admin_mail.mail_view(world.context, viewer=world.owner, who="owner")
    second = await admin_mail.mail_view(
        world.context, viewer=world.owner, who="owner", before_id=first.page.following
    )

    assert [("Paged 1" in first.page.rows[0].about), ("Paged 0" in second.page.rows[0].about)] == [True, True]
    assert second.page.following is None


async def test_the_models_tab_says_how_each_was_taken(world: World) -> None:
    desk = await desk_of(world)
    first, second, third = [
        await desk.card(original, proposed)
        for original, proposed in (("A human", "A person"), ("It speaks.", "It talks."), ("also", "even"))
    ]
    await accept(world.context, actor=world.writer, change_id=first)
    await decline(world.context, actor=world.writer, change_id=second, reason="<b>Meaning</b>")
    await accept(world.context, actor=world.writer, change_id=third)
    await undo(world.context, actor=world.writer, change_id=third)
    await desk.card("listens", "hears", model_key="gpt-4", model_name="GPT-4")

    html = await TABS["models"](world.context, world.moderator, {})

    claude, gpt = html.split("<tr")[2:]
    assert ">33%<" in claude
    assert "“&lt;b&gt;Meaning&lt;/b&gt;”" in claude
    assert ("nothing decided yet" in claude, "nothing decided yet" in gpt) == (False, True)


async def test_the_models_tab_without_proposals_and_with_a_span_nobody_offers(world: World) -> None:
    for span in ("7", "ever", "-1", "0 or 1", "9" * 400):
        assert "No model proposed a change" in await TABS["models"](
            world.context, world.moderator, {"span": span}
        )


async def test_only_what_one_may_do_about_a_person_is_offered(world: World) -> None:
    async def offered(login: str) -> dict[str, list[str]]:
        view = await people_view(world.context, viewer=world.people[login])
        rows = re.split(r'(?=<tr data-testid="admin-user-)', people_html(view, {}))[1:]
        return {
            re.findall(r"admin-user-(\w+)", row)[0]: re.findall(r'"admin-(role|mute|sign-out)"', row)
            for row in rows
        }

    others = {key: ["role", "sign-out", "mute"] for key in ("reader", "reviewer", "writer")}
    assert await offered("moderator") == {"moderator": ["role", "sign-out"], "owner": [], **others}
    assert await offered("owner") == {
        "moderator": ["role", "sign-out", "mute"],
        "owner": ["role", "sign-out"],
        **others,
    }
