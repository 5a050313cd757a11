"""The conversation of main or of a branch: messages, cards, who can be asked, what is unread (§8.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.domain.actors import Actor, Viewer
from services.domain.branch import branch_address
from services.domain.clock import now
from services.domain.identifiers import MessageId, Slug, ThreadId
from services.domain.model_symbols import ModelSign
from services.domain.permissions import allows, may_read_branch, may_talk_on_branch
from services.store.queries import chat_seen, threads, users
from services.store.queries.threads import AnswerState, MessageKind
from services.usecases.known_branch import EntryFacts, entry_facts
from services.usecases.models import Offer
from services.usecases.rfc_models import offer_of
from services.usecases.views.changes import Cards, ChangeView, cards_of, eyes_of
from services.usecases.views.parts import MessageView, Permit, PersonView, ThreadView
from services.usecases.views.threads import Spoken, permit, person_view, spoken

if TYPE_CHECKING:
    from services.usecases.context import Context

MOST_NAMES = 8
PRIVATE_BRANCH = "a private branch"
"""What lines call a branch to those who may not read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkView:
    """A conversation as one viewer may see it; `unread_after` is the last message they had read, None if all."""

    thread: ThreadView
    cards: tuple[ChangeView, ...]
    offer: Offer
    signs: Mapping[str, ModelSign]
    """How the models are drawn that said something here."""
    talk: Permit
    ask: Permit
    unread_after: MessageId | None

    @property
    def answering(self) -> tuple[MessageView, ...]:
        """The answers that have not ended."""
        return tuple(one for one in self.thread.messages if one.state == AnswerState.STREAMING)


async def talk_view(
    context: Context, *, viewer: Viewer, slug: Slug, branch: str | None, unread: bool = True
) -> TalkView:
    """The chat of main (`branch` None) or of a branch, with its cards; raises NotFound, also where it is private.

    Without `unread` nobody asks what the viewer had read: a page that is brought up to date keeps its line.
    """
    said = await context.readings.of(("talk", slug, branch), lambda: _said(context, slug, branch))
    standing = said.facts.standing(branch, viewer)
    messages = _told(said.chat.seen_by(viewer), said.facts, viewer)
    thread = ThreadView(id=said.chat.thread_id, messages=messages)
    return TalkView(
        thread=thread,
        cards=said.cards.seen_by(eyes_of(viewer, standing, said.facts, branch)),
        offer=said.offer,
        signs=said.signs,
        talk=permit(may_talk_on_branch, viewer, standing, act="write here"),
        ask=permit(may_talk_on_branch, viewer, standing, act="ask a model"),
        unread_after=await _unread_after(context, viewer, thread) if unread else None,
    )


def decided(view: TalkView, why_not: str) -> TalkView:
    """The same conversation where nothing is decided or asked any more, though people still talk."""
    no = Permit(allowed=False, why_not=why_not)
    cards = tuple(replace(card, decide=no, ask=no, over=why_not) for card in view.cards)
    return replace(view, cards=cards, ask=no)


@dataclass(frozen=True, slots=True)
class _Said:
    """A conversation with its cards, whoever looks."""

    facts: EntryFacts
    chat: Spoken
    cards: Cards
    offer: Offer
    signs: Mapping[str, ModelSign]


async def _said(context: Context, slug: Slug, branch: str | None) -> _Said:
    facts = await entry_facts(context, slug)
    async with context.store.read() as work:
        thread = await threads.find_for_slug(work, slug=slug, branch=branch)
        chat = Spoken() if thread is None else (await spoken(work, [thread.id]))[thread.id]
        offer = await offer_of(work, context, facts.entry)
    signs = context.models.signs({one.model_key for one in chat.messages if one.kind == MessageKind.MODEL})
    return _Said(facts, chat, await cards_of(context, facts, branch), offer, signs)


def _told(messages: tuple[MessageView, ...], facts: EntryFacts, viewer: Viewer) -> tuple[MessageView, ...]:
    """The messages without name and address of the branches that the viewer may not read (§11)."""
    hidden = [
        re.escape(branch_address(facts.entry.slug, branch.key.name))
        for branch in facts.branches
        if not allows(may_read_branch, viewer, branch.standing)
    ]
    if not hidden:
        return messages
    links = re.compile(rf"\[[^\]]*\]\((?:{'|'.join(hidden)})\)")
    return tuple(
        replace(one, body=links.sub(PRIVATE_BRANCH, one.body)) if one.kind == MessageKind.SYSTEM else one
        for one in messages
    )


async def mark_seen(context: Context, *, viewer: Actor, thread_id: ThreadId, message_id: MessageId) -> None:
    """Note up to which message somebody has read a chat; a message of another thread changes nothing."""
    async with context.store.write() as work:
        message = await threads.message(work, id=message_id)
        if message is not None and message.thread_id == thread_id:
            await chat_seen.mark(
                work, user_id=viewer.id, thread_id=thread_id, message_id=message_id, at=now()
            )


async def people_beginning(context: Context, *, viewer: Viewer, text: str) -> tuple[PersonView, ...]:
    """People whose login or name begins with a text, for whoever mentions one; strangers are told nobody."""
    if viewer is None:
        return ()
    async with context.store.read() as work:
        found = await users.list_beginning(work, text=text[:40], most=MOST_NAMES)
    return tuple(person_view(row) for row in found)


async def _unread_after(context: Context, viewer: Viewer, said: ThreadView) -> MessageId | None:
    """None as well for somebody who sees the chat for the first time: all of it is new to them.

    Lines that nobody said are no reason to come back for.
    """
    spoken = [one.id for one in said.messages if one.kind != MessageKind.SYSTEM]
    if viewer is None or said.id is None or not spoken:
        return None
    async with context.store.read() as work:
        last = await chat_seen.last_seen(work, user_id=viewer.id, thread_id=said.id)
    return last if last is not None and last < spoken[-1] else None
