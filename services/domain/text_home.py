"""Where an entry's text lives: in the meta repository, and once graduated in a repository of its own (§2, §9.5)."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.branch import MAIN
from services.domain.entry import with_body
from services.domain.front_matter import split_document
from services.domain.identifiers import Repository, Slug
from services.domain.slug import entry_path

RFC_FILE = "RFC.md"
"""What a graduated RFC's text is called in its repository."""


@dataclass(frozen=True, slots=True)
class TextHome:
    """The file that holds an entry's text; `main` is what its agreed version is called in addresses."""

    repo: Repository
    path: str
    main: str
    slug: Slug

    @property
    def has_front_matter(self) -> bool:
        """Whether the file begins with front matter that nobody edits here."""
        return self.path != RFC_FILE


def meta_home(meta: Repository, slug: Slug) -> TextHome:
    """Where a super-draft's text lives."""
    return TextHome(meta, entry_path(slug), MAIN, slug)


def own_home(repo: Repository, slug: Slug) -> TextHome:
    """Where a graduated RFC's text lives."""
    return TextHome(repo, RFC_FILE, MAIN, slug)


def body_of(home: TextHome, file_text: str) -> str:
    """What people read and edit of the file; raises BrokenEntry where its front matter has no end."""
    return split_document(file_text).body if home.has_front_matter else file_text


def file_with_body(home: TextHome, file_text: str, body: str) -> str:
    """The file with another body and nothing else changed (§9.5); raises BrokenEntry."""
    return with_body(file_text, body) if home.has_front_matter else body


def pull_path(slug: str, number: int, *, meta: bool, graduated: bool) -> str:
    """Where a pull request's page is: its number is one of the repository that holds the text now (§10)."""
    return f"/rfc/{slug}/{'meta' if meta and graduated else 'pr'}/{number}"
