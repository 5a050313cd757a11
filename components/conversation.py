"""The conversation column: messages and change cards as HTML strings, and the box to write in (§8.4, §8.7).

What it shows is an ordered list of pieces, each with a key. A page that is patched gets the pieces that read otherwise
now, so that it ends up with what a freshly opened one has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.answers import Part
from components.card import CardAct, Pressed
from components.design import icon
from components.messages import Chat, Piece, blocked_html, empty_html, pieces_of
from components.notices import Refusal, attempt
from components.operations import operation_from
from services.domain.identifiers import MessageId, OperationId
from services.domain.rendering.links import LinkBase
from services.usecases.views.parts import PersonView

__all__ = ["Acts", "Chat", "Conversation", "blocked_html", "empty_html"]

Post = Callable[[str, OperationId | None], Awaitable[object]]
Press = Callable[[Pressed], Awaitable[object]]
Find = Callable[[str], Awaitable[Sequence[PersonView]]]
Missed = Callable[[], list[Part]]
Seen = Callable[[MessageId], Awaitable[None]]

FEW = 4
"""So many messages fit the column of any window."""
_BOX = (
    '<div class="r-say"><textarea class="r-input" rows="1"></textarea>'
    f'<button class="r-btn r-send">{icon("arrow-up")}</button></div>'
)
UNCLEAR = "It could not be sent. What you wrote is still here; try again."
UNCLEAR_ACT = "It is not clear whether this worked. Look at the page again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """What the column asks its page to do; without `press` it has no cards, without `find` no completion."""

    post: Post
    press: Press | None = None
    find: Find | None = None
    missed: Missed | None = None
    seen: Seen | None = None


class Change(TypedDict):
    """One piece as the browser gets it; it stands before `before`, or at the end of its home."""

    key: str
    home: str
    before: str
    html: str
    mine: bool
    say: str


class Conversation(
    Element,
    component="conversation.js",
    esm={"rfc-conversation-parts": str(Path(__file__).parent / "conversation_parts")},
):
    """All messages of a thread, and the cards that came up in it; what `acts` calls may raise ProductError.

    What is put into it stands above the box to write in.
    """

    def __init__(
        self,
        chat: Chat,
        *,
        base: LinkBase,
        acts: Acts,
        placeholder: str,
        draft: str,
        empty: str,
        blocked: str,
    ) -> None:
        super().__init__()
        self._acts = acts
        self._shown: dict[str, Piece] = {}
        changes, _ = self._take(pieces_of(chat, base))
        self._props.update(
            pieces=changes, answers=[], placeholder=placeholder, draft=draft, empty=empty, blocked=blocked,
            completes=acts.find is not None,
        )  # fmt: skip
        self.on("send", self._send)
        self.on("press", self._press)
        self.on("find", self._find)
        self.on("lost", self._lost)
        self.on("seen", self._seen)

    def first_paint(self) -> str:
        """The column as far as it is sure to need no scrolling, and where one writes."""
        changes: list[Change] = self._props["pieces"]
        few = "".join(change["html"] for change in changes) if len(changes) <= FEW else ""
        none = "" if changes else f'<div class="r-empty">{self._props["empty"]}</div>'
        blocked = self._props["blocked"]
        box = f'<div class="r-say r-say--off">{blocked}</div>' if blocked else _BOX
        return f'<div class="r-talkbox"><div class="r-scroll"><div class="r-talk">{few}</div>{none}</div>{box}</div>'

    def show(self, chat: Chat, *, base: LinkBase, blocked: str) -> None:
        """Bring everything up to date, and say whether one may write now; `base` knows the RFCs that are spoken of."""
        changes, gone = self._take(pieces_of(chat, base))
        if changes or gone:
            self.run_method("patch", changes, gone)
        if blocked != self._props["blocked"]:
            self._props["blocked"] = blocked
            self.update()

    def answers(self, parts: list[Part]) -> None:
        """Show what is being answered, before the page is there."""
        self._props["answers"] = parts

    def _take(self, pieces: Sequence[Piece]) -> tuple[list[Change], list[str]]:
        """What the browser does not have yet, and what it has too much."""
        present = {piece.key: piece for piece in pieces}
        gone = [key for key in self._shown if key not in present]
        changes = [
            _change(piece, self._shown.get(piece.key), _following(pieces, at))
            for at, piece in enumerate(pieces)
            if piece != self._shown.get(piece.key)
        ]
        self._shown = present
        return changes, gone

    # what a person does

    async def _send(self, event: GenericEventArguments) -> None:
        problem = Refusal(UNCLEAR, final=False)
        try:
            text, operation = str(event.args["text"]), operation_from(str(event.args["op"]))
            outcome = await attempt(self._acts.post(text, operation))
            problem = outcome if isinstance(outcome, Refusal) else Refusal("")
        finally:
            self.run_method("answered", problem.words, problem.final)

    async def _press(self, event: GenericEventArguments) -> None:
        problem = Refusal(UNCLEAR_ACT, final=False)
        try:
            outcome = await attempt(self._done(pressed_from(event)))
            problem = outcome if isinstance(outcome, Refusal) else Refusal("")
        finally:
            self.run_method("settled", str(event.args["key"]), problem.words, problem.final)

    async def _done(self, pressed: Pressed) -> None:
        if self._acts.press is not None:
            await self._acts.press(pressed)

    async def _find(self, event: GenericEventArguments) -> None:
        if self._acts.find is not None:
            text = str(event.args)
            found = await self._acts.find(text)
            self.run_method("found", text, [{"login": one.login, "name": one.name} for one in found])

    async def _seen(self, event: GenericEventArguments) -> None:
        if self._acts.seen is not None:
            await self._acts.seen(MessageId(int(event.args)))

    def _lost(self) -> None:
        if self._acts.missed is not None:
            self.run_method("catchUp", self._acts.missed())


def pressed_from(event: GenericEventArguments) -> Pressed:
    """What a browser says somebody pressed; ValueError when it is nothing that can be pressed."""
    args = event.args
    return Pressed(
        act=CardAct(str(args["act"])),
        id=int(args["id"]),
        operation=operation_from(str(args["op"])),
        text=None if args["text"] is None else str(args["text"]),
        sentences=tuple(int(number) for number in args["sentences"]),
    )


def _following(pieces: Sequence[Piece], at: int) -> str:
    home = pieces[at].home
    return next((piece.key for piece in pieces[at + 1 :] if piece.home == home), "")


def _change(piece: Piece, before: Piece | None, following: str) -> Change:
    said = before is not None and before.say == piece.say
    return Change(
        key=piece.key, home=piece.home, before=following, html=piece.html, mine=piece.mine,
        say="" if said else piece.say,
    )  # fmt: skip
