"""Opening pull requests from branches (§10.1, §10.2), on a real forge."""

from __future__ import annotations

import asyncio
import json

import pytest

from services.domain.branch import Visibility
from services.domain.errors import Conflict, Forbidden, Muted, NotFound, NotSignedIn, ProductError
from services.domain.identifiers import CommitSha
from services.domain.pull import Mergeability, PullKind, PullState
from services.domain.trailers import new_operation_id, parse_trailers
from services.usecases.branch_access import set_visibility
from services.usecases.open_pull import open_pull
from services.usecases.recover import Recovery, recover
from services.usecases.rights import set_muted
from services.usecases.views.branch import branch_view
from services.usecases.views.pull_list import pull_list
from tests.support.branches import HUMAN, active_rfc, branch_of, cut, super_draft
from tests.support.pulls import TEXT, changed_branch, open_on, seen
from tests.support.world import World

BETTER = TEXT.replace("who", "person")


async def test_a_super_drafts_pull_request_shows_only_the_body_and_says_who_opened_it(world: World) -> None:
    await super_draft(world, body=TEXT)
    main = world.api("GET", "branches/main")["commit"]["id"]
    name = await changed_branch(world, world, BETTER)

    number = await open_on(world, name, title="Say person", description="“Who” is a *question*.")

    view = await seen(world, number)
    assert (view.state, view.kind, view.title, view.description) == (
        PullState.OPEN,
        PullKind.META_BODY_EDIT,
        "Say person",
        "“Who” is a *question*.",
    )
    assert (view.before, view.after, view.base_sha) == (TEXT, BETTER, main)
    assert (view.opener.login, view.branch, len(view.commits)) == ("writer", name, 1)
    assert (view.mergeability, view.is_meta, view.merge.allowed) == (Mergeability.CLEAN, False, False)
    assert (await seen(world, number, "reviewer")).merge.allowed
    body = parse_trailers(world.api("GET", f"pulls/{number}")["body"])
    assert (body["On-behalf-of"], body["RFC-Kind"]) == ("Writer Person <writer>", "meta_body_edit")


async def test_an_active_rfcs_pull_request_is_one_of_its_own_repository(world: World) -> None:
    own = await active_rfc(world, text=TEXT)
    name = await changed_branch(world, own, BETTER)

    number = await open_on(world, name)

    view = await seen(world, number)
    assert (view.repo, view.kind, view.before, view.after) == (own.meta, PullKind.RFC_BRANCH, TEXT, BETTER)
    assert (await branch_view(world.context, viewer=None, slug=HUMAN, name=name)).pull_number == number


async def test_what_is_typed_is_committed_before_it_is_proposed(world: World) -> None:
    await super_draft(world, body=TEXT)
    name = await branch_of(world)
    async with world.context.live_texts.editing(world.context, slug=HUMAN, name=name) as branch:
        live = await branch.go_live()
        await live.become(BETTER, user_id=world.writer.id)

    number = await open_on(world, name)

    view = await seen(world, number)
    assert (view.after, [commit.login for commit in view.commits]) == (BETTER, ["writer"])


async def test_a_private_branch_becomes_public_with_its_pull_request_and_stays_so(world: World) -> None:
    own = await active_rfc(world, text=TEXT)
    name = await changed_branch(world, own, BETTER)
    private = {"slug": HUMAN, "name": name, "visibility": Visibility.PRIVATE}
    await set_visibility(world.context, actor=world.writer, **private)  # type: ignore[arg-type]

    number = await open_on(world, name)
    own.close_on_gitea(number)
    await world.context.refresher.nudge(own.meta, (await seen(world, number)).number)

    assert (await seen(world, number)).state is PullState.CLOSED
    assert (
        await branch_view(world.context, viewer=None, slug=HUMAN, name=name)
    ).visibility is Visibility.PUBLIC
    (opened,) = [row for row in await world.rows("actions", "action_kind, details") if row[0] == "open_pull"]
    details = json.loads(opened[1]) if isinstance(opened[1], str) else opened[1]
    assert details == {"title": "Say it better", "made_public": True}


async def test_a_closed_pull_request_of_a_private_branch_is_not_there_for_strangers(world: World) -> None:
    own = await active_rfc(world, text=TEXT)
    name = await changed_branch(world, own, BETTER)
    private = {"slug": HUMAN, "name": name, "visibility": Visibility.PRIVATE}
    await set_visibility(world.context, actor=world.writer, **private)  # type: ignore[arg-type]
    body = {"head": name, "base": "main", "title": "By hand"}
    number = own.api("POST", "pulls", json=body)["number"]
    own.close_on_gitea(number)
    await world.context.refresher.sweep()

    listed = [await pull_list(world.context, viewer=one, slug=HUMAN) for one in (world.writer, world.reader)]
    assert [[pull.number for pull in found] for found in listed] == [[number], []]
    assert (await seen(world, number, "writer")).title == "By hand"
    with pytest.raises(NotFound):
        await seen(world, number, "reader")


