"""Passages in a small world: an entry with a branch that anyone may edit, and people who comment on it."""

from __future__ import annotations

from services.domain.branch import BranchKey
from services.domain.identifiers import CommitSha, Slug, ThreadId
from services.domain.permissions import EditAccess
from services.domain.prose_diff import Span
from services.domain.quoting import Selection
from services.store.queries import branch_settings
from services.usecases.annotate import comment
from services.usecases.live_texts.flush import FlushReason
from services.usecases.live_texts.registry import Window
from services.usecases.views.annotations import AnnotationView, annotations_view
from tests.support.world import World

HUMAN = Slug("human")
BRANCH = "edit-human-abc123"
BODY = """# Human

A human is a being that speaks. It listens to *others* as well.

Nobody is left out. The rule holds for everyone, always.
"""


def selection(quote: str) -> Selection:
    """Words that stand once in the text."""
    return Selection(line=1, before=0, quote=quote)


async def entry_of(world: World, body: str = BODY) -> None:
    """A super-draft, or another text for it, as the cache knows it."""
    world.write_entry("human", body=body)
    await world.context.refresher.sweep()


async def branch_of(world: World, body: str = BODY) -> None:
    """A super-draft with a branch of the writer's that anyone may edit."""
    await entry_of(world, body)
    world.api("POST", "branches", json={"new_branch_name": BRANCH, "old_ref_name": "main"})
    await world.context.refresher.reconcile()
    async with world.store.write() as work:
        key = BranchKey(world.meta, BRANCH)
        sha = CommitSha(world.api("GET", f"branches/{BRANCH}")["commit"]["id"])
        await branch_settings.insert(work, key=key, slug=HUMAN, created_by=world.writer.id, base_sha=sha)
        await branch_settings.set_edit_access(work, key=key, edit_access=EditAccess.ANYONE)


async def commented(
    world: World, quote: str, *, by: str = "reader", branch: str | None = None, text: str = "Is it so?"
) -> ThreadId:
    """Somebody comments on words that stand once in the text."""
    return await comment(
        world.context,
        actor=world.people[by],
        slug=HUMAN,
        branch=branch,
        selection=selection(quote),
        text=text,
    )


async def annotations(
    world: World, viewer: str | None = None, *, branch: str | None = None
) -> tuple[AnnotationView, ...]:
    """The threads as somebody sees them."""
    actor = world.people[viewer] if viewer else None
    return (await annotations_view(world.context, viewer=actor, slug=HUMAN, branch=branch)).threads


async def window(world: World, login: str = "writer") -> Window:
    """An editor window on the branch."""
    opened = await world.context.live_texts.join(
        world.context, actor=world.people[login], slug=HUMAN, name=BRANCH
    )
    opened.session.send = lambda message: None
    return opened


async def typed(opened: Window, old: str, new: str) -> None:
    """Type `new` in place of `old`."""
    start = opened.text.text.index(old)
    await opened.text.replace(Span(start, start + len(old)), new, user_id=opened.session.user_id)


async def flushed(world: World) -> CommitSha | None:
    """Commit what is typed."""
    async with world.context.live_texts.editing(world.context, slug=HUMAN, name=BRANCH) as branch:
        return await branch.flush(FlushReason.ASKED)
