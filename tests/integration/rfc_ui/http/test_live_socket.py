"""The socket of live texts: who gets in, what ends it, and that nobody types who may not (§8.9)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from websockets.asyncio.client import connect

from rfc_ui.http.live_socket import BURST, LARGEST_MESSAGE
from services.domain.branch import Visibility, branch_address
from services.domain.identifiers import Slug
from services.domain.permissions import EditAccess
from services.usecases import branch_access, rights
from services.usecases.context import Context
from services.usecases.contribute import start_contributing
from tests.support.beside import actor_called, use_cases_beside
from tests.support.engine_socket import EngineSocket
from tests.support.live_line import LiveLine, Refused, headers_of, key_in, live_line
from tests.support.meta_files import write_file
from tests.support.server import OWNER, REVIEWER, WRITER, RunningServer, running_server
from tests.support.visitor import Visitor, client_id_in

SLUG = Slug("human")
HUMAN = (
    "---\nslug: human\ntitle: Human\nstate: super-draft\n---\n\n# Human\n\nA human is a *who*, not a what.\n"
)
NOT_ALLOWED, GONE, TOO_MUCH, TOO_LARGE = "4401", "4404", "4429", "1009"


@dataclass(frozen=True)
class Branch:
    """A branch that everybody may edit, and use-cases beside the server that has it."""

    server: RunningServer
    context: Context
    name: str

    @property
    def path(self) -> str:
        return branch_address(SLUG, self.name)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """An app of its own, since other tests count the branches of theirs."""
    with running_server(start=False) as running:
        write_file(running, "rfcs/human.md", HUMAN)
        running.start()
        yield running


@pytest.fixture
def writer(server: RunningServer) -> Iterator[Visitor]:
    with Visitor(server) as visitor:
        visitor.sign_in(WRITER)
        yield visitor


@pytest.fixture
def reviewer(server: RunningServer) -> Iterator[Visitor]:
    with Visitor(server) as visitor:
        visitor.sign_in(REVIEWER)
        yield visitor


@pytest.fixture
async def branch(server: RunningServer, writer: Visitor) -> AsyncIterator[Branch]:
    with Visitor(server) as owner:
        owner.sign_in(OWNER)
    async with use_cases_beside(server) as context:
        actor = await actor_called(context, WRITER)
        started = await start_contributing(context, actor=actor, slug=SLUG)
        await branch_access.set_edit_access(
            context, actor=actor, slug=SLUG, name=started.name, edit_access=EditAccess.ANYONE
        )
        yield Branch(server, context, started.name)


def key_of(visitor: Visitor, branch: Branch) -> str:
    """The key of a new editor window of somebody's."""
    return key_in(visitor.app.get(branch.path).raise_for_status().text)


async def attempt(server: RunningServer, key: object, **headers: str) -> str:
    """How the server answers a window that comes with this key: "in", a close code or a status."""
    try:
        async with live_line(server.url, key, headers):
            return "in"
    except Refused as refused:
        return str(refused)


async def test_the_window_that_holds_the_key_gets_in(branch: Branch, writer: Visitor) -> None:
    assert await attempt(branch.server, key_of(writer, branch), **headers_of(writer)) == "in"


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost:1"])
async def test_another_origin_is_refused_at_the_door(branch: Branch, writer: Visitor, origin: str) -> None:
    key = key_of(writer, branch)
    assert await attempt(branch.server, key, cookie=writer.cookie, origin=origin) == "403"


async def test_nobody_without_a_session_gets_in(branch: Branch, writer: Visitor) -> None:
    assert await attempt(branch.server, key_of(writer, branch), origin=branch.server.url) == "403"


async def test_a_stranger_with_a_session_but_not_signed_in_is_refused(
    branch: Branch, writer: Visitor
) -> None:
    with Visitor(branch.server) as stranger:
        stranger.page("/catalog")
        assert await attempt(branch.server, key_of(writer, branch), **headers_of(stranger)) == "403"


@pytest.mark.parametrize("key", ["", "wrong", None, 7, ["wrong"], "x" * 10_000])
async def test_a_wrong_key_opens_nothing(server: RunningServer, writer: Visitor, key: object) -> None:
    assert await attempt(server, key, **headers_of(writer)) == GONE


async def test_somebody_elses_key_opens_nothing(branch: Branch, writer: Visitor, reviewer: Visitor) -> None:
    assert await attempt(branch.server, key_of(writer, branch), **headers_of(reviewer)) == NOT_ALLOWED


@pytest.mark.parametrize("hello", ["no json", "[]", '"key"', "{", "7"])
async def test_a_first_message_that_is_none_ends_it(
    server: RunningServer, writer: Visitor, hello: str
) -> None:
    line = await opened_without_hello(server, writer)
    await line.send(hello)
    assert await line.until_closed() == GONE
    await line.connection.close()


async def opened_without_hello(server: RunningServer, visitor: Visitor) -> LiveLine:
    address = f"{server.url.replace('http', 'ws', 1)}/live"
    return LiveLine(await connect(address, additional_headers=headers_of(visitor), proxy=None))


