"""Paths of Gitea's API; names are quoted, slashes of branch and file names stay."""

from __future__ import annotations

from urllib.parse import quote

from services.domain.identifiers import Repository


def repository_path(repo: Repository, *rest: str | int) -> str:
    """`repos/<owner>/<name>/…`; each of `rest` keeps its slashes."""
    owner, _, name = repo.partition("/")
    return "/".join(
        ["repos", quote(owner, safe=""), quote(name, safe=""), *(quote(str(part)) for part in rest)]
    )


def named(*parts: str) -> str:
    """A path in which every part is one segment."""
    return "/".join(quote(part, safe="") for part in parts)
