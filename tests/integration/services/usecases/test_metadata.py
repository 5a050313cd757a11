"""Metadata PRs (§9.6) and who merges what (§6.4), on a real forge."""

from __future__ import annotations

import asyncio

import pytest

from services.domain.errors import Conflict, Forbidden, Invalid, Muted, NotSignedIn
from services.domain.identifiers import PullNumber, Slug
from services.domain.metadata import Words
from services.domain.permissions import MetadataField
from services.domain.pull import PullKind, PullState
from services.domain.trailers import parse_trailers
from services.gitea.outcomes import NameTaken
from services.store.queries import catalog, pulls
from services.store.queries.catalog import RfcRow
from services.store.queries.pulls import PullRow
from services.usecases.change_metadata import NOTHING_NEW, change_metadata
from services.usecases.decide_metadata import decline_metadata, merge_metadata, withdraw_metadata
from services.usecases.metadata_writes import OpenedMetadata
from services.usecases.recover import recover
from services.usecases.rights import set_muted
from services.usecases.views.metadata import metadata_view
from tests.support.world import World

HUMAN = Slug("human")
FILE = """---
# kept by hand
slug: human
title: "Human"   # one word
state: super-draft
id: null
repo: null
mood: calm
owners: [writer]
arbiters: [reviewer]
tags:
- core
---

Text, with  two spaces
and no last newline."""
TITLE, TAGS, OWNERS, ARBITERS = (
    *(MetadataField.TITLE, MetadataField.TAGS, MetadataField.OWNERS, MetadataField.ARBITERS),
)
MODELS, FUNDER, WITHDRAWAL = MetadataField.MODELS, MetadataField.FUNDER, MetadataField.WITHDRAWAL


async def human(world: World, text: str = FILE) -> None:
    world.write_file("rfcs/human.md", text)
    await world.context.refresher.nudge(world.meta)


async def change(
    world: World, by: str, field: MetadataField, words: Words, *, seen: Words = None, reason: str = ""
) -> OpenedMetadata:
    return await change_metadata(
        world.context,
        actor=world.people[by],
        slug=HUMAN,
        wanted={field: words},
        seen={} if seen is None else {field: seen},
        reason=reason,
    )


async def merge(world: World, by: str, number: PullNumber) -> PullNumber:
    return await merge_metadata(world.context, actor=world.people[by], slug=HUMAN, number=number)


async def entry_of(world: World) -> RfcRow:
    async with world.store.read() as work:
        row = await catalog.find(work, slug=HUMAN)
    assert row is not None
    return row


async def pull_of(world: World, number: PullNumber) -> PullRow:
    async with world.store.read() as work:
        row = await pulls.find(work, repo=world.meta, number=number)
    assert row is not None
    return row


def file_on_main(world: World) -> str:
    import base64

    return base64.b64decode(world.api("GET", "contents/rfcs/human.md")["content"]).decode()


async def test_a_merged_metadata_pr_changes_its_line_and_not_one_byte_more(world: World) -> None:
    await human(world)

    opened = await change(world, "reader", TITLE, ("Human: a being",), reason="Clearer.")
    row = await pull_of(world, opened.number)
    await merge(world, "writer", opened.number)

    assert file_on_main(world) == FILE.replace('"Human" ', '"Human: a being" ')
    assert (row.pr_kind, row.rfc_slug, row.opened_by) == (PullKind.META_METADATA, HUMAN, "reader")
    assert row.head_branch.startswith("meta-human-")
    assert [(c.field, c.before, c.after) for c in row.metadata_changes] == [
        (TITLE, ("Human",), ("Human: a being",))
    ]
    assert parse_trailers(row.body)["RFC-Kind"] == "meta_metadata"
    assert (await entry_of(world)).title == "Human: a being"
    assert (await pull_of(world, opened.number)).state is PullState.MERGED
    kinds = [kind for (kind,) in await world.rows("actions", "action_kind")]
    assert (kinds.count("open_metadata"), kinds.count("merge_metadata")) == (1, 1)


@pytest.mark.parametrize(
    ("field", "words", "who"),
    [
        (TITLE, ("Being",), {"writer", "reviewer", "moderator"}),
        (MODELS, (), {"reviewer", "moderator"}),
        (OWNERS, ("reader",), {"moderator"}),
    ],
)
async def test_who_merges_depends_on_what_is_changed(
    world: World, field: MetadataField, words: Words, who: set[str]
) -> None:
    await human(world)
    opened = await change(world, "writer", field, words)

    for login in ("reader", "writer", "reviewer"):
        if login not in who:
            with pytest.raises(Forbidden):
                await merge(world, login, opened.number)
    await merge(
        world, next(login for login in ("writer", "reviewer", "moderator") if login in who), opened.number
    )

    assert (await pull_of(world, opened.number)).state is PullState.MERGED


