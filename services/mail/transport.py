"""How mail leaves: through a mail server, or into the log where there is none (§15.4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import aiosmtplib

log = logging.getLogger(__name__)

SECONDS: Final = 20
"""How long each answer of the server may take; each half of a mail may take three times as long."""
IMPLICIT_TLS_PORT: Final = 465

BeforeData = Callable[[], Awaitable[None]]
"""Awaited before a mail is handed over whole: from then on it may arrive, whatever becomes of us."""


async def at_once() -> None:
    """Hand it over without waiting for anything."""


class MailDelayed(Exception):
    """It may work later: the server is away, busy, or refuses us as a whole."""


class MailRefused(Exception):
    """The server will never take this mail."""


class Transport(Protocol):
    """Something that takes mail."""

    async def send(self, message: EmailMessage, *, to: str, before_data: BeforeData = at_once) -> None:
        """Hand one message over; raises MailDelayed or MailRefused, with the reason in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpTransport:
    """A mail server. Port 465 speaks TLS from the start, others after STARTTLS."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    starttls: bool = True
    seconds: float = SECONDS

    async def send(self, message: EmailMessage, *, to: str, before_data: BeforeData = at_once) -> None:
        """One connection a mail: what one server does to one mail is no other mail's trouble."""
        import aiosmtplib  # only where there is a mail server

        try:
            async with asyncio.timeout(3 * self.seconds) as patience:
                await self._send(message, to, lambda: self._handing_over(patience, before_data))
        except (
            aiosmtplib.SMTPRecipientsRefused,
            aiosmtplib.SMTPSenderRefused,
            aiosmtplib.SMTPDataError,
        ) as error:
            raise _verdict(error) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailDelayed(f"{type(error).__name__}: {error}".rstrip(": ")[:300]) from error

    async def _handing_over(self, patience: asyncio.Timeout, before_data: BeforeData) -> None:
        """What we wait for ourselves is not the server's time."""
        patience.reschedule(None)
        await before_data()
        patience.reschedule(asyncio.get_running_loop().time() + 3 * self.seconds)

    async def _send(self, message: EmailMessage, to: str, before_data: BeforeData) -> None:
        from services.mail.smtp_client import AskingClient

        implicit = self.port == IMPLICIT_TLS_PORT
        client = AskingClient(
            before_data,
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=implicit,
            start_tls=False if implicit else self.starttls,
            timeout=self.seconds,
        )
        async with client:
            await client.send_message(message, sender=self.sender, recipients=[to])


@dataclass(frozen=True, slots=True)
class LogTransport:
    """Without a mail server each mail is one line of the log."""

    async def send(self, message: EmailMessage, *, to: str, before_data: BeforeData = at_once) -> None:
        """A line that operators grep for (§17)."""
        await before_data()
        log.info("email (stdout fallback): to=%s subject=%s", to, message["Subject"])


def _verdict(error: aiosmtplib.SMTPException) -> MailDelayed | MailRefused:
    """4xx is worth another try, 5xx is not; the reason is the server's own words."""
    import aiosmtplib

    found = error.recipients if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else [error]
    codes = [(one.code, one.message) for one in found if isinstance(one, aiosmtplib.SMTPResponseException)]
    words = "; ".join(f"{code} {text}" for code, text in codes)[:300] or type(error).__name__
    refused = bool(codes) and all(code >= 500 for code, _ in codes)
    return MailRefused(words) if refused else MailDelayed(words)
