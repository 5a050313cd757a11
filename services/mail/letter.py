"""One letter as the mail standards want it (§15.4): threaded per RFC, one envelope sender, one-click unsubscribe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.domain.trailers import one_line

LONGEST_SUBJECT: Final = 180
ADDRESSES: Final = ("References", "In-Reply-To", "List-Unsubscribe")
"""Headers that programs read: an address in them has to stand as it is, however long (RFC 5322, 2369, 8058)."""
_PAGES = Environment(
    loader=PackageLoader("services.mail"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing a letter tells of: who did what, what they said, and where."""

    who: str
    act: str
    quote: str
    where: str
    url: str

    @property
    def deed(self) -> str:
        """The act, to stand above `where`: without the title that would be said twice."""
        return self.act.removesuffix(f" “{self.where}”")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be said to whom; everything people wrote is still as they wrote it."""

    to: str
    message_id: str
    thread: str
    """What the letter belongs to, such as an RFC's slug: mail programs show these together."""
    actor: str
    subject: str
    items: tuple[Item, ...]
    why: str
    button: str
    settings_url: str
    unsubscribe_url: str
    unsubscribe_words: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes on the site's behalf."""

    address: str
    name: str
    site_name: str

    @property
    def domain(self) -> str:
        """What message ids end with."""
        return self.address.rpartition("@")[2] or "localhost"


class _Addresses(UnstructuredHeader, BaseHeader):
    """A header of addresses, which is folded nowhere: Python would make encoded words of one that fills a line.

    The header says so, not the policy, since who sends the message writes it down with a policy of their own.
    """

    def fold(self, *, policy: Policy) -> str:
        """The line, as long as it has to be."""
        return f"{self.name}: {self}{policy.linesep}" if self.isascii() else super().fold(policy=policy)


def _policy() -> Policy:
    headers = HeaderRegistry()
    for name in ADDRESSES:
        headers.map_to_type(name, _Addresses)
    return SMTP.clone(header_factory=headers)


_POLICY: Final = _policy()


def message_of(letter: Letter, sender: Sender) -> EmailMessage:
    """The message; no header can be injected, whatever people are called."""
    message = EmailMessage(policy=_POLICY)
    name = f"{_short(letter.actor)} via {sender.name}" if letter.actor else sender.name
    message["From"] = Address(display_name=one_line(name), addr_spec=sender.address)
    message["To"] = letter.to
    message["Subject"] = _short(letter.subject)
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = letter.message_id
    root = f"<{letter.thread}.thread@{sender.domain}>"
    message["References"] = root
    message["In-Reply-To"] = root
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_PAGES.get_template("letter.txt").render(letter=letter, sender=sender))
    message.add_alternative(
        _PAGES.get_template("letter.html").render(letter=letter, sender=sender), subtype="html"
    )
    return message


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"
