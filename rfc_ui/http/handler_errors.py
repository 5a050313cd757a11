"""Failures of event handlers on open pages: a toast in words, the rest in the log."""

from __future__ import annotations

from typing import Protocol

from nicegui import core
from nicegui.slot import Slot

from rfc_ui.http.failure_reports import report
from services.domain.errors import Busy, ProductError


class Toast(Protocol):
    """Shows a sentence; a `passing` one goes by itself."""

    def __call__(self, text: str, *, passing: bool) -> None: ...


def install_handler_errors(toast: Toast) -> None:
    """Tell the person on whose page a handler failed, through `toast`; log what nobody expected."""

    def on_exception(error: Exception) -> None:
        words = told(error)
        if Slot.get_stack():  # a page's handler, not a background job
            toast(words, passing=isinstance(error, Busy))  # it is not true for long

    core.app._exception_handlers[:] = [on_exception]  # noqa: SLF001  (there is no way to remove the default)


def told(error: Exception) -> str:
    """The sentence for a person: an expected failure in its own words, any other as a reference."""
    if isinstance(error, ProductError):
        return f"{error.message} {error.hint}"
    reference = report(error, where="a page's handler")
    return f"Something went wrong. Tell an admin this reference: {reference}."
