"""The prompt bar: ask a model about a selection, a section or the document (§8.5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from typing import TypedDict

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.design import icon
from components.notices import Refusal, attempt
from components.operations import operation_from
from components.shell import sign_in_path
from services.domain.actors import Viewer
from services.domain.asked_about import AskedAbout
from services.domain.identifiers import MessageId, OperationId
from services.usecases.models import Offer
from services.usecases.views.parts import Permit

UNCLEAR = "It could not be sent. Your question is still here; try again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as the browser sends it; `start` and `end` are where the quote stands, -1 if that isn't known.

    Offsets are in code points of the source. `section` is the anchor of a heading.
    """

    text: str
    model: str
    about: AskedAbout
    quote: str
    start: int
    end: int
    section: str
    operation: OperationId | None


class Model(TypedDict):
    """One entry of the picker as the browser gets it."""

    key: str
    name: str
    symbol: str
    family: str


class Answering(TypedDict):
    """The answer under way."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptState:
    """What the bar shows: the models, why it is off (HTML, or nothing), and which answers are under way."""

    offer: Offer
    off: str = ""
    answering: tuple[tuple[MessageId, str], ...] = ()


class PromptBar(Element, component="prompt_bar.js"):
    """`ask` and `stop` may raise ProductError; the draft is kept in the browser under `draft`."""

    def __init__(
        self,
        state: PromptState,
        *,
        draft: str,
        ask: Callable[[Asked], Awaitable[object]],
        stop: Callable[[MessageId], Awaitable[object]],
    ) -> None:
        super().__init__()
        self._ask = ask
        self._stop = stop
        self._props.update(_props(state), draft=draft)
        self.on("ask", self._asked)
        self.on("stop", self._stopped)

    def first_paint(self) -> str:
        """The bar, closed."""
        off = self._props["off"]
        inner = f'<p class="r-prompt__why">{off}</p>' if off else _BOX
        return (
            f'<div class="r-promptwrap"><div class="r-prompt"{" data-off" if off else ""}>{inner}</div></div>'
        )

    def show(self, state: PromptState) -> None:
        """Bring it up to date; nothing is sent when nothing changed."""
        props = _props(state)
        if any(self._props[name] != value for name, value in props.items()):
            self._props.update(props)
            self.update()

    def offer_passage(self, quote: str, start: int, end: int) -> None:
        """Have a passage at hand, selected in the editor; an empty one takes it away again."""
        self.run_method("quote", {"quote": quote, "start": start, "end": end}, False)

    async def _asked(self, event: GenericEventArguments) -> None:
        problem = Refusal(UNCLEAR, final=False)
        try:
            outcome = await attempt(self._ask(asked_from(event)))
            problem = outcome if isinstance(outcome, Refusal) else Refusal("")
        finally:
            self.run_method("settled", problem.words, problem.final)

    async def _stopped(self, event: GenericEventArguments) -> None:
        problem = Refusal(UNCLEAR)
        try:
            outcome = await attempt(self._stop(MessageId(int(event.args))))
            problem = outcome if isinstance(outcome, Refusal) else Refusal("")
        finally:
            self.run_method("stopped", problem.words)


_BOX = '<textarea rows="1"></textarea><div class="r-prompt__row"></div>'


def asked_from(event: GenericEventArguments) -> Asked:
    """What a browser asks; ValueError when it is no question."""
    args = event.args
    return Asked(
        text=str(args["text"]),
        model=str(args["model"]),
        about=AskedAbout(str(args["about"])),
        quote=str(args["quote"]),
        start=int(args["start"]),
        end=int(args["end"]),
        section=str(args["section"]),
        operation=operation_from(str(args["op"])),
    )


def off_html(permit: Permit, offer: Offer, viewer: Viewer, *, path: str) -> str:
    """Why nobody can be asked here, or nothing when one can."""
    if viewer is None:
        return (
            f'{icon("lock")}<span><a href="{escape(sign_in_path(path))}">Sign in</a> to ask a model.</span>'
        )
    if not permit.allowed:
        return f"{icon('lock')}<span>{escape(permit.why_not or '')}</span>"
    if not offer.choices:
        return f"{icon('info')}<span>{escape(offer.why_none or '')}</span>"
    return ""


def _props(state: PromptState) -> dict[str, object]:
    models = [
        Model(key=choice.key, name=choice.name, symbol=choice.sign.symbol, family=choice.sign.family)
        for choice in state.offer.choices
    ]
    answering = [Answering(id=message_id, name=name) for message_id, name in state.answering]
    return {
        "models": models,
        "preferred": state.offer.default or "",
        "note": state.offer.note,
        "off": state.off,
        "answering": answering,
    }
