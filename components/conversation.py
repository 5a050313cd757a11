"""The conversation column: messages as HTML strings that are appended, and the box to write in (§8.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache
from html import escape
from typing import TypedDict

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.design import icon
from components.notices import Refusal, attempt
from components.operations import operation_from
from components.people import time_html
from components.shell import avatar, sign_in_path
from services.domain.actors import Viewer
from services.domain.identifiers import MessageId, OperationId
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import render_inline, render_message
from services.usecases.views.parts import MessageView, Permit

Post = Callable[[str, OperationId | None], Awaitable[object]]

FEW = 4
"""So many messages fit the column of any window."""
_BOX = (
    '<div class="r-say"><textarea class="r-input" rows="1"></textarea>'
    f'<button class="r-btn r-send">{icon("arrow-up")}</button></div>'
)
UNCLEAR = "It could not be sent. What you wrote is still here; try again."


class Item(TypedDict):
    """One message as the browser gets it."""

    id: int
    html: str
    mine: bool
    say: str


class Conversation(Element, component="conversation.js"):
    """All messages of a thread; `post` is called with the text and an operation id, and raises ProductError."""

    def __init__(
        self,
        messages: Iterable[MessageView],
        *,
        base: LinkBase,
        post: Post,
        placeholder: str,
        draft: str,
        empty: str,
        blocked: str,
    ) -> None:
        super().__init__()
        self._base = base
        self._post = post
        self._known: set[MessageId] = set()
        self._props.update(
            items=self._unknown(messages), placeholder=placeholder, draft=draft, empty=empty, blocked=blocked
        )
        self.on("send", self._send)

    def first_paint(self) -> str:
        """The column as far as it is sure to need no scrolling, and where one writes."""
        items: list[Item] = self._props["items"]
        few = "".join(item["html"] for item in items) if len(items) <= FEW else ""
        none = "" if items else f'<div class="r-empty">{self._props["empty"]}</div>'
        blocked = self._props["blocked"]
        box = f'<div class="r-say r-say--off">{blocked}</div>' if blocked else _BOX
        return f'<div class="r-talkbox"><div class="r-scroll"><div class="r-talk">{few}</div>{none}</div>{box}</div>'

    def show(self, messages: Iterable[MessageView], *, blocked: str) -> None:
        """Append what is not there yet, and say whether one may write now."""
        fresh = self._unknown(messages)
        if fresh:
            self.run_method("append", fresh)
        if blocked != self._props["blocked"]:
            self._props["blocked"] = blocked
            self.update()

    def _unknown(self, messages: Iterable[MessageView]) -> list[Item]:
        fresh = [message for message in messages if message.id not in self._known]
        self._known.update(message.id for message in fresh)
        return [_item(message, self._base) for message in fresh]

    async def _send(self, event: GenericEventArguments) -> None:
        problem = Refusal(UNCLEAR, final=False)
        try:
            text, operation = str(event.args["text"]), operation_from(str(event.args["op"]))
            outcome = await attempt(self._post(text, operation))
            problem = outcome if isinstance(outcome, Refusal) else Refusal("")
        finally:
            self.run_method("answered", problem.words, problem.final)


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


def _item(message: MessageView, base: LinkBase) -> Item:
    name = message.author.name if message.author else "Somebody"
    system = message.kind == "system"
    return Item(
        id=message.id,
        html=_system_html(message) if system else _message_html(message, name, base),
        mine=message.by_viewer,
        say="" if system else f"{name} wrote a message.",
    )


def _message_html(message: MessageView, name: str, base: LinkBase) -> str:
    picture = avatar(name, message.author.avatar_url if message.author else "")
    login = f' title="@{escape(message.author.login)}"' if message.author else ""
    return (
        f'<article class="r-msg" data-testid="chat-message" data-message="{message.id}">{picture}'
        f'<header class="r-msg__head"><b{login}>{escape(name)}</b>{time_html(message.at)}</header>'
        f'<div class="r-msg__body">{_body(message.body, base)}</div></article>'
    )


@lru_cache(maxsize=4096)
def _body(text: str, base: LinkBase) -> str:
    """Messages never change, and everyone who opens the page reads the same ones."""
    return render_message(text, base=base)


def _system_html(message: MessageView) -> str:
    return (
        f'<p class="r-sys" data-message="{message.id}">{icon("info")}'
        f"<span>{render_inline(message.body)}</span>{time_html(message.at)}</p>"
    )
