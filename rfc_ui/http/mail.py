"""What mail programs and mail servers call: one-click unsubscribing and bounce reports (§15.4)."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field, ValidationError

from components.shell import Chrome, Columns, page_html
from rfc_ui.http.running import running
from services.domain.errors import Forbidden, Invalid
from services.domain.notice_words import CATEGORY_NAMES
from services.domain.routing import Category
from services.usecases import mail_wishes
from services.usecases.post_office import DIGEST, Wish

router = APIRouter(include_in_schema=False)
Token = Annotated[str, Query(max_length=400)]
SETTINGS = '<a href="/settings/notifications">notification settings</a>'


class BounceReport(BaseModel):
    """What a mail service says of one mail."""

    type: str = Field(max_length=60)
    email: str = Field(max_length=320)


@router.get("/api/email/unsubscribe")
async def show_unsubscribe(request: Request, token: Token = "") -> HTMLResponse:
    """A page with one button, which names what it stops: whatever follows links by itself changes nothing."""
    try:
        wish = mail_wishes.read_unsubscribe(running(request).context, token=token)
    except Forbidden as error:
        return _not_valid(request, error)
    form = (
        f'<form method="post" action="/api/email/unsubscribe?token={escape(token)}">'
        '<button class="r-btn r-btn--primary r-btn--large" data-testid="unsubscribe">Unsubscribe</button></form>'
    )
    return _page(request, f"No more mail of {_kinds(wish)}?", form)


@router.post("/api/email/unsubscribe")
async def unsubscribe(request: Request, token: Token = "") -> HTMLResponse:
    """Stop every kind of mail that the link names, without a session (RFC 8058)."""
    try:
        wish = await mail_wishes.unsubscribe(running(request).context, token=token)
    except Forbidden as error:
        return _not_valid(request, error)
    words = f"<p>You can turn mail on again in your {SETTINGS}.</p>"
    return _page(request, f"You get no more mail of {_kinds(wish)}.", words)


@router.post("/api/webhooks/email-bounce")
async def bounce(request: Request) -> JSONResponse:
    """A hard bounce or a complaint: no more mail to that address. The secret is looked at before the body."""
    application = running(request)
    setting = application.settings.webhook_email_bounce_secret
    secret = None if setting is None else setting.get_secret_value()
    given = request.headers.get("x-webhook-secret", "")
    mail_wishes.check_bounce_secret(secret=secret, given=given)
    report = _report(await request.body())
    stopped = await mail_wishes.take_bounce(
        application.context, secret=secret, given=given, kind=report.type, address=report.email
    )
    return JSONResponse({"status": "stopped" if stopped else "ignored"}, 202)


def _report(body: bytes) -> BounceReport:
    try:
        return BounceReport.model_validate_json(body)
    except ValidationError as error:
        raise Invalid(
            "This is not a bounce report.",
            hint='Send JSON such as {"type": "hard_bounce", "email": "ada@example.org"}.',
        ) from error


def _kinds(wish: Wish) -> str:
    """Such as: the kinds “A”, “B” and “C”."""
    names = [f"“{'Digest' if kind == DIGEST else CATEGORY_NAMES[Category(kind)]}”" for kind in wish.kinds]
    if len(names) == 1:
        return f"the kind {names[0]}"
    return f"the kinds {', '.join(names[:-1])} and {names[-1]}"


def _not_valid(request: Request, error: Forbidden) -> HTMLResponse:
    """People see this, not programs alone: the way that is left to them is a link."""
    return _page(
        request,
        error.message,
        f"<p>Choose what is mailed to you in your {SETTINGS}.</p>",
        status=error.status,
    )


def _page(request: Request, title: str, body: str, *, status: int = 200) -> HTMLResponse:
    site = running(request).site
    chrome = Chrome(site_name=site.name, viewer=None, path="/", columns=Columns.ONE)
    document = (
        '<main class="r-col" data-col="document" id="main" tabindex="-1"><div class="r-scroll">'
        f'<div class="r-error"><h1>{escape(title)}</h1>{body}</div></div></main>'
    )
    page = page_html(chrome, title=f"{title} · {site.name}", document=document)
    return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})
