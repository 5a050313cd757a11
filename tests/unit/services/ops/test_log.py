"""§17 log lines: levels for journald, JSON on request, tracebacks kept, secrets struck out."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from services.ops.log import JsonFormatter, Redaction, TextFormatter


def record(message: str, *values: object, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("rfc", level, __file__, 1, message, values, None)


def failure(message: str) -> logging.LogRecord:
    def fail() -> None:
        raise ValueError(message)

    try:
        fail()
    except ValueError:
        return logging.LogRecord("rfc", logging.ERROR, __file__, 1, "it failed", (), sys.exc_info())


@pytest.mark.parametrize(
    ("level", "prefix"),
    [(logging.DEBUG, "<7>"), (logging.INFO, "<6>"), (logging.WARNING, "<4>"), (logging.ERROR, "<3>")],
)
def test_under_journald_a_line_starts_with_its_level(level: int, prefix: str) -> None:
    formatter = TextFormatter(Redaction(()), journald=True)

    assert formatter.format(record("swept %d", 3, level=level)) == f"{prefix}rfc: swept 3"


def test_under_journald_every_line_of_a_traceback_has_the_level() -> None:
    lines = TextFormatter(Redaction(()), journald=True).format(failure("boom")).splitlines()

    assert {line[:3] for line in lines} == {"<3>"}
    assert lines[-1] == "<3>ValueError: boom"


def test_json_has_one_object_a_line_with_the_traceback() -> None:
    line = JsonFormatter(Redaction(())).format(failure("boom"))

    written = json.loads(line)

    assert "\n" not in line
    assert (written["level"], written["logger"], written["message"]) == ("error", "rfc", "it failed")
    assert written["traceback"].endswith("ValueError: boom")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("token is hunter2hunter2!", "token is [hidden]!"),
        ("GET /x?access_token=abc&page=2", "GET /x?access_token=[hidden]&page=2"),
        ("/_nicegui_ws/?client_id=0d9-f", "/_nicegui_ws/?client_id=[hidden]"),
        ("Authorization: token 5f1d7a84", "Authorization: [hidden]"),
        ("postgresql://rfc:pw@db/rfc", "postgresql://rfc:[hidden]@db/rfc"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_what_is_secret_or_looks_like_it_is_struck_out(text: str, shown: str) -> None:
    assert Redaction(["hunter2hunter2"])(text) == shown


def test_a_secret_in_a_traceback_is_struck_out() -> None:
    line = JsonFormatter(Redaction(["hunter2hunter2"])).format(failure("hunter2hunter2 was refused"))

    assert json.loads(line)["traceback"].endswith("ValueError: [hidden] was refused")
