"""The API's description, for the signed-in only (§17): a list made here, and the OpenAPI file."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.responses import Response

from rfc_ui.http.page_errors import sign_in_address
from rfc_ui.http.running import running
from services.domain.actors import Viewer
from services.domain.errors import NotSignedIn

router = APIRouter(include_in_schema=False)


@router.get("/api/docs")
async def docs(request: Request) -> Response:
    """A page that lists every address, what it answers, and where the OpenAPI file is."""
    if await _viewer(request) is None:
        return RedirectResponse(sign_in_address(request), 303, headers={"Cache-Control": "no-store"})
    rows = "".join(_rows(request))
    return HTMLResponse(_PAGE.format(rows=rows), headers={"Cache-Control": "private, no-cache"})


@router.get("/api/docs/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """The OpenAPI file; 401 for strangers."""
    if await _viewer(request) is None:
        raise NotSignedIn
    return JSONResponse(request.app.openapi(), headers={"Cache-Control": "private, no-cache"})


async def _viewer(request: Request) -> Viewer:
    return await running(request).site.viewer(request)


def _rows(request: Request) -> Iterator[str]:
    for path, methods in request.app.openapi()["paths"].items():
        for method, told in methods.items():
            yield (
                f"<tr><td>{method.upper()}</td><td><code>{escape(path)}</code></td>"
                f"<td>{escape(told['summary'])}</td><td>{escape(told['description'])}</td></tr>"
            )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>API</title><style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884; vertical-align: top }}
</style></head><body><main><h1>API</h1>
<p>Public reads need no session. Failures are <code>{{"error": {{"code", "message", "hint"}}}}</code>.
The same as <a href="/api/docs/openapi.json">OpenAPI</a>; <a href="/">back to the site</a>.</p>
<table><thead><tr><th>Method</th><th>Address</th><th>What</th><th></th></tr></thead><tbody>{rows}</tbody></table>
</main></body></html>"""
