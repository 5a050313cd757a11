"""`/api/admin/audit.csv` and `.json`: the audit log for admins, streamed (§6.5)."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Path, Request
from starlette.responses import Response, StreamingResponse

from pages.admin.asked import Asked, wanted_acts
from rfc_ui.http.running import running
from services.domain.permissions import may_read_admin, require
from services.usecases.audit_export import exported_acts
from services.usecases.views.admin import ActRow

router = APIRouter(prefix="/api/admin", include_in_schema=False)
COLUMNS = ("id", "at", "actor", "on_behalf_of", "kind", "rfc", "branch", "pr", "op_id", "details")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run if a cell began with it."""
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@router.get("/audit.{form}")
async def audit(request: Request, form: Annotated[Literal["csv", "json"], Path()]) -> Response:
    """Every recorded act that fits the filters of the admin page."""
    site = running(request).site
    viewer = await site.viewer(request)
    require(may_read_admin, viewer, act="read the audit log")
    wanted = wanted_acts(Asked(request.query_params))
    pages = exported_acts(site.context, viewer=viewer, wanted=wanted)
    body = _csv(pages) if form == "csv" else _json(pages)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="audit.{form}"'}
    return StreamingResponse(body, media_type=TYPES[form], headers=headers)


async def _csv(pages: AsyncIterator[tuple[ActRow, ...]]) -> AsyncIterator[bytes]:
    yield _lines([COLUMNS])
    async for page in pages:
        yield _lines([[_cell(value) for value in _values(row)] for row in page])


async def _json(pages: AsyncIterator[tuple[ActRow, ...]]) -> AsyncIterator[bytes]:
    start = b"["
    async for page in pages:
        for row in page:
            yield start + orjson.dumps(dict(zip(COLUMNS, _values(row), strict=True)))
            start = b",\n"
    yield b"[]" if start == b"[" else b"]"


def _values(row: ActRow) -> tuple[object, ...]:
    return (
        row.id,
        row.at.isoformat(),
        row.actor,
        row.on_behalf_of,
        row.kind,
        row.slug,
        row.branch,
        row.pr_number,
        row.op_id,
        dict(row.details),
    )


def _cell(value: object) -> str:
    if isinstance(value, dict):
        value = orjson.dumps(value).decode()
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
