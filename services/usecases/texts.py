"""Reading an entry's text at any branch or commit: live from Gitea, and kept by commit (§4.1)."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.domain.branch import MAIN, BranchKey, is_branch_name
from services.domain.errors import NotFound, UnreadableText
from services.domain.front_matter import BrokenEntry
from services.domain.identifiers import CommitSha, Repository, Slug
from services.domain.text_home import TextHome, body_of, meta_home, own_home
from services.gitea.meta_reading import read_head
from services.store.queries import branch_settings, branches
from services.store.queries.catalog import RfcRow
from services.store.work import Work
from services.usecases.views.entry import find_entry

if TYPE_CHECKING:
    from services.usecases.context import Context

TEXTS_KEPT = 256
CHARACTERS_KEPT = 16_000_000
RESTORE = "What was typed there is kept: restore the branch on its page to go on with it."
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAt:
    """An entry's text at a commit: `text` is what people read and edit, `file_text` the whole file."""

    home: TextHome
    commit_sha: CommitSha
    blob_sha: str
    text: str
    file_text: str


class TextCache:
    """The texts read last, by file and commit; a commit's text never changes."""

    def __init__(self) -> None:
        self._texts: OrderedDict[tuple[Repository, str, CommitSha], TextAt] = OrderedDict()
        self._characters = 0

    def find(self, home: TextHome, sha: CommitSha) -> TextAt | None:
        """A text that was read before."""
        found = self._texts.get((home.repo, home.path, sha))
        if found is not None:
            self._texts.move_to_end((home.repo, home.path, sha))
        return found

    def keep(self, text: TextAt) -> None:
        """Remember a text, and forget those that nobody asked for the longest."""
        place = (text.home.repo, text.home.path, text.commit_sha)
        if place in self._texts:
            return
        self._texts[place] = text
        self._characters += len(text.file_text)
        while len(self._texts) > TEXTS_KEPT or (self._characters > CHARACTERS_KEPT and len(self._texts) > 1):
            _, forgotten = self._texts.popitem(last=False)
            self._characters -= len(forgotten.file_text)


async def read_text(context: Context, *, slug: Slug, ref: str | None = None) -> TextAt:
    """The text at a branch or full commit id, without one at main.

    Raises NotFound, UnreadableText, and Upstream where Gitea has to be asked and fails.
    """
    async with context.store.read() as work:
        row = await find_entry(work, slug)
        home = await home_of_branch(work, context.meta, row, ref or MAIN)
    if ref is None or not _COMMIT.fullmatch(ref):
        return await text_at(context, home, await head_of(context, home, ref or MAIN))
    try:
        return await text_at(context, home, CommitSha(ref))
    except NotFound:
        if home.has_front_matter:
            raise
    # A commit of the time before it was graduated (§13.4).
    return await text_at(context, meta_home(context.meta, slug), CommitSha(ref))


async def text_at(context: Context, home: TextHome, sha: CommitSha) -> TextAt:
    """The text at a commit, from memory where it was read before; raises what `read_text` raises."""
    kept = context.texts.find(home, sha)
    if kept is not None:
        return kept
    found = await context.gitea.git.file(home.repo, home.path, ref=sha)
    if found is None or found.type != "file":
        raise NotFound(f"“{home.slug}” has no text at “{sha[:12]}”.")
    file_text = _decoded(home, found.data)
    text = TextAt(
        home=home, commit_sha=sha, blob_sha=found.sha, text=_body(home, file_text), file_text=file_text
    )
    context.texts.keep(text)
    return text


async def head_of(context: Context, home: TextHome, name: str) -> CommitSha:
    """The present head of main or of a branch on Gitea; raises NotFound."""
    head: CommitSha | None = None
    if name == MAIN:
        head = await read_head(context.gitea, home.repo)
    elif is_branch_name(name):
        head = await read_head(context.gitea, home.repo, branch=name)
    if head is None:
        raise NotFound(f"“{home.slug}” has no branch “{name}”.")
    return head


async def head_of_known(context: Context, home: TextHome, name: str) -> CommitSha:
    """`head_of` a branch that the app knows: the cache learns at once that Gitea has it no more."""
    try:
        return await head_of(context, home, name)
    except NotFound as error:
        if name == MAIN:
            raise
        await context.refresher.nudge_branch(BranchKey(home.repo, name))
        raise NotFound(f"The branch “{name}” has been deleted on Gitea.", hint=RESTORE) from error


def home_of_entry(meta: Repository, row: RfcRow) -> TextHome:
    """Where an entry's text lives now."""
    return meta_home(meta, row.slug) if row.repo is None else own_home(Repository(row.repo), row.slug)


def home_of_known(meta: Repository, row: RfcRow, key: BranchKey) -> TextHome:
    """Where the text of a branch lives whose repository is known."""
    return meta_home(meta, row.slug) if key.repo == meta else home_of_entry(meta, row)


async def home_of_branch(work: Work, meta: Repository, row: RfcRow, name: str) -> TextHome:
    """Where a branch's text lives: a graduated entry's earlier branches stay in the meta repository."""
    home = home_of_entry(meta, row)
    if home.has_front_matter or name == MAIN:
        return home
    known = {found.repo for found in await branches.find_for_slug(work, slug=row.slug, name=name)}
    known |= {
        found.repo
        for found in await branch_settings.list_for_slug(work, slug=row.slug)
        if found.branch_name == name
    }
    return meta_home(meta, row.slug) if meta in known and home.repo not in known else home


def _decoded(home: TextHome, data: bytes | None) -> str:
    if data is None:
        raise UnreadableText(f"The text of “{home.slug}” is too large to be read from Gitea.")
    if b"\0" in data:
        raise UnreadableText(f"The file of “{home.slug}” is not text: it contains NUL bytes.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableText(f"The file of “{home.slug}” is not UTF-8 text.") from error


def _body(home: TextHome, file_text: str) -> str:
    try:
        return body_of(home, file_text)
    except BrokenEntry as error:
        raise UnreadableText(
            f"The text of “{home.slug}” can't be told from its file. {error.reason}"
        ) from error
