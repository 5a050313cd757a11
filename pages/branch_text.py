"""What a branch's page shows of its text, made of what is committed and what is typed (§8.3, §8.9)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from components.flush_card import FlushCardView, where_typed, who_typed
from components.preview import Preview, Source
from components.save_state import Safety
from components.uncommitted import Typed
from pages.links import link_base
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.attribution import Accepted
from services.domain.branch import BranchKey, BranchState
from services.domain.line_ends import editor_text
from services.usecases.views.accepted import AcceptedChange, accepted_changes
from services.usecases.views.branch import BranchView
from services.usecases.views.live_text import LiveTextView, live_text_view, newest_text

NOTHING = FlushCardView()


@dataclass(frozen=True, slots=True)
class BranchText:
    """A branch and its live text, if it has one: what its page's parts are made of."""

    view: BranchView
    live: LiveTextView | None
    accepted: tuple[AcceptedChange, ...]

    @property
    def now(self) -> str:
        """The text as it stands, typed or committed."""
        return self.live.text if self.live is not None else editor_text(self.view.text or "")

    @property
    def before(self) -> str:
        """What the branch started from: what its changes are told against."""
        text = self.view.base_text if self.view.base_text is not None else self.view.main_text
        return editor_text(text)

    @property
    def dirty(self) -> bool:
        """Whether something is typed and not committed."""
        return self.live is not None and self.live.dirty

    @property
    def safety(self) -> Safety:
        """What the bar says about it."""
        sha = self.view.head_sha[:7]
        if self.live is None or not self.live.dirty:
            return Safety(dirty=False, age=0.0, left=0.0, commit=sha)
        return Safety(dirty=True, age=self.live.age, left=self.live.left, commit=sha)


async def text_of(site: Site, view: BranchView) -> BranchText:
    """The branch's text as it stands now."""
    accepted = await accepted_changes(site.context, key=BranchKey(view.home.repo, view.name))
    return BranchText(view, await live_now(site, view), accepted)


async def live_now(site: Site, view: BranchView) -> LiveTextView | None:
    """What is typed on the branch now; what it is besides is not read again."""
    return await live_text_view(site.context, key=BranchKey(view.home.repo, view.name))


async def preview_of(site: Site, text: BranchText) -> Preview:
    """The text with its changes marked; of several that ask, each gets the newest there is at its turn."""
    view, key = text.view, BranchKey(text.view.home.repo, text.view.name)
    there = view.name if view.state is not BranchState.DELETED else ""
    base = link_base(site, text.now, repo=view.home.repo, path=view.home.path, slug=view.slug, branch=there)
    known = tuple(
        Accepted(change.id, change.original, change.wording, change.led_by, change.followed_by)
        for change in text.accepted
    )
    source = Source(text.before, text.now, base, view.title, known)

    def newest() -> Source:
        typed = newest_text(site.context, key=key)
        return source if typed is None else replace(source, after=typed)

    return await site.previews.newest(key, newest)


def awaiting_commit(text: BranchText) -> LiveTextView | None:
    """What is typed and will be committed; on a branch that is gone nothing will be."""
    gone = text.view.state is BranchState.DELETED
    return None if gone or text.live is None or not text.live.dirty else text.live


async def card_of(site: Site, text: BranchText, viewer: Viewer) -> FlushCardView:
    """The card of what is typed and not committed yet; comparing may have to wait for its turn."""
    asked = awaiting_commit(text)
    if asked is None:
        return NOTHING
    key = BranchKey(text.view.home.repo, text.view.name)
    typed = await site.uncommitted.newest(key, lambda: Typed(asked.base_text, asked.text))
    live = awaiting_commit(replace(text, live=await live_now(site, text.view)))
    if live is None:  # committed meanwhile
        return NOTHING
    name = (viewer.display_name or viewer.login) if viewer is not None else ""
    return FlushCardView(
        html=typed.html,
        who=who_typed(live.typists, viewer=name),
        where=where_typed(typed),
        left=live.left,
        whole=live.flush_after,
        may=text.view.edit.allowed,
    )
