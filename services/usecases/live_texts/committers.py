"""Whose commit changed a passage on Gitea while it was being typed (§8.10)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain.errors import NotFound, ProductError, UnreadableText
from services.domain.identifiers import CommitSha, Login, UserId
from services.domain.line_ends import editor_text
from services.domain.merge import Clash
from services.domain.text_home import TextHome
from services.store.queries import users
from services.store.work import Work
from services.usecases.commits import CommitView, commits_between
from services.usecases.texts import TextAt, text_at

if TYPE_CHECKING:
    from services.usecases.context import Context

log = logging.getLogger(__name__)

MOST_READ = 20
"""Commits whose texts are read to find the one that changed a passage; of an older one the oldest read is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committer:
    """Who committed: somebody known here (`user_id`), else the Gitea login or the name Git has."""

    user_id: UserId | None
    name: str
    login: str
    commit: CommitSha


async def committers_of(
    context: Context, head: TextAt, *, since: CommitSha, clashes: Sequence[Clash]
) -> tuple[Committer | None, ...]:
    """Who committed the other wording of each clash between `since` and the head; None where that can't be told."""
    if not clashes:
        return ()
    try:
        line = (await commits_between(context, head.home.repo, head=head.commit_sha, behind=since))[::-1]
        texts = [await _text(context, head.home, commit.sha) for commit in line[:MOST_READ]]
        async with context.store.read() as work:
            return tuple([await _committer(work, _first_with(clash, line, texts)) for clash in clashes])
    except ProductError as error:
        log.warning("nobody can be named for the commits of %s: %s", head.home.slug, error.message)
        return (None,) * len(clashes)


def _first_with(clash: Clash, line: Sequence[CommitView], texts: Sequence[str | None]) -> CommitView | None:
    """The commit, of those newest first, since which the text has the committed wording."""
    having = list(_having(clash, texts))
    return line[max(0, len(having) - 1)] if line else None


def _having(clash: Clash, texts: Sequence[str | None]) -> Iterator[str]:
    theirs, base = clash.theirs.strip(), clash.base.strip()
    for text in texts:
        if text is None or (theirs not in text if theirs else base in text):
            return
        yield text


async def _text(context: Context, home: TextHome, sha: CommitSha) -> str | None:
    """The text at a commit, as editors show it; None where there is none."""
    try:
        return editor_text((await text_at(context, home, sha)).text)
    except (NotFound, UnreadableText):
        return None


async def _committer(work: Work, commit: CommitView | None) -> Committer | None:
    """For whom the bot committed (whoever held that login then, §6.1); else the author, known here or by name."""
    if commit is None:
        return None
    login = commit.login or commit.author_login
    if commit.login is not None:
        person = await users.holder_at(work, login=commit.login, at=commit.at)
    elif commit.author_id is not None:
        person = await users.find_by_gitea_id(work, gitea_id=commit.author_id)
    else:
        person = None
    if person is not None:
        name, login = person.display_name or person.gitea_login, person.gitea_login
    else:
        name = (commit.author or login or "") if commit.login is None else commit.login
    return Committer(
        user_id=None if person is None else person.id,
        name=name,
        login=login or Login(""),
        commit=commit.sha,
    )
