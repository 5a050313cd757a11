"""Keeps client ids, OAuth codes and states out of the server's log: addresses lose their query there."""

from __future__ import annotations

import logging

LOGGERS = ("uvicorn.access", "uvicorn.error", "uvicorn.asgi")


class WithoutQuery(logging.Filter):
    """Cuts the query off every address among a record's arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record and let it through."""
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(argument) for argument in record.args)
        return True


def quiet_addresses() -> None:
    """Put the filter on the server's loggers, once."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, WithoutQuery) for one in logger.filters):
            logger.addFilter(WithoutQuery())


def _without_query(argument: object) -> object:
    if isinstance(argument, str) and argument.startswith("/") and "?" in argument:
        return argument.partition("?")[0]
    return argument
