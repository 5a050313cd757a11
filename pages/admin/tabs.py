"""What each tab of the admin pages reads; the views check every call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from components.admin.branches import branches_html
from components.admin.graduation import graduation_html
from components.admin.mail import mail_html
from components.admin.models import models_html
from components.admin.people import people_html
from components.admin.record import audit_html, rights_html
from components.admin.sync import sync_html
from pages.admin.asked import Asked, Query, wanted_acts
from services.domain.actors import Actor, Role
from services.domain.audit import PermissionEventKind
from services.domain.branch import BranchState
from services.store.queries.outbox import MailState
from services.usecases.admin_mail import mail_view
from services.usecases.context import Context
from services.usecases.views.admin import (
    admin_reader,
    audit_view,
    branches_view,
    deliveries_view,
    people_view,
    rights_view,
)
from services.usecases.views.graduation import graduation_queue
from services.usecases.views.model_record import Span, models_view
from services.usecases.views.sync import sync_view

Read = Callable[[Context, Actor, Query], Awaitable[str]]


async def users_tab(context: Context, viewer: Actor, query: Query) -> str:
    """Everybody who signed in."""
    asked = Asked(query)
    view = await people_view(
        context,
        viewer=viewer,
        text=asked.text("q"),
        role=asked.one_of("role", Role),
        muted={"yes": True, "no": False}.get(asked.text("muted")),
        after=asked.text("after"),
    )
    return people_html(view, query)


async def audit_tab(context: Context, viewer: Actor, query: Query) -> str:
    """What was done."""
    asked = Asked(query)
    view = await audit_view(context, viewer=viewer, wanted=wanted_acts(asked), before_id=asked.key("before"))
    return audit_html(view, query)


async def permissions_tab(context: Context, viewer: Actor, query: Query) -> str:
    """How rights changed."""
    asked = Asked(query)
    kind = asked.one_of("kind", PermissionEventKind)
    view = await rights_view(
        context, viewer=viewer, kind=kind, who=asked.text("who"), before_id=asked.key("before")
    )
    return rights_html(view, query)


async def branches_tab(context: Context, viewer: Actor, query: Query) -> str:
    """Every branch and what becomes of it."""
    asked = Asked(query)
    state, after = asked.one_of("state", BranchState), (asked.text("slug"), asked.text("after"))
    view = await branches_view(context, viewer=viewer, text=asked.text("q"), state=state, after=after)
    return branches_html(view, query)


async def graduation_tab(context: Context, viewer: Actor, query: Query) -> str:
    """What is about to graduate."""
    del query
    async with context.store.read() as work:
        reader = await admin_reader(work, viewer)
    return graduation_html(await graduation_queue(context, viewer=reader))


async def sync_tab(context: Context, viewer: Actor, query: Query) -> str:
    """How fresh the cache is."""
    del query
    deliveries = await deliveries_view(context, viewer=viewer)
    return sync_html(await sync_view(context, viewer=viewer), deliveries)


async def mail_tab(context: Context, viewer: Actor, query: Query) -> str:
    """What became of mails."""
    asked = Asked(query)
    state = asked.one_of("state", MailState)
    view = await mail_view(
        context, viewer=viewer, state=state, who=asked.text("who"), before_id=asked.key("before")
    )
    return mail_html(view, query)


async def models_tab(context: Context, viewer: Actor, query: Query) -> str:
    """How people took what models proposed."""
    span = Asked(query).one_of("span", Span) or Span.MONTH
    return models_html(await models_view(context, viewer=viewer, span=span), span)


TABS: Mapping[str, Read] = {
    "users": users_tab,
    "graduation": graduation_tab,
    "audit": audit_tab,
    "permissions": permissions_tab,
    "branches": branches_tab,
    "sync": sync_tab,
    "mail": mail_tab,
    "models": models_tab,
}
