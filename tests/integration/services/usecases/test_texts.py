"""Reading texts at branches and commits (§4.1), and who may (§11), on a real forge."""

from __future__ import annotations

import pytest

from services.domain.branch import Visibility
from services.domain.errors import NotFound, UnreadableText
from services.domain.identifiers import CommitSha, Slug
from services.domain.text_home import own_home
from services.usecases import texts
from services.usecases.branch_access import set_visibility
from services.usecases.texts import TextAt, TextCache, read_text
from services.usecases.views.raw import raw_text
from tests.support.branches import HUMAN, active_rfc, branch_of, cut, super_draft
from tests.support.world import World


async def test_a_super_draft_is_read_without_its_front_matter_at_main_branch_and_commit(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    world.write_entry("human", "Human", "Newer on main.\n")
    head = world.api("GET", f"branches/{name}")["commit"]["id"]

    found = [await read_text(world.context, slug=HUMAN, ref=ref) for ref in (None, "main", name, head)]

    assert [text.text for text in found] == ["Newer on main.\n"] * 2 + ["# Human\n\nA who.\n"] * 2
    assert found[2] == found[3]
    assert (found[2].commit_sha, found[2].blob_sha) == (
        head,
        world.api("GET", "contents/rfcs/human.md", params={"ref": name})["sha"],
    )
    assert found[2].file_text.startswith("---\nslug: human\n")


async def test_a_graduated_text_is_the_whole_file_and_its_past_is_still_there(world: World) -> None:
    own = await active_rfc(world, text="# Human\r\n\r\nA who.\r\n")
    cut(world, "a/b", repo=own.meta)
    past = world.api("GET", "branches/main")["commit"]["id"]

    found = await read_text(world.context, slug=HUMAN, ref="a/b")
    before = await read_text(world.context, slug=HUMAN, ref=past)

    assert (found.text, found.text) == (found.file_text, "# Human\r\n\r\nA who.\r\n")
    assert (found.home.repo, before.home.repo) == (own.meta, world.meta)


async def test_a_text_is_asked_for_once_per_commit(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    await read_text(world.context, slug=HUMAN, ref=name)
    world.forge.faults.set({"path": "/contents/", "action": "delay_before", "seconds": 0})

    for _ in range(3):
        await read_text(world.context, slug=HUMAN, ref=name)

    assert world.forge.faults.rules()[0]["hits"] == 0


@pytest.mark.parametrize("ref", ["nosuch", "0" * 40, "../main", "main/../x", "a b", "abc1234"])
async def test_what_is_not_there_is_not_found(world: World, ref: str) -> None:
    await super_draft(world)

    with pytest.raises(NotFound):
        await read_text(world.context, slug=HUMAN, ref=ref)
    with pytest.raises(NotFound):
        await raw_text(world.context, slug=HUMAN, ref=ref)


BROKEN = {
    "is not UTF-8 text": b"---\nslug: human\n---\n\n\xff\xfe\n",
    "contains NUL bytes": b"---\nslug: human\n---\n\n\0\n",
    "can't be told from its file": b"no front matter\n",
}


@pytest.mark.parametrize("words", BROKEN)
async def test_a_file_that_is_no_text_is_told_in_words(world: World, words: str) -> None:
    await super_draft(world)
    name = await branch_of(world)
    world.write_file("rfcs/human.md", BROKEN[words], branch=name)

    with pytest.raises(UnreadableText, match=words):
        await read_text(world.context, slug=HUMAN, ref=name)


async def test_a_private_branch_hides_its_name_and_its_commits_from_the_raw_text(world: World) -> None:
    await super_draft(world)
    name = await branch_of(world)
    base = world.api("GET", f"branches/{name}")["commit"]["id"]
    world.write_file("rfcs/human.md", "---\nslug: human\n---\n\nSecret.\n", branch=name)
    head = world.api("GET", f"branches/{name}")["commit"]["id"]
    await set_visibility(
        world.context, actor=world.writer, slug=HUMAN, name=name, visibility=Visibility.PRIVATE
    )

    for viewer in (None, world.reader):
        for ref in (name, head):
            with pytest.raises(NotFound):
                await raw_text(world.context, slug=HUMAN, ref=ref, viewer=viewer)
        assert await raw_text(world.context, slug=HUMAN, ref=base, viewer=viewer) == "# Human\n\nA who.\n"
    assert [
        await raw_text(world.context, slug=HUMAN, ref=ref, viewer=world.writer) for ref in (name, head)
    ] == ["Secret.\n", "Secret.\n"]


async def test_a_commit_that_a_private_branch_has_lost_stays_hidden(world: World) -> None:
    """Somebody rewrote it on Gitea; whoever knows the commit's id could still ask for it."""
    await super_draft(world)
    name, public = await branch_of(world), await branch_of(world)
    world.write_file("rfcs/human.md", "---\nslug: human\n---\n\nOpen.\n", branch=public)
    world.write_file("rfcs/human.md", "---\nslug: human\n---\n\nSecret.\n", branch=name)
    lost, shown = (world.api("GET", f"branches/{one}")["commit"]["id"] for one in (name, public))
    await set_visibility(
        world.context, actor=world.writer, slug=HUMAN, name=name, visibility=Visibility.PRIVATE
    )
    world.api("DELETE", f"branches/{name}")
    world.api("POST", "branches", json={"new_branch_name": name, "old_ref_name": "main"})

    with pytest.raises(NotFound):
        await raw_text(world.context, slug=HUMAN, ref=lost, viewer=world.reader)
    assert await raw_text(world.context, slug=HUMAN, ref=shown, viewer=world.reader) == "Open.\n"
    assert await raw_text(world.context, slug=HUMAN, ref=lost, viewer=world.writer) == "Secret.\n"


async def test_a_private_branch_of_another_entry_is_not_found_under_this_one(world: World) -> None:
    await super_draft(world)
    await super_draft(world, "silence")
    name = await branch_of(world, slug=Slug("silence"))
    await set_visibility(
        world.context, actor=world.writer, slug=Slug("silence"), name=name, visibility=Visibility.PRIVATE
    )

    with pytest.raises(NotFound):
        await raw_text(world.context, slug=HUMAN, ref=name)


def test_the_memory_for_texts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "TEXTS_KEPT", 3)
    monkeypatch.setattr(texts, "CHARACTERS_KEPT", 10)
    home = own_home(Slug("ohm/human"), HUMAN)  # type: ignore[arg-type]
    cache = TextCache()

    def keep(sha: str, size: int) -> None:
        text = "x" * size
        cache.keep(TextAt(home=home, commit_sha=CommitSha(sha), blob_sha="", text=text, file_text=text))

    def kept() -> list[str]:
        return [sha for sha in "abcdefg" if cache.find(home, CommitSha(sha))]

    for sha in "abcd":
        keep(sha, 1)
    few = kept()
    keep("e", 9)
    large = kept()
    keep("f", 99)

    assert (few, large, kept()) == (["b", "c", "d"], ["d", "e"], ["f"])