async def test_what_one_types_the_other_hears(branch: Branch, writer: Visitor, reviewer: Visitor) -> None:
    keys = key_of(writer, branch), key_of(reviewer, branch)
    url = branch.server.url
    async with (
        live_line(url, keys[0], headers_of(writer)) as one,
        live_line(url, keys[1], headers_of(reviewer)) as other,
    ):
        await one.join()
        await other.join()
        reply = await one.type(0, "Now: 🙂 ")
        heard = await other.hear("updates")
        assert reply["version"] == other.version
        assert [(peer["id"], peer["cursor"]) for peer in heard["cursors"]] == [(one.client_id, [0, 0])]
        assert other.text == "Now: 🙂 # Human\n\nA human is a *who*, not a what.\n"


async def test_a_page_is_sent_only_what_changed_of_the_text(branch: Branch, writer: Visitor) -> None:
    html = writer.app.get(branch.path).raise_for_status().text
    async with live_line(branch.server.url, key_in(html), headers_of(writer)) as line:
        await line.join()
        with EngineSocket.open(branch.server.url, client_id_in(html), headers_of(writer)) as page:
            await line.type(0, "Now: ")
            frames = await asyncio.to_thread(frames_until, page, '\\"patch\\"')
    assert "A human is a" not in frames[-1]
    assert [frame for frame in frames if "A human is a" in frame and "flush_card" not in frame] == []


async def test_a_page_that_stays_on_a_branch_made_private_is_told_nothing_more(
    branch: Branch, writer: Visitor, reviewer: Visitor
) -> None:
    url = branch.server.url
    own = writer.app.get(branch.path).raise_for_status().text
    ticket = reviewer.page(branch.path)
    with (
        EngineSocket.open(url, ticket, headers_of(reviewer)) as page,
        EngineSocket.open(url, client_id_in(own), headers_of(writer)) as writers,
    ):
        await branch_access.set_visibility(
            branch.context,
            actor=await actor_called(branch.context, WRITER),
            slug=SLUG,
            name=branch.name,
            visibility=Visibility.PRIVATE,
        )
        await asyncio.to_thread(frames_until, page, "rfc.reload()")
        async with live_line(url, key_in(own), headers_of(writer)) as line:
            await line.join()
            for words in (
                "Said in secret. ",
                "And again. ",
                "Once more. ",
            ):  # all but the last has reached all
                await line.type(0, words)
                await asyncio.to_thread(frames_until, writers, words.strip())
        page.send("event", {"client_id": ticket})
        page.connection.send("421" + '["event", {}]')
        frames = await asyncio.to_thread(frames_until, page, "431")
    assert [frame for frame in frames if "Said in secret." in frame] == []


def frames_until(page: EngineSocket, words: str) -> list[str]:
    """What a page is told, up to the frame that holds these words."""
    frames = [page.receive()]
    while words not in frames[-1]:
        frames.append(page.receive())
    return frames


async def test_an_ended_session_ends_the_line(branch: Branch, writer: Visitor) -> None:
    async with live_line(branch.server.url, key_of(writer, branch), headers_of(writer)) as line:
        await line.join()
        writer.post("/auth/logout")
        assert await line.until_closed() == NOT_ALLOWED


async def test_a_muted_person_may_not_type_any_more_while_open(
    branch: Branch, writer: Visitor, reviewer: Visitor
) -> None:
    async with live_line(branch.server.url, key_of(reviewer, branch), headers_of(reviewer)) as line:
        await line.join()
        owner, muted = await actor_called(branch.context, OWNER), await actor_called(branch.context, REVIEWER)
        await rights.set_muted(branch.context, actor=owner, subject_id=muted.id, muted=True)
        heard = await line.hear("access")
        forged = await line.type(0, "forged")
        await rights.set_muted(branch.context, actor=owner, subject_id=muted.id, muted=False)
        again = await line.hear("access")
    assert (heard["mayEdit"], forged["error"], again["mayEdit"]) == (False, "read only", True)


async def test_nobody_types_into_a_branch_that_is_closed_while_open(branch: Branch, writer: Visitor) -> None:
    async with live_line(branch.server.url, key_of(writer, branch), headers_of(writer)) as line:
        await line.join()
        actor = await actor_called(branch.context, WRITER)
        await branch_access.close(branch.context, actor=actor, slug=SLUG, name=branch.name)
        heard = await line.hear("access")
        assert (heard["mayEdit"], (await line.type(0, "late"))["error"]) == (False, "read only")


