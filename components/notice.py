"""Short messages to the person in front of the page: a toast, or words for a screen reader only."""

from __future__ import annotations

import json
from collections.abc import Iterable

from nicegui import Client, core, ui

from services.domain.identifiers import ChangeId, ThreadId


def toast(text: str, *, bad: bool = False, passing: bool = False, client: Client | None = None) -> None:
    """Show a sentence at the bottom; a bad one stays until it is dismissed, unless it is `passing`."""
    how = json.dumps({"bad": bad, "passing": passing})
    run_in_page(f"rfc.toast({json.dumps(text)}, {how})", client=client)


def toast_about(text: str, *, lead: str, thread: ThreadId) -> None:
    """A sentence with a button called `lead` that leads to a thread of this page."""
    run_in_page(f"rfc.toast({json.dumps(text)}, {json.dumps({'lead': {'words': lead, 'thread': thread}})})")


def toast_about_card(text: str, *, lead: str, change: ChangeId, client: Client) -> None:
    """A warning with a button called `lead` that leads to a change card of this page."""
    leading = json.dumps({"warn": True, "lead": {"words": lead, "change": change}})
    run_in_page(f"rfc.toast({json.dumps(text)}, {leading})", client=client)


def announce(text: str, *, client: Client | None = None) -> None:
    """Have the polite live region say something that is seen elsewhere on the page."""
    run_in_page(f"rfc.announce({json.dumps(text)})", client=client)


def run_in_page(code: str, *, client: Client | None = None) -> None:
    """Run a call of the frame's browser side; missed ones are replayed when a lost connection is back."""
    (client.run_javascript if client is not None else ui.run_javascript)(code)


async def run_in_pages(code: str, clients: Iterable[Client]) -> None:
    """Run a call in many pages: put into a message once for all of them, which nobody repeats to one that is away."""
    pages = [client.id for client in clients if not client.is_deleted]
    if pages:
        await core.sio.emit("run_javascript", {"code": code}, room=pages)  # type: ignore[no-untyped-call]
