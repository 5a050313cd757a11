"""A mail server on the loopback: keeps what it takes, and answers as a test wants."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DROP, STALL = "drop", "stall"
"""Answers that are none: the connection ends, or nothing comes any more."""


@dataclass
class MailServer:
    """`answers` are given to the next recipients, one each; then everything is taken.

    `refusals` are the same for one address, and `after_data` for the next mails once they were handed over whole.
    `silences`: how often nothing is said to an address that has got a whole mail.
    `raw` is every mail as it came over the line.
    """

    port: int = 0
    answers: list[str] = field(default_factory=list)
    refusals: dict[str, list[str]] = field(default_factory=dict)
    after_data: list[str] = field(default_factory=list)
    silences: dict[str, int] = field(default_factory=dict)
    taken: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    most_connections: int = 0
    connections: int = 0
    envelopes: list[tuple[str | None, list[str]]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  (the library's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether a recipient is taken."""
        del session, options
        waiting = self.refusals.get(address) or self.answers
        answer = await self._answer(server, waiting)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail."""
        del session
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        self.raw.append(raw)
        self.taken.append(message_from_bytes(raw, _class=EmailMessage, policy=policy.default))
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        address = envelope.rcpt_tos[0]
        if self.silences.get(address):
            self.silences[address] -= 1
            return await self._answer(server, [STALL])
        return await self._answer(server, self.after_data)

    async def _answer(self, server: SMTP, waiting: list[str]) -> str:
        answer = waiting.pop(0) if waiting else "250 OK"
        if answer == DROP and server.transport is not None:
            server.transport.abort()
        if answer == STALL:
            await asyncio.Event().wait()
        return answer


class CountedSMTP(SMTP):
    """Counts who is connected."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One more."""
        self.event_handler.connections += 1
        self.event_handler.most_connections = max(
            self.event_handler.connections, self.event_handler.most_connections
        )
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """One less."""
        self.event_handler.connections -= 1
        super().connection_lost(error)


M = TypeVar("M", bound=MailServer)


@asynccontextmanager
async def mail_server(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    """A server that listens until the block ends; with `tls`, it wants STARTTLS."""
    async with listening(MailServer(), tls=tls) as box:
        yield box


@asynccontextmanager
async def listening(box: M, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[M]:
    """The same for a server of one's own making."""
    listener = await asyncio.get_running_loop().create_server(
        lambda: CountedSMTP(
            box,
            hostname="mail.example.org",
            enable_SMTPUTF8=True,
            tls_context=tls,
            require_starttls=tls is not None,
        ),
        "127.0.0.1",
        0,
    )
    box.port = listener.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        listener.close()


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of its own for 127.0.0.1, which nobody trusts unless told to, and a server's side of TLS with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.org")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mail.crt", folder / "mail.key"
    public.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return public, context
