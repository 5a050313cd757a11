"""A conversation as pieces of HTML: messages, answers of models, system lines, and the cards below them (§8.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from itertools import groupby

from components.card import CardAct
from components.card_parts import badge_html
from components.change_card import card_html, set_html
from components.design import icon
from components.people import time_html
from components.shell import avatar, sign_in_path
from services.domain.actors import Viewer
from services.domain.change import ChangeState
from services.domain.identifiers import MessageId
from services.domain.model_symbols import ModelSign
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import render_line, render_message
from services.usecases.models import ModelChoice
from services.usecases.views.changes import ChangeView
from services.usecases.views.parts import MessageView, Permit

UNREAD = "New since your last visit"
_STOPPED = "Stopped before it was finished."
_FAILED = "This answer did not come to its end."


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What the column shows; `unread_after` is the last message the viewer had read, None without a line."""

    messages: Sequence[MessageView]
    cards: Sequence[ChangeView] = ()
    models: Sequence[ModelChoice] = ()
    signs: Mapping[str, ModelSign] = field(default_factory=dict)
    slug: str = ""
    unread_after: MessageId | None = None
    may_ask: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing of the column under a key of its own; `home` is the key of the message it belongs to, or empty.

    `say` is what a screen reader is told when it comes or changes.
    """

    key: str
    html: str
    home: str = ""
    mine: bool = False
    say: str = ""


def pieces_of(chat: Chat, base: LinkBase) -> tuple[Piece, ...]:
    """Everything in the order in which it is read: each message, and after it the cards that it brought."""
    return tuple(_pieces(chat, base))


def blocked_html(permit: Permit, viewer: Viewer, *, path: str) -> str:
    """Why one can't write here, or nothing when one can."""
    if permit.allowed:
        return ""
    if viewer is None:
        return f'{icon("user")}<span><a href="{escape(sign_in_path(path))}">Sign in</a> to write here.</span>'
    return f"{icon('lock')}<span>{escape(permit.why_not or '')}</span>"


def empty_html(line: str) -> str:
    """What stands where no message is yet."""
    return f"{icon('message-square')}<b>No messages yet</b><p>{escape(line)}</p>"


def _pieces(chat: Chat, base: LinkBase) -> Iterator[Piece]:
    known = {message.id for message in chat.messages}
    strays = _strays(chat, known)
    unread = chat.unread_after
    for message in chat.messages:
        while strays and strays[0][0].at < message.at:
            yield from _stray_pieces(strays.pop(0), chat)
        if unread is not None and message.id > unread and _is_news(message):
            yield Piece(key="unread", html=_UNREAD_LINE)
            unread = None
        yield _message_piece(message, chat, base)
        mine = [card for card in chat.cards if card.message_id == message.id]
        yield from _card_pieces(mine, f"m{message.id}", chat)
    for cards in strays:
        yield from _stray_pieces(cards, chat)


def _is_news(message: MessageView) -> bool:
    return not message.by_viewer and message.kind != "system"


_UNREAD_LINE = f'<p class="r-unread" data-key="unread">{UNREAD}</p>'


# messages


def _message_piece(message: MessageView, chat: Chat, base: LinkBase) -> Piece:
    key = f"m{message.id}"
    if message.kind == "system":
        return Piece(key=key, html=_system_html(message))
    if message.kind == "model":
        ended = "" if message.state == "streaming" else f"{message.model_name} has answered."
        return Piece(key=key, html=_answer_html(message, chat, base), say=ended)
    name = message.author.name if message.author else "Somebody"
    html = _message_html(message, name, base)
    return Piece(key=key, html=html, mine=message.by_viewer, say=f"{name} wrote a message.")


def _message_html(message: MessageView, name: str, base: LinkBase) -> str:
    picture = avatar(name, message.author.avatar_url if message.author else "")
    login = f' title="@{escape(message.author.login)}"' if message.author else ""
    return (
        f'<article class="r-msg" data-testid="chat-message" data-key="m{message.id}" data-message="{message.id}">'
        f'{picture}<header class="r-msg__head"><b{login}>{escape(name)}</b>{time_html(message.at)}</header>'
        f'<div class="r-msg__body">{_body(message.body, base)}</div></article>'
    )


