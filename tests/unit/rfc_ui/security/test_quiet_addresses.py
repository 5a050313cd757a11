"""Client ids, codes and states stay out of the server's log."""

from __future__ import annotations

import logging

import pytest

from rfc_ui.security.quiet_addresses import LOGGERS, WithoutQuery, quiet_addresses


@pytest.mark.parametrize("name", LOGGERS)
def test_the_query_of_an_address_is_not_logged(name: str, caplog: pytest.LogCaptureFixture) -> None:
    quiet_addresses()
    with caplog.at_level(logging.INFO, name):
        logging.getLogger(name).info(
            '%s - "WebSocket %s" %d', "127.0.0.1:1", "/_nicegui_ws/?client_id=secret", 403
        )
    assert caplog.messages == ['127.0.0.1:1 - "WebSocket /_nicegui_ws/" 403']


def test_each_logger_has_the_filter_once() -> None:
    quiet_addresses()
    quiet_addresses()
    filters = [
        [one for one in logging.getLogger(name).filters if isinstance(one, WithoutQuery)] for name in LOGGERS
    ]
    assert [len(found) for found in filters] == [1, 1, 1]
