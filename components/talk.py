"""The head of the conversation column: its name, or the tabs Chat, Threads and Changes (§8.4)."""

from __future__ import annotations

from html import escape

from nicegui import ui
from nicegui.element import Element
from nicegui.slot import Slot


def talk_head(label: str) -> None:
    """Name what the column holds."""
    ui.html(f"<h2>{escape(label)}</h2>", sanitize=False).classes("r-tabs r-talkhead")


class TalkTabs(Element, component="talk.js"):
    """Three tabs over the column: what is put into it is the chat, `threads` holds the threads beside the text.

    Chat and Changes are two looks at one list: the cards stand below the messages that brought them.
    """

    def __init__(self, *, label: str, changes: int = 0, threads: int = 0) -> None:
        super().__init__()
        self._props.update(label=label, changes=changes, open=threads)
        self.threads: Slot = self.add_slot("threads")

    def first_paint(self) -> str:
        """The head."""
        return f'<div class="r-tabs r-talkhead"><h2>{escape(self._props["label"])}</h2></div>'

    def count(self, *, changes: int | None = None, threads: int | None = None) -> None:
        """Say how many changes wait for a decision, and how many threads are open."""
        told = {"changes": changes, "open": threads}
        fresh = {name: number for name, number in told.items() if number not in (None, self._props[name])}
        if fresh:
            self._props.update(fresh)
            self.update()
