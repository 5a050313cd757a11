"""A branch's settings and who may see it (§6.4, §11), on a real forge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from services.domain.actors import Actor
from services.domain.branch import BranchState, Visibility, branch_address
from services.domain.errors import (
    Conflict,
    Forbidden,
    GiteaUnreachable,
    Muted,
    NotFound,
    NotSignedIn,
    ProductError,
    Upstream,
)
from services.domain.permissions import EditAccess
from services.store.queries import branches
from services.store.queries.notifications import Filters
from services.store.queries.watches import WatchLevel
from services.usecases import branch_access
from services.usecases.annotate import reply
from services.usecases.converse import post_to_branch
from services.usecases.decide_pull import merge_pull, withdraw_pull
from services.usecases.inbox import set_watch
from services.usecases.live_texts.live_text import LiveText
from services.usecases.restore_branch import restore
from services.usecases.rights import set_muted
from services.usecases.save_now import save_now
from services.usecases.views.branch import BranchView, OptionKind, branch_options, branch_view
from services.usecases.views.inbox import inbox_view
from services.usecases.views.talk import talk_view
from services.usecases.views.turns import turns_view
from tests.support.annotating import commented
from tests.support.branches import HUMAN, active_rfc, branch_of, cut, super_draft
from tests.support.pulls import changed_branch, open_on
from tests.support.world import World


async def seen(world: World, name: str, login: str | None = "writer") -> BranchView:
    """The branch as somebody sees it."""
    viewer = await world.again(login) if login else None
    return await branch_view(world.context, viewer=viewer, slug=HUMAN, name=name)


async def make_private(world: World, name: str) -> None:
    await branch_access.set_visibility(
        world.context, actor=world.writer, slug=HUMAN, name=name, visibility=Visibility.PRIVATE
    )


Act = Callable[[World, Actor | None, str], Awaitable[None]]


async def _set_visibility(world: World, actor: Actor | None, name: str) -> None:
    await branch_access.set_visibility(
        world.context, actor=actor, slug=HUMAN, name=name, visibility=Visibility.PRIVATE
    )


async def _set_edit_access(world: World, actor: Actor | None, name: str) -> None:
    await branch_access.set_edit_access(
        world.context, actor=actor, slug=HUMAN, name=name, edit_access=EditAccess.ANYONE
    )


async def _grant(world: World, actor: Actor | None, name: str) -> None:
    await branch_access.grant(world.context, actor=actor, slug=HUMAN, name=name, login="Reader")


async def _pin(world: World, actor: Actor | None, name: str) -> None:
    await branch_access.pin(world.context, actor=actor, slug=HUMAN, name=name)


async def _close(world: World, actor: Actor | None, name: str) -> None:
    await branch_access.close(world.context, actor=actor, slug=HUMAN, name=name)


SETTERS = {"owner", "moderator", "writer", "reviewer"}
ALLOWED = {
    _set_visibility: SETTERS,
    _set_edit_access: SETTERS,
    _grant: SETTERS,
    _close: SETTERS,
    _pin: SETTERS - {"writer"},
}
"""The writer's branch, of an RFC that the reviewer owns."""


@pytest.mark.parametrize("act", ALLOWED)
async def test_each_setting_is_for_those_the_table_names(world: World, act: Act) -> None:
    await super_draft(world)
    name = await branch_of(world)

    outcomes: dict[str | None, type[ProductError] | None] = {}
    for login in (None, "reader", "writer", "reviewer", "moderator", "owner"):
        try:
            await act(world, world.people[login] if login else None, name)
        except ProductError as error:
            outcomes[login] = type(error)
        else:
            outcomes[login] = None
        await branch_access.set_visibility(
            world.context, actor=world.owner, slug=HUMAN, name=name, visibility=Visibility.PUBLIC
        )
        if (await seen(world, name)).state is BranchState.CLOSED:
            await branch_access.reopen(world.context, actor=world.owner, slug=HUMAN, name=name)

    assert outcomes == {None: NotSignedIn} | {
        login: None if login in ALLOWED[act] else Forbidden
        for login in ("reader", "writer", "reviewer", "moderator", "owner")
    }


@pytest.mark.parametrize("act", ALLOWED)
async def test_no_setting_is_for_the_muted_whoever_they_are(world: World, act: Act) -> None:
    await super_draft(world)
    name = await branch_of(world)
    await set_muted(world.context, actor=world.owner, subject_id=world.moderator.id, muted=True)

    with pytest.raises(Muted):
        await act(world, world.moderator, name)


