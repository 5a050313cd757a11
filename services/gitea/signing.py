"""Whose name stands on the bot's commits: the person is the author, the bot the committer (§1)."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.trailers import CoAuthor, Credit, author_address, one_line
from services.gitea.api.git import Identity


@dataclass(frozen=True, slots=True)
class Signing:
    """Makes commit identities for one Gitea."""

    gitea_url: str
    bot_login: str

    def author(self, credit: Credit) -> Identity:
        """The person, at an address that says nothing about them."""
        name = one_line(credit.display_name) or one_line(credit.login)
        return Identity(name, author_address(credit.login, self.gitea_url))

    def co_author(self, person: CoAuthor) -> tuple[str, str]:
        """Name and address of somebody who wrote a part of a commit, for its trailer."""
        name = one_line(person.display_name) or one_line(person.login)
        return name, author_address(person.login, self.gitea_url)

    @property
    def committer(self) -> Identity:
        """The bot."""
        return Identity(self.bot_login, author_address(self.bot_login, self.gitea_url))