async def test_who_was_muted_while_away_may_not_type_on_coming_back(
    branch: Branch, writer: Visitor, reviewer: Visitor
) -> None:
    url, key = branch.server.url, key_of(reviewer, branch)
    async with live_line(url, key, headers_of(reviewer)) as line:
        await line.join()
    owner, muted = await actor_called(branch.context, OWNER), await actor_called(branch.context, REVIEWER)
    await rights.set_muted(branch.context, actor=owner, subject_id=muted.id, muted=True)
    async with live_line(url, key, headers_of(reviewer)) as line:
        joined = await line.join()
        forged = await line.type(0, "forged")
    await rights.set_muted(branch.context, actor=owner, subject_id=muted.id, muted=False)
    assert (joined["mayEdit"], forged["error"]) == (False, "read only")


async def test_a_branch_made_private_ends_the_lines_of_who_may_not_read_it(
    branch: Branch, writer: Visitor, reviewer: Visitor
) -> None:
    url, key = branch.server.url, key_of(reviewer, branch)
    async with live_line(url, key, headers_of(reviewer)) as line:
        await line.join()
        actor = await actor_called(branch.context, WRITER)
        await branch_access.set_visibility(
            branch.context, actor=actor, slug=SLUG, name=branch.name, visibility=Visibility.PRIVATE
        )
        assert await line.until_closed() == GONE
    assert await attempt(branch.server, key, **headers_of(reviewer)) == GONE


async def test_taking_edit_access_back_counts_while_open(
    branch: Branch, writer: Visitor, reviewer: Visitor
) -> None:
    async with live_line(branch.server.url, key_of(reviewer, branch), headers_of(reviewer)) as line:
        await line.join()
        actor = await actor_called(branch.context, WRITER)
        await branch_access.set_edit_access(
            branch.context, actor=actor, slug=SLUG, name=branch.name, edit_access=EditAccess.CREATOR
        )
        heard = await line.hear("access")
        assert (heard["mayEdit"], (await line.type(0, "x"))["error"]) == (False, "read only")


@pytest.mark.parametrize("frame", ["no json", "[1]", '"x"', "null", "{"])
async def test_malformed_json_ends_the_line_and_harms_nobody(
    branch: Branch, writer: Visitor, reviewer: Visitor, frame: str
) -> None:
    url = branch.server.url
    keys = key_of(writer, branch), key_of(reviewer, branch)
    async with (
        live_line(url, keys[0], headers_of(writer)) as one,
        live_line(url, keys[1], headers_of(reviewer)) as other,
    ):
        await one.join()
        await other.join()
        await one.send(frame)
        code = await one.until_closed()
        assert (code, (await other.type(0, "x"))["version"]) == ("1000", 1)


async def test_a_message_that_is_too_large_ends_the_line(branch: Branch, writer: Visitor) -> None:
    async with live_line(branch.server.url, key_of(writer, branch), headers_of(writer)) as line:
        await line.join()
        await line.send(json.dumps({"type": "push", "filling": "x" * LARGEST_MESSAGE}))
        assert await line.until_closed() == TOO_LARGE


async def test_messages_that_come_too_often_end_the_line(branch: Branch, writer: Visitor) -> None:
    async with live_line(branch.server.url, key_of(writer, branch), headers_of(writer)) as line:
        await line.join()
        frame = json.dumps({"type": "pull", "version": 0})
        await asyncio.gather(*(line.connection.send(frame) for _ in range(3 * BURST)), return_exceptions=True)
        assert await line.until_closed() == TOO_MUCH


async def test_a_window_that_comes_back_gets_what_it_missed(
    branch: Branch, writer: Visitor, reviewer: Visitor
) -> None:
    url, mine = branch.server.url, key_of(writer, branch)
    async with live_line(url, mine, headers_of(writer)) as line:
        first = await line.join()
    async with live_line(url, key_of(reviewer, branch), headers_of(reviewer)) as other:
        await other.join()
        await other.type(0, "Meanwhile. ")
    async with live_line(url, mine, headers_of(writer)) as line:
        reply = await line.ask(type="join", epoch=first["epoch"], version=first["version"])
    assert (reply["from"], len(reply["updates"]), "text" in reply) == (first["version"], 1, False)


async def test_a_push_that_is_sent_again_counts_once(branch: Branch, writer: Visitor) -> None:
    url, key = branch.server.url, key_of(writer, branch)
    async with live_line(url, key, headers_of(writer)) as line:
        await line.join()
        before = line.text, line.version
        await line.type(0, "once ")
    async with live_line(url, key, headers_of(writer)) as again:
        again.text, again.version = before
        await again.type(0, "once ")
        await again.join()
        assert again.text.count("once ") == 1


async def test_a_branch_deleted_on_gitea_ends_nothing_that_is_typed(branch: Branch, writer: Visitor) -> None:
    """What is typed stays stored; the branch can be restored (§11)."""
    async with live_line(branch.server.url, key_of(writer, branch), headers_of(writer)) as line:
        await line.join()
        await line.type(0, "kept ")
        address = f"/api/v1/repos/{branch.context.meta}/branches/{branch.name}"
        branch.server.forge.admin.delete(address).raise_for_status()
        heard = await line.hear("access")
        refused = await line.type(0, "late")
    assert (heard["mayEdit"], refused["error"]) == (False, "read only")
