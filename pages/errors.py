"""Pages that can't be shown: what a page raises becomes its status, and a page that says what to do (§14, §17)."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from difflib import get_close_matches
from typing import Concatenate, Final, ParamSpec

import nicegui
from nicegui import Client, ui
from nicegui import context as ui_context
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from components.page_error import PageError, Step, page_error_html
from components.shell import Chrome, Columns, page_html, sign_in_path
from pages.frame import address
from pages.site import Site
from services.domain.actors import Viewer
from services.domain.errors import NotFound, NotSignedIn, ProductError
from services.usecases.views.catalog import CatalogRow

log = logging.getLogger(__name__)

Given = ParamSpec("Given")
Builder = Callable[Concatenate[Viewer, Given], Awaitable[None]]

CATALOG: Final = Step(label="Open the catalog", path="/catalog")
BROKEN: Final = PageError(
    status=500,
    title="This page could not be made.",
    text="Something went wrong on our side. It is in the log, and nothing that was saved is lost.",
)


FORBIDDEN: Final = PageError(
    status=403,
    title="This page is not for everybody.",
    text="Ask an admin if you think you should see it.",
    steps=(CATALOG,),
)


def product_page(site: Site, path: str) -> Callable[[Builder[Given]], Builder[Given]]:
    """Make a builder the page at `path`; it gets the viewer first, then the path's and query's parameters.

    What it raises is answered with the error's own status: not signed in leads to sign-in and back (§17).
    """

    def decorate(builder: Builder[Given]) -> Builder[Given]:
        async def show(request: Request, *args: Given.args, **given: Given.kwargs) -> Response | None:
            return await _shown(site, request, lambda viewer: builder(viewer, *args, **given))

        show.__signature__ = _page_signature(builder)  # type: ignore[attr-defined]  # FastAPI reads it
        show.__name__ = builder.__name__
        ui.page(path)(show)
        return builder

    return decorate


async def error_response(site: Site, request: Request, error: ProductError | int) -> Response:
    """A complete page that needs no socket, for a product error or a bare HTTP status."""
    status = error if isinstance(error, int) else error.status
    if request.url.path.startswith("/_nicegui"):
        return PlainTextResponse("not found" if status == 404 else "failed", status)
    viewer, steps = None, (_again(request), CATALOG)
    try:
        viewer = await site.viewer(request)
        await site.feed.newest(site.context)
    except Exception:
        # Border (request): whatever is broken, an error page must not need it.
        log.exception("the error page could not learn who is looking")
    problem = _problem(site, request, error, viewer)
    chrome = Chrome(
        site_name=site.name, viewer=viewer, path=address(request), columns=Columns.TWO, catalog=site.feed.head
    )
    document = page_error_html(problem if problem.steps else replace(problem, steps=steps))
    return HTMLResponse(
        page_html(chrome, title=f"{problem.title} · {site.name}", document=document),
        status_code=status,
        headers={"Cache-Control": "no-store"},
    )


def answer_unknown_pages(site: Site) -> None:
    """Have NiceGUI answer addresses it doesn't know with our page."""

    @nicegui.app.exception_handler(404)
    async def not_found(request: Request, _: Exception) -> Response:
        return await error_response(site, request, 404)


async def _shown(site: Site, request: Request, build: Callable[[Viewer], Awaitable[None]]) -> Response | None:
    client = ui_context.client
    try:
        viewer = await site.viewer(request)
        await site.feed.newest(site.context)
        await build(viewer)
    except NotSignedIn:
        answer: Response = RedirectResponse(sign_in_path(address(request)), 303)
    except ProductError as error:
        answer = await error_response(site, request, error)
    except Exception:
        # Border (request): told in words, with the trace in the log and nothing of it on the page.
        log.exception("could not make the page %s", request.url.path)
        answer = await error_response(site, request, 500)
    else:
        return None
    _drop(client)
    return answer


def _drop(client: Client) -> None:
    """Nobody will ever connect to a page that was answered otherwise."""
    if not client.is_deleted:
        client.delete()


def _page_signature(builder: Callable[..., object]) -> inspect.Signature:
    _, *parameters = inspect.signature(builder, eval_str=True).parameters.values()
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    return inspect.Signature([request, *parameters])


# what to say


def _problem(site: Site, request: Request, error: ProductError | int, viewer: Viewer) -> PageError:
    if isinstance(error, NotFound) or error == 404:
        return _not_found(site, request, error, viewer)
    if isinstance(error, ProductError):
        return PageError(
            status=error.status, title=error.message, text=error.hint, steps=_ways_on(error, request)
        )
    return FORBIDDEN if error == 403 else replace(BROKEN, status=error)


def _ways_on(error: ProductError, request: Request) -> tuple[Step, ...]:
    return (_again(request), CATALOG) if error.retryable else (CATALOG, Step(label="Home", path="/"))


def _again(request: Request) -> Step:
    return Step(label="Try again", path=address(request))


def _not_found(site: Site, request: Request, error: ProductError | int, viewer: Viewer) -> PageError:
    found = re.fullmatch(r"/rfc/([^/]+)/?", request.url.path)
    if found is None:
        title = error.message if isinstance(error, NotFound) else "There is nothing at this address."
        hint = error.hint if isinstance(error, NotFound) else NotFound.hint
        return PageError(status=404, title=title, text=hint, steps=(CATALOG, Step(label="Home", path="/")))
    slug = found[1]
    nearest = _nearest(site, slug)
    text = "It may have been an idea that was never merged, or the address has a slip in it."
    if nearest is not None:
        text += f" The nearest name is {nearest.title}."
    return PageError(
        status=404,
        title=f"There is no RFC called “{slug}”.",
        text=text,
        steps=_ways_to(slug, nearest, viewer),
    )


def _ways_to(slug: str, nearest: CatalogRow | None, viewer: Viewer) -> tuple[Step, ...]:
    search = Step(label=f"Search for “{slug}”", path=f"/catalog?filter={slug}")
    propose = Step(label="Propose it", act="propose", title=slug.replace("-", " ").capitalize())
    return (
        *((Step(label=f"Open {nearest.title}", path=f"/rfc/{nearest.slug}"),) if nearest else ()),
        search,
        *((propose,) if viewer is not None and not viewer.muted else ()),
    )


def _nearest(site: Site, slug: str) -> CatalogRow | None:
    rows = {row.slug: row for row in site.feed.rows}
    names = (
        get_close_matches(slug.lower(), [str(name) for name in rows], n=1, cutoff=0.6)
        if len(slug) <= 80
        else []
    )
    starts = [
        name
        for name in rows
        if name.split("-")[0] in get_close_matches(slug.lower(), [name.split("-")[0]], cutoff=0.75)
    ]
    best = names[0] if names else (starts[0] if starts else None)
    return next((row for row in rows.values() if row.slug == best), None)