READERS = {"owner": True, "moderator": True, "writer": True, "reviewer": True, "reader": False, None: False}


@pytest.mark.parametrize("graduated", [False, True], ids=["super-draft", "active"])
async def test_a_private_branch_is_there_only_for_its_people(world: World, graduated: bool) -> None:
    await (active_rfc(world) if graduated else super_draft(world))
    name = await branch_of(world)
    await make_private(world, name)

    found: dict[str | None, bool] = {}
    listed: dict[str | None, bool] = {}
    for login in READERS:
        viewer = world.people[login] if login else None
        options = await branch_options(world.context, viewer=viewer, slug=HUMAN)
        listed[login] = name in [option.name for option in options]
        try:
            found[login] = (await seen(world, name, login)).name == name
        except NotFound:
            found[login] = False

    assert found == READERS
    assert listed == READERS


async def test_the_withdrawn_pull_request_of_a_branch_made_private_is_listed_only_for_its_people(
    world: World,
) -> None:
    await super_draft(world)
    name = await changed_branch(world, world, "# Human\n\nA secret.\n")
    number = await open_on(world, name, title="The secret")
    await withdraw_pull(world.context, actor=world.writer, slug=HUMAN, number=number)
    await make_private(world, name)

    listed = {}
    for login in READERS:
        viewer = world.people[login] if login else None
        options = await branch_options(world.context, viewer=viewer, slug=HUMAN)
        listed[login] = "The secret" in [option.title for option in options]

    assert listed == READERS


async def test_a_branch_that_was_merged_stays_part_of_the_public_record(world: World) -> None:
    await super_draft(world)
    name = await changed_branch(world, world, "# Human\n\nA better text.\n")
    number = await open_on(world, name, title="The better text")
    await merge_pull(world.context, actor=world.reviewer, slug=HUMAN, number=number)

    with pytest.raises(Conflict):
        await make_private(world, name)
    # Somebody did so before this was refused.
    await world.run_sql(f"UPDATE branch_settings SET visibility = 'private' WHERE branch_name = '{name}'")

    assert (await talk_view(world.context, viewer=None, slug=HUMAN, branch=name)).thread is not None
    assert (await seen(world, name, None)).visibility is Visibility.PUBLIC


async def test_what_is_said_on_a_branch_made_private_since_waits_for_nobody_who_may_not_read_it(
    world: World,
) -> None:
    await super_draft(world)
    name = await branch_of(world)
    thread = await commented(world, "A who.", by="reader", branch=name)
    await reply(world.context, actor=world.writer, thread_id=thread, text="Said in public.")
    public = [turn.text for turn in await turns_view(world.context, viewer=world.reader)]
    await make_private(world, name)
    await reply(world.context, actor=world.writer, thread_id=thread, text="Said in secret.")

    assert public == ["Said in public."]
    assert await turns_view(world.context, viewer=world.reader) == ()


