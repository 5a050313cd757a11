"""The markdown editor that several people type in at once (§8.9); its text lives in a `LiveText` on the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nicegui.elements.codemirror  # noqa: F401  registers the import name "nicegui-codemirror"
from nicegui.element import Element
from nicegui.events import GenericEventArguments

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Selected:
    """What is selected in the editor: offsets in UTF-16 units; an empty quote is no selection."""

    quote: str
    prefix: str
    suffix: str
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class EditorStatus:
    """How safe the text is: `unsent` waits for the server, `error` says why it can't be kept."""

    online: bool
    unsent: bool
    error: str | None


class Editor(
    Element,
    component="editor.js",
    esm={
        "@codemirror/collab": str(HERE / "vendor" / "codemirror-collab"),
        "@codemirror/state": str(HERE / "vendor" / "codemirror-state"),
        "rfc-editor-parts": str(HERE / "editor_parts"),
    },
):
    """One window on a live text. `session_key` is the window's own right to it; nobody else may be given it.

    `document_key` stays the same over restarts: unsent typing is kept under it in the browser.
    """

    def __init__(self, *, session_key: str, document_key: str, label: str, may_edit: bool = True) -> None:
        super().__init__()
        self._props |= {
            "session-key": session_key,
            "document-key": document_key,
            "may-edit": may_edit,
            "label": label,
        }

    def on_status(self, handle: Callable[[EditorStatus], None]) -> None:
        """Be told when the text becomes safe, unsafe, or can't be kept."""

        def told(event: GenericEventArguments) -> None:
            args = event.args
            error = args.get("error")
            handle(EditorStatus(bool(args.get("online")), bool(args.get("unsent")), error and str(error)))

        self.on("status", told)

    def on_selection(self, handle: Callable[[Selected], None]) -> None:
        """Be told what is selected, once the selection rests."""

        def told(event: GenericEventArguments) -> None:
            args = event.args
            numbers = (int(args["from"]), int(args["to"]), int(args["line"]))
            handle(Selected(str(args["quote"]), str(args["prefix"]), str(args["suffix"]), *numbers))

        self.on("selection", told)
