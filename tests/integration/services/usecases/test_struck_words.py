"""Threads and suggestions about words that a pull request removes: they stand in what it started from (§10.4)."""

from __future__ import annotations

import pytest

from services.domain.anchors import Certainty
from services.domain.errors import Conflict, Invalid
from services.domain.identifiers import PullNumber, ThreadId
from services.domain.prose_diff import Span
from services.domain.quoting import Selection
from services.domain.side import Side
from services.store.queries import threads
from services.store.queries.threads import ThreadKind
from services.usecases.anchor_following import follow_anchors
from services.usecases.annotate import comment, confirm_place, detach, flag, place_selection, resolve
from services.usecases.decide_change import accept
from services.usecases.suggest import suggest
from services.usecases.views.annotations import AnnotationView, annotations_view
from tests.support.branches import HUMAN, active_rfc, super_draft
from tests.support.pulls import changed_branch, commit_on, open_on, seen
from tests.support.world import World

TEXT = """# Human

A human is a being that **very** often speaks.

A paragraph that is not needed.

It listens.
"""
SHORTER = TEXT.replace("**very** often ", "").replace("A paragraph that is not needed.\n\n", "")
STRUCK = Selection(line=5, before=0, quote="A paragraph that is not needed.", side=Side.BEFORE)


class Review:
    """A pull request that removes words, and people who speak about these."""

    def __init__(self, world: World, own: World, branch: str, number: PullNumber) -> None:
        self.world = world
        self.own = own
        self.branch = branch
        self.number = number

    async def comments(self, selection: Selection = STRUCK, *, by: str = "reader") -> ThreadId:
        return await comment(
            self.world.context,
            actor=self.world.people[by],
            slug=HUMAN,
            branch=self.branch,
            selection=selection,
            text="Why is this gone?",
            review=True,
        )

    async def thread(self, viewer: str | None = None) -> AnnotationView:
        """The only thread, as somebody sees it."""
        actor = self.world.people[viewer] if viewer else None
        found = await annotations_view(self.world.context, viewer=actor, slug=HUMAN, branch=self.branch)
        (only,) = found.threads
        return only

    async def suggests(self, struck: str, wording: str) -> None:
        """A suggestion about words of the older text, accepted at once."""
        start = TEXT.index(struck)
        card = await suggest(
            self.world.context,
            actor=self.world.reader,
            slug=HUMAN,
            branch=self.branch,
            span=Span(start, start + len(struck)),
            proposed=wording,
            side=Side.BEFORE,
        )
        await accept(self.world.context, actor=self.world.writer, change_id=card)
        await self.world.context.refresher.nudge(self.own.meta, self.number)

    async def commits(self, text: str) -> None:
        """Somebody commits another text to the branch."""
        await commit_on(self.own, self.branch, text)
        await self.world.context.refresher.nudge(self.own.meta)

    async def main_is_merged_into_it(self, main: str, branch: str) -> None:
        """Main moves on, and the branch takes that over: it starts from somewhere else now."""
        await commit_on(self.own, "main", main)
        await commit_on(self.own, self.branch, main)
        self.own.api("POST", f"pulls/{self.number}/update", params={"style": "merge"})
        await commit_on(self.own, self.branch, branch)
        await self.world.context.refresher.nudge(self.own.meta)
        await self.world.context.refresher.nudge(self.own.meta, self.number)


async def review_of(world: World, *, active: bool = False) -> Review:
    if active:
        own = await active_rfc(world, text=TEXT)
    else:
        await super_draft(world, body=TEXT)
        own = world
    branch = await changed_branch(world, own, SHORTER)
    return Review(world, own, branch, await open_on(world, branch))


@pytest.mark.parametrize("active", [False, True], ids=["super-draft", "active RFC"])
async def test_a_comment_on_removed_words_stands_where_they_stood(world: World, active: bool) -> None:
    review = await review_of(world, active=active)

    await review.comments()

    thread = await review.thread("reviewer")
    assert (thread.kind, thread.side, thread.certainty, thread.kept) == (
        ThreadKind.REVIEW,
        Side.BEFORE,
        Certainty.EXACT,
        False,
    )
    assert (thread.words, thread.reads) == ("A paragraph that is not needed.",) * 2
    assert thread.shown is not None
    assert (thread.shown.line, thread.shown.before, thread.shown.quote) == (
        5,
        0,
        "Aparagraphthatisnotneeded.",
    )
    async with world.store.read() as work:
        (row,) = await threads.list_anchored(work, slug=HUMAN, branch=review.branch)
    assert row.anchor is not None
    assert row.anchor.commit == (await seen(world, review.number)).base_sha


async def test_words_with_marks_are_found_in_the_rendered_text_and_in_the_source(world: World) -> None:
    review = await review_of(world)
    rendered = Selection(line=3, before=18, quote="very often", side=Side.BEFORE)
    written = Selection(line=3, before=18, quote="**very** often", side=Side.BEFORE, written=True)

    places = [
        await place_selection(
            world.context, actor=world.reader, slug=HUMAN, branch=review.branch, selection=selection
        )
        for selection in (rendered, written)
    ]
    await review.comments(written)

    assert [source for _, source in places] == ["**very** often", "**very** often"]
    thread = await review.thread()
    assert thread.shown is not None
    assert thread.written is not None
    assert (thread.shown.before, thread.shown.quote) == (18, "veryoften")
    assert (thread.written.line, thread.written.before, thread.written.quote) == (3, 18, "**very**often")