async def test_metadata_and_text_changed_at_once_merge_cleanly(world: World) -> None:
    await human(world)
    opened = await change(world, "writer", TAGS, ("core", "law"))
    world.write_file("rfcs/human.md", FILE.replace("Text, with", "Words, with"))
    await world.context.refresher.nudge(world.meta)

    await merge(world, "writer", opened.number)

    assert file_on_main(world) == FILE.replace("Text, with", "Words, with").replace(
        "- core\n", "- core\n- law\n"
    )


async def test_changes_of_neighbouring_keys_both_come_in(world: World) -> None:
    await human(world)
    owners = await change(world, "writer", OWNERS, ("writer", "reader"))
    arbiters = await change(world, "writer", ARBITERS, ("reviewer", "moderator"), reason="Two are better.")
    await merge(world, "moderator", owners.number)

    merged_as = await merge(world, "moderator", arbiters.number)

    row = await entry_of(world)
    assert (row.owners, row.arbiters) == (("writer", "reader"), ("reviewer", "moderator"))
    assert merged_as != arbiters.number
    assert (await pull_of(world, arbiters.number)).state is PullState.CLOSED
    anew = await pull_of(world, merged_as)
    assert anew.state is PullState.MERGED
    assert anew.body.startswith("Two are better.\n\n")
    assert parse_trailers(anew.body)["Supersedes"] == f"#{arbiters.number}"


async def test_of_two_changes_of_one_field_the_second_is_told(world: World) -> None:
    await human(world)
    first = await change(world, "writer", TITLE, ("Being",))
    second = await change(world, "writer", TITLE, ("Person",))
    await merge(world, "writer", first.number)

    with pytest.raises(Conflict, match="“title” has been changed in the meantime"):
        await merge(world, "writer", second.number)
    with pytest.raises(Conflict, match="“title” has been changed in the meantime"):
        await change(world, "writer", TITLE, ("Person",), seen=("Human",))

    assert (await entry_of(world)).title == "Being"


@pytest.mark.parametrize(
    ("field", "words", "sentence"),
    [
        (OWNERS, ("nobody-here",), "There is nobody called “nobody-here” on Gitea."),
        (FUNDER, ("rfc-bot",), "There is nobody called “rfc-bot” on Gitea."),
        (MODELS, ("gpt-9",), "The model “gpt-9” is not enabled on this site."),
        (TITLE, ("Human",), NOTHING_NEW),
        (WITHDRAWAL, ("withdrawn",), "Say why it is withdrawn: a reason is needed."),
    ],
)
async def test_bad_values_are_refused_with_a_sentence(
    world: World, field: MetadataField, words: Words, sentence: str
) -> None:
    await human(world)

    with pytest.raises(Invalid) as refused:
        await change(world, "writer", field, words)

    assert refused.value.message.startswith(sentence)
    assert world.pulls_on_gitea() == []


async def test_logins_are_written_as_gitea_writes_them(world: World) -> None:
    await human(world)

    opened = await change(world, "writer", OWNERS, ("WRITER", "Reader"))

    assert (await pull_of(world, opened.number)).metadata_changes[0].after == ("writer", "reader")


async def test_a_withdrawn_entry_stays_readable_and_can_be_brought_back(world: World) -> None:
    await human(world)
    opened = await change(world, "writer", WITHDRAWAL, ("withdrawn",), reason="Superseded by Being.")
    await merge(world, "reviewer", opened.number)
    withdrawn = await entry_of(world)
    back = await change(world, "writer", WITHDRAWAL, ("super-draft",))
    await merge(world, "reviewer", back.number)

    assert (withdrawn.state, withdrawn.body) == ("withdrawn", FILE.partition("---\n\n")[2])
    assert (await entry_of(world)).state == "super-draft"
    assert file_on_main(world) == FILE


async def test_declining_needs_a_reason_and_the_right_withdrawing_the_opener(world: World) -> None:
    await human(world)
    one = (await change(world, "reader", TITLE, ("Being",))).number
    two = (await change(world, "reader", TAGS, ("law",))).number

    with pytest.raises(Forbidden):
        await decline_metadata(world.context, actor=world.reader, slug=HUMAN, number=one, comment="No.")
    await decline_metadata(world.context, actor=world.writer, slug=HUMAN, number=one, comment="Too long.")
    await withdraw_metadata(world.context, actor=world.reader, slug=HUMAN, number=two)

    states = [(await pull_of(world, number)).state for number in (one, two)]
    assert states == [PullState.CLOSED, PullState.WITHDRAWN]
    (comment,) = world.api("GET", f"issues/{one}/comments")
    assert comment["body"].startswith("Too long.\n\n")
    with pytest.raises(Conflict, match="closed already"):
        await merge(world, "writer", one)


