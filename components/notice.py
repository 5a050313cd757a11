"""Short messages to the person in front of the page: a toast, or words for a screen reader only."""

from __future__ import annotations

import json

from nicegui import Client, ui


def toast(text: str, *, bad: bool = False, client: Client | None = None) -> None:
    """Show a sentence at the bottom; a bad one stays until it is dismissed."""
    run_in_page(f"rfc.toast({json.dumps(text)}, {{bad: {json.dumps(bad)}}})", client=client)


def announce(text: str, *, client: Client | None = None) -> None:
    """Have the polite live region say something that is seen elsewhere on the page."""
    run_in_page(f"rfc.announce({json.dumps(text)})", client=client)


def run_in_page(code: str, *, client: Client | None = None) -> None:
    """Run a call of the frame's browser side; missed ones are replayed when a lost connection is back."""
    (client.run_javascript if client is not None else ui.run_javascript)(code)
