"""Begins the sample work through the real use-cases: branches with edits, cards, threads and talk (§17)."""

from __future__ import annotations

import logging

from services.domain.branch import BranchKey
from services.domain.identifiers import Slug
from services.domain.prose_diff import Span
from services.domain.quoting.selection import Selection, shown_at
from services.llm.port import COPY_EDITOR_KEY
from services.ops.sample_calendar import Calendar
from services.ops.sample_story import People, operation, unhurried
from services.ops.sample_work import SampleWork, sample_work
from services.store.queries import changes
from services.store.queries.changes import ChangeRow
from services.usecases.annotate import comment, flag
from services.usecases.ask_model import ask
from services.usecases.branch_access import set_edit_access
from services.usecases.context import Context
from services.usecases.contribute import start_contributing
from services.usecases.converse import post_to_branch, post_to_entry
from services.usecases.live_texts.flush import FlushReason
from services.usecases.shown_text import shown_text
from services.usecases.suggest import suggest

log = logging.getLogger(__name__)


async def begin_sample_work(context: Context, *, people: People, calendar: Calendar) -> None:
    """Begin everything. Cut off and called again, it goes on where it was."""
    context = unhurried(context)
    for work in sample_work():
        log.info("sample: work on %s", work.slug)
        calendar.turn_to(work.days_ago)
        await _Desk(context, people, work, calendar).begin()


class _Desk:
    """One piece of work."""

    def __init__(self, context: Context, people: People, work: SampleWork, calendar: Calendar) -> None:
        self._context, self._people, self._work, self._calendar = context, people, work, calendar
        self._slug = Slug(work.slug)
        self._branch: str | None = None
        self._key: BranchKey | None = None

    async def begin(self) -> None:
        """Everything that people did, in the order of their days: write, talk, comment, suggest, ask."""
        if self._work.by:
            self._branch = await self._cut()
            self._calendar.later()
            await self._edit(self._branch)
        await self._talk()
        await self._annotate()
        await self._suggest()
        await self._ask()

    async def _cut(self) -> str:
        creator = self._people[self._work.by]
        started = await start_contributing(
            self._context, actor=creator, slug=self._slug, op_id=operation(self._slug, "branch")
        )
        await set_edit_access(
            self._context,
            actor=creator,
            slug=self._slug,
            name=started.name,
            edit_access=self._work.edit_access,
        )
        return started.name

    async def _edit(self, branch: str) -> None:
        async with self._context.live_texts.editing(self._context, slug=self._slug, name=branch) as text:
            self._key = text.key
            for login, passage, wording in self._work.edits:
                if wording not in text.text:
                    live = await text.go_live()
                    changed = text.text.replace(passage, wording, 1)
                    await live.become(changed, user_id=self._people[login].id)
            await text.flush(FlushReason.ASKED)
        await self._context.refresher.nudge_branch(self._key)  # what follows is about the text as it is now

    async def _talk(self) -> None:
        for number, (login, words) in enumerate(self._work.say):
            self._calendar.later()
            actor, op_id = self._people[login], operation(self._slug, f"said-{number}")
            if self._branch is None:
                await post_to_entry(self._context, actor=actor, slug=self._slug, text=words, op_id=op_id)
            else:
                await post_to_branch(
                    self._context,
                    actor=actor,
                    slug=self._slug,
                    branch=self._branch,
                    text=words,
                    op_id=op_id,
                )

    async def _annotate(self) -> None:
        for number, (login, passage, words) in enumerate(self._work.comment):
            self._calendar.later()
            await comment(
                self._context,
                actor=self._people[login],
                slug=self._slug,
                branch=self._branch,
                selection=await self._selection(passage),
                text=words,
                op_id=operation(self._slug, f"comment-{number}"),
            )
        for number, (login, passage, words) in enumerate(self._work.flag):
            self._calendar.later()
            await flag(
                self._context,
                actor=self._people[login],
                slug=self._slug,
                branch=self._branch,
                selection=await self._selection(passage),
                label=words,
                op_id=operation(self._slug, f"flag-{number}"),
            )

    async def _suggest(self) -> None:
        known = {card.original for card in await self._cards()}
        for login, passage, wording, reason in self._work.suggest:
            if passage not in known:
                await suggest(
                    self._context,
                    actor=self._people[login],
                    slug=self._slug,
                    branch=self._branch,
                    span=await self._span(passage),
                    proposed=wording,
                    reason=reason,
                )

    async def _cards(self) -> list[ChangeRow]:
        async with self._context.store.read() as work:
            if self._key is None:
                return await changes.list_buffer(work, slug=self._slug)
            return await changes.list_for_branch(work, key=self._key)

    async def _ask(self) -> None:
        if self._work.ask is not None:
            self._calendar.later()
            login, question = self._work.ask
            await ask(
                self._context,
                actor=self._people[login],
                slug=self._slug,
                branch=self._branch,
                text=question,
                model_key=COPY_EDITOR_KEY,
                op_id=operation(self._slug, "asked"),
            )
            await self._context.answers.wait()  # it answers on the same day

    async def _span(self, passage: str) -> Span:
        present = await shown_text(self._context, slug=self._slug, branch=self._branch)
        start = present.text.index(passage)
        return Span(start, start + len(passage))

    async def _selection(self, passage: str) -> Selection:
        """What the browser would say if somebody selected the passage."""
        present = await shown_text(self._context, slug=self._slug, branch=self._branch)
        shown = shown_at(await self._context.places.reading(present.text), await self._span(passage))
        if shown is None:
            raise LookupError(f"nothing of “{passage}” is shown")
        return Selection(line=shown.line, before=shown.before, quote=shown.quote)
