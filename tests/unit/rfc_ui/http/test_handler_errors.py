"""What a person reads when a handler on their page fails."""

from __future__ import annotations

import re

import pytest
from nicegui import core
from nicegui.slot import Slot

from rfc_ui.http.handler_errors import install_handler_errors, told
from services.domain.errors import Busy, Conflict, Muted


def test_an_expected_failure_is_told_in_its_own_words() -> None:
    assert told(Muted()) == (
        "An admin has muted your account, so you can't write here. You can go on reading. An admin can lift it."
    )


def test_an_unexpected_one_is_a_reference_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    words = told(RuntimeError("hunter2"))
    match = re.fullmatch(r"Something went wrong\. Tell an admin this reference: ([0-9a-f]{8})\.", words)
    assert match is not None
    assert caplog.messages == [f"failure {match[1]} in a page's handler"]


def test_that_somebody_is_at_it_right_now_is_told_in_passing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, bool]] = []
    handlers: list[object] = []
    monkeypatch.setattr(core.app, "_exception_handlers", handlers)
    monkeypatch.setattr(Slot, "get_stack", lambda: [object()])
    install_handler_errors(lambda text, *, passing: shown.append((text, passing)))

    for error in (Busy("Ana is at it.", hint="Wait."), Conflict("It is over.", hint="Look.")):
        handlers[0](error)  # type: ignore[operator]

    assert shown == [("Ana is at it. Wait.", True), ("It is over. Look.", False)]