async def test_the_source_of_the_text_itself_is_commented_on_with_its_marks(world: World) -> None:
    review = await review_of(world)
    await review.commits(SHORTER.replace("It listens", "It *really* listens"))

    await review.comments(Selection(line=5, before=0, quote="It *really* listens", written=True))

    thread = await review.thread()
    assert (thread.side, thread.words, thread.reads) == (
        Side.AFTER,
        "It *really* listens",
        "It really listens",
    )


async def test_what_only_the_older_text_has_can_not_be_taken_for_words_of_the_newer(world: World) -> None:
    review = await review_of(world)

    with pytest.raises(Invalid):
        await review.comments(Selection(line=5, before=0, quote=STRUCK.quote))


async def test_later_commits_of_the_branch_leave_it_where_it_is_and_words_that_come_back_are_said_to(
    world: World,
) -> None:
    review = await review_of(world)
    await review.comments()

    await review.commits(SHORTER.replace("It listens.", "It hears."))
    moved = await follow_anchors(world.context, slug=HUMAN, branch=review.branch)
    later = await review.thread()
    await review.commits(TEXT)
    back = await review.thread()

    assert moved == 0
    assert (later.certainty, later.kept) == (Certainty.EXACT, False)
    assert (back.certainty, back.kept, back.words) == (
        Certainty.EXACT,
        True,
        "A paragraph that is not needed.",
    )


async def test_when_the_branch_starts_from_elsewhere_the_thread_follows_or_says_that_its_words_are_gone(
    world: World,
) -> None:
    review = await review_of(world, active=True)
    await review.comments()

    main = TEXT.replace("# Human\n", "# Human\n\nIt is said that:\n")
    await review.main_is_merged_into_it(main, SHORTER)
    followed = await review.thread()
    await review.main_is_merged_into_it(main.replace("A paragraph that is not needed.\n\n", ""), SHORTER)
    lost = await review.thread()

    assert (followed.certainty, followed.words) == (Certainty.EXACT, "A paragraph that is not needed.")
    assert followed.shown is not None
    assert followed.shown.line == 7
    assert (lost.is_orphan, lost.shown, lost.quote) == (True, None, "A paragraph that is not needed.")


async def test_whoever_opened_it_says_whether_changed_words_are_still_meant(world: World) -> None:
    review = await review_of(world, active=True)
    await review.comments()
    changed = TEXT.replace("not needed", "hardly ever needed")
    await review.main_is_merged_into_it(changed, SHORTER)

    unsure, others = await review.thread("reader"), await review.thread("moderator")
    with pytest.raises(Conflict):
        await confirm_place(
            world.context, actor=world.reader, thread_id=unsure.id, seen="What never stood there"
        )
    await confirm_place(world.context, actor=world.reader, thread_id=unsure.id, seen=unsure.words)

    assert (unsure.certainty, unsure.asked, unsure.quote) == (Certainty.UNCERTAIN, True, STRUCK.quote)
    assert unsure.words == others.words == "A paragraph that is hardly ever needed."
    sure = await review.thread()
    assert (sure.certainty, sure.quote, sure.side) == (
        Certainty.EXACT,
        "A paragraph that is hardly ever needed.",
        Side.BEFORE,
    )


async def test_it_can_be_detached_and_settled_like_any_other(world: World) -> None:
    review = await review_of(world, active=True)
    await review.comments()
    await review.main_is_merged_into_it(TEXT.replace("not needed", "hardly ever needed"), SHORTER)
    unsure = await review.thread("reader")

    await detach(world.context, actor=world.reader, thread_id=unsure.id)
    orphan = await review.thread()
    await resolve(world.context, actor=world.reader, thread_id=unsure.id)

    assert orphan.is_orphan
    assert not (await review.thread()).is_orphan


async def test_removed_words_can_be_flagged(world: World) -> None:
    review = await review_of(world)

    await flag(
        world.context,
        actor=world.reader,
        slug=HUMAN,
        branch=review.branch,
        selection=STRUCK,
        label="Others quote this",
    )

    thread = await review.thread()
    assert (thread.kind, thread.side) == (ThreadKind.FLAG, Side.BEFORE)


async def test_a_suggestion_about_removed_words_puts_them_where_they_would_stand(world: World) -> None:
    review = await review_of(world)

    await review.suggests("**very** often", "sometimes")
    await review.suggests("A paragraph that is not needed.", "A paragraph that is needed.")

    after = (await seen(world, review.number)).after
    assert after == TEXT.replace("**very** often", "sometimes").replace("is not needed", "is needed")


async def test_a_suggestion_about_removed_words_has_to_say_something_else(world: World) -> None:
    review = await review_of(world)

    with pytest.raises(Invalid, match="removed already"):
        await review.suggests("**very** often", " ")
    with pytest.raises(Invalid, match="That is what the text says there now"):
        await review.suggests("speaks", "speaks")


async def test_it_is_in_the_thread_about_the_same_removed_words(world: World) -> None:
    review = await review_of(world)
    thread_id = await review.comments()
    view = await annotations_view(world.context, viewer=None, slug=HUMAN, branch=review.branch)
    at = TEXT.index("not needed")

    assert view.about(Span(at, at + 3), Side.BEFORE) == thread_id
    assert view.about(Span(at, at + 3)) is None


async def test_a_merged_pull_request_still_shows_it_and_the_branch_may_be_gone(world: World) -> None:
    review = await review_of(world, active=True)
    await review.comments()

    review.own.merge_on_gitea(review.number)
    review.own.api("DELETE", f"branches/{review.branch}")
    await world.context.refresher.nudge(review.own.meta)

    assert (await review.thread()).certainty is Certainty.EXACT
