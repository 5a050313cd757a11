"""What the links of a text are relative to on this site."""

from __future__ import annotations

from pages.site import Site
from services.domain.rendering.links import LinkBase, named_entries
from services.domain.rendering.markdown import mentioned_numbers


def link_base(
    site: Site, *texts: str, repo: str = "", path: str = "", slug: str = "", branch: str = ""
) -> LinkBase:
    """The base of texts that stand in `path` of `repo`; it knows the RFCs that they mention.

    `slug`: the entry whose text it is, whose pictures the app gives out; `branch`: on which, if not on main.
    """
    mentioned = frozenset().union(*map(mentioned_numbers, texts)) if texts else frozenset()
    numbers = (
        sorted((row.number, str(row.slug)) for row in site.feed.rows if row.number in mentioned)
        if mentioned
        else []
    )
    named = frozenset().union(*map(named_entries, texts)) if texts else frozenset()
    entries = frozenset(str(row.slug) for row in site.feed.rows if row.slug in named) if named else named
    return LinkBase(
        app_url=site.context.app_url,
        gitea_url=site.context.gitea_url,
        repo=repo,
        path=path,
        numbers=tuple(numbers),
        entries=entries,
        files=f"/api/rfcs/{slug}/files" if slug else "",
        branch=branch,
    )
