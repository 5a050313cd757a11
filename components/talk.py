"""The head of the conversation column; the frame puts its collapse button beside it."""

from __future__ import annotations

from html import escape

from nicegui import ui


def talk_head(label: str) -> None:
    """Name what the column holds."""
    ui.html(f"<h2>{escape(label)}</h2>", sanitize=False).classes("r-tabs r-talkhead")
