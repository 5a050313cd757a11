"""`/rfc/<slug>/branch/<name>`: a branch to read, discuss and edit (§8.3, §8.9–§8.11, §11)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

from nicegui import context as ui_context
from nicegui import ui

from components import branch
from components.branch_menu import BranchMenu
from components.branch_settings import BranchSettings
from components.document import contents_html
from components.editor import Editor
from components.flush_card import FlushCard, FlushCardView
from components.marks import marks_of
from components.notice import announce, toast
from components.outage import outage_html
from components.preview import Preview
from components.region import Region
from components.save_state import SaveState
from components.workspace import Mode, Workspace
from pages.annotating import Annotating
from pages.branch_acts import change_setting, settings_of
from pages.branch_text import NOTHING, BranchText, awaiting_commit, card_of, live_now, preview_of, text_of
from pages.errors import product_page
from pages.frame import Columns, frame
from pages.live import follow, pause_before
from pages.proposing import proposing
from pages.site import Site
from pages.talk_column import TalkColumn
from services.domain.actors import Viewer
from services.domain.branch import Visibility, branch_address
from services.domain.events import (
    AnswerEnded,
    AnswerStarted,
    ChangeBegun,
    ChangeDecided,
    ChangeProposed,
    Event,
    MessagePosted,
    TextFlushed,
    TextTyped,
    ThreadChanged,
)
from services.domain.identifiers import Slug
from services.domain.line_ends import editor_text
from services.domain.topics import branch_topic, rfc_topic
from services.usecases import branch_access
from services.usecases.carry_branch import carry_branch
from services.usecases.hygiene import keep
from services.usecases.live_texts.registry import Window
from services.usecases.restore_branch import restore
from services.usecases.save_now import save_now
from services.usecases.views.branch import (
    BranchOption,
    BranchView,
    branch_options,
    branch_view,
    newest_branch_text,
)

TYPED_PAUSE = 0.03
"""Seconds; the live text itself tells of typing only a few times a second."""
CARD_SECONDS = 0.3
"""What opening a page waits for the card of what is typed."""
THREADS_PAUSE = 1.0
"""Seconds between two looks at where threads stand while somebody types; the browser keeps the marks meanwhile."""

NARROW = (
    AnswerEnded
    | AnswerStarted
    | ChangeBegun
    | ChangeDecided
    | ChangeProposed
    | MessagePosted
    | TextFlushed
    | TextTyped
    | ThreadChanged
)


def register(site: Site) -> None:
    """Make `/rfc/<slug>/branch/<name>` a page; a name may hold slashes."""

    @product_page(site, "/rfc/{slug}/branch/{name:path}")
    async def branch_page(viewer: Viewer, slug: str, name: str, mode: str = "") -> None:
        await _BranchPage(site, viewer, Slug(slug), name).build(mode)


def _is_typing(event: Event) -> bool:
    return isinstance(event, TextTyped)


def _is_of_text(event: Event) -> bool:
    return isinstance(event, ChangeDecided | TextFlushed)


def _is_wide(event: Event) -> bool:
    """Whether it may change what the page shows besides its text, its conversation and its threads."""
    return not isinstance(event, NARROW)


class _BranchPage:
    """One viewer's page of one branch."""

    def __init__(self, site: Site, viewer: Viewer, slug: Slug, name: str) -> None:
        self._site = site
        self._viewer = viewer
        self._slug = slug
        self._name = name
        self._view: BranchView
        self._options: tuple[BranchOption, ...]
        self._text: BranchText
        self._window: Window | None = None
        self._sent_away = False
        """Whether the viewer wrote here until they might not any more."""
        self._threads = Annotating(site, viewer, slug, name)
        self._reading = asyncio.Lock()
        self._showing = asyncio.Lock()
        self._comparing = asyncio.Lock()
        self._turning = asyncio.Lock()
        self._talk = TalkColumn(site, viewer, slug=slug, branch=name)

    async def build(self, asked: str) -> None:
        """Follow first, then read, then show."""
        bus, topics = self._site.context.bus, [branch_topic(self._slug, self._name)]
        wide = [rfc_topic(self._slug), *topics]
        self._following = follow(bus, wide, self._refresh, concerns=_is_wide)
        self._talk.follow(wide, self._talk.is_touched)
        follow(bus, topics, self._refresh_text, concerns=_is_of_text, pause=pause_before)
        follow(bus, wide, self._threads.refresh, concerns=self._is_of_threads)
        follow(bus, topics, self._show_text, concerns=_is_typing, pause=TYPED_PAUSE)
        self._carding = follow(bus, topics, self._show_card, concerns=_is_typing, pause=TYPED_PAUSE)
        follow(bus, topics, self._threads.follow_text, concerns=_is_typing, pause=THREADS_PAUSE)
        ui_context.client.on_delete(self._leave)
        await self._read()
        await self._talk.read()
        await self._threads.read()
        self._talk.on_accepted = self._threads.offer
        mode = self._mode(asked)
        if mode is Mode.CONTRIBUTE:
            await self._join()
        preview = await preview_of(self._site, self._text)
        title = f"{self._view.title}, {self._name}"
        with frame(self._site, self._viewer, title=title, columns=Columns.THREE) as page:
            with page.document:
                self._fill_document(preview, mode)
            with page.talk:
                await self._fill_talk()

    def _is_of_threads(self, event: Event) -> bool:
        """Whether it may change threads beside the text: what is said there, and where their passages stand."""
        if isinstance(event, ChangeDecided | MessagePosted | ThreadChanged):
            return event.branch == self._name and not self._talk.is_all(event)
        return not isinstance(event, TextTyped) and not self._talk.is_all(event)

    def _mode(self, asked: str) -> Mode:
        """Whoever may edit contributes, everybody else discusses, unless the address says which (§8.3)."""
        if not self._view.edit.allowed or asked == Mode.DISCUSS:
            return Mode.DISCUSS
        return Mode.CONTRIBUTE

    async def _read(self) -> None:
        context, slug, name = self._site.context, self._slug, self._name
        self._view = await branch_view(context, viewer=self._viewer, slug=slug, name=name)
        self._options = await branch_options(context, viewer=self._viewer, slug=slug, current=name)
        self._text = await text_of(self._site, self._view)

    # what is there

    def _fill_document(self, preview: Preview, mode: Mode) -> None:
        with ui.element("div").classes("r-bar"):
            self._fill_bar(preview, mode)
        self._work = Workspace(
            preview,
            head=self._head(),
            mode=mode,
            marks=marks_of(self._text.accepted),
            differs=self._differs(),
        )
        with self._work.document:
            self._notes = Region(self._notes_html(), on_act=self._act)
        self._settings = BranchSettings(settings_of(self._view), change=self._set)
        self._proposing = proposing(self._site, self._viewer, self._view)
        self._fill_source()
        self._talk.fill_prompt()
        self._threads.fill_document()

    def _fill_bar(self, preview: Preview, mode: Mode) -> None:
        view, text = self._view, self._text
        login = self._viewer.login if self._viewer is not None else ""
        entry = view.rfc_id or view.slug
        self._menu = BranchMenu(self._options, slug=self._slug, entry=entry, login=login, name=self._name)
        self._modes = Region(self._modes_html(mode), on_act=self._act)
        self._modes.classes("r-barpart")
        ui.element("span").classes("r-grow")
        self._present = Region(self._present_html(preview))
        self._present.classes("r-barpart")
        self._saved = SaveState(text.safety, shown=mode is Mode.CONTRIBUTE)
        self._ends = Region(self._ends_html(preview, mode), on_act=self._act)
        self._ends.classes("r-barpart")

    async def _fill_talk(self) -> None:
        self._talk.fill()
        self._threads.fill_threads(self._talk.tabs)
        with self._talk.chat:
            self._card = FlushCard(await self._first_card(), save=self._save)

    async def _first_card(self) -> FlushCardView:
        """What is typed by others may have to wait for its turn to be compared; opening the page does not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CARD_SECONDS):
                return await card_of(self._site, self._text, self._viewer)
        self._carding.soon()
        return NOTHING

    def _fill_source(self) -> None:
        window = self._window
        if window is None:
            return
        with self._work.source:
            editor = Editor(
                session_key=window.session.key,
                document_key=f"{window.key.repo}/{window.key.name}",
                label=f"Markdown source of {self._view.title}",
                may_edit=window.session.may_edit,
            )
        editor.on("save", self._save)
        editor.on_selection(self._talk.select)

    # what changes

    async def _refresh(self) -> None:
        """Everything but the conversation and the threads, which follow by themselves."""
        async with self._reading:
            before = self._view
            await self._read()
            if self._view.state is not before.state:
                announce(f"This branch is {self._view.state.value} now.")
            await self._follow_rights()
            entry = self._view.rfc_id or self._view.slug
            self._menu.show(self._options, entry=entry)
            self._work.document.show_head(self._head())
            self._notes.show(self._notes_html())
            self._settings.show(settings_of(self._view))
            self._proposing.show(private=self._view.visibility is Visibility.PRIVATE)
        await self._show_text()
        await self._show_card()

    async def _follow_rights(self) -> None:
        """Who may not edit any more reads why, and goes on once they may again (§8.3)."""
        edit, was_sent_away = self._view.edit, self._sent_away
        if self._work.mode is Mode.CONTRIBUTE and not edit.allowed:
            self._sent_away = True
            await self._turn(Mode.DISCUSS)
            toast(edit.why_not or "You can't edit this branch any more.")
        elif was_sent_away and edit.allowed:
            self._sent_away = False
            await self._turn(Mode.CONTRIBUTE)
            toast("You can edit this branch again.")

    async def _refresh_text(self) -> None:
        """A card was decided or what was typed was committed: the branch has another head, and nothing else is new."""
        async with self._reading:
            self._view = await newest_branch_text(self._site.context, self._view)
            self._text = await text_of(self._site, self._view)
            self._work.document.show_head(self._head())
            self._notes.show(self._notes_html())
        await self._show_text()
        await self._show_card()

    async def _show_text(self) -> None:
        """One at a time, and each reads anew, so that an older text never follows a newer one."""
        async with self._showing:
            live = await live_now(self._site, self._view)
            text = self._text = replace(self._text, live=live)  # what it is besides may be newer by now
            preview = await preview_of(self._site, text)
            self._work.show(preview, marks=marks_of(text.accepted), differs=self._differs())
            self._present.show(self._present_html(preview))
            self._show_bar(preview)

    async def _show_card(self) -> None:
        """What is not committed: beside the text, so that neither waits for the other, and at once where nothing is."""
        if awaiting_commit(replace(self._text, live=await live_now(self._site, self._view))) is None:
            self._card.show(NOTHING)
        async with self._comparing:
            text = replace(self._text, live=await live_now(self._site, self._view))
            self._card.show(await card_of(self._site, text, self._viewer))

    def _show_bar(self, preview: Preview) -> None:
        mode = self._work.mode
        self._modes.show(self._modes_html(mode))
        self._ends.show(self._ends_html(preview, mode))
        self._saved.show(self._text.safety, shown=mode is Mode.CONTRIBUTE)

    def _head(self) -> str:
        return branch.head_html(self._view) + (outage_html(self._view.as_of) if self._view.cut_off else "")

    def _notes_html(self) -> str:
        return branch.notes_html(self._view, signed_in=self._viewer is not None)

    def _modes_html(self, mode: Mode) -> str:
        return branch.modes_html(self._view, mode, signed_in=self._viewer is not None)

    def _ends_html(self, preview: Preview, mode: Mode) -> str:
        listed = bool(contents_html(preview.document.headings))
        ahead = self._text.now != editor_text(self._view.main_text)
        return branch.ends_html(self._view, mode, listed=listed, dirty=self._text.dirty, ahead=ahead)

    def _present_html(self, preview: Preview) -> str:
        """Who else is editing."""
        everybody = self._text.live.present if self._text.live is not None else ()
        others = [one for one in everybody if self._viewer is None or one.user_id != self._viewer.id]
        return branch.present_html(others, preview.document.headings)

    def _differs(self) -> bool:
        return self._text.now != self._text.before

    # what a person does

    async def _act(self, act: str) -> None:
        if act in (Mode.DISCUSS, Mode.CONTRIBUTE):
            await self._turn(Mode(act))
        elif act == branch.SAVE:
            await self._save()
        elif act == branch.SETTINGS:
            self._settings.open()
        elif act == branch.OPEN_PULL:
            self._proposing.open()
        elif act == branch.CARRY:
            made = await carry_branch(
                self._site.context, actor=self._viewer, slug=self._slug, name=self._name
            )
            ui.navigate.to(branch_address(made.slug, made.name))
        elif act in branch.BRINGS_BACK:
            bring_back = restore if act == branch.RESTORE else branch_access.reopen
            await bring_back(self._site.context, actor=self._viewer, slug=self._slug, name=self._name)
            await self._following.now()
        elif act in (branch.KEEP, branch.LET_GO):
            decide = keep if act == branch.KEEP else branch_access.close
            await decide(self._site.context, actor=self._viewer, slug=self._slug, name=self._name)
            await self._following.now()

    async def _turn(self, mode: Mode) -> None:
        """One at a time: a double click opens one editor."""
        async with self._turning:
            if mode is self._work.mode:
                return
            if mode is Mode.CONTRIBUTE:
                await self._join()
                self._fill_source()
            else:
                self._leave()
                self._work.clear_source()
            self._work.turn_to(mode)
        await self._show_text()
        await self._show_card()

    async def _save(self) -> None:
        commit = await save_now(self._site.context, actor=self._viewer, slug=self._slug, name=self._name)
        if commit is not None:
            toast(f"Committed as {commit[:7]}.")
            await self._following.now()

    async def _set(self, what: str, value: str | bool) -> None:
        await change_setting(self._site, self._viewer, self._view, what, value)
        await self._following.now()

    async def _join(self) -> None:
        if self._viewer is not None:
            self._window = await self._site.context.live_texts.join(
                self._site.context, actor=self._viewer, slug=self._slug, name=self._name
            )
            self._text = replace(self._text, live=await live_now(self._site, self._view))

    def _leave(self) -> None:
        window, self._window = self._window, None
        if window is not None:
            self._site.context.live_texts.close(window)