async def test_a_private_branch_is_not_found_by_an_act_either(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    await make_private(world, name)

    for actor in (None, world.reader):
        with pytest.raises(NotFound):
            await _close(world, actor, name)


async def test_who_is_invited_reads_it_while_it_is_private_and_edits_it_when_the_invited_may(
    world: World,
) -> None:
    await super_draft(world)
    name = await branch_of(world)
    await make_private(world, name)
    await _grant(world, world.writer, name)
    reads_only = await seen(world, name, "reader")
    await branch_access.set_edit_access(
        world.context, actor=world.writer, slug=HUMAN, name=name, edit_access=EditAccess.INVITED
    )
    edits = await seen(world, name, "reader")
    await branch_access.revoke(world.context, actor=world.writer, slug=HUMAN, name=name, login="reader")

    with pytest.raises(NotFound):
        await seen(world, name, "reader")
    assert (reads_only.edit.allowed, edits.edit.allowed) == (False, True)
    assert reads_only.edit.why_not == (
        "Only people whom the branch's edit access admits can edit this branch."
    )
    assert [person.login for person in edits.granted] == ["reader"]
    assert [row[1:] for row in await world.rows("permission_events", "id, event_kind")][-2:] == [
        ("branch_granted",),
        ("branch_revoked",),
    ]


async def test_nobody_can_invite_somebody_who_never_signed_in(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)

    with pytest.raises(NotFound, match="Nobody called ghost has signed in here."):
        await branch_access.grant(world.context, actor=world.writer, slug=HUMAN, name=name, login="ghost")


async def test_anyone_may_edit_where_the_creator_says_so_but_not_the_muted(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    await _set_edit_access(world, world.writer, name)
    before = (await seen(world, name, "reader")).edit.allowed
    await set_muted(world.context, actor=world.owner, subject_id=world.reader.id, muted=True)

    after = (await seen(world, name, "reader")).edit

    assert before
    assert (after.allowed, after.why_not) == (
        False,
        "An admin has muted your account, so you can't edit this branch.",
    )


async def test_a_closed_branch_is_read_only_until_it_is_reopened(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)

    await _close(world, world.writer, name)
    closed = await seen(world, name)
    with pytest.raises(Conflict, match="closed already"):
        await _close(world, world.writer, name)
    await branch_access.reopen(world.context, actor=world.writer, slug=HUMAN, name=name)
    reopened = await seen(world, name)
    with pytest.raises(Conflict, match="open already"):
        await branch_access.reopen(world.context, actor=world.writer, slug=HUMAN, name=name)

    assert (closed.state, closed.edit.allowed, closed.talk.allowed) == (BranchState.CLOSED, False, False)
    assert (reopened.state, reopened.edit.allowed, reopened.talk.allowed) == (BranchState.OPEN, True, True)
    talk = await talk_view(world.context, viewer=None, slug=HUMAN, branch=name)
    assert [message.body for message in talk.thread.messages][1:] == [
        "Writer Person closed the branch.",
        "Writer Person reopened the branch.",
    ]


async def test_two_who_close_at_once_one_does_and_the_other_is_told(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)

    outcomes = await asyncio.gather(
        _close(world, world.writer, name), _close(world, world.owner, name), return_exceptions=True
    )

    assert sorted(type(outcome) for outcome in outcomes if outcome) == [Conflict]
    kinds = [kind for (kind,) in await world.rows("actions", "action_kind")]
    assert kinds.count("close_branch") == 1


async def test_every_change_is_recorded_once_and_what_changes_nothing_is_not(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)

    for _ in range(2):
        await make_private(world, name)
        await _set_edit_access(world, world.writer, name)
        await _grant(world, world.writer, name)
        await _pin(world, world.reviewer, name)

    kinds = [
        row
        for row in await world.rows("actions", "action_kind, branch_name, on_behalf_of")
        if "branch" in row[0]
    ]
    assert kinds == [
        ("grant_branch", name, "writer"),
        ("pin_branch", name, "reviewer"),
        ("set_branch_edit_access", name, "writer"),
        ("set_branch_visibility", name, "writer"),
    ]


async def test_a_pin_reaches_the_cache_at_once(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)

    async def pins() -> tuple[bool, bool]:
        async with world.store.read() as work:
            (row,) = await branches.list_for_slug(work, slug=HUMAN)
        return row.pinned, (await seen(world, name)).pinned

    await _pin(world, world.reviewer, name)
    pinned = await pins()
    await branch_access.pin(world.context, actor=world.reviewer, slug=HUMAN, name=name, pinned=False)

    assert (pinned, await pins()) == ((True, True), (False, False))


async def test_a_branch_deleted_on_gitea_while_it_is_open_says_so_and_keeps_its_talk(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)

    world.api("DELETE", f"branches/{name}")  # no webhook, no sweep: whoever looks is told

    gone = await seen(world, name)
    assert (gone.state, gone.text) == (BranchState.DELETED, "# Human\n\nA who.\n")
    assert gone.edit.why_not == "This branch has been deleted; its conversation can still be read."
    talk = await talk_view(world.context, viewer=None, slug=HUMAN, branch=name)
    assert len(talk.thread.messages) == 1
    with pytest.raises(Conflict, match="deleted"):
        await _close(world, world.writer, name)


async def test_what_was_typed_on_a_branch_deleted_on_gitea_is_there_again_when_it_is_restored(
    world: World,
) -> None:
    await super_draft(world)
    name = await branch_of(world)
    opened = await world.context.live_texts.join(world.context, actor=world.writer, slug=HUMAN, name=name)
    opened.session.send = lambda message: None
    await opened.text.become("# Human\n\nTyped, and not committed.\n", user_id=world.writer.id)
    world.api("DELETE", f"branches/{name}")

    with pytest.raises(NotFound, match="has been deleted on Gitea") as told:
        await save_now(world.context, actor=world.writer, slug=HUMAN, name=name)
    gone = await seen(world, name)
    await restore(world.context, actor=world.writer, slug=HUMAN, name=name)
    saved = await save_now(world.context, actor=world.writer, slug=HUMAN, name=name)

    assert told.value.hint == "What was typed there is kept: restore the branch on its page to go on with it."
    assert gone.state is BranchState.DELETED
    back = await seen(world, name)
    assert (back.state, back.head_sha, back.text) == (
        BranchState.OPEN,
        saved,
        "# Human\n\nTyped, and not committed.\n",
    )


async def test_a_branch_that_somebody_cut_on_gitea_can_be_read_and_set_by_the_owners(world: World) -> None:
    await super_draft(world)
    cut(world, "edit-human-0a1b2c")
    await world.context.refresher.sweep()

    with pytest.raises(Forbidden):
        await _set_edit_access(world, world.writer, "edit-human-0a1b2c")
    before = await seen(world, "edit-human-0a1b2c")
    await _set_edit_access(world, world.reviewer, "edit-human-0a1b2c")
    after = await seen(world, "edit-human-0a1b2c")

    assert (before.creator, before.base_text, before.edit.allowed) == (None, None, False)
    assert after.edit.allowed


async def test_names_with_slashes_work_everywhere(world: World) -> None:
    own = await active_rfc(world)
    cut(world, "writer/draft/a.b", repo=own.meta)
    await world.context.refresher.sweep()
    own.write_file("RFC.md", "# Human being\n", branch="writer/draft/a.b")

    await _close(world, world.reviewer, "writer/draft/a.b")

    view = await seen(world, "writer/draft/a.b")
    assert (view.state, view.text, view.is_ahead) == (BranchState.CLOSED, "# Human being\n", True)


async def test_the_breadcrumb_lists_main_then_open_branches_then_the_others(world: World) -> None:
    await super_draft(world)
    first, second, third = [await branch_of(world, login) for login in ("writer", "reader", "reviewer")]
    await _close(world, world.writer, first)
    world.api("DELETE", f"branches/{second}")
    await world.context.refresher.sweep()

    options = await branch_options(world.context, viewer=world.reader, slug=HUMAN, current=third)

    assert [(option.name, option.kind, option.state, option.is_current) for option in options] == [
        ("main", OptionKind.MAIN, "open", False),
        (third, OptionKind.BRANCH, "open", True),
        (first, OptionKind.BRANCH, "closed", False),
        (second, OptionKind.BRANCH, "deleted", False),
    ]
    assert [option.by.login if option.by else None for option in options] == [
        None,
        "reviewer",
        "writer",
        "reader",
    ]


async def test_a_branch_falls_behind_when_main_moves(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)

    world.write_entry("human", "Human", "New on main.\n", owners=("reviewer",))
    await world.context.refresher.sweep()

    view = await seen(world, name)
    assert (view.is_ahead, view.is_behind) == (True, True)
    assert (view.base_text, view.main_text) == ("# Human\n\nA who.\n", "New on main.\n")


async def test_a_deleted_branch_is_restored_at_its_last_commit_with_its_talk(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    world.write_file("rfcs/human.md", "---\nslug: human\n---\n\nMine.\n", branch=name)
    await world.context.refresher.sweep()
    head = (await seen(world, name)).head_sha
    world.api("DELETE", f"branches/{name}")
    await world.context.refresher.sweep()

    with pytest.raises(Forbidden):
        await restore(world.context, actor=world.reader, slug=HUMAN, name=name)
    await restore(world.context, actor=world.writer, slug=HUMAN, name=name)

    view = await seen(world, name)
    assert (view.state, view.head_sha, view.text, view.edit.allowed) == (
        BranchState.OPEN,
        head,
        "Mine.\n",
        True,
    )
    said = (await talk_view(world.context, viewer=None, slug=HUMAN, branch=name)).thread.messages
    assert said[-1].body == "Writer Person restored the branch."
    with pytest.raises(Conflict, match="nothing has to be restored"):
        await restore(world.context, actor=world.writer, slug=HUMAN, name=name)


async def test_a_branch_whose_commits_are_gone_can_not_be_restored_and_stays_readable(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    world.api("DELETE", f"branches/{name}")
    await world.context.refresher.sweep()
    gone = "f" * 40
    await world.run_sql(f"UPDATE branch_settings SET deleted_sha = '{gone}'")
    await world.run_sql(f"UPDATE cached_branches SET head_sha = '{gone}'")

    with pytest.raises(Upstream):
        await restore(world.context, actor=world.writer, slug=HUMAN, name=name)

    view, talk = await seen(world, name), await talk_view(world.context, viewer=None, slug=HUMAN, branch=name)
    assert (view.state, view.text, len(talk.thread.messages)) == (BranchState.DELETED, None, 1)
    assert ("restore_branch", "failed") in await world.rows("operations", "kind, state")


async def typed_on(world: World, name: str, text: str) -> LiveText:
    """The writer's open editor on a branch, with something typed."""
    window = await world.context.live_texts.join(world.context, actor=world.writer, slug=HUMAN, name=name)
    window.session.send = lambda message: None
    await window.text.become(text, user_id=world.writer.id)
    return window.text


async def test_what_is_typed_is_committed_before_the_branch_is_closed(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    text = await typed_on(world, name, "# Human\n\nA who, and a what.\n")

    await _close(world, world.writer, name)

    view = await seen(world, name)
    assert (view.state, text.dirty) == (BranchState.CLOSED, False)
    assert "A who, and a what." in (view.text or "")
    order = [row[1] for row in sorted(await world.rows("actions", "id, action_kind"))]
    assert order.index("flush_text") < order.index("close_branch")


async def test_a_branch_whose_typing_cannot_be_committed_stays_open(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    text = await typed_on(world, name, "# Human\n\nA who, and a what.\n")
    world.forge.faults.set({"path": ".*", "action": "status", "status": 504})

    with pytest.raises(GiteaUnreachable) as refused:
        await _close(world, world.writer, name)
    world.forge.faults.clear()

    assert refused.value.message == (
        "The branch stays open: what is typed on it can't be committed now. Gitea can't be reached."
    )
    assert ((await seen(world, name)).state, text.dirty) == (BranchState.OPEN, True)
    await _close(world, world.writer, name)
    assert ((await seen(world, name)).state, text.dirty) == (BranchState.CLOSED, False)


async def test_nobody_commits_what_others_typed_by_a_close_they_may_not_do(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    text = await typed_on(world, name, "# Human\n\nA who, and a what.\n")

    with pytest.raises(Forbidden):
        await _close(world, world.reader, name)

    assert text.dirty


async def test_main_names_a_private_branch_only_to_its_people(world: World) -> None:
    slug = await super_draft(world)
    name = await branch_of(world)
    where = {"actor": world.writer, "slug": slug, "name": name}

    async def told(login: str) -> str:
        viewer = world.people[login] if login else None
        (line,) = (await talk_view(world.context, viewer=viewer, slug=slug, branch=None)).thread.messages
        return line.body

    public = f"Writer Person started contributing on [{name}]({branch_address(slug, name)})."
    assert await told("") == public
    await branch_access.set_visibility(world.context, visibility=Visibility.PRIVATE, **where)
    hidden = "Writer Person started contributing on a private branch."
    assert [await told(login) for login in ("", "reader", "writer", "owner")] == [
        hidden,
        hidden,
        public,
        public,
    ]
    await branch_access.set_visibility(world.context, visibility=Visibility.PUBLIC, **where)
    assert await told("") == public


async def test_an_inbox_does_not_name_a_branch_that_was_made_private_since(world: World) -> None:
    slug = await super_draft(world)
    await set_watch(world.context, actor=world.reader, slug=slug, level=WatchLevel.WATCHING)
    name = await branch_of(world)
    await post_to_branch(world.context, actor=world.writer, slug=slug, branch=name, text="A secret plan.")
    where = {"actor": world.writer, "slug": slug, "name": name}

    async def told() -> set[tuple[str, str, str]]:
        view = await inbox_view(world.context, viewer=world.reader, filters=Filters())
        return {(row.where, row.path, row.quote) for row in view.rows}

    public = {
        (f"Human, {name}", branch_address(slug, name), ""),
        (f"Human, {name}", branch_address(slug, name), "A secret plan."),
    }
    assert await told() == public
    await branch_access.set_visibility(world.context, visibility=Visibility.PRIVATE, **where)
    assert await told() == {("Human, a private branch", "/rfc/human", "")}
    await branch_access.set_visibility(world.context, visibility=Visibility.PUBLIC, **where)
    assert await told() == public
