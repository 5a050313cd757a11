"""What appears beside selected words: comment, ask, suggest, flag; and the threads' marks in the text (§8.12–§8.14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, TypedDict

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from components.notices import Refusal, attempt
from components.operations import operation_from
from components.shell import sign_in_path
from services.domain.actors import Viewer
from services.domain.errors import Invalid
from services.domain.identifiers import OperationId, ThreadId
from services.domain.quoting import Selection, Shown
from services.domain.side import Side
from services.store.queries.threads import ThreadKind, ThreadState
from services.usecases.views.annotations import AnnotationView
from services.usecases.views.parts import Permit

PASSAGES: Final = {"rfc-passages": str(Path(__file__).parent / "passages")}
UNCLEAR = "It could not be sent. What you wrote is still here; try again."
LONGEST_AROUND = 200


@dataclass(frozen=True, slots=True)
class Placed:
    """A selection in the source of the text."""

    start: int
    end: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What somebody wrote about a selection; `source` is the passage as it was when they began to suggest."""

    selection: Selection
    text: str
    reason: str
    source: str
    operation: OperationId | None


@dataclass(frozen=True, slots=True)
class SelectionActs:
    """What the page does; each may raise ProductError."""

    locate: Callable[[Selection], Awaitable[Placed]]
    comment: Callable[[Written], Awaitable[ThreadId]]
    flag: Callable[[Written], Awaitable[ThreadId]]
    suggest: Callable[[Written], Awaitable[None]]


class MarkItem(TypedDict):
    """A passage as the browser marks it."""

    id: int
    line: int
    before: int
    length: int
    quote: str
    look: str
    count: int
    side: str


class SelectionTool(Element, component="selection.js", esm=PASSAGES):
    """Listens to the document of its page; `off` is why one can't comment (HTML), or nothing.

    `written`: the page shows the text's source.
    """

    def __init__(
        self, acts: SelectionActs, threads: Iterable[AnnotationView], *, off: str, written: bool = False
    ) -> None:
        super().__init__()
        self._acts = acts
        self._props.update(marks=_marks(threads, written=written), off=off)
        self.on("locate", self._locate)
        self.on("send", self._send)

    def show(self, threads: Iterable[AnnotationView], *, off: str, written: bool = False) -> None:
        """Mark the passages of these threads; nothing is sent when nothing changed."""
        fresh = {"marks": _marks(threads, written=written), "off": off}
        if any(self._props[name] != value for name, value in fresh.items()):
            self._props.update(fresh)
            self.update()

    async def _locate(self, event: GenericEventArguments) -> None:
        """Answer where a selection stands; what can't be placed is told only to somebody who asked for it."""
        outcome: Placed | Refusal = Refusal(UNCLEAR)
        try:
            outcome = await attempt(self._acts.locate(selection_from(event.args["selection"])))
        finally:
            placed = outcome if isinstance(outcome, Placed) else Placed(-1, -1, "")
            words = outcome.words if isinstance(outcome, Refusal) else ""
            self.run_method("located", event.args["turn"], placed.start, placed.end, placed.source, words)

    async def _send(self, event: GenericEventArguments) -> None:
        problem, thread = Refusal(UNCLEAR, final=False), 0
        try:
            outcome = await attempt(self._do(str(event.args["act"]), _written(event.args)))
            if isinstance(outcome, Refusal):
                problem = outcome
            else:
                problem, thread = Refusal(""), outcome
        finally:
            self.run_method("sent", problem.words, thread, event.args["act"], event.args["op"])

    async def _do(self, act: str, written: Written) -> int:
        """The new thread, 0 where there is none."""
        if act == "suggest":
            await self._acts.suggest(written)
            return 0
        return await (self._acts.flag if act == "flag" else self._acts.comment)(written)


def off_html(permit: Permit, viewer: Viewer, *, path: str) -> str:
    """Why one can't comment, or nothing when one can."""
    if permit.allowed:
        return ""
    if viewer is None:
        return f'<a href="{escape(sign_in_path(path))}">Sign in</a> to comment.'
    return escape(permit.why_not or "")


def mark_of(
    shown: Shown, *, number: int, look: str = "", count: int = 0, side: Side = Side.AFTER
) -> MarkItem:
    """A passage for the browser."""
    return MarkItem(
        id=number,
        line=shown.line,
        before=shown.before,
        length=shown.length,
        quote=shown.quote,
        look=look,
        count=count,
        side=side.value,
    )


def selection_from(value: object) -> Selection:
    """What a browser says is selected; raises Invalid for anything else."""
    match value:
        case {
            "line": int(line),
            "before": int(before),
            "quote": str(quote),
            "prefix": str(prefix),
            "suffix": str(suffix),
            "side": "before" | "after" as side,
            "written": bool(written),
        }:
            return Selection(
                line=line,
                before=before,
                quote=quote,
                prefix=prefix[-LONGEST_AROUND:],
                suffix=suffix[:LONGEST_AROUND],
                side=Side(side),
                written=written,
            )
    raise Invalid("Select some words of the text first.", field="selection")


def _written(args: dict[str, object]) -> Written:
    return Written(
        selection=selection_from(args["selection"]),
        text=str(args["text"]),
        reason=str(args["reason"]),
        source=str(args["source"]),
        operation=operation_from(str(args["op"])),
    )


def _marks(threads: Iterable[AnnotationView], *, written: bool) -> list[MarkItem]:
    return [
        mark_of(
            place,
            number=thread.id,
            look="flag" if thread.kind is ThreadKind.FLAG else "",
            count=len(thread.messages),
            side=thread.side,
        )
        for thread in threads
        if (place := thread.written if written else thread.shown) is not None
        and thread.state is not ThreadState.RESOLVED
    ]
