"""`/feed.atom` and `/rfc/<slug>/feed.atom` (§17): what happened, for feed readers."""

from __future__ import annotations

import re
from typing import Annotated
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from rfc_ui.http.etag import with_etag
from rfc_ui.http.running import running
from services.domain.identifiers import Slug
from services.usecases.views.feed import FeedItem, FeedView, feed_view

ATOM = "application/atom+xml; charset=utf-8"
NEVER = "1970-01-01T00:00:00+00:00"

router = APIRouter()


@router.get("/feed.atom", response_class=Response, summary="Atom feed of the site")
async def feed(request: Request) -> Response:
    """Ideas, merges and graduations, newest first."""
    return await _answer(request, None)


@router.get("/rfc/{slug}/feed.atom", response_class=Response, summary="Atom feed of one entry")
async def rfc_feed(request: Request, slug: Annotated[str, Path(max_length=80)]) -> Response:
    """The same of one entry."""
    return await _answer(request, Slug(slug))


async def _answer(request: Request, slug: Slug | None) -> Response:
    app = running(request)
    view = await feed_view(app.context, slug=slug)
    body = _atom(view, name=app.site.name, site=app.context.app_url, path=request.url.path)
    return with_etag(request, body.encode(), ATOM)


def _atom(view: FeedView, *, name: str, site: str, path: str) -> str:
    title = f"{view.title} · {name}" if view.title else name
    updated = view.items[0].at.isoformat() if view.items else NEVER
    page = site + path.removesuffix("/feed.atom")
    entries = "".join(_entry(item, site) for item in view.items)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{_text(title)}</title><id>{_text(site + path)}</id><updated>{updated}</updated>"
        f'<link rel="self" href={quoteattr(site + path)}/><link href={quoteattr(page)}/>{entries}</feed>\n'
    )


def _entry(item: FeedItem, site: str) -> str:
    return (
        f"<entry><title>{_text(item.title)}</title><id>{_text(site)}/feed/{item.id}</id>"
        f"<updated>{item.at.isoformat()}</updated><author><name>{_text(item.by)}</name></author>"
        f"<link href={quoteattr(site + item.path)}/></entry>"
    )


UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML can't hold, not even escaped: one such sign in a name would make the whole feed unreadable."""


def _text(text: str) -> str:
    return escape(UNSPEAKABLE.sub("", text))