def _answer_html(message: MessageView, chat: Chat, base: LinkBase) -> str:
    sign = chat.signs[message.model_key]
    asked = f"<small>asked by {escape(message.asked_by.name)}</small>" if message.asked_by else ""
    streaming = " data-streaming" if message.state == "streaming" else ""
    return (
        f'<article class="r-msg r-msg--model" data-testid="chat-message" data-model="{escape(sign.family)}" '
        f'data-key="m{message.id}" data-message="{message.id}"{streaming}>{badge_html(sign, message.model_name)}'
        f'<header class="r-msg__head"><b>{escape(message.model_name)}</b>{asked}{time_html(message.at)}</header>'
        f'<div class="r-msg__body">{_body(message.body, base)}</div>{_ending(message, chat)}{_CARDS}</article>'
    )


_CARDS = '<div class="r-cards" data-cards></div>'


def _ending(message: MessageView, chat: Chat) -> str:
    """An answer that was stopped or failed says so, and can be asked for again."""
    if message.state not in ("stopped", "failed"):
        return ""
    failed = message.state == "failed"
    words = message.trouble or (_FAILED if failed else _STOPPED)
    look, glyph = (" r-note--bad", "triangle-alert") if failed else ("", "square")
    again = ""
    if chat.may_ask:
        again = (
            f'<button type="button" class="r-btn r-btn--small" data-act="{CardAct.RETRY}" '
            f'data-testid="answer-retry">{icon("rotate-cw", "i-14")} Ask again</button>'
        )
    return (
        f'<div class="r-note r-msg__note{look}" data-testid="answer-{message.state}">{icon(glyph)}'
        f'<span class="r-grow">{escape(words)}</span>{again}'
        '<p class="r-hint--bad" role="alert" data-problem hidden></p></div>'
    )


@lru_cache(maxsize=4096)
def _body(text: str, base: LinkBase) -> str:
    """Messages never change, and everyone who opens the page reads the same ones."""
    return render_message(text, base=base)


def _system_html(message: MessageView) -> str:
    return (
        f'<p class="r-sys" data-key="m{message.id}" data-message="{message.id}">{icon("info")}'
        f"<span>{render_line(message.body)}</span>{time_html(message.at)}</p>"
    )


# cards


def _card_pieces(cards: Sequence[ChangeView], home: str, chat: Chat) -> Iterator[Piece]:
    if len(cards) > 1 and cards[0].message_id is not None:
        number = cards[0].message_id
        yield Piece(key=f"s{number}", home=home, html=set_html(number, cards))
    for card in cards:
        html = card_html(card, slug=chat.slug, models=chat.models)
        yield Piece(key=f"c{card.id}", home=home, html=html, say=_said_of(card))


_SAID = {
    ChangeState.ACCEPTED: "accepted",
    ChangeState.DECLINED: "declined",
    ChangeState.STALE: "out of date",
    ChangeState.UNDONE: "undone",
    ChangeState.PENDING: "proposed",
}


def _said_of(card: ChangeView) -> str:
    where = card.where.number or card.where.title
    state = _SAID.get(card.state)
    return f"Change{f' in {where}' if where else ''} {state}." if state else ""


def _strays(chat: Chat, known: set[MessageId]) -> list[list[ChangeView]]:
    """Cards whose message is not in this chat: what people suggest themselves, and what came from main."""
    strays = [card for card in chat.cards if card.message_id not in known]
    groups = groupby(strays, lambda card: card.message_id or -card.id)
    return [list(group) for _, group in groups]


def _stray_pieces(cards: list[ChangeView], chat: Chat) -> Iterator[Piece]:
    first = cards[0]
    home = f"o{first.id}"
    yield Piece(key=home, html=_stray_html(first, home), mine=first.by_viewer)
    yield from _card_pieces(cards, home, chat)


def _stray_html(card: ChangeView, home: str) -> str:
    person = card.asked_by if card.clash is None else card.clash.by
    name = person.name if person else "Somebody"
    if card.sign is None:
        picture = avatar(name, person.avatar_url if person else "")
        does = "suggests" if card.clash is None else "committed on Gitea"
        head, look, model = f"<b>{escape(name)}</b><small>{does}</small>", "", ""
    else:
        picture = badge_html(card.sign, card.model_name)
        head = f"<b>{escape(card.model_name)}</b><small>asked by {escape(name)} on main</small>"
        look, model = " r-msg--model", f' data-model="{escape(card.sign.family)}"'
    return (
        f'<article class="r-msg{look}"{model} data-key="{home}">{picture}'
        f'<header class="r-msg__head">{head}{time_html(card.at)}</header>{_CARDS}</article>'
    )