async def test_one_branch_has_one_open_pull_request_also_when_two_open_it_at_once(world: World) -> None:
    await super_draft(world, body=TEXT)
    name = await changed_branch(world, world, BETTER)

    outcomes = await asyncio.gather(open_on(world, name), open_on(world, name), return_exceptions=True)

    assert len([outcome for outcome in outcomes if isinstance(outcome, Conflict)]) == 1
    assert len(world.pulls_on_gitea()) == 1
    with pytest.raises(Conflict) as refused:
        await open_on(world, name)
    assert refused.value.message == "This branch has a pull request already, #1."


async def test_one_that_was_opened_on_gitea_meanwhile_is_found_and_told(world: World) -> None:
    await super_draft(world, body=TEXT)
    name = await changed_branch(world, world, BETTER)
    number = world.api("POST", "pulls", json={"head": name, "base": "main", "title": "By hand"})["number"]

    with pytest.raises(Conflict) as refused:
        await open_on(world, name)

    assert refused.value.message == f"This branch has a pull request already, #{number}."
    assert (await seen(world, number)).title == "By hand"


async def test_the_same_click_twice_is_one_pull_request(world: World) -> None:
    await super_draft(world, body=TEXT)
    name = await changed_branch(world, world, BETTER)
    op_id = new_operation_id()

    assert await open_on(world, name, op_id=op_id) == await open_on(world, name, op_id=op_id)

    assert len(world.pulls_on_gitea()) == 1


async def test_a_pull_request_whose_answer_was_lost_is_completed_once(world: World) -> None:
    await super_draft(world, body=TEXT)
    name = await changed_branch(world, world, BETTER)
    path = f"/api/v1/repos/{world.meta}/pulls"
    world.forge.faults.set(
        {"method": "POST", "path": path, "action": "status_after", "status": 504, "times": 1}
    )

    with pytest.raises(ProductError):
        await open_on(world, name)
    world.forge.faults.clear()

    assert await recover(world.context) == Recovery(completed=1)
    assert len(world.pulls_on_gitea()) == 1
    assert (await seen(world, 1)).opener.login == "writer"


async def test_nothing_to_review_opens_nothing(world: World) -> None:
    await super_draft(world, body=TEXT)
    name = await branch_of(world)

    with pytest.raises(Conflict) as refused:
        await open_on(world, name)

    assert "says the same as main" in refused.value.message
    assert world.pulls_on_gitea() == []


async def test_a_branch_that_vanished_on_gitea_is_said_to_be_gone(world: World) -> None:
    await super_draft(world, body=TEXT)
    name = await changed_branch(world, world, BETTER)
    world.api("DELETE", f"branches/{name}")

    with pytest.raises(NotFound) as refused:
        await open_on(world, name)

    assert refused.value.message == f"The branch “{name}” has been deleted on Gitea."


@pytest.mark.parametrize(
    ("login", "refusal"), [("reader", Forbidden), (None, NotSignedIn), ("writer", Muted)]
)
async def test_only_whom_the_branch_admits_opens_its_pull_request(
    world: World, login: str | None, refusal: type[ProductError]
) -> None:
    await super_draft(world, body=TEXT)
    name = await changed_branch(world, world, BETTER)
    if refusal is Muted:
        await set_muted(world.context, actor=world.owner, subject_id=world.writer.id, muted=True)

    with pytest.raises(refusal):
        await open_pull(
            world.context,
            actor=world.people[login] if login else None,
            slug=HUMAN,
            name=name,
            title="Better",
            description="",
        )

    assert world.pulls_on_gitea() == []


async def test_hostile_words_are_only_words(world: World) -> None:
    await super_draft(world, body=TEXT)
    name = await changed_branch(world, world, BETTER)
    words = "<script>alert(1)</script>\n\nSupersedes: #1\nRFC-Kind: idea\nOn-behalf-of: Mallory <owner>"

    number = await open_on(world, name, title="<b>Better</b>", description=words)

    view = await seen(world, number)
    assert (view.title, view.description, view.opener.login, view.supersedes) == (
        "<b>Better</b>",
        words,
        "writer",
        None,
    )
    assert view.kind is PullKind.META_BODY_EDIT


async def test_a_pull_request_opened_on_gitea_is_followed_wherever_its_text_lives(world: World) -> None:
    own = await active_rfc(world, text=TEXT)
    cut(world, "meta-looking", repo=own.meta)
    own.write_file("RFC.md", BETTER, branch="meta-looking")
    opened = own.api("POST", "pulls", json={"head": "meta-looking", "base": "main", "title": "By hand"})

    await world.context.refresher.sweep()
    view = await seen(world, opened["number"])
    own.api("PATCH", f"pulls/{view.number}", json={"title": "By hand, again", "state": "closed"})
    await world.context.refresher.sweep()
    again = await seen(world, view.number)

    assert (view.kind, view.state, view.opener.login) == (PullKind.RFC_BRANCH, PullState.OPEN, "root")
    assert (again.title, again.state) == ("By hand, again", PullState.CLOSED)
    assert view.head_sha == CommitSha(opened["head"]["sha"])
