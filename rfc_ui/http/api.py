"""The JSON API: public reads of entries and ideas, and what the catalog column loads (§17)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from components.link_card import link_card_html
from pages.catalog_feed import catalog_json, reader_marks_json
from rfc_ui.http import api_models
from rfc_ui.http.etag import REVALIDATE, with_etag
from rfc_ui.http.problems import ProblemAnswer
from rfc_ui.http.running import running
from services.domain.identifiers import PullNumber, Slug
from services.usecases.views.branch_list import branch_list
from services.usecases.views.catalog import catalog_view
from services.usecases.views.entry import entry_view
from services.usecases.views.history import history_view
from services.usecases.views.idea import idea_view
from services.usecases.views.link_card import link_card_view
from services.usecases.views.picture import picture_view
from services.usecases.views.pull_list import pull_list
from services.usecases.views.raw import raw_text
from services.usecases.views.search import search as search_view

JSON = "application/json"
MARKDOWN = "text/markdown; charset=utf-8"
HTML = "text/html; charset=utf-8"
UNCHANGING = "public, max-age=3600, immutable"
"""For an address that names the version it answers with."""
OWN_COPY = "private, no-cache"
"""For what not everybody may read."""
LARGEST_NUMBER = 2**31 - 1

SlugInPath = Annotated[str, Path(max_length=80, description="The entry's slug")]
NumberInPath = Annotated[int, Path(ge=1, le=LARGEST_NUMBER, description="The pull request's number")]
Ref = Annotated[str | None, Query(max_length=255, description="A branch or full commit id; without it, main")]

SearchText = Annotated[
    str, Query(max_length=20_000, description="Words, “phrases” in quotation marks, or a number")
]
Offset = Annotated[int, Query(ge=0, le=10_000, description="How many RFCs to leave out")]
Limit = Annotated[int, Query(ge=1, le=50, description="How many RFCs at most")]

router = APIRouter(prefix="/api", responses={404: {"model": ProblemAnswer}, 422: {"model": ProblemAnswer}})


@router.get("/rfcs", response_model=api_models.RfcList, summary="All entries")
async def rfcs(request: Request) -> Response:
    """Every entry, most recently active first."""
    context = running(request).context
    view = await catalog_view(context)
    rows = [api_models.rfc_summary(row, context.app_url) for row in view.rows]
    return _json(request, api_models.RfcList(rfcs=rows))


@router.get("/rfcs/{slug}", response_model=api_models.Rfc, summary="One entry")
async def rfc(request: Request, slug: SlugInPath) -> Response:
    """One entry with its text."""
    context = running(request).context
    view = await entry_view(context, viewer=None, slug=Slug(slug))
    return _json(request, api_models.rfc(view, context.app_url))


@router.get(
    "/rfcs/{slug}/raw",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {}}}},
    summary="One entry's text",
)
async def raw(request: Request, slug: SlugInPath, ref: Ref = None) -> Response:
    """The committed body without its front matter, byte for byte."""
    app = running(request)
    viewer = None if ref is None else await app.site.viewer(request)
    text = await raw_text(app.context, slug=Slug(slug), ref=ref, viewer=viewer)
    return with_etag(request, text.encode(), MARKDOWN)


@router.get("/rfcs/{slug}/branches", response_model=api_models.BranchList, summary="One entry's branches")
async def branches(request: Request, slug: SlugInPath) -> Response:
    """Every branch of an entry, deleted ones too; private ones only for those who may read them."""
    app = running(request)
    found = await branch_list(app.context, viewer=await app.site.viewer(request), slug=Slug(slug))
    rows = [api_models.branch(row, Slug(slug), app.context.app_url) for row in found]
    return _json(request, api_models.BranchList(branches=rows))


@router.get("/rfcs/{slug}/prs", response_model=api_models.PullList, summary="One entry's pull requests")
async def pulls(request: Request, slug: SlugInPath) -> Response:
    """Every pull request of an entry, newest first; those of private branches only for who may read them."""
    app = running(request)
    found = await pull_list(app.context, viewer=await app.site.viewer(request), slug=Slug(slug))
    rows = [api_models.pull(row, Slug(slug), app.context.app_url) for row in found]
    return _json(request, api_models.PullList(prs=rows))


@router.get("/rfcs/{slug}/history", response_model=api_models.History, summary="One entry's versions")
async def history(request: Request, slug: SlugInPath) -> Response:
    """Every version of an entry's text on main, newest first, also those from before it was graduated."""
    context = running(request).context
    found = await history_view(context, slug=Slug(slug))
    return _json(request, api_models.history(found, context.app_url))


@router.get("/proposals", response_model=api_models.ProposalList, summary="Open ideas")
async def proposals(request: Request) -> Response:
    """Every open idea, newest first."""
    context = running(request).context
    view = await catalog_view(context)
    rows = [api_models.proposal_summary(row, context.app_url) for row in view.ideas]
    return _json(request, api_models.ProposalList(proposals=rows))


@router.get("/proposals/{number}", response_model=api_models.Proposal, summary="One idea")
async def proposal(request: Request, number: NumberInPath) -> Response:
    """One idea, open or decided, with its pitch."""
    context = running(request).context
    view = await idea_view(context, viewer=None, number=PullNumber(number))
    return _json(request, api_models.proposal(view, context.app_url))


@router.get("/search", response_model=api_models.SearchAnswer, summary="Full-text search")
async def search(request: Request, q: SearchText = "", offset: Offset = 0, limit: Limit = 20) -> Response:
    """RFCs whose text on main has all the words, best first, each with the sections that have them."""
    context = running(request).context
    view = await search_view(context, text=q, offset=offset, limit=limit)
    return _json(request, api_models.search_answer(view, context.app_url))


@router.get("/rfcs/{slug}/files/{path:path}", include_in_schema=False)
async def picture(request: Request, slug: SlugInPath, path: str, branch: Ref = None) -> Response:
    """A picture that an entry's text shows."""
    app = running(request)
    viewer = None if branch is None else await app.site.viewer(request)
    found = await picture_view(app.context, viewer=viewer, slug=Slug(slug), path=path, branch=branch)
    tag = f'"{found.version}"'
    return with_etag(request, found.data, found.media_type, tag=tag, cache_control=OWN_COPY)


@router.get("/catalog", include_in_schema=False)
async def catalog(request: Request, v: Annotated[str, Query(max_length=64)] = "") -> Response:
    """What the catalog column draws; an address that names the present content may be kept."""
    body, tag = await catalog_json(running(request).site)
    cache_control = UNCHANGING if tag == f'"{v}"' else REVALIDATE
    return with_etag(request, body, JSON, tag=tag, cache_control=cache_control)


@router.get("/catalog/marks", include_in_schema=False)
async def marks(request: Request) -> Response:
    """What is special about entries for whoever is signed in."""
    site = running(request).site
    body = await reader_marks_json(site, await site.viewer(request))
    return Response(body, media_type=JSON, headers={"Cache-Control": "no-store"})


@router.get("/catalog/cards/{slug}", include_in_schema=False)
async def link_card(request: Request, slug: SlugInPath) -> Response:
    """What a link to an entry shows before anybody follows it, as a piece of a page."""
    view = await link_card_view(running(request).context, slug=Slug(slug))
    return with_etag(request, link_card_html(view).encode(), HTML)


def _json(request: Request, answer: BaseModel) -> Response:
    return with_etag(request, answer.model_dump_json().encode(), JSON)
