"""The whole as one ASGI app: guards, routes, pages, in the order they must stand in (ARCHITECTURE §3)."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI
from nicegui import core, ui
from starlette.middleware import Middleware

from components import design
from components.notice import toast
from rfc_ui.bootstrap import Prepare
from rfc_ui.http import admin_export, api, api_docs, feeds, health, live_socket, metrics, webhooks
from rfc_ui.http.api_unknown import unknown_router
from rfc_ui.http.boundary import Boundary, last_resort
from rfc_ui.http.compression import Compression
from rfc_ui.http.error_handlers import add_error_handlers
from rfc_ui.http.files import ImmutableFiles
from rfc_ui.http.handler_errors import install_handler_errors
from rfc_ui.http.heads import Heads
from rfc_ui.http.mail import router as mail_router
from rfc_ui.http.oauth import SignIn, gitea_provider
from rfc_ui.http.page_errors import install_page_errors
from rfc_ui.lifespan import lifespan_of
from rfc_ui.security.body_limit import BodyLimit
from rfc_ui.security.content_policy import stamp_page_template
from rfc_ui.security.ended_sessions import EndedSessions
from rfc_ui.security.leaving import Leaving
from rfc_ui.security.origin_guard import OriginGuard
from rfc_ui.security.own_redirects import OwnRedirects
from rfc_ui.security.proxies import ForwardedHeaders
from rfc_ui.security.secure_headers import SecureHeaders
from rfc_ui.security.sessions import session_middleware
from rfc_ui.security.site_origin import SiteOrigin
from rfc_ui.security.sockets import SocketGuard, allow_only, guard_messages
from rfc_ui.settings import Settings

RECONNECT_TIMEOUT = 60.0
"""Seconds a page's state waits for its browser to come back; NiceGUI derives its heartbeat from it."""


def create_app(settings: Settings, *, prepare: Prepare | None = None) -> FastAPI:
    """Build the app; `prepare` runs once the store is open and before the first sweep.

    One app per process: NiceGUI keeps its pages and clients in the process.
    """
    site = SiteOrigin.of(settings.app_url)
    leaving = Leaving(EndedSessions())
    app = FastAPI(
        title=settings.site_name,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=_middleware(settings, site),
        lifespan=lifespan_of(settings, leaving, prepare),
    )
    _add_routes(app, settings)
    _embed_pages(app, settings)
    _guard_sockets(site, leaving)
    return app


def _middleware(settings: Settings, site: SiteOrigin) -> list[Middleware]:
    """Outermost first."""
    return [
        Middleware(SecureHeaders, site=site, gitea=SiteOrigin.of(settings.gitea_url)),
        Middleware(Boundary, answer=last_resort),
        Middleware(ForwardedHeaders, trusted=settings.trusted_proxies),
        Middleware(OwnRedirects),
        Middleware(Compression),
        Middleware(OriginGuard, site=site),
        Middleware(BodyLimit, told=webhooks.note_too_large),
        session_middleware(settings.secret_key.get_secret_value(), site),
        Middleware(SocketGuard, site=site),
        Middleware(Heads),
    ]


def _add_routes(app: FastAPI, settings: Settings) -> None:
    """Everything that is not a page; NiceGUI takes what is left, so this comes first."""
    add_error_handlers(app)
    routers = [
        health.router,
        webhooks.router,
        mail_router,
        SignIn(gitea_provider(settings), settings.app_url).routes(),
        api.router,
        admin_export.router,
        api_docs.router,
        feeds.router,
        metrics.router,
        live_socket.router,
    ]
    for router in (*routers, unknown_router(routers)):
        app.include_router(router)
    app.mount(design.STATIC_PATH, ImmutableFiles(design.STATIC_DIR), name="static")


def _embed_pages(app: FastAPI, settings: Settings) -> None:
    stamp_page_template()
    ui.run_with(
        app,
        title=settings.site_name,
        favicon=design.FAVICON,
        dark=None,
        language="en-US",
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_TIMEOUT,
        gzip_middleware_factory=None,
        tailwind=False,
        show_welcome_message=False,
    )
    install_page_errors()
    install_handler_errors(partial(toast, bad=True))


def _guard_sockets(site: SiteOrigin, leaving: Leaving) -> None:
    allow_only(site)
    guard_messages(leaving.ended.may_act)
    core.app.on_connect(leaving.page_opened)
    core.app.on_delete(leaving.page_closed)
