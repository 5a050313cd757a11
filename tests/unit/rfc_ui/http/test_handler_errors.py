"""What a person reads when a handler on their page fails."""

from __future__ import annotations

import re

import pytest

from rfc_ui.http.handler_errors import told
from services.domain.errors import Muted


def test_an_expected_failure_is_told_in_its_own_words() -> None:
    assert told(Muted()) == (
        "An admin has muted your account, so you can't write here. You can go on reading. An admin can lift it."
    )


def test_an_unexpected_one_is_a_reference_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    words = told(RuntimeError("hunter2"))
    match = re.fullmatch(r"Something went wrong\. Tell an admin this reference: ([0-9a-f]{8})\.", words)
    assert match is not None
    assert caplog.messages == [f"failure {match[1]} in a page's handler"]
