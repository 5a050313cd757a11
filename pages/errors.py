"""Pages that can't be shown: the page that says what happened and what to do next (§14, §17).

What a page's builder raises is turned into an answer by the app (`rfc_ui.http.page_errors`), with the error's own
status; this module makes the page of it, and `product_page` every page's beginning.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from collections.abc import Awaitable, Callable
from difflib import get_close_matches
from typing import Concatenate, Final, ParamSpec, TypeVar
from urllib.parse import quote

from nicegui import context as ui_context
from nicegui import ui
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from components.page_error import PageError, Step, page_error_html
from components.shell import Chrome, Columns, page_html
from pages.frame import address
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.errors import Forbidden, NotFound, ProductError
from services.usecases.views.catalog import CatalogRow

log = logging.getLogger(__name__)

Given = ParamSpec("Given")
Made = TypeVar("Made")
Builder = Callable[Concatenate[Viewer, Given], Awaitable[Response | None]]

CATALOG: Final = Step(label="Open the catalog", path="/catalog")
HOME: Final = Step(label="Home", path="/")
SIGN_IN: Final = Step(label="Sign in again", path="/auth/login")
CALLBACK: Final = "/auth/callback"
RESPONSE_SECONDS: Final = 20.0
"""How long a page may take to be made on a busy machine."""
FRAMEWORK_SECONDS: Final = RESPONSE_SECONDS + 10
"""When NiceGUI would give up, with an error page of its own that speaks to programmers: never before us."""
LONGEST_GUESSED: Final = 80
"""Characters of an unknown slug for which a nearest name is looked for."""


class TooSlow(ProductError):
    """A page was not made in time."""

    code = "too_slow"
    status = 503
    retryable = True

    def __init__(self) -> None:
        super().__init__(
            "This page takes too long just now.", hint="The server is busy. Wait a moment, then try again."
        )


async def in_time(made: Awaitable[Made], *, seconds: float) -> Made:
    """Wait for a page to be made; raises TooSlow after so many seconds."""
    try:
        async with asyncio.timeout(seconds) as patience:
            return await made
    except TimeoutError as error:
        if patience.expired():
            raise TooSlow from error
        raise


def product_page(site: Site, path: str) -> Callable[[Builder[Given]], Builder[Given]]:
    """Make a builder the page at `path`; it gets the viewer first, then the path's and query's parameters.

    Where it gives an answer, such as `see_other`, that is sent in the page's place.
    """

    def decorate(builder: Builder[Given]) -> Builder[Given]:
        async def show(request: Request, *args: Given.args, **given: Given.kwargs) -> Response | None:
            client = ui_context.client
            try:
                answer = await in_time(make(request, *args, **given), seconds=RESPONSE_SECONDS)
            except Exception:
                if not client.is_deleted:
                    client.delete()  # the answer will be another page, so nobody will ever connect to this one
                raise
            if answer is not None and not client.is_deleted:
                client.delete()
            return answer

        async def make(request: Request, *args: Given.args, **given: Given.kwargs) -> Response | None:
            viewer = await site.viewer(request)
            await site.feed.newest(site.context)
            return await builder(viewer, *args, **given)

        show.__signature__ = _page_signature(builder)  # type: ignore[attr-defined]  # FastAPI reads it
        show.__name__ = builder.__name__
        ui.page(path, response_timeout=FRAMEWORK_SECONDS)(show)
        return builder

    return decorate


def see_other(path: str) -> Response:
    """An answer that leads to another page; a browser keeps the part after `#` by itself."""
    return RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})


async def error_response(site: Site, request: Request, error: ProductError) -> Response:
    """A complete page that needs no socket, with the error's status."""
    viewer = await _viewer_if_possible(site, request)
    problem = _problem(site, request, error, viewer)
    chrome = Chrome(
        site_name=site.name,
        viewer=viewer,
        path=address(request),
        columns=Columns.TWO,
        catalog=site.feed.head,
        unread=0 if viewer is None else site.bells.last(viewer),
    )
    page = page_html(chrome, title=f"{problem.title} · {site.name}", document=page_error_html(problem))
    return HTMLResponse(page, status_code=error.status, headers={"Cache-Control": "no-store"})


async def _viewer_if_possible(site: Site, request: Request) -> Viewer:
    try:
        await site.feed.newest(site.context)
        return await site.viewer(request)
    except Exception:
        # Border (request): whatever is broken, the page that says so must not need it.
        log.exception("the error page could not learn who is looking")
        return None


def _page_signature(builder: Callable[..., object]) -> inspect.Signature:
    _, *parameters = inspect.signature(builder, eval_str=True).parameters.values()
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    return inspect.Signature([request, *parameters])


def _problem(site: Site, request: Request, error: ProductError, viewer: Viewer) -> PageError:
    found = re.fullmatch(r"/rfc/([^/]+)/?", request.url.path)
    if isinstance(error, NotFound) and found is not None:
        return _unknown_entry(site, found[1], viewer)
    return PageError(
        status=error.status, title=error.message, text=error.hint, steps=_ways_on(error, request)
    )


def _ways_on(error: ProductError, request: Request) -> tuple[Step, ...]:
    if request.url.path == CALLBACK:  # what came back from Gitea is good for one try
        return (SIGN_IN, CATALOG)
    if isinstance(error, NotFound | Forbidden) or request.method not in ("GET", "HEAD"):
        return (CATALOG, HOME)
    return (Step(label="Try again", path=address(request)), CATALOG)


def _unknown_entry(site: Site, slug: str, viewer: Viewer) -> PageError:
    nearest = _nearest(site.feed.rows, slug)
    text = "It may have been an idea that was never merged, or the address has a slip in it."
    if nearest is not None:
        text += f" The nearest name is {nearest.title}."
    steps = _ways_to(slug, nearest, viewer)
    return PageError(status=404, title=f"There is no RFC called “{slug}”.", text=text, steps=steps)


def _ways_to(slug: str, nearest: CatalogRow | None, viewer: Viewer) -> tuple[Step, ...]:
    open_nearest = (
        () if nearest is None else (Step(label=f"Open {nearest.title}", path=f"/rfc/{nearest.slug}"),)
    )
    search = Step(label=f"Search for “{slug}”", path=f"/catalog?filter={quote(slug)}")
    words = slug.replace("-", " ").capitalize()
    propose = (Step(label="Propose it", act="propose", title=words),) if viewer and not viewer.muted else ()
    return (*open_nearest, search, *propose)


def _nearest(rows: tuple[CatalogRow, ...], slug: str) -> CatalogRow | None:
    """The entry whose slug, or whose slug's first word, is most like this one."""
    if len(slug) > LONGEST_GUESSED:
        return None
    by_name = {row.slug.split("-")[0]: row for row in reversed(rows)} | {str(row.slug): row for row in rows}
    best = get_close_matches(slug.lower(), by_name, n=1, cutoff=0.65)
    return by_name[best[0]] if best else None