async def test_strangers_and_muted_people_change_nothing(world: World) -> None:
    await human(world)
    await set_muted(world.context, actor=world.owner, subject_id=world.reader.id, muted=True)

    with pytest.raises(NotSignedIn):
        await change_metadata(world.context, actor=None, slug=HUMAN, wanted={TITLE: ("Being",)}, seen={})
    with pytest.raises(Muted):
        await change(world, "reader", TITLE, ("Being",))

    assert world.pulls_on_gitea() == []


async def test_a_pr_that_changes_more_than_metadata_is_not_merged(world: World) -> None:
    await human(world)
    world.write_file(
        "rfcs/human.md",
        FILE.replace("Text,", "Other text,").replace("core", "law"),
        new_branch="meta-human-abcdef",
    )
    number = world.api("POST", "pulls", json={"head": "meta-human-abcdef", "base": "main", "title": "Tags"})[
        "number"
    ]
    await world.context.refresher.nudge(world.meta, PullNumber(number))

    with pytest.raises(Conflict, match="changes more than metadata"):
        await merge(world, "moderator", PullNumber(number))

    assert file_on_main(world) == FILE


async def test_two_people_merging_at_once_one_merges_and_the_other_is_told(world: World) -> None:
    await human(world)
    number = (await change(world, "writer", TITLE, ("Being",))).number

    outcomes = await asyncio.gather(
        merge(world, "writer", number), merge(world, "moderator", number), return_exceptions=True
    )

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    assert (await entry_of(world)).title == "Being"


async def test_the_same_save_sent_twice_opens_one_pr(world: World) -> None:
    await human(world)
    wanted: dict[MetadataField, Words] = {TITLE: ("Being",)}
    sent = [
        await change_metadata(
            world.context, actor=world.writer, slug=HUMAN, wanted=wanted, seen={}, op_id=operation
        )
        for operation in ["ab" * 16] * 2  # type: ignore[list-item]
    ]

    assert sent[0] == sent[1]
    assert len(world.pulls_on_gitea()) == 1


async def test_a_merge_cut_off_after_it_was_made_anew_is_completed_once(world: World) -> None:
    await human(world)
    one = await change(world, "writer", OWNERS, ("writer", "reader"))
    two = await change(world, "writer", ARBITERS, ("moderator",))
    await merge(world, "moderator", one.number)
    await merge(world, "moderator", two.number)
    await world.run_sql("UPDATE operations SET state = 'pending' WHERE kind = 'merge_metadata'")

    recovery = await recover(world.context)

    assert (recovery.completed, recovery.waiting) == (2, 0)
    assert len(world.pulls_on_gitea()) == 3
    kinds = [kind for (kind,) in await world.rows("actions", "action_kind")]
    assert kinds.count("merge_metadata") == 2


async def test_the_cache_of_metadata_prs_can_be_dropped_and_read_again(world: World) -> None:
    await human(world)
    opened = await change(world, "writer", TITLE, ("Being",))
    await merge(world, "writer", opened.number)
    await change(world, "writer", MODELS, ())
    before = await world.rows("cached_prs")
    await world.run_sql("DELETE FROM cached_prs")

    await world.context.refresher.sweep()

    assert await world.rows("cached_prs") == before


async def test_a_file_that_changes_at_the_same_moment_is_changed_as_it_is_by_then(world: World) -> None:
    await human(world)
    world.forge.faults.set(
        {"path": "/contents$", "method": "POST", "action": "status", "status": 409, "times": 1}
    )

    opened = await change(world, "writer", TITLE, ("Person",))

    assert (await pull_of(world, opened.number)).state is PullState.OPEN


async def test_a_file_that_goes_on_changing_is_told_without_words_about_slugs(world: World) -> None:
    await human(world)
    world.forge.faults.set({"path": "/contents$", "method": "POST", "action": "status", "status": 409})

    with pytest.raises(NameTaken) as refused:
        await change(world, "writer", TITLE, ("Person",))

    assert refused.value.message == "rfcs/human.md was changed on Gitea at the same moment."
    assert refused.value.hint == "Look at the page again, then try once more."


async def test_a_pr_is_not_asked_for_any_more_once_all_it_says_stands_there(world: World) -> None:
    await human(world)
    tagged = await change(world, "reader", TAGS, ("core", "time"))
    titled = await change(world, "reader", TITLE, ("Humans",))
    seen = await metadata_view(world.context, viewer=world.reader, slug=HUMAN)
    assert [one.number for one in seen.pending] == [titled.number, tagged.number]

    await human(world, FILE.replace("- core\n", "- core\n- time\n"))

    seen = await metadata_view(world.context, viewer=world.reader, slug=HUMAN)
    assert [one.number for one in seen.pending] == [titled.number]
