"""The SMTP library's client, which asks before it hands a mail over whole. Loaded only where there is a mail server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

import aiosmtplib
from aiosmtplib import SMTPResponse


class AskingClient(aiosmtplib.SMTP):
    """Waits for `before_data` once the server has taken sender and recipient: from then on a mail may arrive."""

    def __init__(self, before_data: Callable[[], Awaitable[None]], **options: Any) -> None:
        super().__init__(**options)
        self._before_data = before_data

    async def data(self, message: str | bytes, /, **options: Any) -> SMTPResponse:
        """Hand the mail over."""
        await self._before_data()
        return await super().data(message, **options)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say good-bye only where the server has answered: whoever is cut off does not wait for it again."""
        if error is not None and not isinstance(error, aiosmtplib.SMTPException):
            self.close()
            return
        await super().__aexit__(kind, error, trace)
