"""The conversation column and the prompt bar of an entry's main or of one of its branches (§8.4–§8.8)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container, Iterable

from nicegui import background_tasks
from nicegui import context as ui_context

from components import phrases
from components.answers import Part
from components.card import CardAct, Pressed
from components.conversation import Acts, Chat, Conversation, blocked_html, empty_html
from components.editor import Selected
from components.notice import toast, toast_about_card
from components.prompt_bar import Asked, PromptBar, PromptState, off_html
from components.talk import TalkTabs
from pages.asking import ask_about, place_of_selection
from pages.deciding import carry_out
from pages.links import link_base
from pages.live import Concerns, Following, follow, pause_before
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.branch import branch_address
from services.domain.change import UNDECIDED
from services.domain.errors import Conflict
from services.domain.events import (
    AnswerEnded,
    AnswerStarted,
    ChangeBegun,
    ChangeDecided,
    ChangeProposed,
    Event,
    MessagePosted,
    TextTyped,
    ThreadChanged,
)
from services.domain.identifiers import ChangeId, MessageId, OperationId, Slug, ThreadId
from services.domain.rendering.links import LinkBase
from services.usecases.ask_model import stop
from services.usecases.converse import post_to_branch, post_to_entry
from services.usecases.views.parts import PersonView
from services.usecases.views.talk import TalkView, decided, mark_seen, people_beginning, talk_view

SAID = MessagePosted | AnswerStarted | AnswerEnded
_ACCEPTS = (CardAct.ACCEPT, CardAct.ACCEPT_PART, CardAct.BOTH)


class TalkColumn:
    """One viewer's conversation; a page reads it, puts it into its columns, and brings it up to date."""

    tabs: TalkTabs
    chat: Conversation
    on_accepted: Callable[[ThreadId], Awaitable[None]] | None = None
    """Told when a card that was made in a thread is accepted here."""

    def __init__(self, site: Site, viewer: Viewer, *, slug: Slug, branch: str | None = None) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._branch = branch
        self.over = ""
        """Why nothing is decided or asked here any more, or nothing; people still talk."""
        self._path = branch_address(slug, branch) if branch is not None else f"/rfc/{slug}"
        self._following = False
        self._view: TalkView
        self._thread_id: ThreadId | None = None
        self._refreshing = asyncio.Lock()
        self._told: Following | None = None

    def follow(self, topics: Iterable[str], concerns: Concerns) -> None:
        """Keep it true by itself while the page is open: bring it up to date at the events that concern it."""
        self._told = follow(
            self._site.context.bus, topics, self.refresh, concerns=concerns, pause=pause_before
        )

    async def read(self) -> None:
        """Read everything before the page is made."""
        await self._read(unread=True)

    async def _read(self, *, unread: bool) -> None:
        self._view = await talk_view(
            self._site.context, viewer=self._viewer, slug=self._slug, branch=self._branch, unread=unread
        )
        if self.over:
            self._view = decided(self._view, self.over)
        self._thread_id = self._view.thread.id

    def fill(self) -> None:
        """Make the column; the page puts the threads into `tabs.threads`."""
        self._unread_after = self._view.unread_after
        self.tabs = TalkTabs(label=phrases.CONVERSATION, changes=self._undecided())
        with self.tabs:
            self.chat = Conversation(
                self._chat(),
                base=self._base(),
                acts=Acts(
                    post=self._post, press=self._press, find=self._find, missed=self._missed, seen=self._seen
                ),
                placeholder="Reply to everyone on this branch"
                if self._branch
                else "Write to everyone reading main",
                draft=f"rfc-{self._slug}" + (f"-{self._branch}" if self._branch else ""),
                empty=empty_html("What is said here stays with the text, for everyone who reads it."),
                blocked=self._blocked(),
            )
        self._follow_answers()

    def fill_prompt(self) -> None:
        """Make the prompt bar, below the text."""
        draft = f"prompt-{self._slug}" + (f"-{self._branch}" if self._branch else "")
        self._prompt = PromptBar(self._state(), draft=draft, ask=self._ask, stop=self._stop)

    async def refresh(self) -> None:
        """Read again and show what changed; one at a time, so that what was read earlier is not shown later."""
        async with self._refreshing:
            known = {card.id for card in self._view.cards}
            await self._read(unread=False)
            self._follow_answers()
            self.chat.show(self._chat(), base=self._base(), blocked=self._blocked())
            self.tabs.count(changes=self._undecided())
            self._prompt.show(self._state())
            self._tell_of_clashes(known)

    def _tell_of_clashes(self, known: Container[ChangeId]) -> None:
        """Whoever may choose is led to what there is to choose (§8.10): who types does not look at the cards."""
        fresh = [card for card in self._view.cards if card.clash is not None and card.id not in known]
        if fresh and fresh[0].decide.allowed:
            many = f"{len(fresh)} passages were changed here and on Gitea at the same time."
            told, lead = (fresh[0].reason, "Choose") if len(fresh) == 1 else (many, "Show the first")
            toast_about_card(told, lead=lead, change=fresh[0].id, client=self.chat.client)

    def is_all(self, event: Event) -> bool:
        """Whether this column is all that an event changes on its page: the rest need not be read again."""
        if isinstance(event, ChangeProposed | ChangeBegun):
            return event.branch == self._branch
        return isinstance(event, SAID) and event.thread_id == self._thread_id

    def is_touched(self, event: Event) -> bool:
        """Whether an event may change anything in this column."""
        if isinstance(event, ChangeProposed | ChangeBegun | ChangeDecided):
            return event.branch == self._branch
        if isinstance(event, SAID):
            # Nobody knows the thread before its first message.
            return event.branch == self._branch and self._thread_id in (None, event.thread_id)
        return not isinstance(event, TextTyped | ThreadChanged)

    def select(self, selected: Selected) -> None:
        """Something was selected in the editor: it can be asked about."""
        background_tasks.create(self._select(selected), name="passage to ask about")

    async def _select(self, selected: Selected) -> None:
        start, end = await place_of_selection(
            self._site.context, slug=self._slug, branch=self._branch, selected=selected
        )
        self._prompt.offer_passage(selected.quote, start, end)

    # what is there

    def _chat(self) -> Chat:
        return Chat(
            messages=self._view.thread.messages,
            cards=self._view.cards,
            models=self._view.offer.choices,
            signs=self._view.signs,
            slug=self._slug,
            unread_after=self._unread_after,
            may_ask=self._view.ask.allowed,
        )

    def _state(self) -> PromptState:
        view = self._view
        return PromptState(
            offer=view.offer,
            off=off_html(view.ask, view.offer, self._viewer, path=self._path),
            answering=tuple((answer.id, answer.model_name) for answer in view.answering),
        )

    def _undecided(self) -> int:
        return sum(card.state in UNDECIDED and not card.moved_to for card in self._view.cards)

    def _blocked(self) -> str:
        return blocked_html(self._view.talk, self._viewer, path=self._path)

    def _base(self) -> LinkBase:
        return link_base(self._site, *(message.body for message in self._view.thread.messages))

    def _follow_answers(self) -> None:
        """From the first message on there is a thread whose answers can be followed."""
        thread_id, feed, client = self._view.thread.id, self._site.answers, ui_context.client
        if thread_id is not None and not self._following:
            self._following = True
            self.chat.answers(feed.join(client, self._site.context.streams, thread_id, self._base()))

    def _missed(self) -> list[Part]:
        thread_id = self._view.thread.id
        return [] if thread_id is None else self._site.answers.so_far(thread_id)

    # what a person does

    async def _post(self, text: str, operation: OperationId | None) -> None:
        context, slug, branch = self._site.context, self._slug, self._branch
        if branch is None:
            await post_to_entry(context, actor=self._viewer, slug=slug, text=text, op_id=operation)
        else:
            await post_to_branch(
                context, actor=self._viewer, slug=slug, branch=branch, text=text, op_id=operation
            )
        await self._show_done()

    async def _press(self, pressed: Pressed) -> None:
        if self.over:
            raise Conflict(self.over)
        await carry_out(self._site.context, self._viewer, self._slug, self._view, pressed)
        thread_id = self._thread_of(pressed)
        await self._show_done()
        if thread_id is not None and self.on_accepted is not None:
            await self.on_accepted(thread_id)
        if pressed.act is CardAct.ADD_WORD:
            toast("The word is on this RFC’s list. You can decline the card.")

    def _thread_of(self, pressed: Pressed) -> ThreadId | None:
        """The thread in which a card was made that was accepted just now, if it was made in one."""
        made = {card.id: card.thread_id for card in self._view.cards}
        return made.get(ChangeId(pressed.id)) if pressed.act in _ACCEPTS else None

    async def _ask(self, asked: Asked) -> None:
        if self.over:
            raise Conflict(self.over)
        await ask_about(self._site.context, self._viewer, slug=self._slug, branch=self._branch, asked=asked)
        await self._show_done()

    async def _show_done(self) -> None:
        """Show what was done here; the event that tells of it is served by the same refresh."""
        await (self.refresh() if self._told is None else self._told.now())

    async def _stop(self, message_id: MessageId) -> None:
        await stop(self._site.context, actor=self._viewer, message_id=message_id)

    async def _find(self, text: str) -> tuple[PersonView, ...]:
        return await people_beginning(self._site.context, viewer=self._viewer, text=text)

    async def _seen(self, message_id: MessageId) -> None:
        thread_id = self._view.thread.id
        if self._viewer is not None and thread_id is not None:
            await mark_seen(
                self._site.context, viewer=self._viewer, thread_id=thread_id, message_id=message_id
            )
